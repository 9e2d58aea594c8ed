"""Find the documents that took longest.

The note of each result names a few of its slowest documents, with their times in the run that made the result.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cleanse.pipeline.cache import Cache
    from cleanse.pipeline.chunks import Chunk

PER_RESULT = 5  # documents named in the note of a result
MOST = 20  # documents named in the manifest


def keep_slowest(slowest: list[list[Any]], seconds: float, *where: int) -> None:
    """Add an entry [seconds, *where] to the slowest so far, if it is one of them.

    Args:
        slowest: The slowest so far, slowest first.
        seconds: Time that the document took.
        where: Numbers that identify the document.
    """
    if len(slowest) < PER_RESULT or seconds > slowest[-1][0]:
        slowest.append([round(seconds, 4), *where])
        slowest.sort(key=lambda entry: (-entry[0], entry[1:]))
        del slowest[PER_RESULT:]


def find_slowest(chunks: Iterable[Chunk], cache: Cache) -> list[dict[str, Any]]:
    """Return id, stage and seconds of the documents that took longest, slowest first.

    Args:
        chunks: The chunks of the run.
        cache: The cache that holds the notes.
    """
    entries: list[tuple[float, str, Chunk, list[int]]] = []
    read: set[str] = set()
    for chunk in chunks:
        segment = chunk.results["read"].partition("-")[0]
        if segment not in read:
            read.add(segment)
            slowest = _slowest_of(cache.folder / "read" / f"{segment}.json")
            entries += [(seconds, "read", chunk, where) for seconds, *where in slowest]
        for key in (chunk.results["chrome"], *chunk.replaced):
            slowest = _slowest_of(cache.folder / "chrome" / f"{key}.json")
            entries += [(seconds, "chrome", chunk, where) for seconds, *where in slowest]
    entries.sort(key=lambda entry: (-entry[0], entry[1]))
    return [
        {"id": _id_of(chunk, cache, stage, where), "stage": stage, "seconds": seconds}
        for seconds, stage, chunk, where in entries[:MOST]
    ]


def _id_of(chunk: Chunk, cache: Cache, stage: str, where: list[int]) -> str | None:
    """Return the id of a document in a note; None if there is none."""
    from cleanse.pipeline.chunks import Results
    from cleanse.pipeline.rows import ids_of

    if stage == "read":
        source, before = chunk.origins[where[0]]
        return f"{source}#{before + where[1]}" if where[1] else source
    return next(islice(ids_of(Results(chunk, cache)), where[0], None))


def _slowest_of(path: Path) -> list[list[Any]]:
    """Return the slowest documents that a note names; nothing if there is no note."""
    try:
        return list(json.loads(path.read_bytes())["facts"].get("slow", []))
    except (OSError, ValueError, KeyError, AttributeError):
        return []
