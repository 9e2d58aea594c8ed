"""Write corpus: the part files of the output, each from consecutive chunks."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from cleanse.pipeline.cache import Note, digest_of
from cleanse.pipeline.chunks import Chunk, Results
from cleanse.pipeline.joining import documents_of
from cleanse.pipeline.stage import Stage
from cleanse.rewriting import cut_repeats, mask_document, move_places
from cleanse.status import set_status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from cleanse.config import Config
    from cleanse.corpus import Outcome
    from cleanse.documents import Document
    from cleanse.pipeline.cache import Cache
    from cleanse.pipeline.corpus_state import CorpusState
    from cleanse.pipeline.plan import Plan
    from cleanse.pipeline.stage import Map
    from cleanse.status import Duplicates

log = logging.getLogger(__name__)

PART_CHARS = 64 << 20  # characters of page text in a part: large enough for readers to scan well


@dataclass(frozen=True, slots=True)
class Part:
    """Chunks that make one part file of each table.

    Attributes:
        number: Number of the part.
        chunks: The chunks.
        duplicates: Near-duplicates and series among their documents, numbered from 0 in this part.
    """

    number: int
    chunks: tuple[Chunk, ...]
    duplicates: Duplicates


def make_parts(chunks: Iterable[Chunk], duplicates: Duplicates) -> list[Part]:
    """Return the parts of an output: consecutive chunks that together make files of a good size.

    Args:
        chunks: All chunks, in order.
        duplicates: Near-duplicates and series among all documents.
    """
    groups: list[list[Chunk]] = [[]]
    chars = 0
    for chunk in chunks:
        if groups[-1] and chars + chunk.chars > PART_CHARS:
            groups.append([])
            chars = 0
        groups[-1].append(chunk)
        chars += chunk.chars
    ends = list(accumulate((sum(chunk.rows for chunk in group) for group in groups), initial=0))
    portions = duplicates.portions(ends)
    return [Part(number, tuple(group), next(portions)) for number, group in enumerate(groups)]


def write_parts(plan: Plan, state: CorpusState, mapper: Map) -> CorpusState:
    """Write all part files. Files that an earlier run wrote with the same rows are left as they are.

    Args:
        plan: The plan of the run.
        state: The chunks and their near-duplicates.
        mapper: A function like the builtin `map`, which may spread its calls over processes.
    """
    from cleanse import corpus

    corpus.begin_writing(plan.output)
    parts = make_parts(state.chunks, state.duplicates)
    corpus.note_written(plan.output, len(parts))
    return replace(state, outcomes=tuple(mapper(partial(write_once, plan), parts)))


def write_once(plan: Plan, part: Part) -> Outcome:
    """Write one part file of each table, unless an earlier run wrote the same rows to files that are still undamaged.

    Args:
        plan: The plan of the run.
        part: The part.
    """
    from cleanse import corpus

    decisions = [sorted(values.items()) for values in part.duplicates.by_number()]
    corpora = {reference.name: reference.digest for reference in plan.earlier}
    key = plan.key_of(WRITE, [part.number, repr(part.chunks), repr(decisions), sorted(corpora.items())])

    def make() -> tuple[Note, bool]:
        outcome = write_part(part, plan.cache, plan.output, plan.config, corpora)
        files = {name: digest_of(plan.output / name) for names in outcome.files.values() for name in names}
        return Note(files, {"outcome": outcome.as_facts()}), True

    note = plan.cache.once(WRITE.name, key, make, plan.output)
    return replace(corpus.outcome_of(note.facts["outcome"]), keys=[key])


def write_part(part: Part, cache: Cache, output: Path, config: Config, corpora: dict[str, str]) -> Outcome:
    """Write one part file of each table.

    Args:
        part: The part.
        cache: The cache that holds the results of stages.
        output: The output folder.
        config: The options of the run.
        corpora: Digests of the earlier corpora that documents may name, by path.
    """
    from cleanse import corpus

    number = 0
    with corpus.Tables(output, part.number, tables_of(config), corpora) as tables:
        for chunk in part.chunks:
            results = Results(chunk, cache)
            passages = _passages(results)
            for document, decoded in documents_of(results, WRITE.reads):
                finished = set_status(document, part.duplicates, number)
                shared = passages.get(finished.id, [])
                rewritten = _rewrite(finished, shared, config)
                if rewritten is not finished:
                    shared = list(move_places(shared, finished, rewritten))
                tables.add(rewritten, decoded=decoded)
                tables.add_rows("shared", shared)
                number += 1
    kept, documents = tables.outcome.rows["corpus"], tables.outcome.rows["documents"]
    log.info("part %05d written: %d of its %d documents kept", part.number, kept, documents)
    return tables.outcome


def tables_of(config: Config) -> tuple[str, ...]:
    """Return the names of the tables that a run writes."""
    from cleanse import corpus

    left_out = {"corpus": config.dry_run, "pii": not config.pii, "shared": not (config.shared or config.cut_shared)}
    return tuple(name for name in corpus.TABLES if not left_out.get(name))


def _passages(results: Results) -> dict[str, list[dict[str, Any]]]:
    """Return the shared passages of a chunk's documents, by document; nothing if they were not searched for."""
    passages: dict[str, list[dict[str, Any]]] = {}
    if (key := results.chunk.results.get("shared")) is not None:
        for table in results.cache.tables("shared", f"{key}-passages"):
            for row in table.to_pylist():
                passages.setdefault(row["id"], []).append(row)
    return passages


def _rewrite(document: Document, passages: Sequence[dict[str, Any]], config: Config) -> Document:
    """Return a finished document without the repeats and values that its owner does not want in its text."""
    if document.status == "kept" and config.cut_shared:
        repeats = [row for row in passages if row["kind"] in config.cut_shared and row["id"] != row["first_id"]]
        document = cut_repeats(document, repeats)
    return mask_document(document, config.mask, forget=config.forget) if config.mask else document


WRITE = Stage(
    name="write",
    title="write corpus",
    run=write_parts,
    reads=("read", "chrome", "language", "flags", "signals", "filter", "personal", "shared", "find"),
    options=("dry_run", "pii", "mask", "forget", "shared", "cut_shared"),
    libraries=("pyarrow",),
    scope="corpus",
)
