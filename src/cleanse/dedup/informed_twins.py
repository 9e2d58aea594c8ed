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
    from collections.abc import Iterable, Sequence

    from cleanse.dedup.band_files import Column, Places
    from cleanse.dedup.candidates import Ranks

LENGTH_TIE = (95, 100)  # two lengths are a tie if the shorter is at least so many hundredths of the longer
FIELDS = ("title", "author", "date", "url")
LOST = ("\ufffd", "\u00ad", "\u200b", "\u2060", "â€")  # lost and invisible characters, and quotes that were misread
MISREAD = re.compile("[ÃÂ][\u0080-\u00bf]")

Mask = npt.NDArray[np.bool_]


class Worth(NamedTuple):
    """What speaks for a document when a near-duplicate is about as long; arrays by rank or number."""

    chars: Column  # length of the text
    known: Column  # how many of FIELDS are known of it
    damage: Column  # damaged characters, see `count_damage`


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
    if text.isascii():
        return 0
    misread = len(MISREAD.findall(text)) if "Ã" in text or "Â" in text else 0
    return misread + sum(text.count(damaged) for damaged in LOST)


def count_known(fields: Iterable[str | None]) -> int:
    """Return how many of a document's FIELDS are known."""
    return sum(1 for value in fields if value)


def prefer_informed_copies(order: Places, copies: Ranks, leaders: Ranks, worth: Worth) -> Places:
    """Return the leader order with each leader of equal texts replaced by a better one of about its length.

    Args:
        order: Numbers of documents in leader order.
        copies: Places in `order` of documents whose words are those of an earlier one.
        leaders: The place of that earlier one, for each.
        worth: What speaks for each document, by number.
    """
    better = np.flatnonzero(_are_better(order[copies], order[leaders], worth))
    copies, leaders = copies[better], leaders[better]
    number = order[copies]
    best_first = np.lexsort((copies, -worth.chars[number], -worth.known[number], worth.damage[number], leaders))
    _, first = np.unique(leaders[best_first], return_index=True)
    copies, leaders = copies[best_first[first]], leaders[best_first[first]]
    swapped = order.copy()
    swapped[copies], swapped[leaders] = order[leaders], order[copies]
    return swapped


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
    better_twins = _better_twins(removed, earlier, later, worth)
    near = _neighbours_around(np.array(list(better_twins), np.int64), earlier, later, len(removed))
    for leader, better in sorted(better_twins.items()):
        twins = [rank for rank in sorted(near[leader]) if after[rank]]
        better.sort(key=lambda rank: (int(worth.damage[rank]), -int(worth.known[rank]), -int(worth.chars[rank]), rank))
        for twin in (rank for rank in better if after[rank]):
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


def _better_twins(removed: Mask, earlier: Ranks, later: Ranks, worth: Worth) -> dict[int, list[int]]:
    """Return of each kept document its removed twins that are better, if there are any."""
    better: defaultdict[int, list[int]] = defaultdict(list)
    for leaders, twins in ((earlier, later), (later, earlier)):
        chosen = ~removed[leaders] & removed[twins]
        chosen[chosen] = _are_better(twins[chosen], leaders[chosen], worth)
        for leader, twin in zip(leaders[chosen].tolist(), twins[chosen].tolist(), strict=True):
            better[leader].append(twin)
    return dict(better)


def _neighbours_around(leaders: Ranks, earlier: Ranks, later: Ranks, size: int) -> dict[int, set[int]]:
    """Return the documents similar to each of some documents, and to each of these."""
    inside = np.zeros(size, np.bool_)
    inside[leaders] = True
    touching = inside[earlier] | inside[later]
    inside[earlier[touching]] = inside[later[touching]] = True
    touching = inside[earlier] | inside[later]
    near: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in zip(earlier[touching].tolist(), later[touching].tolist(), strict=True):
        near[one].add(other)
        near[other].add(one)
    return dict(near)


def _are_better(twins: Ranks | Places, leaders: Ranks | Places, worth: Worth) -> Mask:
    """Return of which pairs both are about as long, and the first is less damaged or better known."""
    lengths = worth.chars[twins].astype(np.int64), worth.chars[leaders].astype(np.int64)
    tie = np.minimum(*lengths) * LENGTH_TIE[1] >= np.maximum(*lengths) * LENGTH_TIE[0]
    damage, known = (
        np.sign(values[twins].astype(np.int64) - values[leaders]) for values in (worth.damage, worth.known)
    )
    better: Mask = tie & ((damage < 0) | ((damage == 0) & (known > 0)))
    return better


def _may_replace(twin: int, leader: int, twins: list[int], near: dict[int, set[int]], removed: Mask) -> bool:
    """Return whether, if the two change places, every document keeps a kept twin and no two kept are similar."""
    if any(not removed[rank] for rank in near[twin] if rank != leader):
        return False
    orphans = (rank for rank in twins if rank != twin and all(removed[k] for k in near[rank] if k != leader))
    return all(twin in near[rank] for rank in orphans)
