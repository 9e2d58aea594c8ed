"""Pieces of a page → spans of the page text that are removed, each with a reason, for a person to read."""

from __future__ import annotations

from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING

from cleanse.documents import Span
from cleanse.html.metadata import letters
from cleanse.html.removal_reasons import BYLINE, Reasons

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cleanse.html.metadata import Metadata
    from cleanse.html.pieces import Piece
    from cleanse.html.visible_text import Rendered

STEP = "extract"
STANDFIRST = 40  # letters; less of a description is chance
NEAR = 4  # kept blocks at the top of the text: among them stands the headline, above or between them the byline
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
HEADING = 200  # characters; a longer one is a teaser


def remove_pieces(
    page: Rendered,
    pieces: Sequence[Piece],
    metadata: Metadata,
    evidence: Callable[[int], str],
    *,
    drops_headings: bool = False,
) -> tuple[Span, ...]:
    """Return the spans of what is not kept, in order, one for each run of equal reason.

    Headline, standfirst and defined terms of what is kept stay, too; and a byline from which the page's author or date can be read, if its
    HTML does not state them: the chrome stage takes it.

    Args:
        page: The page.
        pieces: All of its text, in order.
        metadata: What the page's HTML says of it.
        evidence: For the number of a block, why it is left out, where no element around it says so.
        drops_headings: Whether who chose the pieces drops subheadings: those between kept blocks stay, then.
    """
    pieces = _with_terms(_with_headline(list(pieces), page, metadata))
    reasons = Reasons(metadata, [piece.block.element for piece in pieces if piece.kept])
    if drops_headings:
        pieces = _with_headings(pieces, reasons)
    pieces = _with_byline(pieces, page, metadata, reasons)
    spans: list[Span] = []
    kept = 0  # pieces so far
    adjacent = False  # whether the piece before was removed, too
    for piece in pieces:
        if not piece.kept:
            reason = reasons.byline(page.text[piece.start : piece.end]) if kept < NEAR else None
            reason = reason or reasons.of(piece.block.element) or ("html.boilerplate", evidence(piece.number))
            start = piece.start
            if adjacent and (spans[-1].rule, spans[-1].evidence) == reason:
                start = spans.pop().start
            spans.append(Span(start, piece.end, "", STEP, *reason))
        kept += piece.kept
        adjacent = not piece.kept
    return (*spans, *_asides(page, pieces))


def _asides(page: Rendered, pieces: Sequence[Piece]) -> Iterator[Span]:
    """Yield what within kept pieces is no part of their lines."""
    starts = [piece.start for piece in pieces]
    for start, end, button in page.asides:
        piece = pieces[bisect_right(starts, start) - 1]
        if not piece.kept or not (piece.start <= start and end <= piece.end and end - start < piece.end - piece.start):
            continue
        space = start == piece.start and page.text[end] == " "  # elsewhere the space before it goes with it
        rule, evidence = ("button", "within its line") if button else ("read-out", "within its line, on no screen")
        yield Span(start, end + space, "", STEP, f"html.{rule}", evidence)


def _with_headline(pieces: list[Piece], page: Rendered, metadata: Metadata) -> list[Piece]:
    """Return the pieces, with the headline and the standfirst kept if they stand above the text and were left out.

    Extractors often do, as both stand in the page's header. The headline is the last block above the text that says the
    title; the standfirst a block between headline and text that says the description.
    """
    top = next((i for i, piece in enumerate(pieces) if piece.kept), 0)
    title = letters(metadata.title or "")
    if not top or not title:
        return pieces
    near = [letters(page.text[piece.start : piece.end]) for piece in pieces[top : top + NEAR] if piece.kept]
    if title in near:
        return pieces
    above = [page.text[piece.start : piece.end] for piece in pieces[:top]]
    equal = [i for i, said in enumerate(above) if 2 * len(said) >= len(title) and letters(said) == title]
    if not equal:
        return pieces
    at = ([i for i in equal if _is_in(pieces[i], HEADINGS)] or equal)[-1]
    description = letters(metadata.description or "")
    for i in range(at, top):
        if i == at or _is_standfirst(letters(above[i]), description):
            pieces[i] = pieces[i]._replace(kept=True)
    return pieces


def _with_terms(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces, with the term kept that stands before a kept definition: it is short, but what is defined."""
    for i in range(len(pieces) - 2, -1, -1):
        after = pieces[i + 1]
        if after.kept and not pieces[i].kept and _is_in(pieces[i], ("dt",)) and _is_in(after, ("dd", "dt")):
            pieces[i] = pieces[i]._replace(kept=True)
    return pieces


def _is_in(piece: Piece, tags: Sequence[str]) -> bool:
    """Return whether a piece stands in an element of such a tag, or not far within one."""
    return any(
        element.tag in tags for element in (piece.block.element, *islice(piece.block.element.iterancestors(), 3))
    )


def _is_standfirst(said: str, description: str) -> bool:
    """Return whether one has the other: a description may be cut short ("…"), or be the start of the text besides."""
    return min(len(said), len(description)) >= STANDFIRST and (said in description or description[:-3] in said)


def _with_headings(pieces: list[Piece], reasons: Reasons) -> list[Piece]:
    """Return the pieces, with the subheadings kept that stand between kept blocks: some extractors drop short lines."""
    kept_before = [False] * len(pieces)  # just before it, or beyond other such headings
    for i, piece in enumerate(pieces[:-1]):
        kept_before[i + 1] = piece.kept or (kept_before[i] and _is_subheading(piece, reasons))
    for i in range(len(pieces) - 2, -1, -1):
        if not pieces[i].kept and pieces[i + 1].kept and kept_before[i] and _is_subheading(pieces[i], reasons):
            pieces[i] = pieces[i]._replace(kept=True)
    return pieces


def _is_subheading(piece: Piece, reasons: Reasons) -> bool:
    return piece.end - piece.start <= HEADING and _is_in(piece, HEADINGS) and not reasons.of(piece.block.element)


def _with_byline(pieces: list[Piece], page: Rendered, metadata: Metadata, reasons: Reasons) -> list[Piece]:
    """Return the pieces, with a byline below the headline kept if author or date is missing."""
    if metadata.author and metadata.date:
        return pieces
    kept = 0
    for i, piece in enumerate(pieces):
        kept += piece.kept
        if kept > NEAR:
            break
        if kept and not piece.kept and piece.end - piece.start <= BYLINE:
            reason = reasons.of(piece.block.element)
            if reason and reason[0] == "html.byline" and not reasons.byline(page.text[piece.start : piece.end]):
                pieces[i] = piece._replace(kept=True)
    return pieces
