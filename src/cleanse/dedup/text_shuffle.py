"""Texts of candidate pairs on their way from the shards to the tasks that verify them: a shuffle through files.

Each shard is read once, by one worker, which writes one file with a block for every task that needs texts of it; a task
reads its block from each file. So no text passes through the parent, and memory is bounded by the task. A block is, under
LZ4, the number of texts and their lengths in characters (int64 each), then the texts in UTF-8. (Not Arrow, because
`pa.array` imports pandas where it is installed, which takes longer than all the rest at ten thousand documents.)
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cleanse.atomic_write import new_file
from cleanse.dedup.candidates import distinct
from cleanse.dedup.resolve import Task, Verified
from cleanse.dedup.verify import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from typing import Any

    from cleanse.dedup.candidates import Ranks

    ReadTexts = Callable[[int, list[int]], Sequence[str]]
    Map = Callable[..., Iterable[Any]]


class Block(NamedTuple):
    """Where the texts for one task lie in a shard's file."""

    path: Path
    start: int  # bytes
    packed: int  # bytes on disk
    size: int  # bytes unpacked


@dataclass(frozen=True, slots=True)
class Spool:
    """What a worker takes from one shard: rows for each task that needs some."""

    read_texts: ReadTexts
    shard: int
    rows: list[Ranks]
    path: Path


@dataclass(frozen=True, slots=True)
class Job:
    """One task, and where the texts of its documents lie, in their order."""

    task: Task
    blocks: list[Block]
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
    places: list[list[tuple[int, int]]] = []  # of each task: shards, and which of the shard's blocks
    for task in tasks:
        cuts = np.searchsorted(task.documents, offsets)
        own = []
        for shard in np.flatnonzero(np.diff(cuts)).tolist():
            wanted = rows.setdefault(shard, [])
            own.append((shard, len(wanted)))
            wanted.append(task.documents[cuts[shard] : cuts[shard + 1]] - offsets[shard])
        places.append(own)
    spools = [Spool(read_texts, shard, rows[shard], scratch / f"texts-{shard:05d}.lz4") for shard in sorted(rows)]
    try:
        written = dict(zip(sorted(rows), mapper(write_spool, spools), strict=True))
        jobs = [
            Job(task, [written[shard][block] for shard, block in own], threshold, series_guard)
            for task, own in zip(tasks, places, strict=True)
        ]
        return list(mapper(run_job, jobs))
    finally:
        for spool in spools:
            spool.path.unlink(missing_ok=True)


def write_spool(spool: Spool) -> list[Block]:
    """Read the wanted rows of a shard once and write them, task by task."""
    import pyarrow as pa

    wanted = distinct(np.concatenate(spool.rows))
    texts = spool.read_texts(spool.shard, wanted.tolist())
    blocks, start = [], 0
    with new_file(spool.path, durable=False) as temporary, temporary.open("wb") as file:
        for rows in spool.rows:
            some = [texts[place] for place in np.searchsorted(wanted, rows)]
            header = np.array([len(some), *map(len, some)], "<i8").tobytes()
            raw = header + "".join(some).encode("utf-8", "surrogatepass")
            packed = pa.compress(raw, codec="lz4", asbytes=True)
            file.write(packed)
            blocks.append(Block(spool.path, start, len(packed), len(raw)))
            start += len(packed)
    return blocks


def _read_block(block: Block) -> list[str]:
    import pyarrow as pa

    with block.path.open("rb") as file:
        file.seek(block.start)
        raw = pa.decompress(file.read(block.packed), block.size, codec="lz4", asbytes=True)
    count = int(np.frombuffer(raw, "<i8", 1)[0])
    ends = np.cumsum(np.frombuffer(raw, "<i8", count, 8)).tolist()
    text = raw[8 * (count + 1) :].decode("utf-8", "surrogatepass")
    return [text[start:end] for start, end in pairwise([0, *ends])]


def run_job(job: Job) -> Verified:
    """Read the texts of a task and judge its pairs."""
    texts = [text for block in job.blocks for text in _read_block(block)]
    return judge_task(job.task, texts, job.threshold, series_guard=job.series_guard)


def judge_task(task: Task, texts: Sequence[str], threshold: float, *, series_guard: bool) -> Verified:
    """Judge a task whose documents' texts are at hand."""
    jaccard, series = judge(texts, task.earlier, task.later, threshold, series_guard=series_guard)
    pairs = np.flatnonzero(jaccard)
    return Verified(pairs, jaccard[pairs], series[pairs])
