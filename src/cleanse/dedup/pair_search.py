"""Find candidate pairs over chunks: a task searches some bands of all documents and writes its pairs to a file.

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

TASK_VALUES = 1 << 20  # band hashes that a task searches, in whole bands: tenths of a second of work
SLICE_PAIRS = 1 << 21  # pairs that are merged and put in order together, repeats included: about 50 MB
EVERY = 1 << 10  # one of so many pairs is a sample; slices begin at samples


@dataclass(frozen=True, slots=True)
class Search:
    """The bands that a worker searches."""

    band_files: tuple[Path, ...]
    bands: tuple[int, ...]
    places: Path  # of each document in leader order
    members: int  # documents that have a place
    references: tuple[Index, ...]
    result: Path  # the pairs, uint64, sorted; `reference_pairs(result)` those with documents of earlier corpora


class Searched(NamedTuple):
    """The result of a search."""

    result: Path
    samples: Pairs  # every so many of the pairs
    crowded: int
    limited: int


def reference_pairs(result: Path) -> Path:
    """Return the file of the pairs with documents of earlier corpora: number of that one, place of the other."""
    return result.with_suffix(".references")


def search_by_files(
    band_files: Sequence[Path],
    bands: int,
    members: Places,
    documents: int,
    references: Sequence[Index],
    scratch: Path,
    mapper: Callable[..., Iterable[Any]],
) -> Candidates:
    """Return candidate pairs among `members`, found by tasks; their files in `scratch` go with the slices.

    Args:
        band_files: The files of all chunks.
        bands: Number of bands.
        members: Numbers of the documents to be compared, in leader order.
        documents: Number of all documents.
        references: Opened indices of earlier corpora.
        scratch: An existing folder for passing files.
        mapper: Runs a function over tasks, such as the builtin `map`.
    """
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
            tuple(references),
            scratch / f"pairs-{cut[0]:03d}.bin",
        )
        for cut in cuts
    ]
    results: list[Searched] = list(mapper(search_bands, searches)) if len(members) else []
    where.unlink()
    files = [reference_pairs(searched.result) for searched in results] if references else []
    pairs = np.concatenate([np.empty(0, np.uint64), *map(_take, files)])
    crowded, limited = sum(searched.crowded for searched in results), sum(searched.limited for searched in results)
    return Candidates(merge(results), distinct(pairs), crowded, limited)


def _take(path: Path) -> Pairs:
    """Read a file of pairs and delete it."""
    pairs = np.fromfile(path, np.uint64)
    path.unlink()
    return pairs


def search_bands(search: Search) -> Searched:
    """Search some bands, one at a time."""
    files = BandFiles(search.band_files)
    with_references: list[Pairs] = []

    def bands() -> Iterator[Hashes]:
        for number in search.bands:
            hashes = files.placed(band_name(number), search.places, search.members)
            first = 0
            for index in search.references:
                with_references.append(index.look_up(band_name(number), hashes, first, MAX_MEMBERS))
                first += index.rows
            yield hashes

    pairs, crowded, limited = candidate_pairs(bands())
    with new_file(search.result, durable=False) as temporary, temporary.open("wb") as file:
        pairs.tofile(file)
    if search.references:
        path = reference_pairs(search.result)
        with new_file(path, durable=False) as temporary, temporary.open("wb") as file:
            distinct(np.concatenate(with_references)).tofile(file)
    return Searched(search.result, pairs[::EVERY].copy(), crowded, limited)


def merge(results: Sequence[Searched], most: int = SLICE_PAIRS) -> Iterator[Pairs]:
    """Yield the pairs of sorted files: sorted, each once, in slices of about `most`. Deletes the files."""
    samples = np.sort(np.concatenate([np.empty(0, np.uint64), *(searched.samples for searched in results)]))
    inner = distinct(samples[most // EVERY :: most // EVERY].copy())
    ends = []
    for searched in results:
        count = searched.result.stat().st_size // 8
        pairs = np.memmap(searched.result, np.uint64, "r") if count else np.empty(0, np.uint64)
        ends.append([0, *np.searchsorted(pairs, inner).tolist(), count])
        del pairs  # what is mapped counts as memory in use
    for slice_ in range(len(inner) + 1):
        yield _slice(results, [(cuts[slice_], cuts[slice_ + 1]) for cuts in ends])
    for searched in results:
        searched.result.unlink()


def _slice(results: Sequence[Searched], cuts: list[tuple[int, int]]) -> Pairs:
    """Return the pairs that stand between the cuts of each file."""
    pairs, filled = np.empty(sum(end - first for first, end in cuts), np.uint64), 0
    for searched, (first, end) in zip(results, cuts, strict=True):
        pairs[filled : filled + end - first] = np.fromfile(searched.result, np.uint64, end - first, offset=8 * first)
        filled += end - first
    return distinct(pairs)
