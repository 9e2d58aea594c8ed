"""Write the columns of signed chunks to files, and read them one column at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Column = npt.NDArray[Any]
Columns = dict[str, Column]
Places = npt.NDArray[np.uint32]

NOWHERE = 0xFFFFFFFF  # the place of a document that takes no part


def band_name(number: int) -> str:
    """Return the name of a band's column."""
    return f"band_{number:02d}"


def write_bands(path: Path, columns: Columns) -> None:
    """Write a chunk's columns as Parquet: plain, because hashes do not compress."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({name: arrow_of(values) for name, values in columns.items()})
    with path.open("wb") as sink:
        pq.write_table(table, sink, compression="none", use_dictionary=False, write_statistics=False)


def arrow_of(values: npt.NDArray[Any]) -> Any:
    """Return a column over the same memory; `pa.array` would first import pandas, where that is installed."""
    import pyarrow as pa

    kind = getattr(pa, values.dtype.name)()
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def numpy_of(chunk: Any) -> Column:
    """Return the values of an Arrow array without nulls; `to_numpy` would first import pandas."""
    return np.frombuffer(chunk.buffers()[1], str(chunk.type))[chunk.offset : chunk.offset + len(chunk)]


class BandFiles:
    """The files of all chunks, their footers parsed once: parsing one costs more than reading a column."""

    def __init__(self, paths: Sequence[Path]) -> None:
        import pyarrow.parquet as pq

        self.paths = paths
        self.footers = [pq.read_metadata(path) for path in paths]
        self.offsets = np.cumsum([0, *(footer.num_rows for footer in self.footers)])

    def parts(self, name: str) -> Iterator[tuple[int, Column]]:
        """Yield a column file by file: the number of the first document, and the values."""
        import pyarrow.parquet as pq

        for path, footer, first in zip(self.paths, self.footers, self.offsets.tolist(), strict=False):
            with pq.ParquetFile(path, metadata=footer, pre_buffer=False) as file:
                for chunk in file.read([name], use_threads=False).column(0).chunks:
                    yield first, numpy_of(chunk)
                    first += len(chunk)  # noqa: PLW2901  chunks of one file follow each other

    def column(self, name: str) -> Column:
        """Return a column over all documents."""
        whole: Column | None = None
        for first, values in self.parts(name):
            whole = np.empty(int(self.offsets[-1]), values.dtype) if whole is None else whole
            whole[first : first + len(values)] = values
        return np.empty(0, np.uint64) if whole is None else whole

    def placed(self, name: str, places: Path, count: int) -> Column:
        """Return a column in another order: each value at the place that the file `places` gives its document."""
        whole: Column | None = None
        for first, values in self.parts(name):
            whole = np.empty(count, values.dtype) if whole is None else whole
            to = np.fromfile(places, np.uint32, len(values), offset=4 * first)
            taking = to != NOWHERE
            whole[to[taking]] = values[taking]
        return np.empty(0, np.uint64) if whole is None else whole


def places_of(documents: npt.NDArray[Any], size: int) -> Places:
    """Return the place of each of `size` documents among those given; NOWHERE if it is not among them."""
    places = np.full(size, NOWHERE, np.uint32)
    places[documents] = np.arange(len(documents), dtype=np.uint32)
    return places
