"""Exports of press databases: one file, many articles. Each article is a document with what the export says of it.

An export is recognised by its content, and only where that is certain: a file split in the wrong place is worse than one left whole.
What the database adds to an article (certificate, copyright, number) is not part of its text.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cleanse.documents import Reason, Record
from cleanse.encoding.decoding import decode
from cleanse.inputs import europresse, europresse_html, factiva, nexis
from cleanse.inputs.carrying import carry_json

if TYPE_CHECKING:
    from cleanse.inputs.press_article import Article
    from cleanse.inputs.records import Fields

# Every export holds one of these in ASCII, and hardly another file does: most files are ruled out by one look at their bytes.
# A plain search of a byte string is a hundred times as fast as one pattern of them all.
_TRACES = (
    b"DocPublicationName", b"\xb720", b"news&middot;", b"news&#", b"ertificat \xc3\xa9mis", b"ertificat \xe9mis", b"ertificat est ",
    b"ertificate ", b"rticleParagraph", b" DOCUMENTS", b" DOKUMENTE", b" of Document", b"n du document",
)  # fmt: skip
_MARKED = (b"Document ", b"Dokument ", b"Documento ", b"DOCUMENT")  # a word that needs a closer look
_PLACE = re.compile(
    rb"D(?:ocument|okument|ocumento)[ \t\xa0]+(?:[A-Za-z][A-Za-z0-9]{2,9}(?:19|20)\d{6}|\d{1,5} (?:of|de|von) \d)|1 DOCUMENT"
)
# A line of weekday, date and page near the beginning, as Europresse writes it
_HEADER = re.compile(
    rb"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) \d\d?[^\n\r]{1,40} \d{4}[^\n\r]{0,60}(?: p\. ?\w| \d+ mots)"
    rb"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \w+ \d\d?, \d{4}[^\n\r]{0,60}(?: p\. ?\w| \d+ (?:words|mots))"
)
HEADER_BYTES = 1000  # of a file, in which the first article has its header
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # UTF-16: no bytes are looked for in it
_HTML = re.compile(r"<(?:html|body|article|table|div|span)\b", re.IGNORECASE)
_NO_MARKUP = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # characters that no tree may hold
HTML_CHARS = 100_000  # of a file, in which a tag makes it HTML
MAX_WIDE = 1 << 24  # bytes of UTF-16 above which no export is looked for


def may_be_export(raw: bytes) -> bool:
    """Return whether a file has a trace of a press database: a quick look, before it is decoded."""
    return (
        any(trace in raw for trace in _TRACES)
        or _HEADER.search(raw, 0, HEADER_BYTES) is not None
        or (any(word in raw for word in _MARKED) and _PLACE.search(raw) is not None)
        or (raw.startswith(_WIDE) and len(raw) < MAX_WIDE)
    )


def read_export(raw: bytes, name: str, fields: Fields) -> list[Record]:
    """Return the articles of an export, numbered from 1; none where a file is no export.

    Args:
        raw: A text or HTML file.
        name: Id of the file.
        fields: Which fields are carried.

    """
    if not may_be_export(raw):
        return []
    text = decode(raw).text
    return read_text(text, name, fields) if text else []


def read_text(text: str, name: str, fields: Fields) -> list[Record]:
    """Return the articles of a text or HTML that is an export, numbered from 1; none where it is none."""
    database, articles = _split(text.replace("\r\n", "\n").replace("\r", "\n"))
    return [_make_record(article, database, Record(name, b"", n), fields) for n, article in enumerate(articles, 1)]


def _split(text: str) -> tuple[str, list[Article]]:
    """Return the articles of an export, and the database that it is from."""
    if _HTML.search(text[:HTML_CHARS]):
        text = _NO_MARKUP.sub("", text)
        import lxml.etree
        import lxml.html

        try:
            document = lxml.html.document_fromstring(text.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
        except (lxml.etree.LxmlError, ValueError):
            return "", []
        if articles := europresse_html.split_html(document):
            return "europresse", articles
        if articles := factiva.split_html(document):
            return "factiva", articles
        from cleanse.inputs.tree_text import HTML, text_of

        return "nexis", nexis.split_text(text_of(document, HTML))
    for database, split in (("europresse", europresse), ("factiva", factiva), ("nexis", nexis)):
        if articles := split.split_text(text):
            return database, articles
    return "", []


def _make_record(article: Article, database: str, record: Record, fields: Fields) -> Record:
    """Return the document of an article: headline, standfirst and text, and the rest as columns and carried fields."""
    parts = [article.title, article.lead, article.text]
    carried = {
        "source": article.source,
        "issue": article.issue,
        "section": article.section,
        "page": article.page,
        "dateline": article.dateline,
        "export": database,
    }
    return replace(
        record,
        raw="\n\n".join(part for part in parts if part),
        kind="text",
        title=article.title,
        author=article.author,
        date=article.date,
        url=article.url,
        record_id=article.number,
        fields=carry_json(carried, fields),
        reason=None if article.text or article.lead else Reason("empty", "an article without a text"),
        repairs=(f"export:{database}",),
    )
