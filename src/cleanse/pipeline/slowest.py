"""Which documents took longest: each shard's notes keep a few, with the time of the run that staged them."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from cleanse.pipeline.rows import names_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cleanse.pipeline.chunks import Staging
    from cleanse.pipeline.rows import Staged

PER_SHARD = 5  # kept in a note
MOST = 20  # told of a run


def keep_slowest(held: list[list[Any]], seconds: float, *where: int) -> None:
    """Keep an entry [seconds, *where] if it is among the slowest so far."""
    if len(held) < PER_SHARD or seconds > held[-1][0]:
        held.append([round(seconds, 4), *where])
        held.sort(key=lambda entry: (-entry[0], entry[1:]))
        del held[PER_SHARD:]


def slowest(staged: Iterable[Staged], staging: Staging) -> list[dict[str, Any]]:
    """The documents that took longest, slowest first: id, step, seconds of the run that staged them."""
    found: list[tuple[float, str, Staged, list[int]]] = []
    read: set[str] = set()
    for one in staged:
        shard = one.part.key.partition("-")[0]
        if shard not in read:
            read.add(shard)
            notes = _noted(staging.folder / "read" / f"{shard}.json")
            found += [(seconds, "read", one, where) for seconds, *where in notes]
        notes = _noted(staging.folder / "chrome" / f"{one.stripped or one.chrome}.json")
        found += [(seconds, "strip chrome", one, where) for seconds, *where in notes]
    found.sort(key=lambda entry: (-entry[0], entry[1]))
    out = []
    for seconds, step, one, where in found[:MOST]:
        if step == "read":
            source, before = one.origins[where[0]]
            name = f"{source}#{before + where[1]}" if where[1] else source
        else:
            name = next(islice(names_of(one, staging), where[0], None))
        out.append({"id": name, "step": step, "seconds": seconds})
    return out


def _noted(path: Path) -> list[list[Any]]:
    """The slowest that a note of a staged result holds; nothing where there is none."""
    try:
        return list(json.loads(path.read_bytes()).get("slow", []))
    except (OSError, ValueError):
        return []
