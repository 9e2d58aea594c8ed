"""Bring the texts of candidate pairs from the chunks to the tasks that verify them: a shuffle through files.

Each chunk is read once, by one worker, which writes a file with a block for every task that needs texts of it. A task
reads its block from each file. So no text passes through the parent, and memory is bounded by the task. A block holds,
under LZ4, the number of texts and their lengths in characters (int64 each), then the texts in UTF-8.
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
    """Where the texts for one task lie in a chunk's file."""

    path: Path
    start: int  # bytes
    packed: int  # bytes on disk
    size: int  # bytes unpacked


@dataclass(frozen=True, slots=True)
class Extract:
    """The rows of a chunk whose texts a worker writes to a file, task by task."""

    read_texts: ReadTexts
    chunk: int
    rows: list[Ranks]
    path: Path


@dataclass(frozen=True, slots=True)
class Job:
    """A task, and where the texts of its documents lie, in their order."""

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
    """Judge all tasks in workers.

    Args:
        tasks: The tasks.
        offsets: The number of the first document of each chunk, and the end.
        read_texts: Returns the texts of some rows (ascending) of a chunk; picklable.
        scratch: An existing folder for passing files.
        threshold: Jaccard similarity from which a pair counts.
        series_guard: Whether pairs of a series are looked for.
        mapper: Runs a function over tasks, such as the builtin `map`.
    """
    rows: dict[int, list[Ranks]] = {}
    places: list[list[tuple[int, int]]] = []  # of each task: chunks, and which of the chunk's blocks
    for task in tasks:
        cuts = np.searchsorted(task.documents, offsets)
        own = []
        for chunk in np.flatnonzero(np.diff(cuts)).tolist():
            wanted = rows.setdefault(chunk, [])
            own.append((chunk, len(wanted)))
            wanted.append(task.documents[cuts[chunk] : cuts[chunk + 1]] - offsets[chunk])
        places.append(own)
    extracts = [Extract(read_texts, chunk, rows[chunk], scratch / f"texts-{chunk:05d}.lz4") for chunk in sorted(rows)]
    try:
        blocks = dict(zip(sorted(rows), mapper(write_extract, extracts), strict=True))
        jobs = [
            Job(task, [blocks[chunk][block] for chunk, block in own], threshold, series_guard)
            for task, own in zip(tasks, places, strict=True)
        ]
        return list(mapper(run_job, jobs))
    finally:
        for extract in extracts:
            extract.path.unlink(missing_ok=True)


def write_extract(extract: Extract) -> list[Block]:
    """Read the wanted rows of a chunk once and write their texts, task by task."""
    import pyarrow as pa

    wanted = distinct(np.concatenate(extract.rows))
    texts = extract.read_texts(extract.chunk, wanted.tolist())
    blocks, start = [], 0
    with new_file(extract.path, durable=False) as temporary, temporary.open("wb") as file:
        for rows in extract.rows:
            chosen = [texts[place] for place in np.searchsorted(wanted, rows)]
            header = np.array([len(chosen), *map(len, chosen)], "<i8").tobytes()
            raw = header + "".join(chosen).encode("utf-8", "surrogatepass")
            packed = pa.compress(raw, codec="lz4", asbytes=True)
            file.write(packed)
            blocks.append(Block(extract.path, start, len(packed), len(raw)))
            start += len(packed)
    return blocks


def _read_block(block: Block) -> list[str]:
    """Return the texts of a block."""
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
    """Return the pairs of a task that reach the threshold, given the texts of its documents."""
    jaccard, series = judge(texts, task.earlier, task.later, threshold, series_guard=series_guard)
    pairs = np.flatnonzero(jaccard)
    return Verified(pairs, jaccard[pairs], series[pairs])
