"""Kept words → marks on the page text: what the extractor left out becomes spans, each with a reason."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from cleanse.documents import Span
from cleanse.html.alignment import WORD, align, split_words
from cleanse.html.metadata import letters
from cleanse.html.removal_reasons import Reasons

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

    from cleanse.html.metadata import Metadata
    from cleanse.html.visible_text import Block, Rendered

STEP = "extract"
STANDFIRST = 40  # letters; less of a description is chance
NEAR = 4  # kept blocks at the top of the text: among them stands the headline, above or between them the byline
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
HEADING = 200  # characters; a longer one is a teaser
SMALL = 2  # words; so small a piece of a block goes where its neighbours go, as do the letters of a formula

_SENTENCE_END = re.compile(  # a run of marks is read once, from its first: leader dots are many
    r"""(?<![.!?…])[.!?…]++["'”’»)\]]*+\s++|(?<![。！？])[。！？]++["'”’»)\]』」]*+"""
)


class _Piece(NamedTuple):
    """A part of a block that is kept or removed as a whole: offsets in the page text."""

    start: int
    end: int
    kept: bool
    block: Block


def mark(page: Rendered, output: str, metadata: Metadata, extractor: str) -> tuple[Span, ...]:
    """Spans of the page text that the extractor's output does not have, in order, one for each run of equal reason."""
    words = split_words([page.text[block.start : block.end] for block in page.blocks], page.text)
    flags = align(words, output)
    pieces = _with_headline(list(_pieces(page, words, flags)), page, metadata)
    reasons = Reasons(extractor, metadata, [piece.block.element for piece in pieces if piece.kept])
    pieces = _with_headings(pieces, reasons)
    spans: list[Span] = []
    kept = 0  # pieces so far
    adjacent = False  # whether the piece before was removed, too
    for piece in pieces:
        if not piece.kept:
            reason = kept < NEAR and reasons.byline(page.text[piece.start : piece.end])
            rule, evidence = reason or reasons.of(piece.block.element)
            start = piece.start
            if adjacent and (spans[-1].rule, spans[-1].evidence) == (rule, evidence):
                start = spans.pop().start
            spans.append(Span(start, piece.end, "", STEP, rule, evidence))
        kept += piece.kept
        adjacent = not piece.kept
    return tuple(spans)


def _with_headline(pieces: list[_Piece], page: Rendered, metadata: Metadata) -> list[_Piece]:
    """The pieces, with the headline and the standfirst kept if they stand above the text and were left out.

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
    above = [letters(page.text[piece.start : piece.end]) for piece in pieces[:top]]
    found = [i for i, said in enumerate(above) if said == title]
    if not found:
        return pieces
    at = ([i for i in found if _in_heading(pieces[i].block.element)] or found)[-1]
    description = letters(metadata.description or "")
    for i in range(at, top):
        if i == at or _is_standfirst(above[i], description):
            pieces[i] = pieces[i]._replace(kept=True)
    return pieces


def _is_standfirst(said: str, description: str) -> bool:
    """Whether one has the other: a description may be cut short ("…"), or be the start of the text besides."""
    return min(len(said), len(description)) >= STANDFIRST and (said in description or description[:-3] in said)


def _with_headings(pieces: list[_Piece], reasons: Reasons) -> list[_Piece]:
    """The pieces, with the subheadings kept that stand between kept blocks: some extractors drop short lines."""
    kept_before = [False] * len(pieces)  # just before it, or beyond other such headings
    for i, piece in enumerate(pieces[:-1]):
        kept_before[i + 1] = piece.kept or (kept_before[i] and _is_subheading(piece, reasons))
    for i in range(len(pieces) - 2, -1, -1):
        if not pieces[i].kept and pieces[i + 1].kept and kept_before[i] and _is_subheading(pieces[i], reasons):
            pieces[i] = pieces[i]._replace(kept=True)
    return pieces


def _is_subheading(piece: _Piece, reasons: Reasons) -> bool:
    element = piece.block.element
    return piece.end - piece.start <= HEADING and _in_heading(element) and not reasons.told(element)


def _in_heading(element: HtmlElement) -> bool:
    return element.tag in HEADINGS or any(up.tag in HEADINGS for up in islice(element.iterancestors(), 3))


def _pieces(page: Rendered, words: Sequence[list[str]], flags: bytearray) -> Iterator[_Piece]:
    """All blocks in order: whole, or cut where sentences end or inline elements meet if only a part was kept."""
    wordless: list[Block] = []  # they stay where both neighbours stay
    kept = False
    last = 0
    for block, held in zip(page.blocks, words, strict=True):
        if not held:
            wordless.append(block)
            continue
        first, last = last, last + len(held)
        count = flags.count(1, first, last)
        if 0 < count < last - first:
            parts = _parts(page.text, block, flags[first:last])
        else:
            parts = [_Piece(block.start, block.end, count > 0, block)]
        for bare in wordless:
            yield _Piece(bare.start, bare.end, kept and parts[0].kept, bare)
        wordless.clear()
        yield from parts
        kept = parts[-1].kept
    for bare in wordless:
        yield _Piece(bare.start, bare.end, False, bare)


def _parts(text: str, block: Block, flags: bytearray) -> list[_Piece]:
    """A block of which the extractor kept some words: each part stays if most of its words do."""
    line = text[block.start : block.end]
    cuts = sorted(
        {*(block.start + m.end() for m in _SENTENCE_END.finditer(line)), *block.seams, block.start, block.end}
    )
    starts = [block.start + match.start() for match in WORD.finditer(line)]
    votes: list[tuple[int, int]] = []  # words kept, words, of each part
    at = 0
    for cut in cuts[1:]:
        first = at
        while at < len(starts) and starts[at] < cut:
            at += 1
        votes.append((sum(flags[first:at]), at - first))
    verdicts = [2 * kept >= words if words > SMALL else None for kept, words in votes]
    if not any(verdict is not None for verdict in verdicts):
        verdicts = [2 * kept >= words for kept, words in votes]
    settled = _follow(verdicts, votes)
    return [
        _Piece(start, end, verdict, block) for start, end, verdict in zip(cuts[:-1], cuts[1:], settled, strict=True)
    ]


def _follow(verdicts: Sequence[bool | None], votes: Sequence[tuple[int, int]]) -> list[bool]:
    """Small parts go where both neighbours go; between unlike neighbours by their own words, without any by the left."""
    following: list[bool | None] = []
    right: bool | None = None
    for verdict in reversed(verdicts):
        following.append(right)
        right = right if verdict is None else verdict
    settled: list[bool] = []
    left: bool | None = None
    for verdict, beyond, (kept, words) in zip(verdicts, reversed(following), votes, strict=True):
        if verdict is None:
            before = beyond if left is None else left
            after = before if beyond is None else beyond
            settled.append(bool(before) if before == after or not words else 2 * kept >= words)
        else:
            settled.append(verdict)
            left = verdict
    return settled
