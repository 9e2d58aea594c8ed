"""CSV and TSV with a header line. A quoted cell may hold line breaks, so a file is read in one go, row by row."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, BinaryIO, TextIO

from cleanse.documents import Reason, Record
from cleanse.inputs.records import MAX_DOCUMENT_BYTES, Fields, Piece, Source, make_record

if TYPE_CHECKING:
    from collections.abc import Iterator

_DELIMITERS = ",;\t|"


def read(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    """The records of a file: its rows, by the names in its header."""
    csv.field_size_limit(MAX_DOCUMENT_BYTES)
    # bytes that are not UTF-8 survive as surrogate escapes, and reach the decoder as they were
    with io.TextIOWrapper(stream, "utf-8-sig", "surrogateescape", newline="") as file:
        rows = csv.reader(file, delimiter=_delimiter(piece.source, file))
        n = 0
        try:
            header = next(rows, [])
            for n, row in enumerate(filter(None, rows), 1):
                values = dict(zip(header, row, strict=False))
                yield make_record(piece.source.id, n, values, fields)
        except csv.Error as error:
            yield Record(piece.source.id, b"", n + 1, reason=Reason("damaged", f"line {rows.line_num}: {error}"))


def _delimiter(source: Source, file: TextIO) -> str:
    if ".tsv" in source.id.lower():
        return "\t"
    if not file.seekable():
        return ","
    header = file.readline(1 << 16)
    file.seek(0)
    return max(_DELIMITERS, key=header.count)
