"""Find near-duplicates among the documents that pass the filters.

Documents are numbered through the whole run, in the order of their ids. Stages hand each other arrays of a few bytes
for each document, never texts: the texts of candidate pairs are read from the cached chunks.
"""

from __future__ import annotations

import json
import logging
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.pipeline.cache import Cache, Note, hash_of
from cleanse.pipeline.numbered_documents import (
    KeptTexts,
    band_files_of,
    find_eligible,
    ids_of_numbers,
    metadata_of,
)
from cleanse.pipeline.stage import Stage
from cleanse.status import Duplicates, Twin, take_from_twins
from cleanse.tables import Column, make_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from cleanse import dedup
    from cleanse.config import Config
    from cleanse.corpus.reference import Earlier
    from cleanse.pipeline.chunks import Chunk
    from cleanse.pipeline.corpus_state import CorpusState
    from cleanse.pipeline.plan import Plan
    from cleanse.pipeline.stage import Map

log = logging.getLogger(__name__)

ROWS = 100_000  # documents in a row group
DUPLICATE_COLUMNS = (
    Column("number", "int64"),
    Column("twin", "string"),
    Column("jaccard", "float64"),
    Column("corpus", "string"),
    Column("series", "string"),
    Column("stands_for", "int64"),
    Column("filled", "string"),  # JSON of the fields taken from near-duplicates
)


def find_duplicates(plan: Plan, state: CorpusState, mapper: Map) -> CorpusState:
    """Return the state with the near-duplicates among the documents that pass the filters, and of earlier corpora.

    Args:
        plan: The plan of the run.
        state: The chunks.
        mapper: A function like the builtin `map`, which may spread its calls over processes.
    """
    cache, searched = plan.cache, list[Duplicates]()
    key = _search_key(plan, state.chunks)

    def make() -> tuple[Note, bool]:
        searched.append(_search(state.chunks, cache, plan.config, mapper, plan.earlier))
        schema = make_schema(DUPLICATE_COLUMNS)
        digest = cache.write(FIND.name, key, _duplicate_tables(searched[0], schema), schema)
        return Note({key: digest}, {"counts": searched[0].counts}), True

    note = cache.once(FIND.name, key, make)
    duplicates = searched[0] if searched else _read_duplicates(cache, key, note.facts["counts"])
    counts = (len(duplicates.twins), len(duplicates.stands_for), len(duplicates.series))
    log.info("%d near-duplicates of %d kept documents, %d of a series", *counts)
    return replace(state, duplicates=duplicates).with_key(FIND.name, key)


def _search_key(plan: Plan, chunks: Sequence[Chunk]) -> str:
    """Return the cache key of the search."""
    earlier = [(one.name, one.digest) for one in plan.earlier]
    read = [hash_of([chunk.results[name] for name in FIND.reads], chunk.origins) for chunk in chunks]
    return plan.key_of(FIND, [*read, earlier])


def _search(
    chunks: Sequence[Chunk], cache: Cache, config: Config, mapper: Map, earlier: Sequence[Earlier]
) -> Duplicates:
    """Search for near-duplicates."""
    from cleanse import dedup

    if not chunks:
        return Duplicates()
    files = tuple(file for one in earlier for file in one.files)
    keys = tuple((chunk.results["read"], chunk.results["chrome"]) for chunk in chunks)
    with tempfile.TemporaryDirectory(prefix="texts-", dir=cache.folder) as scratch:
        decision = dedup.decide(
            band_files_of(chunks, cache),
            KeptTexts(cache, keys, files),
            Path(scratch),
            threshold=config.threshold,
            keep=config.keep,
            eligible=find_eligible(chunks, cache),
            series_guard=config.series_guard,
            references=[one.index for one in earlier],
            mapper=mapper,
        )
    return replace(_with_ids(decision, chunks, cache, earlier), filled=_take_fields(decision, chunks, cache))


