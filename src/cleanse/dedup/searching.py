"""Candidate pairs over shards: a task looks through some bands of all documents, and its pairs come back in a file.

A task holds one band at a time, 8 bytes a document. The parent merges the tasks' pairs a slice at a time, so that it
holds neither bands nor all pairs. The cut into tasks and slices depends on sizes alone, never on who does them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cleanse.dedup.candidates import MAX_MEMBERS, Pairs, candidate_pairs
from cleanse.dedup.columns import BandFiles, band_name
from cleanse.dedup.deciding import Candidates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from cleanse.dedup.columns import Places
    from cleanse.dedup.earlier import Index
    from cleanse.dedup.words import Hashes

TASK_VALUES = 1 << 20  # band hashes that a task looks through, in whole bands: tenths of a second of work
SLICE_PAIRS = 1 << 21  # pairs that are merged and put in order together: about 150 MB
_EVERY = 1 << 10  # of so many pairs one is looked at to find where slices begin


@dataclass(frozen=True, slots=True)
class Search:
    """What a worker looks through."""

    band_files: tuple[Path, ...]
    bands: tuple[int, ...]
    places: Path  # of each document in leader order
    members: int  # documents that have a place
    earlier: tuple[Index, ...]
    result: Path  # the pairs, uint64, sorted; `known_of(result)` those with documents of earlier corpora


class Found(NamedTuple):
    """What came of a search."""

    result: Path
    crowded: int
    limited: int


def known_of(result: Path) -> Path:
    """Where the pairs with documents of earlier corpora lie: number of the earlier one, place of the later."""
    return result.with_suffix(".known")


def search_by_files(
    band_files: Sequence[Path],
    bands: int,
    places: Places,
    members: int,
    earlier: Sequence[Index],
    scratch: Path,
    mapper: Callable[..., Iterable[Any]],
) -> Candidates:
    """Candidate pairs among the documents with a place, found by tasks. Their files in `scratch` go with the slices."""
    where = scratch / "places.bin"
    places.tofile(where)
    together = max(1, TASK_VALUES // max(1, members))
    cuts = [(first, min(first + together, bands)) for first in range(0, bands, together)]
    searches = [
        Search(
            tuple(band_files), tuple(range(*cut)), where, members, tuple(earlier), scratch / f"pairs-{cut[0]:03d}.bin"
        )
        for cut in cuts
    ]
    found: list[Found] = list(mapper(search_bands, searches)) if members else []
    where.unlink()
    results = [one.result for one in found]
    known = np.concatenate([np.empty(0, np.uint64), *(_take(known_of(path)) for path in results if earlier)])
    crowded, limited = sum(one.crowded for one in found), sum(one.limited for one in found)
    return Candidates(merged(results), np.unique(known), crowded, limited)


def _take(path: Path) -> Pairs:
    pairs = np.fromfile(path, np.uint64)
    path.unlink()
    return pairs


def search_bands(search: Search) -> Found:
    """Look through some bands, one at a time."""
    files = BandFiles(search.band_files)
    known: list[Pairs] = []

    def bands() -> Iterator[Hashes]:
        for number in search.bands:
            hashes = files.placed(band_name(number), search.places, search.members)
            first = 0
            for index in search.earlier:
                known.append(index.look_up(band_name(number), hashes, first, MAX_MEMBERS))
                first += index.rows
            yield hashes

    pairs, crowded, limited = candidate_pairs(bands())
    pairs.tofile(search.result)
    if search.earlier:
        np.unique(np.concatenate(known)).tofile(known_of(search.result))
    return Found(search.result, crowded, limited)


def merged(results: Sequence[Path], most: int = SLICE_PAIRS) -> Iterator[Pairs]:
    """The pairs of sorted files: sorted, each once, in slices of about `most`. Deletes them."""
    parts = [np.memmap(path, np.uint64, "r") for path in results if path.stat().st_size]
    for path in results:
        path.unlink()  # the mapping holds it until it is read
    if not parts:
        return
    samples = np.sort(np.concatenate([part[::_EVERY] for part in parts]))
    bounds = samples[most // _EVERY :: most // _EVERY]
    for low, high in pairwise([None, *np.unique(bounds), None]):
        cuts = [
            (
                0 if low is None else int(np.searchsorted(part, low)),
                len(part) if high is None else int(np.searchsorted(part, high)),
            )
            for part in parts
        ]
        yield np.unique(np.concatenate([part[first:end] for part, (first, end) in zip(parts, cuts, strict=True)]))
