"""Define the records that functions hand each other: a document on its way from input to output, its spans, its reason.

This module imports no other module of the package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUSES = ("kept", "duplicate", "filtered", "rejected")
SHOWN_CHARS = 60  # of a title in the representation of a document
LIMIT_REASONS = ("time-limit", "memory-limit")  # reasons of documents that cost more than the options allow


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
        end: The character after its last.
        text: What was removed.
        step: The step that removed it: "extract", "chrome", "shared" or "pii".
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
    """A document of the input, before anything is decided about it.

    Attributes:
        id: Path below the input; for a record of a container file, the path of the container.
        raw: Its content: bytes, or str where a text field of a record holds it.
        number: Number of the record in the piece of the container that was read, from 1; 0: the file is one document.
        kind: "html" or "text"; None: unknown, to be recognized from the content.
        url: Address of the page; None if unknown.
        record_id: The record's own id; None if it has none.
        title: Headline from a field of the record; None if it has none.
        date: Date from a field of the record, ISO 8601, maybe partial; None if it has none.
        fields: Other fields of the record that are carried along, as JSON; None if there are none.
        reason: Why the content could not be read; None if it could.
        author: Author from a field of the record; None if it has none.
        fetched: When a crawler fetched it, ISO 8601; None if unknown.
        charset: Charset that the transport (HTTP) declared, tried before the one that the page declares; None if it did
            not.
        repairs: What the reader already repaired in the text, such as a layer of escaping.
        site: Site of a document without URL, by the option `site_from`; None if unknown.
    """

    id: str
    raw: bytes | str
    number: int = 0
    kind: str | None = None
    url: str | None = None
    record_id: str | None = None
    title: str | None = None
    date: str | None = None
    fields: str | None = None
    reason: Reason | None = None
    author: str | None = None
    fetched: str | None = None
    charset: str | None = None
    repairs: tuple[str, ...] = ()
    site: str | None = None


class Rights(NamedTuple):
    """What a page says of its rights; each is None where it says nothing.

    Attributes:
        license: Licence that the page names, an address where it has one.
        accessible_for_free: Whether it says that it is free to read (schema.org `isAccessibleForFree`).
        tdm_reserved: Whether it reserves text and data mining (TDMRep `tdm-reservation`).
        tdm_policy: Address of its policy for text and data mining.
        robots: What its robots meta tags say, such as "noindex, noai".
        copyright_holder: Whom it names as holder of its copyright.
    """

    license: str | None = None
    accessible_for_free: bool | None = None
    tdm_reserved: bool | None = None
    tdm_policy: str | None = None
    robots: str | None = None
    copyright_holder: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The page text of a document, with what extraction removed from it and what the page says about itself.

    Attributes:
        text: The page text.
        removed: Spans that extraction removed, sorted and disjoint.
        title: Headline that the page shows or declares; None if there is none.
        author: Author that the page declares; None if there is none.
        date: Date that the page declares, ISO 8601, maybe partial; None if there is none.
        url: Address that the page declares for itself; None if there is none.
        repairs: What was left out or mended while the page was parsed, such as attributes beyond a limit.
        rights: What its HTML says of its rights; None where no HTML was read.
        links: Half-open offsets of the text in links that extraction kept, in order; None where no links were read.
        judged: Whether the own HTML engine judged its blocks: chrome removal does not ask the line model again.
    """

    text: str
    removed: tuple[Span, ...] = ()
    title: str | None = None
    author: str | None = None
    date: str | None = None
    url: str | None = None
    repairs: tuple[str, ...] = ()
    rights: Rights | None = None
    links: tuple[tuple[int, int], ...] | None = None
    judged: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A document after reading: its page, or the reason why there is none.

    Attributes:
        record: The record, without its raw content.
        bytes: Size of the raw content, in bytes; of a text, in UTF-8.
        sha256: SHA-256 of these bytes, in hexadecimal.
        encoding: Encoding of the bytes; None where the content came as text or was not decoded.
        encoding_source: How the encoding was known, such as "bom" or "declared"; None where nothing was decoded.
        repairs: What was mended in the text, such as "mojibake:cp1252".
        page: The page; None where there is a reason.
        reason: Why there is no page; None if there is one.
    """

    record: Record
    bytes: int
    sha256: str
    encoding: str | None = None
    encoding_source: str | None = None
    repairs: tuple[str, ...] = ()
    page: Page | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A document after chrome removal.

    Attributes:
        text: The page text without the removed spans.
        removed: All removed spans, sorted and disjoint, with offsets in the page text.
        title: Headline; None if there is none.
        author: Author; None if there is none.
        date: Date, ISO 8601, maybe partial; None if there is none.
        reason: Why the document is not in the corpus, such as "nothing-left"; None so far if it is.
        doubt: Why its chrome was left, or removed with more care than usual; None if neither.
    """

    text: str
    removed: tuple[Span, ...]
    title: str | None
    author: str | None
    date: str | None
    reason: Reason | None = None
    doubt: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """A finished document: its cleaned text, what was removed from it, and all that is known about it.

    Attributes:
        id: Path below the input, and `#N` for record N of a container file.
        text: The page text without the removed spans.
        status: "kept", "duplicate", "filtered" or "rejected".
        reason: Id of the rule that kept it out of the corpus; None if it is kept.
        evidence: What that rule saw, for people to read; None if it is kept.
        record_id: The record's own id; None if it has none.
        url: Address of the page; None if unknown.
        site: Host of the address without `www.`; without address, what the option `site_from` names; None if unknown.
        title: Headline that the page or its record gives; None if there is none.
        author: Author that the page or its record gives; None if there is none.
        date: Date that the page or its record gives, ISO 8601, maybe partial; None if there is none.
        language: ISO 639-1 code, else ISO 639-3; "mul" for several languages, "und" if unknown.
        language_confidence: Confidence of the language detector, 0 to 1.
        encoding: Encoding of the bytes; None where the content came as text or was not decoded.
        encoding_source: How the encoding was known, such as "bom" or "declared"; None where nothing was decoded.
        repairs: What was mended in the text, such as "mojibake:cp1252".
        removed: The removed spans, sorted and disjoint.
        doubt: Why its chrome was left, or removed with more care than usual; None if neither.
        bytes: Size of the raw content, in bytes; of a text, in UTF-8.
        chars_in: Length of the page text, in characters.
        words: Number of words of `text`; in scripts without spaces, of characters.
        sha256: SHA-256 of the raw content, in hexadecimal; of a text, in UTF-8.
        fields: The record's other fields, as JSON; None if there are none.
        duplicate_of: Id of the kept document that it is a near-duplicate of; None if it is no near-duplicate.
        duplicate_corpus: Path of the earlier output that holds that document; None: it is in the same output.
        jaccard: Exact Jaccard similarity with that document, 0 to 1; None if it is no near-duplicate.
        series_of: Id of a kept document of the same form with other numbers, dates or names; None if there is none.
        near_duplicates: Number of other documents that it stands for.
        fetched: When a crawler fetched it, ISO 8601; None if unknown.
        fields_from: Fields that it took from its near-duplicates, each as "title: id".
        minor_languages: Codes of the other languages that make up 5 % of the text or more.
        page_type: Kind of the page, such as "listing"; None if not known.
        truncated: "paywall" or "cut" where the text stops short; None if it does not.
        agency: The news agency that it credits; None if it credits none.
        page_evidence: What speaks for the last three, for people to read; None if nothing does.
        signals: Measures of the text by name; None if the text was not measured.
        shared_share: Share of its words in sentences that other documents have too, 0 to 1; None if not asked for.
        contained_in: Id of the document that contains the largest share of its words, at least half; None if there is
            none.
        containment: The share of its words that this document contains, 0 to 1; None as for `contained_in`.
        rights: What its HTML says of its rights; None where no HTML was read.
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
    doubt: str | None = None
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
    rights: Rights | None = None
    personal: str | None = None

    def __repr__(self) -> str:
        """Return one readable line: id, what became of it, language, size, the beginning of its title or text."""
        fate = self.status if self.reason is None else f"{self.status}: {self.reason}"
        gist = " ".join((self.title or self.text[:200]).split())
        shown = gist if len(gist) <= SHOWN_CHARS else gist[: SHOWN_CHARS - 1] + "…"
        size = f"{self.words:,} words, {len(self.removed)} spans removed"
        return f"<Document {self.id!r} {fate}, {self.language}, {size}, {shown!r}>"


def site_of(url: str | None) -> str | None:
    """Return the host of a URL without a leading `www.`; None if there is no URL or no host in it."""
    if not url:
        return None
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None
