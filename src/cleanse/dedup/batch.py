"""The stages as a pipeline calls them: sign a shard in a worker, write its bands, decide over all shards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanse.dedup.band_files import BandFiles, band_name
from cleanse.dedup.bands import band_hashes, bands_for
from cleanse.dedup.candidates import candidate_pairs
from cleanse.dedup.minhash import sign
from cleanse.dedup.pair_search import SLICE_PAIRS, search_by_files
from cleanse.dedup.representatives import date_keys
from cleanse.dedup.resolve import Candidates, decide_columns
from cleanse.dedup.shingles import batches, shingle
from cleanse.dedup.text_shuffle import judge_task, verify_by_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from cleanse.dedup.band_files import Columns, Places
    from cleanse.dedup.corpus_index import Index
    from cleanse.dedup.resolve import Decision, Flags, Task, Verified
    from cleanse.dedup.text_shuffle import ReadTexts


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

    def search(members: Places) -> Candidates:
        bands = (columns[name][members] for name in columns if name.startswith("band_"))
        pairs, crowded, limited = candidate_pairs(bands)
        slices = (pairs[at : at + SLICE_PAIRS] for at in range(0, len(pairs), SLICE_PAIRS))
        return Candidates(slices, np.empty(0, np.uint64), crowded, limited)

    decision = decide_columns(columns.__getitem__, search, verify, np.ones(len(texts), np.bool_), keep=keep)
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


def decide(
    band_files: Sequence[Path],
    read_texts: ReadTexts,
    scratch: Path,
    *,
    threshold: float = 0.8,
    keep: str = "longest",
    eligible: Flags | None = None,
    series_guard: bool = True,
    earlier: Sequence[Index] = (),
    mapper: Callable[..., Iterable[Any]] = map,
) -> Decision:
    """Verdicts over the documents of all shards, numbered through: shard after shard, row after row.

    `band_files` are the shards' files as `write_bands` made them, with bands for this threshold. `read_texts(shard,
    rows)` gives the texts of some rows (ascending) of a shard; it is called in workers and has to be picklable.
    `eligible` leaves documents out that take no part. Texts of candidate pairs pass through files in `scratch`, an
    existing folder, and are deleted. The verdicts do not depend on `mapper`.

    `earlier` are opened indices of earlier corpora, whose documents always stay. The parts of their `corpus/` count as
    further shards behind this run's, for `read_texts` and for `Decision.earlier_of`.

    Raises SettingError for a threshold outside (0, 1] or an unknown policy.
    """
    bands = bands_for(threshold).count
    files = BandFiles(band_files)
    documents = int(files.offsets[-1])
    parts = [rows for index in earlier for rows in index.parts]
    offsets = np.append(files.offsets, documents + np.cumsum(parts, dtype=np.int64))

    def search(members: Places) -> Candidates:
        return search_by_files(band_files, bands, members, documents, earlier, scratch, mapper)

    verify = partial(
        verify_by_files,
        offsets=offsets,
        read_texts=read_texts,
        scratch=scratch,
        threshold=threshold,
        series_guard=series_guard,
        mapper=mapper,
    )
    if eligible is None:
        eligible = np.ones(documents, np.bool_)
    return decide_columns(files.column, search, verify, eligible, keep=keep, earlier=earlier)
