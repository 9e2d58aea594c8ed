"""Extract: HTML or plain text → page text, with marks on what a page's own structure shows to be chrome."""

from __future__ import annotations

from cleanse.documents import Page
from cleanse.html.extractors import DEFAULT, EXTRACTORS, load_extractor
from cleanse.html.plain_text import normalise, read_plain_text
from cleanse.html.sniffing import sniff

__all__ = ["DEFAULT", "EXTRACTORS", "extract", "load_extractor", "sniff"]


def extract(text: str, kind: str | None = None, url: str | None = None, extractor: str = DEFAULT) -> Page:
    """The page text of a document and what extraction removes from it. Never raises on bad content.

    kind: "html", "text" or None (see `sniff`). Of plain text only what its carrier added
    is marked, such as page numbers and the times of subtitles. Of HTML the page text is the
    visible text; what `extractor` does not keep are spans with step "extract". Raises SettingError for an unknown
    extractor, whatever the kind.
    """
    judge = load_extractor(extractor)
    if (kind or sniff(text)) != "html":
        return Page(normalise(text), url=url) if extractor == "none" else read_plain_text(text, url)
    from cleanse.html.html_page import read_page

    return read_page(text, url, judge, extractor)
