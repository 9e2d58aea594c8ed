"""Which documents took longest: each shard's notes keep a few, with the time of the run that staged them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

PER_SHARD = 5  # kept in a note
MOST = 20  # told of a run


def keep_slowest(held: list[list[Any]], seconds: float, *where: int) -> None:
    """Keep an entry [seconds, *where] if it is among the slowest so far."""
    if len(held) < PER_SHARD or seconds > held[-1][0]:
        held.append([round(seconds, 4), *where])
        held.sort(key=lambda entry: (-entry[0], entry[1:]))
        del held[PER_SHARD:]


def noted(path: Path) -> list[list[Any]]:
    """The slowest that a note of a staged result holds; nothing where there is none."""
    try:
        return list(json.loads(path.read_bytes()).get("slow", []))
    except (OSError, ValueError):
        return []
