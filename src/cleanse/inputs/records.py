"""What the formats share: a source, a piece of it, which fields of a record matter, and how a record is made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cleanse.documents import Reason, Record
from cleanse.inputs.cells import UTF8, Charset, bytes_of, decode_values, without_surrogates
from cleanse.inputs.column_values import plain_authors, unlist
from cleanse.inputs.escapes import unescape_name, unescape_text
from cleanse.inputs.field_names import foreign_names, key_of
from cleanse.inputs.fields import (
    Place,
    carried_json,
    find_columns,
    find_place,
    find_text,
    has_text_field,
    place_of,
    text_of,
)
from cleanse.inputs.record_dates import read_date

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DOCUMENT_BYTES = 64 << 20  # a longer document is rejected: no article is; it bounds the memory of a worker
COLUMNS = ("text", "id", "url", "title", "author", "date", "fetched")  # what `Fields.names` may name
_ISO_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
MAX_EVIDENCE = 64 << 10  # characters of a rejected record in its row
MAX_NAMES = 200  # characters of a record's field names in the evidence of a reason


@dataclass(frozen=True, slots=True)
class Source:
    """One input file. `path` may hold surrogate-escaped bytes; `id` never does."""

    id: str
    path: str
    format: str  # a name in FORMATS, or "unknown"
    size: int  # bytes
    compression: str | None = None  # "gz" or "zst", where the name says so
    reason: Reason | None = None  # why it cannot be read
    version: str | None = None  # of a file in a store or on the web, whose `path` is a URL: changes with its content


@dataclass(frozen=True, slots=True)
class Piece:
    """What one worker reads in one go. `start` and `stop` are the format's own: bytes, row groups, members."""

    source: Source
    size: int  # bytes of input, to balance the work
    start: int = 0
    stop: int | None = None  # None: the whole file


@dataclass(frozen=True, slots=True)
class Fields:
    """Which fields of a record are used, by the settings of a run. Names may be dotted: `article.text`."""

    text: tuple[str, ...] = ()  # fields that hold the text, the first that is filled wins; none: found by name
    carry: tuple[str, ...] | None = None  # fields to carry; None: all others
    names: tuple[tuple[str, str], ...] = ()  # (one of COLUMNS, field)
    site_from: str | None = None  # "folder", "name" or a field: the site of a document that has no URL


@dataclass(frozen=True, slots=True)
class Table:
    """What a file as a whole says of its records."""

    charset: Charset = UTF8
    escaped: bool = False  # texts hold bytes that are not UTF-8 as surrogate escapes
    day_first: bool | None = None  # how the file writes 05/06/2023


PLAIN_TABLE = Table()


def make_record(
    name: str, number: int, values: Mapping[str, Any], fields: Fields, table: Table = PLAIN_TABLE
) -> Record:
    """Return a record of a container: its text or HTML, and what it says of itself.

    Args:
        name: Id of the source.
        number: The record's place in the piece, from 1.
        values: Field → value: text, bytes, numbers, lists and objects of them.
        fields: Which fields are used.
        table: What the file as a whole says of its records.

    """
    decoded = decode_values(values, table.charset) if table.escaped else values
    texts = fields.text or tuple(field for column, field in fields.names if column == "text")
    chosen = find_text(decoded, texts)
    if chosen is None:
        return Record(name, b"", number, reason=_no_text(values, texts))
    place, kind, text = chosen
    if not text and (placeholder := text_of(place_of(decoded, place))):
        return Record(name, b"", number, reason=Reason("empty", f"only {placeholder!r} in the field of the text"))
    if len(text) > MAX_DOCUMENT_BYTES:
        return Record(name, b"", number, reason=Reason("too-large", f"a text of {len(text):,} characters or bytes"))
    raw, repairs = _raw(text, place, values, table, kind)
    own = find_columns(decoded, place, dict(fields.names))
    date, ambiguous = _date(decoded, own, place, table)
    fields_json, left_out = carried_json(decoded, _used(decoded, place, own, date), fields.carry)
    repairs += ("ambiguous-date",) * ambiguous + ("carried-fields-cut",) * left_out
    if table.charset.wide or (table.escaped and not isinstance(raw, bytes)):
        repairs += (f"decoded:{table.charset.label or 'detected'}",)
    columns = {column: _column(decoded, own.get(column)) for column in ("id", "url", "title", "author", "fetched")}
    return replace(
        Record(name, raw, number, kind=kind, date=date, fields=fields_json, repairs=repairs),
        record_id=columns["id"],
        url=columns["url"],
        title=columns["title"] and unescape_name(columns["title"]),
        author=columns["author"] and plain_authors(unescape_name(columns["author"])),
        fetched=_fetched(decoded, own.get("fetched")),
        charset=table.charset.label if isinstance(raw, bytes) else None,
        site=_site(decoded, fields.site_from),
    )


