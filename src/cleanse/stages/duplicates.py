"""Which documents stay: the filters, near-duplicate search over staged parts, and what both make of each document.

Documents are numbered over the whole run, in the order of their ids. Between the stages travel arrays of a few bytes a
document, never texts: verification reads those of candidate pairs from the staged parts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cleanse import dedup
from cleanse.corpus.reference import ids_of, read_rows
from cleanse.documents import Document, Reason
from cleanse.pipeline.rows import Staged, kept_texts, names_of

if TYPE_CHECKING:
    from cleanse.config import Config
    from cleanse.corpus.reference import Earlier
    from cleanse.pipeline.chunks import Staging

Numbers = npt.NDArray[np.int64]
Map = Callable[..., Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Twin:
    """Why a document is not kept: the id of the kept one, their exact Jaccard, and the earlier corpus it stands in."""

    id: str
    jaccard: float
    corpus: str | None = None  # None: this one


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What near-duplicate search found in a run of so many documents; documents without an entry stand alone."""

    twins: dict[int, Twin] = field(default_factory=dict)
    series: dict[int, str] = field(default_factory=dict)  # id of the kept document of the same form
    stands_for: dict[int, int] = field(default_factory=dict)  # removed documents that a kept one stands for
    counts: dict[str, int] = field(default_factory=dict)  # of the search itself, for the manifest


@dataclass(frozen=True, slots=True)
class KeptTexts:
    """Reads kept texts of a part by row, and behind the last part those of earlier corpora's files.

    Picklable, so that verification can run on any worker.
    """

    staging: Staging
    parts: tuple[tuple[str, str], ...]  # of each, the names of its drafts and of their chrome
    files: tuple[Path, ...] = ()  # parts of earlier corpora

    def __call__(self, part: int, rows: Sequence[int]) -> list[str]:
        """The kept texts of some rows (ascending) of a part."""
        if part >= len(self.parts):
            return read_rows(self.files[part - len(self.parts)], "text", rows)
        drafts, chrome = self.parts[part]
        wanted = iter(rows)
        row = next(wanted, None)
        out, at = [], 0
        for texts in kept_texts(self.staging, drafts, chrome):
            while row is not None and row < at + len(texts):
                out.append(texts[row - at])
                row = next(wanted, None)
            at += len(texts)
            if row is None:
                break
        return out


def find(
    staged: Sequence[Staged], staging: Staging, config: Config, map_: Map, earlier: Sequence[Earlier] = ()
) -> Verdicts:
    """Search the documents that pass the filters for near-duplicates, of each other and of earlier corpora."""
    if "duplicates" in config.skip or not staged:
        return Verdicts()
    files = tuple(file for one in earlier for file in one.files)
    with tempfile.TemporaryDirectory(prefix="texts-", dir=staging.folder) as scratch:
        found = dedup.decide(
            _band_files(staged, staging),
            KeptTexts(staging, tuple((one.part.key, one.chrome) for one in staged), files),
            Path(scratch),
            threshold=config.threshold,
            keep=config.keep,
            eligible=_all_eligible(staged, staging, config),
            series_guard=config.series_guard,
            earlier=[one.index for one in earlier],
            mapper=map_,
        )
    return _named(found, staged, staging, earlier)


def write_index(
    folder: Path, found: Verdicts, staged: Sequence[Staged], staging: Staging, config: Config, map_: Map
) -> None:
    """Write the band index of the documents that are kept, for runs that come later with `against`."""
    kept = _all_eligible(staged, staging, config)
    kept[np.fromiter(found.twins, np.int64, len(found.twins))] = False
    with tempfile.TemporaryDirectory(prefix="index-", dir=staging.folder) as scratch:
        dedup.write_index(
            folder,
            _band_files(staged, staging),
            kept,
            Path(scratch),
            threshold=config.threshold,
            mapper=map_,
        )


def _band_files(staged: Sequence[Staged], staging: Staging) -> list[Path]:
    return [staging.path("sign", one.signatures) for one in staged]


def _all_eligible(staged: Sequence[Staged], staging: Staging, config: Config) -> npt.NDArray[np.bool_]:
    return np.concatenate([np.empty(0, np.bool_), *(_eligible(one, staging, config) for one in staged)])


