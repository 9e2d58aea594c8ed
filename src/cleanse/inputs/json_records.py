"""JSON in any shape: an object a line, arrays, one object after the other, pretty-printed, records within records.

Files of lines are cut into byte ranges for several workers, from a megabyte on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from cleanse.documents import Reason, Record
from cleanse.inputs.byte_ranges import content, cut_at_lines, head_of
from cleanse.inputs.cells import charset_of, narrow, narrowed, read_line
from cleanse.inputs.field_names import columns_by_name, key_of
from cleanse.inputs.fields import find_text
from cleanse.inputs.json_columns import records_of_columns, records_of_rows
from cleanse.inputs.json_values import BETWEEN, Raw, parse_values, spans_lines, split_values
from cleanse.inputs.record_dates import day_comes_first
from cleanse.inputs.records import MAX_DOCUMENT_BYTES, Fields, Piece, Source, Table, evidence_of, make_record
from cleanse.inputs.streams import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["content", "cut", "read"]

LINE_LIMIT = 2 * MAX_DOCUMENT_BYTES  # bytes; a text in JSON escapes is longer than the text
MAX_WRAPPERS = 3  # objects around a list of records
SHOWN = 10  # records of a list by which it is judged
SHORT = 300  # characters of a description beside a list of records: that of a feed, not of a document
GRAPH = "@graph"  # of JSON-LD
WRAPPER = "collection"  # what the fields around a list of records are carried as
_SEPARATORS = BETWEEN.encode()


def cut(source: Source) -> tuple[Piece, ...]:
    """Return byte ranges that begin with a line; none where the file has to be read in one go.

    A file that begins with nothing but separators is read in one go: if no record follows, only the whole file shows it.
    """

    def is_cut(head: bytes) -> bool:
        return bool(head.strip(_SEPARATORS)) and not (charset_of(head).wide or spans_lines(head))

    return cut_at_lines(source, is_cut)


def read(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    """Yield the records of a piece; one that cannot be read is a record with the reason. Blank lines do not count."""
    head = head_of(stream, piece)
    charset = charset_of(head)
    if charset.binary:
        yield Record(piece.source.id, b"", 1, reason=Reason("not-text", charset.binary))
        return
    head = narrowed(head, charset)
    table = Table(charset, day_first=day_comes_first(head))
    stream = narrow(stream, charset)
    raws = split_values(stream, LINE_LIMIT) if piece.stop is None and spans_lines(head) else _lines(stream, piece)
    n = 0
    for raw in raws:
        for record in _records(raw, piece.source.id, n, fields, table):
            n = record.number
            yield record


def _lines(stream: BinaryIO, piece: Piece) -> Iterator[Raw]:
    size = None if piece.stop is None else piece.stop - piece.start
    for _, line, whole in read_lines(stream, LINE_LIMIT, size):
        if not whole:
            yield Raw(line, "too-large", f"a line of over {LINE_LIMIT:,} bytes")
        elif line.strip(_SEPARATORS):
            yield Raw(line)


def _records(raw: Raw, name: str, n: int, fields: Fields, table: Table) -> Iterator[Record]:
    """Yield the records of a value, numbered from `n` + 1."""
    if raw.fault:
        yield Record(name, b"", n + 1, reason=Reason(raw.fault, evidence_of(raw.evidence, raw.content)))
        return
    text, escaped = read_line(raw.content, table.charset)
    values, fault, rest = parse_values(text)
    table = Table(table.charset, escaped=escaped, day_first=table.day_first)
    for value in values:
        for record in _unwrap(value, fields, MAX_WRAPPERS):
            n += 1
            if isinstance(record, dict):
                yield make_record(name, n, record, fields, table)
            else:
                evidence = evidence_of(f"{_kind(record)}, not an object", rest or raw.content)
                yield Record(name, raw.content, n, reason=Reason("malformed-json", evidence))
    if fault:
        yield Record(name, raw.content, n + 1, reason=Reason("malformed-json", evidence_of(fault, rest)))


def _kind(value: Any) -> str:
    return {"str": "text", "NoneType": "null", "int": "a number", "float": "a number", "list": "a list"}.get(
        type(value).__name__, type(value).__name__
    )


def _unwrap(value: Any, fields: Fields, depth: int) -> Iterator[Any]:
    """Yield the records of a value: its own one, or those of a list or an object of records within it."""
    table = _table_of(value) if depth else None
    if table is not None:
        yield from table
        return
    if isinstance(value, list) and value and all(isinstance(inner, (dict, list)) for inner in value) and depth:
        for inner in value:
            yield from _unwrap(inner, fields, depth - 1)
        return
    if not depth or not isinstance(value, dict) or not any(map(_holds_objects, value.values())):
        yield value
        return
    if _is_mapping(value, fields):
        for key, inner in value.items():
            yield inner if _names(inner, "id") else {"id": key, **inner}
        return
    listed = _list_in(value, fields, depth)
    if listed is None:
        yield value
        return
    around, records = listed
    for record in records:
        yield {**around, **record} if isinstance(record, dict) else record


def _table_of(value: Any) -> list[dict[str, Any]] | None:
    if isinstance(value, dict):
        return records_of_columns(value)
    return records_of_rows(value) if isinstance(value, list) and value and isinstance(value[0], list) else None


def _holds_objects(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(inner, dict) for inner in value[:SHOWN])
    )


def _has_text(value: Any, fields: Fields) -> bool:
    return isinstance(value, dict) and find_text(value, fields.text) is not None


def _names(value: dict[str, Any], column: str) -> bool:
    return any(key_of(field) in columns_by_name()[column] for field in value)


def _is_mapping(value: dict[str, Any], fields: Fields) -> bool:
    """Return whether an object's names are the ids of records: {"a1": {"text": …}, "a2": {"text": …}}."""
    if len(value) < 2 or not all(isinstance(inner, dict) for inner in value.values()):
        return False
    known = {key for names in columns_by_name().values() for key in names}
    return not any(key_of(field) in known for field in value) and all(
        _has_text(inner, fields) for inner in list(value.values())[:SHOWN]
    )


def _articles(field: str, value: Any, fields: Fields) -> Any:
    """Return a field's value; of a JSON-LD graph, which holds site and author beside the article, what has a text."""
    return [one for one in value if _has_text(one, fields)] if field == GRAPH and isinstance(value, list) else value


def _list_in(value: dict[str, Any], fields: Fields, depth: int) -> tuple[dict[str, Any], list[Any]] | None:
    """Return the records that an object without a text of its own is around, and what else it holds."""
    own = find_text(value, fields.text)
    if own is not None and (len(own[2]) > SHORT or own[1] is not None or not _names({str(own[0][-1]): 0}, "summary")):
        return None
    lists = [
        (field, inner)
        for field, inner in ((field, _articles(field, inner, fields)) for field, inner in value.items())
        if isinstance(inner, list) and inner and all(_has_text(one, fields) for one in inner[:SHOWN])
    ]
    if lists:
        field, records = max(lists, key=lambda pair: len(pair[1]))
        around = {f"{WRAPPER}.{name}": inner for name, inner in value.items() if name != field}
        return around, records
    for field, inner in value.items():
        if isinstance(inner, dict) and depth > 1 and (listed := _list_in(inner, fields, depth - 1)):
            around = {f"{WRAPPER}.{name}": other for name, other in value.items() if name != field}
            return {**around, **listed[0]}, listed[1]
    return None
