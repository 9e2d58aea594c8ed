"""Make tables of rows, and cut them into chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cleanse.pipeline import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa


def make_tables(rows: Iterable[dict[str, Any]], schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield rows as tables that fit in memory.

    Args:
        rows: The rows.
        schema: Schema of the tables.
    """
    import pyarrow as pa

    pending: list[dict[str, Any]] = []
    chars = 0
    for row in rows:
        pending.append(row)
        chars += len(row["text"] or "") + len(row["fields"] or "")
        if chars >= chunks.ROW_GROUP_CHARS or len(pending) >= chunks.ROW_GROUP_ROWS:
            yield pa.Table.from_pylist(pending, schema)
            pending, chars = [], 0
    if pending:
        yield pa.Table.from_pylist(pending, schema)


def cut_chunks(tables: Iterator[pa.Table]) -> Iterator[Iterator[pa.Table]]:
    """Yield tables grouped into chunks of `CHUNK_CHARS` or a little more."""
    for first in tables:
        yield _until_full(first, tables)


def _until_full(first: pa.Table, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield tables until the chunk is full."""
    size = first["text"].nbytes
    yield first
    while size < chunks.CHUNK_CHARS:
        table = next(tables, None)
        if table is None:
            return
        size += table["text"].nbytes
        yield table


def measured(tables: Iterator[pa.Table], size: list[int]) -> Iterator[pa.Table]:
    """Yield the tables, and add up their size.

    Args:
        tables: The tables.
        size: Receives the number of rows, and the bytes of page text.
    """
    for table in tables:
        size[0] += table.num_rows
        size[1] += table["text"].nbytes
        yield table