def evidence_of(words: str, content: str | bytes) -> str:
    """Return what was seen of a record that is rejected: what is wrong with it, and itself."""
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    return without_surrogates(f"{words}: {text[:MAX_EVIDENCE].strip()}")


def _no_text(values: Mapping[str, Any], texts: tuple[str, ...]) -> Reason:
    """Return why a record has no text, with the names it has and what to do."""
    named = f"no field {', '.join(texts)!r}" if texts else "no text field by a known name"
    names = ", ".join(map(str, values))[:MAX_NAMES]
    if has_text_field(values, texts):
        return Reason("empty", without_surrogates(f"nothing in the field of the text; fields: {names}"))
    return Reason("no-text-field", without_surrogates(f"{named}; fields: {names}; name one with --text-field"))


def _raw(
    text: str | bytes, place: Place, values: Mapping[str, Any], table: Table, kind: str | None
) -> tuple[str | bytes, tuple[str, ...]]:
    """Return the text without a layer of escaping; as its bytes where they are not UTF-8, so that the decoder names them."""
    if isinstance(text, bytes):
        return text, ()
    plain, names = unescape_text(text) if kind != "html" else (text, ())
    if not names and table.escaped:
        original = place_of(values, place)
        if isinstance(original, str) and (raw := bytes_of(original)) is not None:
            return raw, ()
    return without_surrogates(plain), tuple(f"unescaped:{name}" for name in names)


def _column(values: Mapping[str, Any], place: Place | None) -> str | None:
    """Return a column's value as text that can be written; nothing becomes None."""
    value = text_of(unlist(place_of(values, place)), ", ") if place else None
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return (without_surrogates(value).strip() or None) if value else None


def _date(values: Mapping[str, Any], own: dict[str, Place], place: Place, table: Table) -> tuple[str | None, bool]:
    """Return the ISO date of a record, and whether it is left out because day and month could be swapped."""
    column = own.get("date")
    if column is None:
        return None, False
    day_first = table.day_first
    if day_first is None and any(key_of(str(used[-1])) in foreign_names() for used in (column, place, *own.values())):
        day_first = True
    read = read_date(text_of(place_of(values, column), " "), day_first=day_first)
    return read.iso, read.ambiguous


def _fetched(values: Mapping[str, Any], place: Place | None) -> str | None:
    """Return when a record was fetched, with its time where that is ISO 8601 already."""
    if place is None:
        return None
    text = text_of(place_of(values, place), " ")
    return text if isinstance(text, str) and _ISO_TIME.fullmatch(text) else read_date(text).iso


def _used(values: Mapping[str, Any], place: Place, own: dict[str, Place], date: str | None) -> set[Place]:
    """Return the places whose values stand in columns, and so are not carried."""
    text = place_of(values, place)
    whole = not (isinstance(text, list) and any(isinstance(inner, dict) for inner in text))  # else there is more in it
    return (
        ({place} if whole else set())
        | {own[c] for c in ("id", "url", "title", "author") if c in own}
        | ({own["date"]} if date else set())
    )


def _site(values: Mapping[str, Any], site_from: str | None) -> str | None:
    if site_from in (None, "folder", "name"):
        return None
    place = find_place(values, site_from or "")
    return _column(values, place)
