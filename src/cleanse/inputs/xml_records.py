"""XML files of documents: feeds, WordPress exports, TEI, news agencies' formats, and records of no known format.

The root element says what a file is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from cleanse.documents import Reason, Record
from cleanse.inputs import feeds, news_xml, tei, xml_objects
from cleanse.inputs.tree_text import local_name
from cleanse.inputs.xml_stream import TooLongError, XmlError, read_elements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

    from cleanse.inputs.records import Fields, Piece

ROOTS = {  # root element → what its documents are; others are looked for all the same, and the file is refused without any
    "rss": "feed", "RDF": "feed", "feed": "feed", "channel": "feed",
    "TEI": "tei", "TEI.2": "tei", "teiCorpus": "tei",
    "newsMessage": "news", "newsItem": "news", "NewsML": "news", "nitf": "news", "packageItem": "news",
}  # fmt: skip
MIN_OUTSIDE = 200  # characters of a TEI text outside its articles from which on they are a document too

_ROOT = re.compile(rb"<(?![?!])(?:[\w.-]{1,40}:)?([\w.-]{1,60})")
_PROLOGUE = re.compile(rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.DOTALL)


def root_of(head: bytes) -> str | None:
    """Return the local name of the root element of an XML file that begins like this, None where it begins otherwise."""
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if not text.startswith(b"<"):
        return None
    match = _ROOT.match(_PROLOGUE.sub(b"", text).lstrip())
    return match[1].decode("utf-8", "replace") if match else None


def is_known(head: bytes) -> bool:
    """Return whether a file that begins like this is XML of documents that are read."""
    return root_of(head) in ROOTS


def read(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    """Yield the documents of a file, numbered from 1; what cannot be read is a row after them."""
    name, number = piece.source.id, 0
    reader = _Reader()
    try:
        for element in read_elements(stream, reader.wants):
            record = Record(name, b"", number + 1)
            filled = reader.read(element, record, fields)
            if filled is not None:
                number += 1
                yield filled
    except TooLongError as error:
        yield Record(name, b"", number + 1, reason=Reason("too-large", f"after record {number}: {error}"))
        return
    except XmlError as error:
        yield Record(name, b"", number + 1, reason=Reason("damaged", f"after record {number}: {error}"))
        return
    if not number:
        yield Record(name, b"", reason=_nothing(reader.root))


def _nothing(root: str) -> Reason:
    if ROOTS.get(root):
        return Reason("empty", f"no document in <{root}>")
    return Reason("unknown-xml", f"its root is <{root}>; known: {' '.join(ROOTS)}")


class _Reader:
    """The root of a file, and what its documents need from the elements before them."""

    def __init__(self) -> None:
        self.root = ""
        self.objects = ""  # name of the elements that are records, under a root that is not known
        self.header: Element | None = None  # of TEI
        self.articles = 0  # since that header

    def wants(self, name: str, attributes: Mapping[str, str]) -> bool:
        """Return whether an element is a document."""
        local = local_name(name)
        self.root = self.root or local
        kind = ROOTS.get(self.root, "")
        if not kind:
            self.objects = self.objects or (local if xml_objects.is_record(local) else "")
            return bool(self.objects) and local == self.objects
        return (
            (kind == "feed" and local in feeds.ITEMS)
            or (kind == "news" and local in news_xml.ITEMS and (local != "nitf" or self.root == local))
            or (kind == "tei" and tei.is_wanted(name, attributes))
        )

    def read(self, element: Element, record: Record, fields: Fields) -> Record | None:
        """Return the document of a wanted element; None where it is none."""
        kind = ROOTS.get(self.root)
        if kind is None:
            return xml_objects.read_object(element, record, fields)
        if kind == "feed":
            return feeds.read_item(element, record, fields)
        if kind == "news":
            return news_xml.read_item(element, record, fields)
        local = local_name(element.tag)
        if local == "teiHeader":
            self.header, self.articles = element, 0
            return None
        article = tei.read_article(element, self.header, record, fields)
        if local == "text" and self.articles and len(article.raw) < MIN_OUTSIDE:
            return None
        self.articles += local != "text"
        return article
