"""One HTML page, from its source to its page text with marks. The order of the parts stands here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanse.documents import Page
from cleanse.html.metadata import read_metadata
from cleanse.html.removed_spans import mark
from cleanse.html.source_limits import limit_attributes
from cleanse.html.parsing import PARSED_DEPTH, flatten, parse
from cleanse.html.visible_text import render
from cleanse.spans import settle

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from cleanse.html.extractors import Extractor
    from cleanse.html.visible_text import Rendered

# Beyond these an extractor is not asked, and all visible text stays for the chrome stage: trafilatura has work that
# grows with the square of a page (5,000 <div>, each with one in it, take it 1.5 s, twice as many 6 s), and real pages stay far below (933
# of the bench: at most 3,800 visible elements, 41 deep).
MAX_CHARS = 20_000_000  # of HTML; trafilatura's own limit
MAX_ELEMENTS = 10_000
MAX_DEPTH = 200
MAX_CELLS = 1000  # of one table row


def read_page(html: str, url: str | None, judge: Extractor, name: str) -> Page:
    """The visible text of a page, and as marks what the extractor leaves out of it.

    What a limit did is a repair: "attributes-cut:N" (attributes left out), "flattened" (nested too deeply to be
    parsed: read without its elements), "extractor-not-asked:WHY" (all visible text stays).
    """
    html, cut = limit_attributes(html)
    repairs = [f"attributes-cut:{cut}"] if cut else []
    tree = parse(html)
    if tree is None:
        return Page("", url=url, repairs=tuple(repairs))
    page = render(tree)
    metadata = read_metadata(tree, url)
    output = None
    if page.depth >= PARSED_DEPTH and (flat := parse(flatten(html))) is not None:
        page = render(flat)
        repairs.append("flattened")
    elif page.text and (excess := _excess(html, page, tree)):
        repairs.append(f"extractor-not-asked:{excess}")
    elif page.text:
        output = _ask(judge, html, tree, url)
    removed = () if output is None else settle(page.text, mark(page, output, metadata, name))
    return Page(page.text, removed, metadata.title, metadata.author, metadata.date, metadata.url, tuple(repairs))


def _excess(html: str, page: Rendered, tree: HtmlElement) -> str | None:
    """Which limit of what an extractor is asked about the page exceeds."""
    if len(html) > MAX_CHARS:
        return "chars"
    if page.elements > MAX_ELEMENTS:
        return "elements"
    if page.depth > MAX_DEPTH:
        return "depth"
    return "cells" if any(len(row) > MAX_CELLS for row in tree.iter("tr")) else None


def _ask(judge: Extractor, html: str, tree: HtmlElement, url: str | None) -> str | None:
    """The extractor's answer. Any failure of a third party's code on bad content means that it has none."""
    try:
        return judge(html, tree, url)
    except Exception:  # noqa: BLE001
        return None
