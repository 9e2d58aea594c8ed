"""Parquet tables, cut by row groups. Read in a process of its own: damage that ends Arrow costs the rest of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from cleanse.documents import Reason, Record
from cleanse.inputs.compressed_blocks import MAX_RATIO
from cleanse.inputs.parquet_process import record_of
from cleanse.inputs.reader_process import ProcessEndError, ask
from cleanse.inputs.records import Piece

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cleanse.inputs.records import Fields, Source

PIECE_BYTES = 32 << 20  # uncompressed bytes of row groups that one worker reads
PIECE_ROWS = 1 << 16  # rows of them, of which a few bytes can stand for much text
EXPANDED_FROM = 256 << 20  # characters of records, from which on a file is held to MAX_RATIO
FOOTER_BYTES = 64 << 10  # at the end of a file, where the footer lies


def cut(source: Source) -> tuple[Piece, ...]:
    """Return ranges of row groups."""
    pieces, start, size, rows = [], 0, 0, 0
    groups = _groups(source.path)
    for number, (group_rows, group_bytes, _) in enumerate(groups, 1):
        size, rows = size + group_bytes, rows + group_rows
        if size >= PIECE_BYTES or rows >= PIECE_ROWS or number == len(groups):
            pieces.append(Piece(source, size, start, number))
            start, size, rows = number, 0, 0
    return tuple(pieces) if any(rows for rows, _, _ in groups) else ()


def content(piece: Piece) -> Iterator[bytes]:
    """Yield the bytes that a piece's records come from: the footer and the row groups' own column chunks."""
    groups = _groups(piece.source.path)
    with open(piece.source.path, "rb") as file:
        file.seek(max(0, piece.source.size - FOOTER_BYTES))
        yield file.read(FOOTER_BYTES)
        for _, _, ranges in groups[piece.start : piece.stop]:
            for offset, length in ranges:
                file.seek(offset)
                yield file.read(length)


def read(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    """Yield the records of a range of row groups: those before damage, and one that says what became of the rest."""
    request: dict[str, Any] = {
        "task": "rows",
        "name": piece.source.id,
        "start": piece.start,
        "stop": piece.stop,
        "fields": [fields.text, fields.carry, fields.names, fields.site_from],
    }
    held = None if getattr(stream, "name", None) == piece.source.path else stream.read()
    n = given = 0
    limit = max(EXPANDED_FROM, MAX_RATIO * (len(held) if held is not None else piece.source.size))
    try:
        for answer in ask({**request, "path": piece.source.path}, held):
            for row in answer.get("records", ()):
                record = record_of(row)
                n = record.number
                given += len(record.raw) + len(record.fields or "")
                if given > limit:
                    evidence = f"after record {n - 1}: expands to more than {MAX_RATIO} times its size"
                    yield Record(piece.source.id, b"", n, reason=Reason("too-large", evidence))
                    return
                yield record
            if "reason" in answer:
                yield Record(piece.source.id, b"", n + 1, reason=Reason(*answer["reason"]))
    except ProcessEndError as error:
        evidence = f"after record {n}: reading it ended the process with {error.signal}"
        yield Record(piece.source.id, b"", n + 1, reason=Reason(error.rule, evidence))


def _groups(path: str) -> list[tuple[int, int, list[tuple[int, int]]]]:
    """Return rows, uncompressed bytes and byte ranges of each row group. Raises ValueError for a damaged file."""
    (answer,) = ask({"task": "groups", "path": path})
    if "reason" in answer:
        raise ValueError(answer["reason"][1])
    return [(rows, size, [tuple(pair) for pair in ranges]) for rows, size, ranges in answer["groups"]]
