"""What the formats share: a piece of a source, which fields of a record matter, and how a record is made of them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cleanse.documents import Reason, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DOCUMENT_BYTES = 64 << 20  # a longer document is rejected: no article is; it bounds the memory of a worker

# Names looked for, in this order, as crawlers, Common Crawl exports, Hugging Face datasets and trafilatura write them.
TEXT_FIELDS = (
    "text",
    "content",
    "raw_content",
    "page_text",
    "raw_text",
    "plain_text",
    "maintext",
    "article",
    "body",
    "document",
)
HTML_FIELDS = ("html", "raw_html", "page_html", "content_html", "html_content")
ID_FIELDS = ("id", "_id", "record_id", "doc_id", "docid", "uuid", "warc_record_id")
URL_FIELDS = ("url", "uri", "link", "source_url", "page_url", "warc_target_uri")
TITLE_FIELDS = ("title", "headline")
DATE_FIELDS = (
    "date",
    "published",
    "date_published",
    "publish_date",
    "published_at",
    "pub_date",
    "timestamp",
    "created_at",
)

_ISO_DATE = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?(?![\d])")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Source:
    """One input file. `path` may hold surrogate-escaped bytes; `id` never does."""

    id: str
    path: str
    format: str  # a name in FORMATS, or "unknown"
    size: int  # bytes
    compression: str | None = None  # "gz" or "zst"
    reason: Reason | None = None  # why it cannot be read


@dataclass(frozen=True, slots=True)
class Piece:
    """What one worker reads in one go. `start` and `stop` are the format's own: bytes, row groups, members."""

    source: Source
    size: int  # bytes of input, to balance the work
    start: int = 0
    stop: int | None = None  # None: the whole file


@dataclass(frozen=True, slots=True)
class Fields:
    """Which fields of a record are used, by the settings of a run."""

    text: tuple[str, ...] = ()  # fields that hold the text, dotted where nested; none: found by name
    carry: tuple[str, ...] | None = None  # fields to carry; None: all others
    names: tuple[tuple[str, str], ...] = ()  # (column, field): which field is "title", "author", "date", "url" or "id"
    site_from: str | None = None  # "folder", "name" or a field: what stands for the site of a document without URL


def pick(names: tuple[str, ...], present: Mapping[str, str]) -> str | None:
    """The first of the known names that a record has, as the record spells it."""
    return next((present[name] for name in names if name in present), None)


def plain(value: object) -> str | None:
    """A field's value as text that can be written: lone surrogates become U+FFFD, nothing becomes None."""
    if value is None or value == "":
        return None
    return _SURROGATE.sub("\ufffd", str(value))


def iso_date(value: object) -> str | None:
    """The ISO 8601 day, month or year that a value starts with, else None."""
    match = _ISO_DATE.match(str(value)) if value is not None else None
    return "-".join(part for part in match.groups() if part) if match else None


def make_record(name: str, number: int, values: Mapping[str, Any], fields: Fields) -> Record:
    """A record of a container: its text or HTML, and what it says of itself."""
    present: dict[str, str] = {}
    for key in values:
        present.setdefault(str(key).lower().replace("-", "_"), key)
    field, kind = _text_field(values, present, fields)
    if field is None or values.get(field) is None:
        named = f"no field {', '.join(fields.text)!r}" if fields.text else "no text field by a known name"
        evidence = f"{named}; fields: {', '.join(map(str, values))[:200]}; name one with --text-field"
        return Record(name, b"", number, reason=Reason("no-text-field", plain(evidence) or ""))
    raw = values[field]
    if not isinstance(raw, (str, bytes)):
        evidence = f"field {field!r} holds {type(raw).__name__}, not text"
        return Record(name, b"", number, reason=Reason("no-text-field", plain(evidence) or ""))
    own = {key: pick(names, present) for key, names in _OWN.items()}
    date = iso_date(values[own["date"]]) if own["date"] else None
    used = {field, own["id"], own["url"], own["title"], own["date"] if date else None}
    return Record(
        name,
        _bytes_again(raw),
        number,
        kind=kind,
        record_id=plain(values[own["id"]]) if own["id"] else None,
        url=plain(values[own["url"]]) if own["url"] else None,
        title=plain(values[own["title"]]) if own["title"] else None,
        date=date,
        fields=_carried(values, used, fields.carry),
    )


_OWN = {"id": ID_FIELDS, "url": URL_FIELDS, "title": TITLE_FIELDS, "date": DATE_FIELDS}


def _text_field(values: Mapping[str, Any], present: Mapping[str, str], fields: Fields) -> tuple[str | None, str | None]:
    """The field that holds the page, and its kind (None: sniff)."""
    if fields.text:
        return next((name for name in fields.text if name in values), None), None
    filled = {low: key for low, key in present.items() if values[key] not in (None, "")}
    if (field := pick(TEXT_FIELDS, filled)) is not None:
        return field, None
    if (field := pick(HTML_FIELDS, filled)) is not None:
        return field, "html"
    return pick((*TEXT_FIELDS, *HTML_FIELDS), present), None


def _bytes_again(raw: str | bytes) -> str | bytes:
    """A text read with surrogate escapes held bytes that are not UTF-8: hand those to the decoder as they were."""
    if isinstance(raw, str) and _SURROGATE.search(raw):
        try:
            return raw.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:  # a lone surrogate of the record's own
            return raw
    return raw


def _carried(values: Mapping[str, Any], used: set[str | None], carry: tuple[str, ...] | None) -> str | None:
    names = [key for key in values if key not in used] if carry is None else [key for key in carry if key in values]
    if not names:
        return None
    return plain(json.dumps({str(key): values[key] for key in names}, ensure_ascii=False, default=str))
