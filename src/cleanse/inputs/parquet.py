"""Parquet tables, cut by row groups; only the columns that are used or carried are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanse.documents import Reason, Record
from cleanse.inputs.records import Fields, Piece, blocks, make_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cleanse.inputs.listing import Source

PIECE_BYTES = 32 << 20  # uncompressed bytes of row groups that one worker reads
BATCH_ROWS = 256  # rows held as Python values at once


def cut(source: Source) -> tuple[Piece, ...]:
    """Ranges of row groups; a damaged file is one piece, whose reading says what is wrong."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with open(source.path, "rb") as file:
            meta = pq.read_metadata(file)
    except (pa.ArrowException, OSError, ValueError):
        return (Piece(source, size=source.size),)
    pieces, start, size = [], 0, 0
    for group in range(meta.num_row_groups):
        size += meta.row_group(group).total_byte_size
        if size >= PIECE_BYTES or group == meta.num_row_groups - 1:
            pieces.append(Piece(source, size, start, group + 1))
            start, size = group + 1, 0
    return tuple(pieces)


def content(piece: Piece) -> Iterator[bytes]:
    """The bytes that a piece's records come from: the footer and the row groups' own column chunks."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if piece.stop is None:
        yield from blocks(piece.source.path)
        return
    try:
        with open(piece.source.path, "rb") as file:
            meta = pq.read_metadata(file)
    except (pa.ArrowException, ValueError) as error:  # damaged since it was cut
        yield str(error).encode()
        return
    yield str(meta.schema).encode()
    with open(piece.source.path, "rb") as file:
        for group in range(piece.start, min(piece.stop, meta.num_row_groups)):
            for i in range(meta.num_columns):
                column = meta.row_group(group).column(i)
                file.seek(column.dictionary_page_offset or column.data_page_offset)
                yield file.read(column.total_compressed_size)


def read(piece: Piece, fields: Fields) -> Iterator[Record]:
    """The records of a range of row groups."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    name = piece.source.id
    n = 0
    try:
        file = pq.ParquetFile(pa.PythonFile(open(piece.source.path, "rb")))  # noqa: SIM115  closed with the reader
        groups = range(piece.start, piece.stop if piece.stop is not None else file.num_row_groups)
        for batch in file.iter_batches(BATCH_ROWS, row_groups=list(groups)):
            for values in batch.to_pylist():
                n += 1
                yield make_record(name, n, values, fields)
    except (pa.ArrowException, OSError, ValueError, UnicodeDecodeError) as error:
        number = n + 1 if n or piece.stop is not None else 0
        yield Record(name, b"", number, reason=Reason("unreadable", f"not a whole Parquet file: {error}"[:300]))