def _eligible(staged: Staged, staging: Staging, config: Config) -> npt.NDArray[np.bool_]:
    """Which documents of a part pass the filters, as `judge` will say of each."""
    drafts = pa.concat_tables(staging.table("read", staged.part.key, ["reason"]))
    cleaned = pa.concat_tables(staging.table("chrome", staged.chrome, ["reason", "words"]))
    told = pa.concat_tables(staging.table("language", staged.language, ["code"]))
    passes = pc.and_(pc.is_null(drafts["reason"]), pc.is_null(cleaned["reason"]))
    passes = pc.and_(passes, pc.greater_equal(cleaned["words"], config.min_words))
    if config.language:
        passes = pc.and_(passes, pc.is_in(told["code"], pa.array(config.language)))
    return np.asarray(passes, np.bool_)


def _named(found: dedup.Decision, staged: Sequence[Staged], staging: Staging, earlier: Sequence[Earlier]) -> Verdicts:
    """Verdicts by number, with the ids of the documents that they speak of."""
    duplicates = np.flatnonzero(found.duplicate_of >= 0)
    series = np.flatnonzero(found.series_of >= 0)
    twin_of, form_of = found.duplicate_of[duplicates], found.series_of[series]
    ids = _ids(np.unique(np.concatenate([twin_of, form_of])), staged, staging)
    leaders, sizes = np.unique(twin_of, return_counts=True)
    jaccards = found.jaccard[duplicates].tolist()
    twins = {
        number: Twin(ids[twin], jaccard)
        for number, twin, jaccard in zip(duplicates.tolist(), twin_of.tolist(), jaccards, strict=True)
    }
    seen = np.flatnonzero(found.earlier_of >= 0)
    before = {n: (name, id_) for n, name, id_ in ids_of(earlier, np.unique(found.earlier_of[seen]).tolist())}
    for number, twin, jaccard in zip(
        *(a.tolist() for a in (seen, found.earlier_of[seen], found.jaccard[seen])), strict=True
    ):
        name, id_ = before[twin]
        twins[number] = Twin(id_, jaccard, name)
    return Verdicts(
        twins,
        {number: ids[other] for number, other in zip(series.tolist(), form_of.tolist(), strict=True)},
        dict(zip(leaders.tolist(), sizes.tolist(), strict=True)),
        dict(found.counts),
    )


def _ids(numbers: Numbers, staged: Sequence[Staged], staging: Staging) -> dict[int, str]:
    """The ids of some documents (ascending numbers), read part by part."""
    firsts = list(accumulate((one.part.rows for one in staged), initial=0))
    ids: dict[int, str] = {}
    for one, first, end in zip(staged, firsts, firsts[1:], strict=False):
        inside = numbers[np.searchsorted(numbers, first) : np.searchsorted(numbers, end)]
        if len(inside):
            names = list(names_of(one, staging))
            ids.update((number, names[number - first]) for number in inside.tolist())
    return ids


def judge(document: Document, verdicts: Verdicts, number: int, config: Config) -> Document:
    """The finished document: rejected (already), filtered, a duplicate, or kept."""
    if document.status != "kept":
        return document
    if (reason := filtered(document, config.language, config.min_words)) is not None:
        return replace(document, status="filtered", reason=reason.rule, evidence=reason.evidence)
    twin = verdicts.twins.get(number)
    if twin is not None:
        exact = twin.jaccard == 1.0
        return replace(
            document,
            status="duplicate",
            reason="exact-duplicate" if exact else "near-duplicate",
            evidence=f"Jaccard {twin.jaccard:.4f} with {twin.id}{' of an earlier corpus' if twin.corpus else ''}",
            duplicate_of=twin.id,
            duplicate_corpus=twin.corpus,
            jaccard=twin.jaccard,
        )
    return replace(document, series_of=verdicts.series.get(number), near_duplicates=verdicts.stands_for.get(number, 0))


def filtered(document: Document, languages: Sequence[str], min_words: int) -> Reason | None:
    """Why a document is not wanted, None if it is."""
    if document.words < min_words:
        return Reason("min-words", f"{document.words} words; {min_words} wanted")
    if languages and document.language not in languages:
        return Reason(
            "language", f"{document.language} ({document.language_confidence:.2f}); wanted: {', '.join(languages)}"
        )
    return None
