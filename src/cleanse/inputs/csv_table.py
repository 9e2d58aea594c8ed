"""CSV and TSV with a header line. A quoted cell may hold line breaks, so a file is read in one go, row by row."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, TextIO

from cleanse.documents import Reason, Record
from cleanse.inputs.records import MAX_DOCUMENT_BYTES, Fields, Piece, blocks, make_record, open_stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cleanse.inputs.listing import Source

_DELIMITERS = ",;\t|"


def cut(source: Source) -> tuple[Piece, ...]:
    """One piece: only a reader from the start knows which line breaks stand inside quotes."""
    return (Piece(source, size=source.size),)


def content(piece: Piece) -> Iterator[bytes]:
    """The bytes that a piece's records come from."""
    return blocks(piece.source.path)


def read(piece: Piece, fields: Fields) -> Iterator[Record]:
    """The records of a file: its rows, by the names in its header."""
    csv.field_size_limit(MAX_DOCUMENT_BYTES)
    # bytes that are not UTF-8 survive as surrogate escapes, and reach the decoder as they were
    with open_stream(piece.source) as raw, io.TextIOWrapper(raw, "utf-8-sig", "surrogateescape", newline="") as file:
        rows = csv.reader(file, delimiter=_delimiter(piece.source, file))
        n = 0
        try:
            header = next(rows, [])
            for n, row in enumerate(filter(None, rows), 1):
                values = dict(zip(header, row, strict=False))
                yield make_record(piece.source.id, n, values, fields)
        except (csv.Error, OSError, EOFError) as error:
            yield Record(
                f"{piece.source.id}#{n + 1}", b"", reason=Reason("unreadable", f"line {rows.line_num}: {error}")
            )


def _delimiter(source: Source, file: TextIO) -> str:
    if ".tsv" in source.id.lower():
        return "\t"
    if not file.seekable():
        return ","
    header = file.readline(1 << 16)
    file.seek(0)
    return max(_DELIMITERS, key=header.count)
