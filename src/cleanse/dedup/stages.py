"""The stages as a pipeline calls them: sign a shard in a worker, write its bands, decide over all shards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cleanse.dedup.bands import band_hashes, bands_for
from cleanse.dedup.deciding import Decision, Flags, Task, Verified, band_name, decide_columns
from cleanse.dedup.leaders import date_keys
from cleanse.dedup.shingles import batches, shingle
from cleanse.dedup.signatures import sign
from cleanse.dedup.spooling import judge_task, verify_by_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from cleanse.dedup.spooling import ReadTexts

Columns = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one text: indices into the sequence that was given."""

    duplicate_of: int | None = None
    jaccard: float | None = None  # exact, with that one
    series_of: int | None = None


def find_duplicates(
    texts: Sequence[str],
    threshold: float = 0.8,
    keep: str = "longest",
    dates: Sequence[str | None] | None = None,
    *,
    series_guard: bool = True,
) -> list[Verdict]:
    """Near-duplicates among texts in memory: one verdict for each.

    Raises SettingError for a threshold outside (0, 1] or an unknown policy.
    """
    columns = sign_shard(texts, dates, threshold)

    def verify(tasks: list[Task]) -> Iterable[Verified]:
        return (
            judge_task(task, [texts[i] for i in task.documents], threshold, series_guard=series_guard) for task in tasks
        )

    decision = decide_columns(
        columns.__getitem__, verify, np.ones(len(texts), np.bool_), threshold=threshold, keep=keep
    )
    rows = zip(decision.duplicate_of.tolist(), decision.jaccard.tolist(), decision.series_of.tolist(), strict=True)
    return [
        Verdict(twin, jaccard, None) if twin >= 0 else Verdict(series_of=series if series >= 0 else None)
        for twin, jaccard, series in rows
    ]


def sign_shard(
    texts: Sequence[str | None], dates: Sequence[str | None] | None = None, threshold: float = 0.8
) -> Columns:
    """What the decision needs of a shard's documents, row by row: `chars`, `words`, `date`, `exact`, `band_00` ...

    A text that is None counts as empty. The bands depend on the threshold, nothing else does. About 190 bytes a
    document at a threshold of .8.
    """
    bands = bands_for(threshold)
    given = [text or "" for text in texts]
    words, exact, hashes = [np.empty(0, np.int64)], [np.empty(0, np.uint64)], [np.empty((bands.count, 0), np.uint64)]
    for first, end in batches(given):
        shingled = shingle(given[first:end])
        words.append(shingled.words)
        exact.append(shingled.exact)
        hashes.append(band_hashes(sign(shingled, bands.permutations), bands))
    columns: Columns = {
        "chars": np.array([len(text) for text in given], np.int32),
        "words": np.concatenate(words).astype(np.int32),
        "date": date_keys(dates if dates is not None else [None] * len(given)),
        "exact": np.concatenate(exact),
    }
    return columns | {band_name(number): band for number, band in enumerate(np.concatenate(hashes, axis=1))}


def write_bands(path: Path, columns: Columns) -> None:
    """Write a shard's columns as Parquet: plain, because hashes do not compress."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({name: _arrow(values) for name, values in columns.items()})
    with path.open("wb") as sink:
        pq.write_table(table, sink, compression="none", use_dictionary=False, write_statistics=False)


def _arrow(values: npt.NDArray[Any]) -> Any:
    """A column over the same memory; `pa.array` would import pandas first, where that is installed."""
    import pyarrow as pa

    kind = getattr(pa, values.dtype.name)()
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def _numpy(chunk: Any) -> npt.NDArray[Any]:
    """The values of an Arrow array without nulls; `to_numpy` would import pandas first."""
    return np.frombuffer(chunk.buffers()[1], str(chunk.type))[chunk.offset : chunk.offset + len(chunk)]


def decide(
    band_files: Sequence[Path],
    read_texts: ReadTexts,
    scratch: Path,
    *,
    threshold: float = 0.8,
    keep: str = "longest",
    eligible: Flags | None = None,
    series_guard: bool = True,
    mapper: Callable[..., Iterable[Any]] = map,
) -> Decision:
    """Verdicts over the documents of all shards, numbered through: shard after shard, row after row.

    `band_files` are the shards' files as `write_bands` made them, with bands for this threshold. `read_texts(shard,
    rows)` gives the texts of some rows (ascending) of a shard; it is called in workers and has to be picklable.
    `eligible` leaves documents out that take no part. Texts of candidate pairs pass through files in `scratch`, an
    existing folder, and are deleted. The verdicts do not depend on `mapper`.

    Raises SettingError for a threshold outside (0, 1] or an unknown policy.
    """
    import pyarrow.parquet as pq

    footers = [pq.read_metadata(path) for path in band_files]
    offsets = np.cumsum([0, *(footer.num_rows for footer in footers)])
    if eligible is None:
        eligible = np.ones(int(offsets[-1]), np.bool_)
    verify = partial(
        verify_by_files,
        offsets=offsets,
        read_texts=read_texts,
        scratch=scratch,
        threshold=threshold,
        series_guard=series_guard,
        mapper=mapper,
    )
    return decide_columns(partial(_column, band_files, footers), verify, eligible, threshold=threshold, keep=keep)


def _column(band_files: Sequence[Path], footers: Sequence[Any], name: str) -> npt.NDArray[Any]:
    """One column over all shards; their footers are at hand, because parsing one costs more than reading a column."""
    import pyarrow.parquet as pq

    parts = []
    for path, footer in zip(band_files, footers, strict=True):
        with pq.ParquetFile(path, metadata=footer) as file:
            parts += [_numpy(chunk) for chunk in file.read([name], use_threads=False).column(0).chunks]
    return np.concatenate(parts or [np.empty(0, np.uint64)])
