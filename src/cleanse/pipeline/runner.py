"""Run stages over the documents of a segment or chunk; reuse results from the cache where an earlier run left them.

These functions run in workers. They receive a plan, and return where the results are, not the results.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cleanse.pipeline.cache import Note, hash_of
from cleanse.pipeline.chunk_tables import cut_chunks, make_tables, measured
from cleanse.pipeline.chunks import Chunk, Results, Segment
from cleanse.pipeline.limits import Limits, limited
from cleanse.pipeline.reason_watch import LOUD_REASONS, ReasonWatch, spell_counts
from cleanse.stages import STAGES
from cleanse.tables import make_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa

    from cleanse.pipeline.plan import Plan
    from cleanse.pipeline.stage import Stage

_BY_NAME = {stage.name: stage for stage in STAGES}


@dataclass(frozen=True, slots=True)
class Work:
    """What stages have made of a segment or a chunk so far.

    Attributes:
        chunks: The chunks, with the keys of the results.
        counts: Number of records in each piece of the segment; empty after the first stages.
        seconds: Stage → seconds that it took in this run.
    """

    chunks: tuple[Chunk, ...]
    counts: tuple[int, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Return the number of documents in its chunks."""
        return sum(chunk.rows for chunk in self.chunks)


def run_stages(plan: Plan, names: Sequence[str], item: Segment | Work) -> Work:
    """Run stages one after the other on a segment, or on the work of earlier stages.

    Args:
        plan: The plan of the run.
        names: Names of the stages, in order.
        item: The segment, or the work of earlier stages.
    """
    config = plan.config
    work = item if isinstance(item, Work) else None
    with limited(Limits(config.time_limit, config.memory_limit)):
        for name in names:
            started = time.perf_counter()
            stage = _BY_NAME[name]
            if work is None:
                work = _run_on_segment(plan, stage, item)  # type: ignore[arg-type]
            else:
                work = replace(work, chunks=tuple(_run_on_chunk(plan, stage, chunk) for chunk in work.chunks))
            work.seconds[name] = work.seconds.get(name, 0.0) + time.perf_counter() - started
    return work or Work(())


def _run_on_segment(plan: Plan, stage: Stage, segment: Segment) -> Work:
    """Run the first stage on a segment."""
    options = plan.options_of(stage)
    key = plan.key_of(stage, [], stage.counts(segment, options) if stage.counts else None)

    def make() -> tuple[Note, bool]:
        facts: dict[str, Any] = {}
        watch = ReasonWatch(_limits_of(plan))
        rows = make_tables(watch.rows(stage.run(segment, facts, **options)), make_schema(stage.adds))
        files: dict[str, str] = {}
        chunk_facts: list[list[Any]] = []
        for group in cut_chunks(rows):
            name = f"{key}-{len(chunk_facts)}"
            size = [0, 0]
            files[name] = plan.cache.write(stage.name, name, measured(group, size), make_schema(stage.adds))
            chunk_facts.append([name, *size])
        if watch.transient:
            files, chunk_facts = _rename_tables(plan, stage, files, chunk_facts, watch)
        _log(stage, f"segment {segment.number}, from {segment.pieces[0].source.id}", watch, facts)
        return Note(files, {**facts, "chunks": chunk_facts, "limits": watch.limits}), not watch.transient

    note = _once(plan, stage.name, key, make)
    chunks = [Chunk(segment.number, rows, chars, {stage.name: name}) for name, rows, chars in note.facts["chunks"]]
    return Work(tuple(chunks), tuple(note.facts["counts"]))


def _rename_tables(
    plan: Plan, stage: Stage, files: dict[str, str], chunk_facts: list[list[Any]], watch: ReasonWatch
) -> tuple[dict[str, str], list[list[Any]]]:
    """Rename the tables of a result that must not be reused, because it depends on the state of the machine."""
    suffix = hash_of("passing", watch.transient)[:8]
    for facts in chunk_facts:
        old, facts[0] = facts[0], f"{facts[0]}-{suffix}"
        plan.cache.path(stage.name, old).replace(plan.cache.path(stage.name, facts[0]))
        files[facts[0]] = files.pop(old)
    return files, chunk_facts


