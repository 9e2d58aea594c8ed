"""Run stages over the documents of a segment or chunk, from the cache where an earlier run has their results.

These functions run in workers: they are given a plan and say where the results lie.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cleanse.documents import LIMIT_REASONS
from cleanse.inputs import ENVIRONMENT_REASONS
from cleanse.pipeline import chunks as sizes
from cleanse.pipeline.cache import Note, hash_of
from cleanse.pipeline.chunks import Chunk, Results, Segment
from cleanse.pipeline.guard import Limits, limited
from cleanse.stages import STAGES
from cleanse.tables import make_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa

    from cleanse.pipeline.plan import Plan
    from cleanse.pipeline.stage import Stage

_BY_NAME = {stage.name: stage for stage in STAGES}
PASSING = (*ENVIRONMENT_REASONS, "out-of-memory")  # reasons that say nothing of the content: another run tries again


@dataclass(frozen=True, slots=True)
class Work:
    """What stages have made of a segment or a chunk so far."""

    chunks: tuple[Chunk, ...]
    counts: tuple[int, ...] = ()  # records in each piece of the segment
    seconds: dict[str, float] = field(default_factory=dict)  # by stage, of this run

    @property
    def rows(self) -> int:
        """Documents in its chunks."""
        return sum(chunk.rows for chunk in self.chunks)


def run_stages(plan: Plan, names: Sequence[str], item: Segment | Work) -> Work:
    """Run stages one after the other on a segment, or on what earlier ones made of it."""
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
    options = plan.options_of(stage)
    key = plan.key_of(stage, [], stage.counts(segment, options) if stage.counts else None)

    def make() -> tuple[Note, bool]:
        facts: dict[str, Any] = {}
        watch = _Watch(plan)
        rows = _tables(watch.rows(stage.run(segment, facts, **options)), make_schema(stage.adds))
        files: dict[str, str] = {}
        parts: list[list[Any]] = []
        for group in _chunks(rows):
            name = f"{key}-{len(parts)}"
            size = [0, 0]
            files[name] = plan.cache.write(stage.name, name, _measure(group, size), make_schema(stage.adds))
            parts.append([name, *size])
        if watch.passing:
            files, parts = _rename(plan, stage, files, parts, watch)
        _log(stage, f"segment {segment.number}, from {segment.pieces[0].source.id}", watch, facts)
        return Note(files, {**facts, "chunks": parts, "limits": watch.limits}), not watch.passing

    note = _once(plan, stage.name, key, make)
    made = [Chunk(segment.number, rows, chars, {stage.name: name}) for name, rows, chars in note.facts["chunks"]]
    return Work(tuple(made), tuple(note.facts["counts"]))


def _rename(
    plan: Plan, stage: Stage, files: dict[str, str], parts: list[list[Any]], watch: _Watch
) -> tuple[dict[str, str], list[list[Any]]]:
    """Give the tables of a result that must not last names of their own: what the machine did is not the content's."""
    mark = hash_of("passing", watch.passing)[:8]
    for part in parts:
        old, part[0] = part[0], f"{part[0]}-{mark}"
        plan.cache.path(stage.name, old).replace(plan.cache.path(stage.name, part[0]))
        files[part[0]] = files.pop(old)
    return files, parts


def _run_on_chunk(plan: Plan, stage: Stage, chunk: Chunk) -> Chunk:
    missing = [name for name in stage.reads if name not in chunk.results]
    if missing:  # lines of sites that have none
        return chunk
    results = Results(chunk, plan.cache)
    options = plan.options_of(stage)
    counted = [stage.counts(results, options)] if stage.counts else None
    key = plan.key_of(stage, [chunk.results[name] for name in stage.reads], counted)
    named = {"key": key}
    home = stage.replaces or stage.name  # what stands in for another result lies beside it

    def make() -> tuple[Note, bool]:
        facts: dict[str, Any] = {}
        watch = _Watch(plan)
        result = stage.run(results, facts, **options)
        if stage.store is not None:
            files = {key: plan.cache.place(home, key, lambda path: stage.store(path, result))}  # type: ignore[misc]
        else:
            files = _write_tables(plan, home, stage, key, watch.tables(result))
        if watch.passing:
            named["key"] = f"{key}-{hash_of('passing', watch.passing)[:8]}"
            plan.cache.path(home, key).replace(plan.cache.path(home, named["key"]))
            files = {named["key"]: files[key]}
        _log(stage, f"segment {chunk.segment}", watch, facts | {"documents": chunk.rows})
        return Note(files, {**facts, "limits": watch.limits}), not watch.passing

    _once(plan, home, key, make)
    return chunk.with_result(home, named["key"])


def _once(plan: Plan, stage: str, key: str, make: Callable[[], tuple[Note, bool]]) -> Note:
    """Return the note of a result; one that ran into other limits than this run's is made again."""
    note = plan.cache.note(stage, key)
    if note is not None and note.facts.get("limits") not in (None, _limits_of(plan)):
        note, _ = make()
        plan.cache.conclude(stage, key, note)
        return note
    return plan.cache.once(stage, key, make)


