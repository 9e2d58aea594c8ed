"""One HTML page, from its source to its page text and what is removed of it. The order of the parts stands here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanse.documents import Page
from cleanse.html.alignment import kept_shares, split_words
from cleanse.html.engine import UNSURE, judge, keep_something, read_facts, words_of_blocks
from cleanse.html.explanations import Explanations
from cleanse.html.extractors import OWN, load_extractor
from cleanse.html.metadata import read_metadata
from cleanse.html.model_file import load_model
from cleanse.html.parsing import PARSED_DEPTH, flatten, parse
from cleanse.html.pieces import pieces_of_choice, pieces_of_output
from cleanse.html.removed_spans import remove_pieces
from cleanse.html.source_limits import limit_attributes
from cleanse.html.visible_text import render
from cleanse.spans import settle

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from cleanse.documents import Span
    from cleanse.html.extractors import Extractor
    from cleanse.html.metadata import Metadata
    from cleanse.html.model_file import Model
    from cleanse.html.visible_text import Rendered

# Beyond these an extractor is not asked, and all visible text stays for the chrome stage: trafilatura has work that
# grows with the square of a page (5,000 <div>, each with one in it, take it 1.5 s, twice as many 6 s), and real pages stay far below (933
# of the bench: at most 3,800 visible elements, 41 deep).
MAX_CHARS = 20_000_000  # of HTML; trafilatura's own limit
MAX_ELEMENTS = 10_000
MAX_DEPTH = 200
MAX_CELLS = 1000  # of one table row


def read_page(html: str, url: str | None, extractor: str, model: Model | None = None) -> Page:
    """Return the visible text of a page, and as spans what the extractor leaves out of it.

    What a limit did is a repair: "attributes-cut:N" (attributes left out), "flattened" (nested too deeply to be
    parsed: read without its elements), "extractor-not-asked:WHY" (all visible text stays, or the own engine's choice).
    """
    html, cut = limit_attributes(html)
    repairs = [f"attributes-cut:{cut}"] if cut else []
    tree = parse(html)
    if tree is None:
        return Page("", url=url, repairs=tuple(repairs))
    page = render(tree)
    metadata = read_metadata(tree, url)
    spans: tuple[Span, ...] = ()
    if page.depth >= PARSED_DEPTH and (flat := parse(flatten(html))) is not None:
        page = render(flat)
        repairs.append("flattened")
    elif page.text:
        answer = _Answer(load_extractor(extractor), html, tree, url, _excess(html, page, tree))
        if extractor in OWN:
            removed = _remove_by_engine(page, metadata, answer, model or load_model())
        else:
            removed = _remove_by_answer(page, metadata, answer, extractor)
        spans = settle(page.text, removed)
        repairs += answer.repairs
    return Page(page.text, spans, metadata.title, metadata.author, metadata.date, metadata.url, tuple(repairs))


def _remove_by_answer(page: Rendered, metadata: Metadata, answer: _Answer, extractor: str) -> tuple[Span, ...]:
    """What an extractor that returns text leaves out."""
    output = answer.text()
    if output is None:
        return ()
    return remove_pieces(page, pieces_of_output(page, output), metadata, lambda _block: f"left out by {extractor}")


def _remove_by_engine(page: Rendered, metadata: Metadata, answer: _Answer, model: Model) -> tuple[Span, ...]:
    """What the own engine leaves out; where it is unsure it learns first what another extractor would keep."""
    words = words_of_blocks(page)
    facts = read_facts(page, words, metadata, model)
    judgement = judge(facts, model)
    if (judgement.expected < UNSURE or not judgement.kept.any()) and (output := answer.text()) is not None:
        lines = split_words([page.text[block.start : block.end] for block in page.blocks], page.text)
        judgement = judge(facts, model, kept_shares(lines, output))
    judgement = keep_something(judgement, facts)
    explanations = Explanations(page, words, judgement, model)
    return remove_pieces(page, pieces_of_choice(page, judgement.kept.tolist()), metadata, explanations.of)


class _Answer:
    """What an extractor keeps of a page, if it is asked: it is not asked about a page beyond a limit."""

    def __init__(self, extractor: Extractor, html: str, tree: HtmlElement, url: str | None, excess: str | None) -> None:
        self._extractor = extractor
        self._page = (html, tree, url)
        self._excess = excess
        self.repairs: list[str] = []

    def text(self) -> str | None:
        """Return its answer. Any failure of a third party's code on bad content means that it has none."""
        if self._excess:
            self.repairs.append(f"extractor-not-asked:{self._excess}")
            return None
        try:
            return self._extractor(*self._page)
        except Exception:  # noqa: BLE001
            return None


def _excess(html: str, page: Rendered, tree: HtmlElement) -> str | None:
    """Which limit of what an extractor is asked about the page exceeds."""
    if len(html) > MAX_CHARS:
        return "chars"
    if page.elements > MAX_ELEMENTS:
        return "elements"
    if page.depth > MAX_DEPTH:
        return "depth"
    return "cells" if any(len(row) > MAX_CELLS for row in tree.iter("tr")) else None
