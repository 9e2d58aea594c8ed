"""The vocabulary: what a record, a page, a span, a reason and a document are. Imports nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUSES = ("kept", "duplicate", "filtered", "rejected")
LIMIT_REASONS = ("time-limit", "memory-limit")  # of documents that cost more than the options allow


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a document is not in the corpus: a rule id, and what was seen."""

    rule: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Span:
    """A removed stretch of the page text: half-open character offsets, the text itself, and why it went."""

    start: int
    end: int
    text: str
    step: str  # "extract" or "chrome"
    rule: str  # e.g. "fr.comment-form"
    evidence: str  # what the rule saw, for a person to read


@dataclass(frozen=True, slots=True)
class Record:
    """One input document as a source yields it, before anything was decided about it."""

    id: str  # path below the input; of a container's record, the container's
    raw: bytes | str  # a text field of a record arrives as str
    number: int = 0  # of a container's record: its place in the piece that was read, from 1
    kind: str | None = None  # "html", "text", or None: sniff
    url: str | None = None
    record_id: str | None = None
    title: str | None = None
    date: str | None = None
    fields: str | None = None  # JSON of the record's carried fields
    reason: Reason | None = None  # set by a source that could not read it
    author: str | None = None
    fetched: str | None = None  # ISO 8601, when a crawler fetched it
    charset: str | None = None  # what the transport (HTTP) declared; the decoder tries it before what the page declares
    repairs: tuple[str, ...] = ()  # what the reader repaired in the text, such as a layer of escaping
    site: str | None = None  # what stands for the site of a document without URL, by the setting `site_from`


@dataclass(frozen=True, slots=True)
class Page:
    """The page text, what extraction already marked in it, and what the page itself says about it."""

    text: str
    removed: tuple[Span, ...] = ()
    title: str | None = None
    author: str | None = None
    date: str | None = None  # ISO 8601, may be partial
    url: str | None = None
    repairs: tuple[str, ...] = ()  # what reading it left out or put right, such as attributes beyond a limit


@dataclass(frozen=True, slots=True)
class Draft:
    """A document after reading: its page text with what extraction removed, or the reason why there is none."""

    record: Record  # without its raw content
    bytes: int
    sha256: str
    encoding: str | None = None
    encoding_source: str | None = None
    repairs: tuple[str, ...] = ()
    page: Page | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A document after chrome removal: all removed spans, on the page text; what the page says of itself; the kept text."""

    text: str
    removed: tuple[Span, ...]
    title: str | None
    author: str | None
    date: str | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A finished document: one row of `documents/`, with its cleaned text and the spans that were cut out."""

    id: str
    text: str
    status: str = "kept"
    reason: str | None = None
    evidence: str | None = None
    record_id: str | None = None
    url: str | None = None
    site: str | None = None
    title: str | None = None
    author: str | None = None
    date: str | None = None
    language: str = "und"
    language_confidence: float = 0.0
    encoding: str | None = None
    encoding_source: str | None = None
    repairs: tuple[str, ...] = ()
    removed: tuple[Span, ...] = ()
    bytes: int = 0
    chars_in: int = 0
    words: int = 0
    sha256: str | None = None
    fields: str | None = None
    duplicate_of: str | None = None
    duplicate_corpus: str | None = None
    jaccard: float | None = None
    series_of: str | None = None
    near_duplicates: int = 0
    fetched: str | None = None  # ISO 8601
    fields_from: tuple[str, ...] = ()  # what the document took from its near-duplicates: "title: id"
    minor_languages: tuple[str, ...] = ()
    page_type: str | None = None
    truncated: str | None = None
    agency: str | None = None
    page_evidence: str | None = None
    signals: Mapping[str, float | int | None] | None = None
    shared_share: float | None = None
    contained_in: str | None = None
    containment: float | None = None
    personal: str | None = None  # JSON: start, end, kind and evidence of each place in `text`


def site_of(url: str | None) -> str | None:
    """Return the host of a URL, without the `www.` before it."""
    if not url:
        return None
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None
