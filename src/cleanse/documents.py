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
    """Why a document is not in the corpus.

    Attributes:
        rule: Id of the rule, such as "nothing-left".
        evidence: What the rule saw, for people to read.
    """

    rule: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Span:
    """A removed stretch of the page text.

    Attributes:
        start: Its first character, counted from 0 in the page text.
        end: The character behind its last.
        text: What was removed.
        step: The step that removed it, "extract" or "chrome".
        rule: Id of the rule that removed it, such as "fr.comment-form".
        evidence: What the rule saw, for people to read.
    """

    start: int
    end: int
    text: str
    step: str
    rule: str
    evidence: str


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
    """A finished document: its cleaned text, what was removed from it, and all that is known of it.

    Attributes:
        id: Path below the input, and `#N` for record N of a container.
        text: The page text with the removed spans cut out.
        status: "kept", "duplicate", "filtered" or "rejected".
        reason: Id of the rule that kept it out of the corpus; None if it is kept.
        evidence: What that rule saw; None if it is kept.
        record_id: The record's own id; None if it has none.
        url: Address of the page; None if unknown.
        site: Host of the address without `www.`, or what stands for it; None if unknown.
        title: Headline that the page or its record shows; None if there is none.
        author: Author that the page or its record shows; None if there is none.
        date: Date that the page or its record shows, ISO 8601, maybe partial; None if there is none.
        language: ISO 639-1 code, else 639-3; "mul" for several, "und" if unknown.
        language_confidence: 0 to 1.
        encoding: Encoding of the bytes; None where text came as text or nothing was decoded.
        encoding_source: How the encoding was known, such as "bom" or "declared"; None as for `encoding`.
        repairs: What was mended in the text, such as "mojibake:cp1252".
        removed: The removed spans, sorted and disjoint.
        bytes: Size of the document as it came.
        chars_in: Characters of the page text.
        words: Words of `text`; of a script without spaces, characters.
        sha256: Of the raw bytes, in hexadecimal; of a record, of its text in UTF-8.
        fields: The record's other fields, as JSON; None if there are none.
        duplicate_of: Id of the kept document that it is a near-duplicate of; None if of none.
        duplicate_corpus: The earlier output which that document stands in; None: this run's.
        jaccard: Exact Jaccard similarity with that document, 0 to 1; None if it is no duplicate.
        series_of: Id of a kept document of the same form with other values; None if there is none.
        near_duplicates: Number of other documents that it stands for.
        fetched: When a crawler fetched it, ISO 8601; None if unknown.
        fields_from: What it took from its near-duplicates, each as "title: id".
        minor_languages: Codes of other languages of 5 % of the text or more.
        page_type: What kind of page it is, such as "listing"; None: not known.
        truncated: "paywall" or "cut" where the text stops short; None if it does not.
        agency: The news agency that it credits; None if none.
        page_evidence: What speaks for the last three; None if nothing.
        signals: Measures of the text by name; None if it was not measured.
        shared_share: Share of its words in sentences that other documents have too, 0 to 1; None if not asked for.
        contained_in: Id of the document that holds the largest share of its words, from one half on; None if none.
        containment: Share of its words that this document holds, 0 to 1; None as for `contained_in`.
        personal: Personal data in the text, as JSON: start, end, kind and evidence; None if not asked for.
    """

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
    fetched: str | None = None
    fields_from: tuple[str, ...] = ()
    minor_languages: tuple[str, ...] = ()
    page_type: str | None = None
    truncated: str | None = None
    agency: str | None = None
    page_evidence: str | None = None
    signals: Mapping[str, float | int | None] | None = None
    shared_share: float | None = None
    contained_in: str | None = None
    containment: float | None = None
    personal: str | None = None


def site_of(url: str | None) -> str | None:
    """Return the host of a URL, without the `www.` before it."""
    if not url:
        return None
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None