def _limits_of(plan: Plan) -> list[float]:
    return [plan.config.time_limit, plan.config.memory_limit]


def _write_tables(plan: Plan, home: str, stage: Stage, key: str, tables: Iterable[pa.Table]) -> dict[str, str]:
    """Write the tables of a result; no file where there are none."""
    waiting = iter(tables)
    first = next(waiting, None)
    if first is None:
        return {}

    def all_tables() -> Iterator[pa.Table]:
        yield first
        yield from waiting

    return {key: plan.cache.write(home, key, all_tables(), make_schema(stage.adds))}


def is_passing(reason: str, evidence: str | None) -> bool:
    """Return whether a document was rejected for what the machine did, and not for what it is."""
    return reason in PASSING or (reason == "crashed" and "SIGKILL" in (evidence or ""))


class _Watch:
    """Counts the reasons of rows as they pass, and notes which are no verdict on the content."""

    def __init__(self, plan: Plan) -> None:
        self.reasons: Counter[str] = Counter()
        self.passing: list[list[Any]] = []  # row and reason of documents that another run is to try again
        self.limits: list[float] | None = None  # of the run, if a document ran into them
        self._plan = plan
        self.row = 0  # rows so far

    def rows(self, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the rows."""
        for row in rows:
            self._count([row["reason"]], [row["evidence"]])
            yield row

    def tables(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """Yield the tables."""
        for table in tables:
            if "reason" in table.column_names:
                self._count(table["reason"].to_pylist(), table["evidence"].to_pylist())
            yield table

    def _count(self, reasons: list[str | None], evidence: list[str | None]) -> None:
        for reason, seen in zip(reasons, evidence, strict=True):
            if reason is not None:
                self.reasons[reason] += 1
                if is_passing(reason, seen):
                    self.passing.append([self.row, reason])
                if reason in LIMIT_REASONS:
                    self.limits = _limits_of(self._plan)
            self.row += 1


def _log(stage: Stage, where: str, watch: _Watch, facts: dict[str, Any]) -> None:
    log = logging.getLogger(f"cleanse.{stage.name}")
    documents = facts.get("documents") or watch.row
    said = f"; {facts.pop('said')}" if "said" in facts else ""
    log.info("%s: %d documents, %s rejected%s", where, documents, _spell(watch.reasons), said)
    for reason in (*PASSING, *LIMIT_REASONS, "crashed", "failed"):
        if watch.reasons[reason]:
            log.warning("%s: %d documents %s", where, watch.reasons[reason], reason)


def _spell(reasons: Counter[str]) -> str:
    """Return counts as `3 (2 empty, 1 binary)`, or `0`."""
    named = ", ".join(f"{n} {reason}" for reason, n in sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    return f"{reasons.total()} ({named})" if named else "0"


def _tables(rows: Iterable[dict[str, Any]], schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield rows as tables that fit in memory."""
    import pyarrow as pa

    waiting: list[dict[str, Any]] = []
    chars = 0
    for row in rows:
        waiting.append(row)
        chars += len(row["text"] or "") + len(row["fields"] or "")
        if chars >= sizes.ROW_GROUP_CHARS or len(waiting) >= sizes.ROW_GROUP_ROWS:
            yield pa.Table.from_pylist(waiting, schema)
            waiting, chars = [], 0
    if waiting:
        yield pa.Table.from_pylist(waiting, schema)


def _chunks(tables: Iterator[pa.Table]) -> Iterator[Iterator[pa.Table]]:
    """Yield tables grouped into chunks: a new one as soon as a chunk has `CHUNK_CHARS`."""
    for first in tables:
        yield _until_full(first, tables)


def _until_full(first: pa.Table, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    size = first["text"].nbytes
    yield first
    while size < sizes.CHUNK_CHARS:
        table = next(tables, None)
        if table is None:
            return
        size += table["text"].nbytes
        yield table


def _measure(tables: Iterator[pa.Table], size: list[int]) -> Iterator[pa.Table]:
    """Yield the tables, and add up their rows and characters."""
    for table in tables:
        size[0] += table.num_rows
        size[1] += table["text"].nbytes
        yield table


def assemble(segments: Sequence[Segment], works: Iterable[Work]) -> list[Chunk]:
    """Return the chunks of all segments in order, each with what its ids need: records of a source that came before."""
    seen: Counter[str] = Counter()
    chunks: list[Chunk] = []
    for segment, work in zip(segments, works, strict=True):
        origins = []
        for piece, count in zip(segment.pieces, work.counts, strict=True):
            origins.append((piece.source.id, seen[piece.source.id]))
            seen[piece.source.id] += count
        chunks += [replace(chunk, origins=tuple(origins)) for chunk in work.chunks]
    return chunks
