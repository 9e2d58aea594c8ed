"""Read the tables of an output folder, one part file at a time, so that memory does not grow with the corpus.

Part N of every table is about the same documents, in the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cleanse.documents import Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

TEXTS = ("corpus", "withheld")  # the tables that hold texts
READ_BYTES = 1 << 16  # bytes read from a file at a time
READ_ROWS = 64  # rows of a row group in memory at a time
_SPAN = ("start", "end", "text", "step", "rule", "evidence")


def parts(output: Path, table: str) -> list[Path]:
    """Return the part files of a table, in order.

    Args:
        output: The output folder.
        table: Name of the table, such as "documents".
    """
    return sorted((output / table).glob("part-*.parquet"))


def columns(path: Path, names: Sequence[str]) -> pa.Table:
    """Return columns of a part file; an empty table where the file does not exist (a dry run writes no corpus).

    Args:
        path: The part file.
        names: Names of the columns.
    """
    import pyarrow.parquet as pq

    from cleanse.corpus import SCHEMAS

    if not path.exists():
        return SCHEMAS[path.parent.name].empty_table().select(names)
    with pq.ParquetFile(path, pre_buffer=False) as file:
        return file.read(list(names), use_threads=False)


def rows(
    output: Path, table: str, ids: Collection[str], names: Sequence[str] | None = None, key: str = "id"
) -> Iterator[dict[str, Any]]:
    """Yield the rows with one of these ids, in the order of the table, with little memory.

    Row groups whose statistics leave no room for the ids are not read.

    Args:
        output: The output folder.
        table: Name of the table.
        ids: Wanted values of the column `key`.
        names: Names of the columns; None: all.
        key: The column that is compared.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if not ids:
        return
    wanted = pa.array(sorted(ids), pa.string())
    for path in parts(output, table):
        with pq.ParquetFile(path, buffer_size=READ_BYTES, pre_buffer=False) as file:
            for group in range(file.num_row_groups):
                if not _may_hold(file, group, key, wanted[0].as_py(), wanted[-1].as_py()):
                    continue
                matches = pc.indices_nonzero(
                    pc.is_in(file.read_row_group(group, [key], use_threads=False)[key].combine_chunks(), wanted)
                )
                yield from _take_rows(file, group, matches.to_pylist(), list(names) if names else None)


def _take_rows(file: Any, group: int, numbers: list[int], names: list[str] | None) -> Iterator[dict[str, Any]]:
    """Yield rows of a row group, by ascending row numbers, with few of them in memory at a time."""
    first = taken = 0
    if not numbers:
        return
    for batch in file.iter_batches(READ_ROWS, [group], names, use_threads=False):
        end = first + len(batch)
        while taken < len(numbers) and numbers[taken] < end:
            yield batch.slice(numbers[taken] - first, 1).to_pylist()[0]
            taken += 1
        if taken == len(numbers):
            return
        first = end


def _may_hold(file: Any, group: int, key: str, least: str, most: str) -> bool:
    """Return whether the statistics of a row group leave room for ids from `least` to `most`."""
    column = file.metadata.row_group(group).column(file.schema_arrow.get_field_index(key))
    statistics = column.statistics
    if statistics is None or not statistics.has_min_max:
        return bool(statistics is None or statistics.null_count < column.num_values)
    return bool(statistics.min <= most and statistics.max >= least)


def texts(output: Path, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return, by id, the rows that `corpus/` and `withheld/` have of the wanted documents.

    Args:
        output: The output folder.
        ids: Wanted ids.
    """
    return {row["id"]: row for table in TEXTS for row in rows(output, table, ids)}


def spans(output: Path, ids: Collection[str]) -> dict[str, list[Span]]:
    """Return removed spans by id, sorted by offset; an empty list where nothing was removed.

    Args:
        output: The output folder.
        ids: Wanted ids.
    """
    spans_of: dict[str, list[Span]] = {name: [] for name in ids}
    for row in rows(output, "removed", ids):
        spans_of[row["id"]].append(Span(*(row[name] for name in _SPAN)))
    for spans_of_document in spans_of.values():
        spans_of_document.sort(key=lambda span: span.start)
    return spans_of
