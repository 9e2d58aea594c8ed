"""Find near-duplicates among texts in memory, or among the documents of signed chunks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanse.dedup.band_files import BandFiles, band_name
from cleanse.dedup.bands import band_hashes, bands_for
from cleanse.dedup.candidates import candidate_pairs
from cleanse.dedup.informed_twins import count_damage
from cleanse.dedup.minhash import sign
from cleanse.dedup.pair_search import SLICE_PAIRS, search_by_files
from cleanse.dedup.representatives import date_keys
from cleanse.dedup.resolve import Candidates, decide_columns
from cleanse.dedup.shingles import shingle
from cleanse.dedup.text_shuffle import judge_task, verify_by_files
from cleanse.text import batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from cleanse.dedup.band_files import Columns, Places
    from cleanse.dedup.corpus_index import Index
    from cleanse.dedup.resolve import Decision, Flags, Task, Verified
    from cleanse.dedup.text_shuffle import ReadTexts


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided of one text.

    Attributes:
        duplicate_of: Index of the kept text that it repeats; None if it is kept.
        jaccard: Exact Jaccard similarity with that text.
        series_of: Index of a kept text of the same form with other numbers, dates or names.
    """

    duplicate_of: int | None = None
    jaccard: float | None = None
    series_of: int | None = None


def find_duplicates(
    texts: Sequence[str],
    threshold: float = 0.8,
    keep: str = "longest",
    dates: Sequence[str | None] | None = None,
    *,
    known: Sequence[int] | None = None,
    series_guard: bool = True,
) -> list[Verdict]:
    """Return a verdict for each text.

    Args:
        texts: The texts.
        threshold: Jaccard similarity of the sets of word 5-grams from which texts are near-duplicates.
        keep: Which of several near-duplicates is kept, one of `representatives.KEEP`.
        dates: ISO 8601 dates of the texts, for the policies that go by them.
        known: How many of title, author, date and URL are known of each text, see `informed_twins`.
        series_guard: Whether texts that differ only in numbers, dates or names are kept.

    Raises:
        SettingError: If the threshold is not in (0, 1], or the policy is unknown.
    """
    columns = sign_texts(texts, dates, threshold, known=known)

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


def sign_texts(
    texts: Sequence[str | None],
    dates: Sequence[str | None] | None = None,
    threshold: float = 0.8,
    *,
    known: Sequence[int] | None = None,
) -> Columns:
    """Return what a decision needs of documents, row by row: `chars`, `words`, `band_00` and the like.

    The bands depend on the threshold, the other columns do not. They take about 195 bytes a document at a threshold of
    .8.

    Args:
        texts: The documents' texts; None counts as empty.
        dates: Their ISO 8601 dates.
        threshold: Jaccard similarity from which texts are near-duplicates.
        known: How many of title, author, date and URL are known of each; None: nothing of any.

    Raises:
        SettingError: If the threshold is not in (0, 1].
    """
    bands = bands_for(threshold)
    present = [text or "" for text in texts]
    words, exact, hashes = [np.empty(0, np.int64)], [np.empty(0, np.uint64)], [np.empty((bands.count, 0), np.uint64)]
    for first, end in batches(present):
        shingled = shingle(present[first:end])
        words.append(shingled.words)
        exact.append(shingled.exact)
        hashes.append(band_hashes(sign(shingled, bands.permutations), bands))
    columns: Columns = {
        "chars": np.array([len(text) for text in present], np.int32),
        "words": np.concatenate(words).astype(np.int32),
        "date": date_keys(dates if dates is not None else [None] * len(present)),
        "known": np.array(known if known is not None else [0] * len(present), np.int8),
        "damage": np.array([count_damage(text) for text in present], np.int32),
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
    references: Sequence[Index] = (),
    mapper: Callable[..., Iterable[Any]] = map,
) -> Decision:
    """Return what is decided of the documents of all chunks, numbered through: chunk after chunk, row after row.

    The decision does not depend on `mapper`, nor on how documents are cut into chunks.

    Args:
        band_files: The chunks' files, as `write_bands` makes them, with bands for this threshold.
        read_texts: Returns the texts of some rows (ascending) of a chunk. It is called in workers.
        scratch: An existing folder. Candidate pairs and their texts pass through files there, which are deleted.
        threshold: Jaccard similarity from which documents are near-duplicates.
        keep: Which of several near-duplicates is kept, one of `representatives.KEEP`.
        eligible: Which documents take part; None: all.
        series_guard: Whether documents that differ only in numbers, dates or names are kept.
        references: Opened indices of earlier corpora, whose documents always stay. The parts of their `corpus/` count as
            further chunks behind this run's, for `read_texts` and for `Decision.reference_of`.
        mapper: Runs a function over tasks: the builtin `map`, or one over workers.

    Raises:
        SettingError: If the threshold is not in (0, 1], or the policy is unknown.
    """
    bands = bands_for(threshold).count
    files = BandFiles(band_files)
    documents = int(files.offsets[-1])
    parts = [rows for index in references for rows in index.parts]
    offsets = np.append(files.offsets, documents + np.cumsum(parts, dtype=np.int64))

    def search(members: Places) -> Candidates:
        return search_by_files(band_files, bands, members, documents, references, scratch, mapper)

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
    return decide_columns(files.column, search, verify, eligible, keep=keep, references=references)
