"""CSV and TSV: any delimiter, with a header or without, quoted well or badly. Cut into byte ranges that begin with a row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from cleanse.documents import Reason, Record
from cleanse.inputs.byte_ranges import content, head_of, piece_bytes, pieces_from
from cleanse.inputs.cells import SAMPLE_BYTES, charset_of, narrow, narrowed
from cleanse.inputs.csv_dialect import Dialect, measure
from cleanse.inputs.csv_rows import Row, RowReader, lines_of
from cleanse.inputs.record_dates import day_comes_first
from cleanse.inputs.records import MAX_DOCUMENT_BYTES, Fields, Piece, Source, Table, evidence_of, make_record
from cleanse.inputs.streams import MAGIC, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cleanse.inputs.cells import Charset

__all__ = ["content", "cut", "read"]

LINE_LIMIT = 2 * MAX_DOCUMENT_BYTES  # bytes; a longer line is passed over


def cut(source: Source) -> tuple[Piece, ...]:
    """Return byte ranges that begin with a row; only reading from the start tells which line breaks stand in cells."""
    length = piece_bytes(source.size)
    if source.size <= length:
        return ()
    with open(source.path, "rb") as file:
        head = file.read(SAMPLE_BYTES)
        charset = charset_of(head)
        if head.startswith(tuple(MAGIC)) or charset.wide or charset.binary:
            return ()
        dialect = measure(head, charset, Fields(), whole=len(head) == source.size)
        file.seek(0)
        starts = [0]
        for row in _rows(file, charset, dialect, dialect.start, None):
            if row.start >= starts[-1] + length and not row.fragment:
                starts.append(row.start)
    return pieces_from(source, starts) if len(starts) > 1 else ()


def read(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    """Yield the records of a piece: its rows, by the names in the table's header."""
    name = piece.source.id
    head = head_of(stream, piece)
    charset = charset_of(head)
    if charset.binary:
        yield Record(name, b"", 1, reason=Reason("not-text", charset.binary))
        return
    head = narrowed(head, charset)
    dialect = measure(head, charset, fields, whole=len(head) < SAMPLE_BYTES)
    if not dialect.named and not fields.text and dialect.text is not None:
        fields = replace(fields, text=(dialect.header[dialect.text],))
    table = Table(charset, day_first=day_comes_first(head))
    n = 0
    if dialect.preamble and piece.start == 0:
        n = 1
        yield Record(name, b"", n, reason=Reason("malformed-row", evidence_of("before the header", dialect.preamble)))
    start = piece.start or dialect.start
    for row in _rows(narrow(stream, charset), charset, dialect, start, piece):
        n += 1
        yield _record(row, name, n, fields, table, dialect)


def _rows(stream: BinaryIO, charset: Charset, dialect: Dialect, start: int, piece: Piece | None) -> Iterator[Row]:
    """Yield the rows from a byte on, up to the end of the piece."""
    at = piece.start if piece is not None else 0
    if start > at:
        stream.read(start - at)
    size = None if piece is None or piece.stop is None else piece.stop - start
    lines = lines_of(read_lines(stream, LINE_LIMIT, size, dialect.line_end), start, charset)
    return RowReader(lines, dialect).rows()


def _record(row: Row, name: str, n: int, fields: Fields, table: Table, dialect: Dialect) -> Record:
    if row.fault == "too-large":
        evidence = evidence_of(f"a line of over {LINE_LIMIT:,} bytes", row.raw[:1000])
        return Record(name, b"", n, reason=Reason("too-large", evidence))
    if row.fault:
        raw = row.raw.encode("utf-8", "surrogateescape")
        return Record(name, raw, n, reason=Reason("malformed-row", evidence_of(row.fault, raw)))
    if dialect.named and tuple(cell.strip() for cell in row.cells) == dialect.header:
        return Record(name, b"", n, reason=Reason("malformed-row", evidence_of("the header again", row.raw)))
    values = dict(zip(dialect.header, row.cells, strict=False))
    return make_record(name, n, values, fields, replace(table, escaped=row.escaped))
