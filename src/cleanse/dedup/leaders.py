"""Who stays: leader order, and the leader policy over verified pairs. Pure arrays; knows only errors.

A document is removed only if it is similar to a document that is kept. So there are no chains: A is never removed for
a B that is itself removed, which connected components do for a fifth of what they remove.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cleanse.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cleanse.dedup.candidates import Ranks

KEEP = ("longest", "first", "oldest", "newest")
NO_DATE = -1
_DATE = re.compile(r"\s*(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T ]?(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)?)?)?")

Jaccards = npt.NDArray[np.float64]


def date_keys(dates: Iterable[str | None]) -> Ranks:
    """ISO 8601 dates, complete or partial, as numbers that sort like them; NO_DATE for none or an unreadable one."""
    found = (_DATE.match(date) if date else None for date in dates)
    return np.array(
        [int("".join((part or "00") for part in date.groups())) if date else NO_DATE for date in found], np.int64
    )


def leader_order(keep: str, chars: Ranks, dates: Ranks) -> Ranks:
    """Document numbers, the one to be kept first: by length, date or number; no date sorts last, ties by number.

    Raises SettingError for an unknown policy.
    """
    match keep:
        case "longest":
            return np.argsort(-chars, kind="stable")
        case "first":
            return np.arange(len(chars))
        case "oldest":
            return np.argsort(np.where(dates == NO_DATE, np.iinfo(np.int64).max, dates), kind="stable")
        case "newest":
            return np.argsort(-dates, kind="stable")
        case _:
            raise SettingError(f"keep = {keep!r} is no policy. Use one of: {', '.join(KEEP)}.")


def settle(
    size: int, earlier: Ranks, later: Ranks, jaccard: Jaccards, series: npt.NDArray[np.bool_]
) -> tuple[Ranks, Jaccards, Ranks]:
    """The leader policy over documents named by their rank.

    Given are the verified pairs (J at or above the threshold); those of a series make no duplicate. Returned, per
    document: its kept twin (the one with the highest J, ties by leader order; -1: it is kept), their J (nan), and the
    kept document it is a series with (-1).
    """
    removed = _removed(size, earlier[~series], later[~series])
    twin, similarity = np.full(size, -1), np.full(size, np.nan)
    pairs = [(later, earlier), (earlier, later)]  # a kept document may stand behind one that is removed
    gone = np.concatenate([a[~series & removed[a] & ~removed[b]] for a, b in pairs])
    kept = np.concatenate([b[~series & removed[a] & ~removed[b]] for a, b in pairs])
    values = np.concatenate([jaccard[~series & removed[a] & ~removed[b]] for a, b in pairs])
    _best(twin, gone, kept, values, similarity)
    series_of, both = np.full(size, -1), series & ~removed[earlier] & ~removed[later]
    _best(series_of, later[both], earlier[both], jaccard[both])
    return twin, similarity, series_of


def _removed(size: int, earlier: Ranks, later: Ranks) -> npt.NDArray[np.bool_]:
    removed = bytearray(size)
    order = np.argsort(later, kind="stable")
    for before, behind in zip(earlier[order].tolist(), later[order].tolist(), strict=True):
        if not removed[before]:  # settled already: all its pairs with earlier ones came before
            removed[behind] = 1
    return np.frombuffer(removed, np.bool_)


def _best(partner: Ranks, of: Ranks, candidate: Ranks, value: Jaccards, best: Jaccards | None = None) -> None:
    """Write to `partner[of]` the candidate of the highest value, ties by rank; and that value to `best`."""
    order = np.lexsort((-candidate, value))  # the last one written wins
    partner[of[order]] = candidate[order]
    if best is not None:
        best[of[order]] = value[order]
