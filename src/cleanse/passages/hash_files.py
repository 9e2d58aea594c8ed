"""Rows of (hash, document) in files, a chunk's rows ordered by the upper bits of their hashes: a bucket is read from all.

A bucket of all chunks fits into memory, whatever the size of the corpus: the number of buckets grows with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from cleanse.character_values import Hashes
    from cleanse.text_arrays import Places

BUCKET_ROWS = 1 << 20  # rows of a bucket that are sorted together: about 100 MB at the peak
MOST_BUCKETS = 4096


def count_buckets(rows: int) -> int:
    """Return the number of buckets for so many rows, a power of two."""
    buckets = 1
    while buckets < MOST_BUCKETS and rows > buckets * BUCKET_ROWS:
        buckets *= 2
    return buckets


def bucket_of(hashes: Hashes, buckets: int) -> Places:
    """Return the bucket of each hash: its upper bits."""
    bits = buckets.bit_length() - 1
    return (hashes >> np.uint64(64 - bits)).astype(np.int64) if bits else np.zeros(len(hashes), np.int64)


def write_rows(path: Path, buckets: int, hashes: Hashes, **columns: npt.NDArray[Any]) -> None:
    """Write a chunk's rows, bucket after bucket, and where each bucket begins."""
    bucket = bucket_of(hashes, buckets)
    order = np.argsort(bucket, kind="stable")
    np.save(path.with_suffix(".begins.npy"), np.searchsorted(bucket[order], np.arange(buckets + 1)))
    np.save(path.with_suffix(".hash.npy"), hashes[order])
    for name, column in columns.items():
        np.save(path.with_suffix(f".{name}.npy"), column[order])


def read_bucket(paths: Sequence[Path], bucket: int, names: Sequence[str]) -> list[npt.NDArray[Any]]:
    """Return the named columns of a bucket's rows, chunk after chunk."""
    columns: list[list[npt.NDArray[Any]]] = [[] for _ in names]
    for path in paths:
        begins = np.load(path.with_suffix(".begins.npy"), mmap_mode="r")
        begin, end = int(begins[bucket]), int(begins[bucket + 1])
        if begin < end:
            for several, name in zip(columns, names, strict=True):
                several.append(np.array(np.load(path.with_suffix(f".{name}.npy"), mmap_mode="r")[begin:end]))
    return [np.concatenate(several) if several else np.empty(0, np.uint64) for several in columns]


class Groups(NamedTuple):
    """Rows of equal hashes, in the order of their documents; a document stands in a group once."""

    rows: Places  # group after group
    begins: Places  # of each group among the rows
    counts: Places  # documents of each group

    @property
    def owners(self) -> Places:
        """Return the group of each row."""
        return np.repeat(np.arange(len(self.begins)), self.counts)


def group_rows(hashes: Hashes, documents: Places, ranks: Places) -> Groups:
    """Return the groups of rows whose hash another row has too, in the order of the hashes.

    Args:
        hashes: Of each row.
        documents: Of each row.
        ranks: Of each document: their order within a group.
    """
    rows = np.flatnonzero(keep_repeated(hashes))
    rows = rows[np.lexsort((ranks[documents[rows]], hashes[rows]))]
    rows = rows[run_starts(hashes[rows], documents[rows])]
    begins = np.flatnonzero(run_starts(hashes[rows]))
    return Groups(rows, begins, np.diff(np.append(begins, len(rows))))


def run_starts(*columns: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return which rows differ from the row before in a column; the first one does."""
    starts = np.zeros(len(columns[0]), bool)
    starts[:1] = True
    for column in columns:
        starts[1:] |= column[1:] != column[:-1]
    return starts


def keep_repeated(hashes: Hashes) -> npt.NDArray[np.bool_]:
    """Return which rows have a hash that another row has too."""
    ordered = np.sort(hashes)
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(repeated):
        return np.zeros(len(hashes), bool)
    place = np.minimum(np.searchsorted(repeated, hashes), len(repeated) - 1)
    kept: npt.NDArray[np.bool_] = repeated[place] == hashes
    return kept