def _with_ids(
    decision: dedup.Decision, chunks: Sequence[Chunk], cache: Cache, earlier: Sequence[Earlier]
) -> Duplicates:
    """Return a decision about numbers as near-duplicates with ids."""
    import numpy as np

    from cleanse.corpus.reference import ids_of as ids_of_earlier

    duplicates = np.flatnonzero(decision.duplicate_of >= 0)
    series = np.flatnonzero(decision.series_of >= 0)
    twin_of, form_of = decision.duplicate_of[duplicates], decision.series_of[series]
    ids = ids_of_numbers(np.unique(np.concatenate([twin_of, form_of])), chunks, cache)
    kept, sizes = np.unique(twin_of, return_counts=True)
    jaccards = decision.jaccard[duplicates].tolist()
    twins = {
        number: Twin(ids[twin], jaccard)
        for number, twin, jaccard in zip(duplicates.tolist(), twin_of.tolist(), jaccards, strict=True)
    }
    seen_before = np.flatnonzero(decision.reference_of >= 0)
    earlier_numbers = np.unique(decision.reference_of[seen_before]).tolist()
    earlier_ids = {number: (name, id_) for number, name, id_ in ids_of_earlier(earlier, earlier_numbers)}
    columns = (seen_before, decision.reference_of[seen_before], decision.jaccard[seen_before])
    for number, twin, jaccard in zip(*(column.tolist() for column in columns), strict=True):
        name, id_ = earlier_ids[twin]
        twins[number] = Twin(id_, jaccard, name)
    return Duplicates(
        twins,
        {number: ids[other] for number, other in zip(series.tolist(), form_of.tolist(), strict=True)},
        dict(zip(kept.tolist(), sizes.tolist(), strict=True)),
        counts=dict(decision.counts),
    )


def _take_fields(decision: dedup.Decision, chunks: Sequence[Chunk], cache: Cache) -> dict[int, dict[str, Any]]:
    """Return the fields that kept documents lack and take from their near-duplicates, where these agree."""
    import numpy as np

    removed = np.flatnonzero(decision.duplicate_of >= 0)
    kept = decision.duplicate_of[removed]
    fields_of = metadata_of(np.unique(np.concatenate([removed, kept])), chunks, cache)
    twins: dict[int, list[tuple[float, str, Any]]] = {}
    for number, kept_number in zip(removed.tolist(), kept.tolist(), strict=True):
        twins.setdefault(kept_number, []).append((float(decision.jaccard[number]), *fields_of[number]))
    filled = {
        kept_number: take_from_twins(fields_of[kept_number][1], others) for kept_number, others in sorted(twins.items())
    }
    return {kept_number: columns for kept_number, columns in filled.items() if columns}


def _duplicate_tables(duplicates: Duplicates, schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield the near-duplicates as tables; `_read_duplicates` is the inverse."""
    import pyarrow as pa

    numbers = sorted(set().union(*duplicates.by_number()))
    for at in range(0, len(numbers), ROWS):
        group = numbers[at : at + ROWS]
        twins = [duplicates.twins.get(number) for number in group]
        columns = [
            group,
            [twin and twin.id for twin in twins],
            [twin and twin.jaccard for twin in twins],
            [twin and twin.corpus for twin in twins],
            [duplicates.series.get(number) for number in group],
            [duplicates.stands_for.get(number) for number in group],
            [json.dumps(duplicates.filled[number]) if number in duplicates.filled else None for number in group],
        ]
        yield pa.table(columns, schema)


def _read_duplicates(cache: Cache, key: str, counts: dict[str, int]) -> Duplicates:
    """Return the near-duplicates from the cache."""
    duplicates = Duplicates(counts=counts)
    for table in cache.tables(FIND.name, key):
        for number, twin, jaccard, corpus, series, stands_for, filled in zip(
            *(column.to_pylist() for column in table.columns), strict=True
        ):
            if filled is not None:
                duplicates.filled[number] = json.loads(filled)
            if twin is not None:
                duplicates.twins[number] = Twin(twin, jaccard, corpus)
            if series is not None:
                duplicates.series[number] = series
            if stands_for is not None:
                duplicates.stands_for[number] = stands_for
    return duplicates


FIND = Stage(
    name="find",
    title="find near-duplicates",
    run=find_duplicates,
    reads=("read", "chrome", "language", "flags", "filter", "sign"),
    adds=DUPLICATE_COLUMNS,
    options=("threshold", "keep", "series_guard"),
    libraries=("numpy",),
    scope="corpus",
    applies=lambda config: "duplicates" not in config.skip,
)
