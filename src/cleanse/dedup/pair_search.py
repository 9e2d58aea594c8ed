"""Candidate pairs over shards: a task looks through some bands of all documents, and its pairs come back in a file.

A task holds one band at a time, 8 bytes a document. The parent merges the tasks' pairs a slice at a time, so that it
holds neither bands nor all pairs. The cut into tasks and slices depends on sizes alone, never on who does them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cleanse.atomic_write import new_file
from cleanse.dedup.band_files import BandFiles, band_name, places_of
from cleanse.dedup.candidates import MAX_MEMBERS, Pairs, candidate_pairs, distinct
from cleanse.dedup.resolve import Candidates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from cleanse.character_values import Hashes
    from cleanse.dedup.band_files import Places
    from cleanse.dedup.corpus_index import Index

TASK_VALUES = 1 << 20  # band hashes that a task looks through, in whole bands: tenths of a second of work
SLICE_PAIRS = 1 << 21  # pairs that are merged and put in order together, repeats included: about 50 MB
EVERY = 1 << 10  # of so many pairs one tells where slices may begin


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
    samples: Pairs  # every so many of the pairs
    crowded: int
    limited: int


def known_of(result: Path) -> Path:
    """Where the pairs with documents of earlier corpora lie: number of the earlier one, place of the later."""
    return result.with_suffix(".known")


def search_by_files(
    band_files: Sequence[Path],
    bands: int,
    members: Places,
    documents: int,
    earlier: Sequence[Index],
    scratch: Path,
    mapper: Callable[..., Iterable[Any]],
) -> Candidates:
    """Candidate pairs among `members`, of so many documents, found by tasks. Their files in `scratch` go with the slices."""
    where = scratch / "places.bin"
    places_of(members, documents).tofile(where)
    together = max(1, TASK_VALUES // max(1, len(members)))
    cuts = [(first, min(first + together, bands)) for first in range(0, bands, together)]
    searches = [
        Search(
            tuple(band_files),
            tuple(range(*cut)),
            where,
            len(members),
            tuple(earlier),
            scratch / f"pairs-{cut[0]:03d}.bin",
        )
        for cut in cuts
    ]
    found: list[Found] = list(mapper(search_bands, searches)) if len(members) else []
    where.unlink()
    known = np.concatenate([np.empty(0, np.uint64), *(_take(known_of(one.result)) for one in found if earlier)])
    crowded, limited = sum(one.crowded for one in found), sum(one.limited for one in found)
    return Candidates(merged(found), distinct(known), crowded, limited)


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
    with new_file(search.result, durable=False) as temporary, temporary.open("wb") as file:
        pairs.tofile(file)
    if search.earlier:
        with new_file(known_of(search.result), durable=False) as temporary, temporary.open("wb") as file:
            distinct(np.concatenate(known)).tofile(file)
    return Found(search.result, pairs[::EVERY].copy(), crowded, limited)


def merged(found: Sequence[Found], most: int = SLICE_PAIRS) -> Iterator[Pairs]:
    """The pairs of sorted files: sorted, each once, in slices of about `most`. Deletes the files."""
    some = np.sort(np.concatenate([np.empty(0, np.uint64), *(one.samples for one in found)]))
    inner = distinct(some[most // EVERY :: most // EVERY].copy())
    ends = []
    for one in found:
        count = one.result.stat().st_size // 8
        pairs = np.memmap(one.result, np.uint64, "r") if count else np.empty(0, np.uint64)
        ends.append([0, *np.searchsorted(pairs, inner).tolist(), count])
        del pairs  # what is mapped counts as memory in use
    for slice_ in range(len(inner) + 1):
        yield _slice(found, [(cuts[slice_], cuts[slice_ + 1]) for cuts in ends])
    for one in found:
        one.result.unlink()


def _slice(found: Sequence[Found], cuts: list[tuple[int, int]]) -> Pairs:
    """The pairs that stand between the cuts of each file."""
    pairs, filled = np.empty(sum(end - first for first, end in cuts), np.uint64), 0
    for one, (first, end) in zip(found, cuts, strict=True):
        pairs[filled : filled + end - first] = np.fromfile(one.result, np.uint64, end - first, offset=8 * first)
        filled += end - first
    return distinct(pairs)
