"""One HTML page, from its source to its page text with marks. The order of the parts stands here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanse.documents import Page
from cleanse.html.metadata import read_metadata
from cleanse.html.removed_spans import mark
from cleanse.html.visible_text import flattened, parse, render
from cleanse.spans import settle

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from cleanse.html.extractors import Extractor

PARSED_DEPTH = 2000  # elements within each other; lxml stops at 2048, and leaves out what follows
# Beyond these an extractor is not asked, and all visible text stays for the chrome stage: trafilatura has work that
# grows with the square of a page, and real pages stay far below (933 of the bench: at most 3,800 visible elements, 41 deep).
MAX_CHARS = 20_000_000  # of HTML; trafilatura's own limit
MAX_ELEMENTS = 50_000
MAX_DEPTH = 200
MAX_CELLS = 1000  # of one table row


def read_page(html: str, url: str | None, judge: Extractor, name: str) -> Page:
    """The visible text of a page, and as marks what the extractor leaves out of it."""
    tree = parse(html)
    if tree is None:
        return Page("", url=url)
    page = render(tree)
    metadata = read_metadata(tree, url)
    output = None
    if page.depth >= PARSED_DEPTH and (flat := parse(flattened(html))) is not None:
        page = render(flat)
    elif page.text and len(html) <= MAX_CHARS and page.elements <= MAX_ELEMENTS and page.depth <= MAX_DEPTH:
        output = _ask(judge, html, tree, url)
    removed = () if output is None else settle(page.text, mark(page, output, metadata, name))
    return Page(page.text, removed, metadata.title, metadata.author, metadata.date, metadata.url)


def _ask(judge: Extractor, html: str, tree: HtmlElement, url: str | None) -> str | None:
    """The extractor's answer. Any failure of a third party's code on bad content means that it has none."""
    if any(len(row) > MAX_CELLS for row in tree.iter("tr")):
        return None
    try:
        return judge(html, tree, url)
    except Exception:  # noqa: BLE001
        return None