def _run_on_chunk(plan: Plan, stage: Stage, chunk: Chunk) -> Chunk:
    """Run a stage on a chunk, and return the chunk with the key of the result."""
    missing = [name for name in stage.reads if name not in chunk.results]
    if missing:  # a chunk whose sites have no learned lines
        return chunk
    results = Results(chunk, plan.cache)
    options = plan.options_of(stage)
    counted = [stage.counts(results, options)] if stage.counts else None
    key = plan.key_of(stage, [chunk.results[name] for name in stage.reads], counted)
    final = {"key": key}
    home = stage.replaces or stage.name  # a result that replaces another is cached beside it

    def make() -> tuple[Note, bool]:
        facts: dict[str, Any] = {}
        watch = ReasonWatch(_limits_of(plan))
        result = stage.run(results, facts, **options)
        if stage.store is not None:
            files = {key: plan.cache.place(home, key, lambda path: stage.store(path, result))}  # type: ignore[misc]
        else:
            files = _write_tables(plan, home, stage, key, watch.tables(result))
        if watch.transient:
            final["key"] = f"{key}-{hash_of('passing', watch.transient)[:8]}"
            plan.cache.path(home, key).replace(plan.cache.path(home, final["key"]))
            files = {final["key"]: files[key]}
        _log(stage, f"segment {chunk.segment}", watch, facts | {"documents": chunk.rows})
        return Note(files, {**facts, "limits": watch.limits}), not watch.transient

    _once(plan, home, key, make)
    return chunk.with_result(home, final["key"])


def _once(plan: Plan, stage: str, key: str, make: Callable[[], tuple[Note, bool]]) -> Note:
    """Return the note of a result. Make the result if it cannot be reused, or if other limits affected it."""
    note = plan.cache.note(stage, key)
    if note is not None and note.facts.get("limits") not in (None, _limits_of(plan)):
        note, _ = make()
        plan.cache.conclude(stage, key, note)
        return note
    return plan.cache.once(stage, key, make)


def _limits_of(plan: Plan) -> list[float]:
    """Return the limits of time and memory of this run."""
    return [plan.config.time_limit, plan.config.memory_limit]


def _write_tables(plan: Plan, home: str, stage: Stage, key: str, tables: Iterable[pa.Table]) -> dict[str, str]:
    """Write the tables of a result and return the digests; write no file if there are no tables."""
    remaining = iter(tables)
    first = next(remaining, None)
    if first is None:
        return {}

    def all_tables() -> Iterator[pa.Table]:
        yield first
        yield from remaining

    return {key: plan.cache.write(home, key, all_tables(), make_schema(stage.adds))}


def _log(stage: Stage, where: str, watch: ReasonWatch, facts: dict[str, Any]) -> None:
    """Log what a stage did on a segment or chunk."""
    log = logging.getLogger(f"cleanse.{stage.name}")
    documents = facts.get("documents") or watch.row
    summary = f"; {facts.pop('summary')}" if "summary" in facts else ""
    log.info("%s: %d documents, %s rejected%s", where, documents, spell_counts(watch.reasons), summary)
    for reason in LOUD_REASONS:
        if watch.reasons[reason]:
            log.warning("%s: %d documents %s", where, watch.reasons[reason], reason)


def assemble(segments: Sequence[Segment], works: Iterable[Work]) -> list[Chunk]:
    """Return the chunks of all segments in order, each with what its ids depend on.

    Args:
        segments: The segments.
        works: The work on each of them.
    """
    counts: Counter[str] = Counter()
    chunks: list[Chunk] = []
    for segment, work in zip(segments, works, strict=True):
        origins = []
        for piece, count in zip(segment.pieces, work.counts, strict=True):
            origins.append((piece.source.id, counts[piece.source.id]))
            counts[piece.source.id] += count
        chunks += [replace(chunk, origins=tuple(origins)) for chunk in work.chunks]
    return chunks
