"""Find shared passages: sentences that stand in several documents, and which document contains another."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.passages import PASSAGES, SHARING, Corpus, find_passages
from cleanse.pipeline.cache import Cache, Note
from cleanse.pipeline.chunks import Results
from cleanse.pipeline.rows import SITE, ids_of, kept_texts, passing_rows, sites_of
from cleanse.pipeline.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from cleanse.config import Config
    from cleanse.pipeline.chunks import Chunk
    from cleanse.pipeline.corpus_state import CorpusState
    from cleanse.pipeline.plan import Plan
    from cleanse.pipeline.stage import Map
    from cleanse.status import Duplicates


def searches_passages(config: Config) -> bool:
    """Return whether shared passages are searched for."""
    return config.shared or bool(config.cut_shared)


def hash_chunk_sentences(results: Results, facts: dict[str, Any]) -> pa.Table:  # noqa: ARG001
    """Return the sentence hashes of a chunk's texts, which are numbered through the chunk.

    Args:
        results: Results of the stages that this one reads.
        facts: Not used.
    """
    from cleanse.passages import hash_sentences

    return _hash_all(results, hash_sentences)


def hash_chunk_fingerprints(results: Results, facts: dict[str, Any]) -> pa.Table:  # noqa: ARG001
    """Return the fingerprints of a chunk's texts, which are numbered through the chunk.

    Args:
        results: Results of the stages that this one reads.
        facts: Not used.
    """
    from cleanse.passages import hash_fingerprints

    return _hash_all(results, hash_fingerprints)


def _hash_all(results: Results, hash_texts: Callable[[Sequence[str]], pa.Table]) -> pa.Table:
    """Return the hashes of a chunk's texts, with texts numbered through the chunk."""
    import pyarrow as pa
    import pyarrow.compute as pc

    tables, first = [], 0
    for texts in kept_texts(results):
        table = hash_texts(texts)
        place = table.schema.get_field_index("text")
        numbers = pc.add(table["text"], pa.scalar(first, table["text"].type))
        tables.append(table.set_column(place, table.schema.field(place), numbers))
        first += len(texts)
    return pa.concat_tables(tables)


def write_hashes(path: Path, table: pa.Table) -> None:
    """Write hashes without compression, which would not make them smaller.

    Args:
        path: The file to write.
        table: The hashes.
    """
    import pyarrow.parquet as pq

    pq.write_table(table, path, compression="none", use_dictionary=False)


@dataclass(frozen=True, slots=True)
class ReadHashes:
    """Reads the hashes of a chunk by its number, in any process.

    Attributes:
        cache: The cache.
        stage: Name of the stage that made the hashes.
        keys: Cache key of each chunk's hashes.
    """

    cache: Cache
    stage: str
    keys: tuple[str, ...]

    def __call__(self, number: int) -> pa.Table:
        """Return the hashes of a chunk."""
        import pyarrow as pa

        return pa.concat_tables(self.cache.tables(self.stage, self.keys[number]))


def find_shared(plan: Plan, state: CorpusState, mapper: Map) -> CorpusState:
    """Return the state in which each chunk has the shared passages of its documents, and how much they share.

    Documents that are not kept take no part.

    Args:
        plan: The plan of the run.
        state: The chunks and their near-duplicates.
        mapper: A function like the builtin `map`, which may spread its calls over processes.
    """
    chunks, cache = state.chunks, plan.cache
    read = [(chunk.results["sentences"], chunk.results["fingerprints"]) for chunk in chunks]
    key = plan.key_of(SHARED, [read, state.keys])
    names = [f"{key}-{number}" for number in range(len(chunks))]

    def make() -> tuple[Note, bool]:
        files: dict[str, str] = {}
        with tempfile.TemporaryDirectory(prefix="texts-", dir=cache.folder) as scratch:
            reader = partial(_reader, chunks, cache)
            tables = find_passages(
                _corpus(chunks, cache, state.duplicates),
                reader("sentences"),
                reader("fingerprints"),
                Path(scratch),
                mapper,
            )
            for name, (passages, sharing) in zip(names, tables, strict=True):
                files[name] = cache.write(SHARED.name, name, [sharing], SHARING)
                files[f"{name}-passages"] = cache.write(SHARED.name, f"{name}-passages", [passages], PASSAGES)
        return Note(files, {}), True

    if chunks:
        cache.once(SHARED.name, key, make)
    with_names = (chunk.with_result(SHARED.name, name) for chunk, name in zip(chunks, names, strict=True))
    keys = [(SHARED.name, name) for name in (key, *(f"{name}-passages" for name in names))]
    return replace(state, chunks=tuple(with_names), keys=(*state.keys, *keys))


def _reader(chunks: Sequence[Chunk], cache: Cache, stage: str) -> ReadHashes:
    """Return a function that reads the hashes of a stage."""
    return ReadHashes(cache, stage, tuple(chunk.results[stage] for chunk in chunks))


def _corpus(chunks: Sequence[Chunk], cache: Cache, duplicates: Duplicates) -> Corpus:
    """Return what the search has to know about all documents."""
    ids, words, dates, sites, agencies, eligible = [], [], [], [], [], []
    for chunk in chunks:
        results = Results(chunk, cache)
        ids.append(list(ids_of(results)))
        eligible += passing_rows(results)
        for cleaned in results.tables("chrome", ["words", "date"]):
            words += cleaned["words"].to_pylist()
            dates += cleaned["date"].to_pylist()
        for read in results.tables("read", SITE):
            sites += sites_of(read)
        for flags in results.tables("flags", ["agency"]):
            agencies += [agency is not None for agency in flags["agency"].to_pylist()]
    kept = [is_eligible and number not in duplicates.twins for number, is_eligible in enumerate(eligible)]
    return Corpus.of(ids, words, dates, sites, agencies, kept)


def _stage(name: str, title: str, run: Callable[..., pa.Table]) -> Stage:
    """Return a stage that hashes the kept texts of a chunk."""
    return Stage(
        name=name,
        title=f"find shared passages: {title}",
        run=run,
        reads=("read", "chrome"),
        libraries=("numpy",),
        store=write_hashes,
        applies=searches_passages,
    )


SENTENCES = _stage("sentences", "hash sentences", hash_chunk_sentences)
FINGERPRINTS = _stage("fingerprints", "fingerprint", hash_chunk_fingerprints)
SHARED = Stage(
    name="shared",
    title="find shared passages",
    run=find_shared,
    reads=("read", "chrome", "flags", "sentences", "fingerprints", "find"),
    libraries=("numpy",),
    scope="corpus",
    applies=searches_passages,
)
