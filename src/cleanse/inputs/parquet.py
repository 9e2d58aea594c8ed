"""Parquet tables, cut by row groups; only the columns that are used or carried are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from cleanse.inputs.records import Fields, Piece, Source, make_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cleanse.documents import Record

PIECE_BYTES = 32 << 20  # uncompressed bytes of row groups that one worker reads
BATCH_ROWS = 256  # rows held as Python values at once


def cut(source: Source) -> tuple[Piece, ...]:
    """Return ranges of row groups."""
    import pyarrow.parquet as pq

    with open(source.path, "rb") as file:
        meta = pq.read_metadata(file)
    pieces, start, size = [], 0, 0
    for group in range(meta.num_row_groups):
        size += meta.row_group(group).total_byte_size
        if size >= PIECE_BYTES or group == meta.num_row_groups - 1:
            pieces.append(Piece(source, size, start, group + 1))
            start, size = group + 1, 0
    return tuple(pieces)


def content(piece: Piece) -> Iterator[bytes]:
    """Yield the bytes that a piece's records come from: the footer and the row groups' own column chunks."""
    import pyarrow.parquet as pq

    with open(piece.source.path, "rb") as file:
        meta = pq.read_metadata(file)
        yield str(meta.schema).encode()
        for group in range(piece.start, min(piece.stop or 0, meta.num_row_groups)):
            for i in range(meta.num_columns):
                column = meta.row_group(group).column(i)
                file.seek(column.dictionary_page_offset or column.data_page_offset)
                yield file.read(column.total_compressed_size)


def read(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    """Yield the records of a range of row groups."""
    import pyarrow.parquet as pq

    n = 0
    file = pq.ParquetFile(stream)
    groups = range(piece.start, piece.stop if piece.stop is not None else file.num_row_groups)
    for batch in file.iter_batches(BATCH_ROWS, row_groups=list(groups)):
        for values in batch.to_pylist():
            n += 1
            yield make_record(piece.source.id, n, values, fields)
