"""Extract: HTML or plain text → page text, with spans of what is no content of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanse.documents import Page
from cleanse.html.extractors import DEFAULT, EXTRACTORS, load_extractor
from cleanse.html.plain_text import normalise, read_plain_text
from cleanse.html.sniffing import sniff

if TYPE_CHECKING:
    from cleanse.html.extractors import LineReader
    from cleanse.html.model_file import Model

__all__ = ["DEFAULT", "EXTRACTORS", "extract", "load_extractor", "sniff"]


def extract(
    text: str,
    kind: str | None = None,
    url: str | None = None,
    extractor: str = DEFAULT,
    model: Model | None = None,
    lines: LineReader | None = None,
    *,
    markdown: bool = False,
) -> Page:
    """Return the page text of a document and what extraction removes from it. Never raises on bad content.

    Args:
        text: The decoded document.
        kind: "html", "text" or None (see `sniff`). Of plain text only what its carrier added is
            removed, such as page numbers and the times of subtitles.
        url: The document's address, where it is known.
        extractor: A name from `EXTRACTORS`, or "package.module:function". Of HTML the page text is the visible text; what
            the extractor does not keep are spans with step "extract".
        model: A model of the own engine, if not the package's.
        lines: What the own engine asks about a page that it doubts: a function (page text, half-open offsets of its
            blocks) -> chance of each that it is content, by its words; such as `line_chances` of the chrome stage.
        markdown: Show headings, lists, tables and code of HTML as Markdown in the page text.

    Raises:
        SettingError: The extractor is not known, whatever the kind.
    """
    load_extractor(extractor)
    if (kind or sniff(text)) != "html":
        return Page(normalise(text), url=url) if extractor == "none" else read_plain_text(text, url)
    from cleanse.html.html_page import read_page

    return read_page(text, url, extractor, model, lines, markdown=markdown)
