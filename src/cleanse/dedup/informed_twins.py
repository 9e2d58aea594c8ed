"""Let the better informed of two near-duplicates stay, and let the kept one take what its twins know of the text.

Pure functions over ranks and plain fields.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.dedup.candidates import Ranks

LENGTH_TIE = (95, 100)  # two lengths are a tie if the shorter is at least so many hundredths of the longer
FIELDS = ("title", "author", "date", "url")
DAMAGE = re.compile("\ufffd|[\u00ad\u200b\u2060]|[ÃÂ][\u0080-\u00bf]|â€")  # lost, invisible, and misread characters

Mask = npt.NDArray[np.bool_]


class Worth(NamedTuple):
    """What speaks for a document when a near-duplicate is about as long; arrays by rank."""

    chars: Ranks  # length of the text
    known: Ranks  # how many of FIELDS are known of it
    damage: Ranks  # damaged characters, see `count_damage`


class Fields(NamedTuple):
    """What is known of a document; None where it is not."""

    title: str | None = None
    author: str | None = None
    date: str | None = None  # ISO 8601, may be partial
    url: str | None = None


class Filled(NamedTuple):
    """The fields of a kept document after its twins have given what they know."""

    fields: Fields
    fields_from: tuple[tuple[str, str], ...] = ()  # name of a field, and the id of the twin that it is from


def count_damage(text: str) -> int:
    """Return how many characters of a text are lost, invisible or misread."""
    return sum(1 for _ in DAMAGE.finditer(text))


def prefer_informed(removed: Mask, earlier: Ranks, later: Ranks, worth: Worth) -> Mask:
    """Return which documents are removed when a kept one gives way to a better twin of about its length.

    The less damaged of two is better, then the one of which more is known. A twin takes the place of a kept document only
    if it is similar to all documents that would have no kept twin without it, and to no other kept document.

    Args:
        removed: Which documents the leader policy removes, by rank.
        earlier: Of each verified pair that is no series the document of lower rank.
        later: Of each pair the other document.
        worth: What speaks for each document.
    """
    after = removed.copy()
    near = _neighbours(earlier, later)
    for leader in sorted(rank for rank in near if not removed[rank]):
        twins = [rank for rank in sorted(near[leader]) if after[rank]]
        better = [rank for rank in twins if _is_better(rank, leader, worth)]
        better.sort(key=lambda rank: (int(worth.damage[rank]), -int(worth.known[rank]), -int(worth.chars[rank]), rank))
        for twin in better:
            if _may_replace(twin, leader, twins, near, after):
                after[leader], after[twin] = True, False
                break
    return after


def fill_fields(own: Fields, twins: Sequence[tuple[str, Fields]]) -> Filled:
    """Return a kept document's fields, those that it lacks taken from its twins where they agree.

    Titles and authors agree if they differ only in case and spaces, dates if one is the beginning of the other (the fuller
    one is taken). A field that two twins contradict each other on stays empty.

    Args:
        own: What is known of the kept document.
        twins: Id and fields of the documents that were removed for it, the most similar first.
    """
    values = own._asdict()
    sources = []
    for name in FIELDS:
        given = [(twin, value) for twin, fields in twins if (value := getattr(fields, name))]
        if values[name] or not given or not _agree(name, [value for _, value in given]):
            continue
        twin, values[name] = max(given, key=lambda item: len(item[1])) if name == "date" else given[0]
        sources.append((name, twin))
    return Filled(Fields(**values), tuple(sources))


def _agree(name: str, values: list[str]) -> bool:
    if name == "date":
        fullest = max(values, key=len)
        return all(fullest.startswith(value) for value in values)
    return len({" ".join(value.casefold().split()) if name != "url" else value for value in values}) == 1


def _neighbours(earlier: Ranks, later: Ranks) -> dict[int, set[int]]:
    near: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in zip(earlier.tolist(), later.tolist(), strict=True):
        near[one].add(other)
        near[other].add(one)
    return near


def _is_better(twin: int, leader: int, worth: Worth) -> bool:
    """Return whether two documents are about as long, and the first is less damaged or better known."""
    short, long = sorted((int(worth.chars[twin]), int(worth.chars[leader])))
    if short * LENGTH_TIE[1] < long * LENGTH_TIE[0]:
        return False
    return (worth.damage[twin], -worth.known[twin]) < (worth.damage[leader], -worth.known[leader])


def _may_replace(twin: int, leader: int, twins: list[int], near: dict[int, set[int]], removed: Mask) -> bool:
    """Return whether, if the two change places, every document keeps a kept twin and no two kept are similar."""
    if any(not removed[rank] for rank in near[twin] if rank != leader):
        return False
    orphans = (rank for rank in twins if rank != twin and all(removed[k] for k in near[rank] if k != leader))
    return all(twin in near[rank] for rank in orphans)
