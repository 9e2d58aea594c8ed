"""Texts of candidate pairs on their way from the shards to the tasks that verify them: a shuffle through files.

Each shard is read once, by one worker, which writes one file with a record batch for every task that needs texts of
it; a task reads its batch from each file. So no text passes through the parent, and memory is bounded by the task.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanse.dedup.deciding import Task, Verified
from cleanse.dedup.verify import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from typing import Any

    from cleanse.dedup.candidates import Ranks

    ReadTexts = Callable[[int, list[int]], Sequence[str]]
    Map = Callable[..., Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Spool:
    """What a worker takes from one shard: rows for each task that needs some."""

    read_texts: ReadTexts
    shard: int
    rows: list[Ranks]
    path: Path


@dataclass(frozen=True, slots=True)
class Job:
    """One task, and where its texts lie: files and the record batch in each, in the order of its documents."""

    task: Task
    pieces: list[tuple[Path, int]]
    threshold: float
    series_guard: bool


def verify_by_files(
    tasks: list[Task],
    offsets: Ranks,
    read_texts: ReadTexts,
    scratch: Path,
    *,
    threshold: float,
    series_guard: bool,
    mapper: Map,
) -> list[Verified]:
    """Judge all tasks in workers; `offsets` are the shards' first document numbers (with an end: one more)."""
    rows: dict[int, list[Ranks]] = {}
    pieces: list[list[tuple[Path, int]]] = []
    for task in tasks:
        cuts = np.searchsorted(task.documents, offsets)
        shards = np.flatnonzero(np.diff(cuts)).tolist()
        places = []
        for shard in shards:
            wanted = rows.setdefault(shard, [])
            places.append((scratch / f"texts-{shard:05d}.arrow", len(wanted)))
            wanted.append(task.documents[cuts[shard] : cuts[shard + 1]] - offsets[shard])
        pieces.append(places)
    spools = [Spool(read_texts, shard, rows[shard], scratch / f"texts-{shard:05d}.arrow") for shard in sorted(rows)]
    try:
        for _ in mapper(write_spool, spools):
            pass
        jobs = [Job(task, places, threshold, series_guard) for task, places in zip(tasks, pieces, strict=True)]
        return list(mapper(run_job, jobs))
    finally:
        for spool in spools:
            spool.path.unlink(missing_ok=True)


def write_spool(spool: Spool) -> None:
    """Read the wanted rows of a shard once and write them, task by task."""
    import pyarrow as pa

    wanted = np.unique(np.concatenate(spool.rows))
    texts = spool.read_texts(spool.shard, wanted.tolist())
    schema = pa.schema([("text", pa.large_string())])
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.OSFile(str(spool.path), "wb") as sink, pa.ipc.new_file(sink, schema, options=options) as writer:
        for rows in spool.rows:
            some = [texts[place] for place in np.searchsorted(wanted, rows)]
            writer.write_batch(pa.record_batch([pa.array(some, pa.large_string())], schema=schema))


def run_job(job: Job) -> Verified:
    """Read the texts of a task and judge its pairs."""
    import pyarrow as pa

    texts: list[str] = []
    for path, place in job.pieces:
        with pa.OSFile(str(path)) as source:
            texts += pa.ipc.open_file(source).get_batch(place).column(0).to_pylist()
    return judge_task(job.task, texts, job.threshold, series_guard=job.series_guard)


def judge_task(task: Task, texts: Sequence[str], threshold: float, *, series_guard: bool) -> Verified:
    """Judge a task whose documents' texts are at hand."""
    jaccard, series = judge(texts, task.earlier, task.later, threshold, series_guard=series_guard)
    pairs = np.flatnonzero(jaccard)
    return Verified(pairs, jaccard[pairs], series[pairs])
