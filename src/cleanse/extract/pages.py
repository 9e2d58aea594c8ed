"""One HTML page, from its source to its page text with marks. The order of the parts stands here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanse.documents import Page
from cleanse.extract.marking import mark
from cleanse.extract.metadata import read_metadata
from cleanse.extract.rendering import parse, render
from cleanse.marks import settle

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from cleanse.extract.backends import Extractor

MAX_CHARS = 20_000_000  # of HTML; trafilatura's own limit. Above it all visible text stays, for the chrome stage


def read_page(html: str, url: str | None, judge: Extractor, name: str) -> Page:
    """The visible text of a page, and as marks what the extractor leaves out of it."""
    tree = parse(html)
    if tree is None:
        return Page("", url=url)
    rendered = render(tree)
    metadata = read_metadata(tree, url)
    output = _ask(judge, html, tree, url) if rendered.text and len(html) <= MAX_CHARS else None
    removed = () if output is None else settle(rendered.text, mark(rendered, output, metadata, name))
    return Page(rendered.text, removed, metadata.title, metadata.author, metadata.date, metadata.url)


def _ask(judge: Extractor, html: str, tree: HtmlElement, url: str | None) -> str | None:
    """The extractor's answer. Any failure of a third party's code on bad content means that it has none."""
    try:
        return judge(html, tree, url)
    except Exception:  # noqa: BLE001
        return None
