"""Who stays: leader order, and the leader policy over verified pairs. Pure arrays; knows only errors.

A document is removed only if it is similar to a document that is kept. So there are no chains: A is never removed for
a B that is itself removed, which connected components do for a fifth of what they remove.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from cleanse.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cleanse.dedup.candidates import Ranks

KEEP = ("longest", "first", "oldest", "newest")
BY_DATE = ("oldest", "newest")
NO_DATE = -1
STRETCH = 1 << 16  # pairs that are Python numbers at a time
_DATE = re.compile(r"\s*(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T ]?(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)?)?)?")

Jaccards = npt.NDArray[np.float64]


class Settled(NamedTuple):
    """What the leader policy comes to: only the documents that it says something of, by rank."""

    gone: Ranks
    twin: Ranks  # of each that is gone: the kept document it repeats
    jaccard: Jaccards  # with that
    form: Ranks  # kept documents that are of a series with a kept one before them
    form_of: Ranks  # that one


def date_keys(dates: Iterable[str | None]) -> Ranks:
    """ISO 8601 dates, complete or partial, as numbers that sort like them; NO_DATE for none or an unreadable one."""
    found = (_DATE.match(date) if date else None for date in dates)
    return np.array(
        [int("".join((part or "00") for part in date.groups())) if date else NO_DATE for date in found], np.int64
    )


def leader_order(keep: str, chars: Ranks, dates: Ranks) -> npt.NDArray[np.uint32]:
    """Document numbers, the one to be kept first: by length, date or number; no date sorts last, ties by number.

    Dates are looked at only by the policies in BY_DATE. Raises SettingError for an unknown policy.
    """
    match keep:
        case "longest":
            # length and number packed into one word: sorting plain integers is five times faster than sorting an index
            order = (np.iinfo(np.int32).max - chars).astype(np.int64)
            order <<= 32
            order |= np.arange(len(chars), dtype=np.uint32)
            order.sort()
        case "first":
            order = np.arange(len(chars))
        case "oldest":
            order = np.argsort(np.where(dates == NO_DATE, np.iinfo(np.int64).max, dates), kind="stable")
        case "newest":
            order = np.argsort(-dates, kind="stable")
        case _:
            raise SettingError(f"keep = {keep!r} is no policy. Use one of: {', '.join(KEEP)}.")
    return order.astype(np.uint32)  # of a packed word the lower half


def settle(size: int, earlier: Ranks, later: Ranks, jaccard: Jaccards, series: npt.NDArray[np.bool_]) -> Settled:
    """The leader policy over documents named by their rank.

    Given are the verified pairs (J at or above the threshold); those of a series make no duplicate. The twin of a removed
    document is the kept one with the highest J, ties by leader order.
    """
    removed = _removed(size, earlier[~series], later[~series])
    pairs = [(later, earlier), (earlier, later)]  # a kept document may stand behind one that is removed
    counts = [~series & removed[a] & ~removed[b] for a, b in pairs]
    gone = np.concatenate([a[some] for (a, _), some in zip(pairs, counts, strict=True)])
    kept = np.concatenate([b[some] for (_, b), some in zip(pairs, counts, strict=True)])
    both = series & ~removed[earlier] & ~removed[later]
    forms, of, _ = best_partner(later[both], earlier[both], jaccard[both])
    return Settled(*best_partner(gone, kept, np.concatenate([jaccard[some] for some in counts])), forms, of)


def best_partner(documents: Ranks, candidates: Ranks, values: Jaccards) -> tuple[Ranks, Ranks, Jaccards]:
    """Each document once, in order, with its candidate of the highest value (ties by rank) and that value."""
    order = np.lexsort((candidates, -values, documents))
    documents = documents[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = documents[1:] != documents[:-1]
    return documents[first], candidates[order[first]], values[order[first]]


def _removed(size: int, earlier: Ranks, later: Ranks) -> npt.NDArray[np.bool_]:
    removed = bytearray(size)
    order = np.argsort(later, kind="stable")
    for at in range(0, len(order), STRETCH):
        some = order[at : at + STRETCH]
        for before, behind in zip(earlier[some].tolist(), later[some].tolist(), strict=True):
            if not removed[before]:  # settled already: all its pairs with earlier ones came before
                removed[behind] = 1
    return np.frombuffer(removed, np.bool_)
