"""One HTML page, from its source to its page text and what is removed of it. The order of the parts stands here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cleanse.documents import Page
from cleanse.errors import raise_memory_fault
from cleanse.html.alignment import kept_shares, split_words
from cleanse.html.block_engine import decide, keep_something, read_facts, words_of_blocks
from cleanse.html.consent_boxes import blocks_of_consent
from cleanse.html.element_tokens import keys_of
from cleanse.html.explanations import Explanations
from cleanse.html.extractors import EXTRACTORS, NONE, OWN, load_extractor
from cleanse.html.markdown import as_markdown
from cleanse.html.metadata import read_metadata
from cleanse.html.model_file import load_model
from cleanse.html.parsing import PARSED_DEPTH, flatten, parse
from cleanse.html.pieces import pieces_of_choice, pieces_of_output
from cleanse.html.removed_spans import remove_pieces
from cleanse.html.source_limits import limit_attributes
from cleanse.html.unseen_text import add_article_body, open_shadow_roots, show_unseen
from cleanse.html.visible_text import render
from cleanse.rights import read_rights
from cleanse.spans import places_outside, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lxml.html import HtmlElement

    from cleanse.documents import Span
    from cleanse.html.element_tokens import Keys
    from cleanse.html.extractors import LineReader
    from cleanse.html.metadata import Metadata
    from cleanse.html.model_file import Model
    from cleanse.html.pieces import Piece
    from cleanse.html.visible_text import Rendered

# Beyond these an extractor is not asked, and all visible text stays for the chrome stage: trafilatura has work that
# grows with the square of a page (5,000 <div>, each with one in it, take it 1.5 s, twice as many 6 s), and real pages
# stay far below (933 of the bench: at most 3,800 visible elements, 41 deep).
MAX_CHARS = 20_000_000  # of HTML; trafilatura's own limit
MAX_ELEMENTS = 10_000
MAX_DEPTH = 200
MAX_CELLS = 1000  # of one table row
MAX_BLOCKS = 20_000  # that the own engine judges: it takes 4 KB for each
FEW = 250  # characters; a page of which fewer are kept has no visible article


def read_page(
    html: str,
    url: str | None,
    extractor: str,
    model: Model | None = None,
    lines: LineReader | None = None,
    *,
    markdown: bool = False,
) -> Page:
    """Return the visible text of a page, and as spans what the extractor leaves out of it.

    What a limit did is a repair: "attributes-cut:N" (attributes left out), "flattened" (nested too deeply to be
    parsed: read without its elements), "extractor-not-asked:WHY" (all visible text stays, or the own engine's choice), "engine-not-asked:blocks" (all stays).
    So is text that no visible element holds: "text-from:SOURCE" (see `unseen_text.py`).
    """
    html, cut = limit_attributes(html)
    repairs = [f"attributes-cut:{cut}"] if cut else []
    tree = parse(html)
    if tree is None:
        return Page("", url=url, repairs=tuple(repairs))
    if "shadowroot" in html:
        open_shadow_roots(tree)
    page = render(tree)
    metadata, rights = read_metadata(tree, url), read_rights(tree)
    spans: tuple[Span, ...] = ()
    links: tuple[tuple[int, int], ...] | None = None
    judged = False
    if page.depth >= PARSED_DEPTH and (flat := parse(flatten(html))) is not None:
        page = render(flat)
        repairs.append("flattened")
    else:
        reader = _Reader(html, tree, metadata, url, extractor, model, lines)
        page, chosen = reader.read(page)
        if chosen.asked:
            spans = remove_pieces(page, chosen.pieces, metadata, chosen.evidence, drops_headings=extractor not in OWN)
        repairs += reader.repairs
        links = page.links
        judged = reader.judged
    text = page.text
    if markdown:
        moved = as_markdown(page)
        text = moved.text
        spans = tuple(replace(span, start=moved.start(span.start), end=moved.end(span.end)) for span in spans)
        links = links and tuple((moved.end(start), moved.start(end)) for start, end in links)
    spans = settle(text, spans)
    links = None if links is None else tuple(places_outside(links, spans))
    about = (metadata.title, metadata.author, metadata.date, metadata.url)
    return Page(text, spans, *about, tuple(repairs), rights, links, judged)


class _Chosen(NamedTuple):
    """The text of a page as pieces, and why the block of a number is left out where no element around it says so."""

    pieces: list[Piece]
    evidence: Callable[[int], str]
    asked: bool = True  # somebody chose; else all stays


class _Reader:
    """One page and the extractor that chooses what stays of it."""

    def __init__(
        self,
        html: str,
        tree: HtmlElement,
        metadata: Metadata,
        url: str | None,
        extractor: str,
        model: Model | None,
        lines: LineReader | None,
    ) -> None:
        self._html, self._tree, self._metadata, self._url = html, tree, metadata, url
        self._name, self._extractor = extractor, load_extractor(extractor)
        self._model, self._lines = model, lines
        self.repairs: list[str] = []
        self.judged = False  # by the own engine

    def read(self, page: Rendered) -> tuple[Rendered, _Chosen]:
        """Return the page and the choice, with what no visible element holds where the visible page has no article."""
        chosen = self._choose(page)
        if self._name == NONE:
            return page, chosen
        if _length(chosen) < FEW and (unseen := show_unseen(self._tree)):
            self.repairs.append(f"text-from:{unseen.source}")
            page = render(self._tree)
            chosen = self._choose(page)
        kept = [piece for piece in chosen.pieces if piece.kept]
        last = kept[-1].block.element if kept else None
        texts = [page.text[piece.start : piece.end] for piece in kept] if _length(chosen) >= FEW else []
        body = add_article_body(self._tree, self._metadata.body, texts, last)
        if body is not None:
            self.repairs.append(f"text-from:{body.source}")
            page = render(self._tree)
            chosen = _with_all_of(body.element, page, self._choose(page))
        return page, chosen

    def _choose(self, page: Rendered) -> _Chosen:
        """Return what the extractor keeps, but for boxes that ask for consent to cookies, unless there is nothing else."""
        keys = [keys_of(container.element) for container in page.containers]
        chosen = self._choose_all(page, keys)
        if self._name == NONE or self._name not in EXTRACTORS or not (boxes := blocks_of_consent(page, keys)):
            return chosen
        outside = any(piece.kept and piece.number not in boxes for piece in chosen.pieces)
        rest = {i for i in range(len(page.blocks)) if i not in boxes} if not outside else set()
        pieces = [
            piece._replace(kept=(piece.kept or piece.number in rest) and piece.number not in boxes)
            for piece in chosen.pieces
        ]
        return chosen._replace(pieces=pieces) if any(piece.kept for piece in pieces) else chosen

    def _choose_all(self, page: Rendered, keys: Sequence[Keys]) -> _Chosen:
        if self._name in OWN and page.blocks:
            if len(page.blocks) <= MAX_BLOCKS:
                self.judged = True
                return self._choose_by_engine(page, keys, self._model or load_model())
            self.repairs.append("engine-not-asked:blocks")
            return _Chosen(pieces_of_choice(page, [True] * len(page.blocks)), lambda _block: "", asked=False)
        output = self._ask(page)
        if output is None:
            return _Chosen(pieces_of_choice(page, [True] * len(page.blocks)), lambda _block: "", asked=False)
        return _Chosen(pieces_of_output(page, output), lambda _block: f"left out by {self._name}")

    def _choose_by_engine(self, page: Rendered, keys: Sequence[Keys], model: Model) -> _Chosen:
        """Return what the own engine keeps.

        Where it is in doubt it learns first what the line model says, and then what another extractor would keep.
        """
        words = words_of_blocks(page)
        facts = read_facts(page, keys, words, self._metadata, model)
        judgement = decide(facts, model, lambda: self._ask_lines(page), lambda: self._ask_vote(page))
        judgement = keep_something(judgement, facts)
        evidence = Explanations(page, words, keys, judgement, model).of
        return _Chosen(pieces_of_choice(page, judgement.kept.tolist()), evidence)

    def _ask_lines(self, page: Rendered) -> Sequence[float] | None:
        return self._lines(page.text, [(block.start, block.end) for block in page.blocks]) if self._lines else None

    def _ask_vote(self, page: Rendered) -> list[float] | None:
        if (output := self._ask(page)) is None:
            return None
        lines = [page.text[block.start : block.end] for block in page.blocks]
        return kept_shares(split_words(lines, page.text), output)

    def _ask(self, page: Rendered) -> str | None:
        """Return what the extractor keeps.

        Any failure of a third party's code on bad content means that it has no answer.
        """
        if not page.text:
            return None
        if excess := _excess(self._html, page, self._tree):
            self.repairs.append(f"extractor-not-asked:{excess}")
            return None
        try:
            return self._extractor(self._html, self._tree, self._url)
        except Exception as error:  # noqa: BLE001
            raise_memory_fault(error)
            return None


def _length(chosen: _Chosen) -> int:
    return sum(piece.end - piece.start for piece in chosen.pieces if piece.kept)


def _with_all_of(element: HtmlElement, page: Rendered, chosen: _Chosen) -> _Chosen:
    """Return the choice with all blocks kept that an element holds."""
    home = next((container for container in page.containers if container.element is element), None)
    if home is None:
        return chosen
    inside = range(home.first, home.end)
    pieces = [piece._replace(kept=True) if piece.number in inside else piece for piece in chosen.pieces]
    return chosen._replace(pieces=pieces)


def _excess(html: str, page: Rendered, tree: HtmlElement) -> str | None:
    """Return which limit of what an extractor is asked about the page exceeds."""
    if len(html) > MAX_CHARS:
        return "chars"
    if page.elements > MAX_ELEMENTS:
        return "elements"
    if page.depth > MAX_DEPTH:
        return "depth"
    return "cells" if any(len(row) > MAX_CELLS for row in tree.iter("tr")) else None
