"""Choose which of several near-duplicates represents them.

A document is removed only if it is similar to a document that is kept. So there are no chains: A is never removed for
a B that is itself removed, as connected components do with a fifth of what they remove.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from cleanse.dedup.informed_twins import Worth, prefer_informed
from cleanse.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cleanse.dedup.candidates import Ranks

KEEP = ("longest", "first", "oldest", "newest")
BY_DATE = ("oldest", "newest")
BY_LENGTH = "longest"  # the policy under which a better informed twin of about the same length stays
NO_DATE = -1
STRETCH = 1 << 16  # pairs that are Python numbers at a time
_DATE = re.compile(r"\s*(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T ]?(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)?)?)?")

Jaccards = npt.NDArray[np.float64]


class Settled(NamedTuple):
    """The documents that the leader policy removes or relates, by rank."""

    gone: Ranks
    twin: Ranks  # of each that is gone: the kept document that it repeats
    jaccard: Jaccards  # of each that is gone, with its twin
    form: Ranks  # kept documents of a series with an earlier kept one
    form_of: Ranks  # of each of these: that earlier one


def date_keys(dates: Iterable[str | None]) -> Ranks:
    """Return ISO 8601 dates, complete or partial, as numbers that sort like them; NO_DATE for an unreadable one."""
    matches = (_DATE.match(date) if date else None for date in dates)
    return np.array(
        [int("".join((part or "00") for part in match.groups())) if match else NO_DATE for match in matches], np.int64
    )


def leader_order(keep: str, chars: Ranks, dates: Ranks) -> npt.NDArray[np.uint32]:
    """Return document numbers, the preferred ones first.

    Args:
        keep: The policy, one of KEEP: by length, number or date. No date sorts last; ties go to the lower number.
        chars: Length of each document.
        dates: Date key of each document, see `date_keys`; looked at only by the policies in BY_DATE.

    Raises:
        SettingError: If the policy is unknown.
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
            raise SettingError(f"keep = {keep!r} is not a policy. Use one of: {', '.join(KEEP)}.")
    return order.astype(np.uint32)  # of a packed word the lower half


def settle(
    size: int,
    earlier: Ranks,
    later: Ranks,
    jaccard: Jaccards,
    series: npt.NDArray[np.bool_],
    worth: Worth | None = None,
) -> Settled:
    """Apply the leader policy: in leader order, keep each document that is not similar to a kept one.

    The twin of a removed document is the kept one with the highest Jaccard, ties by leader order.

    Args:
        size: Number of documents; they are named by their rank in leader order.
        earlier: Of each verified pair (Jaccard at or above the threshold) the document of lower rank.
        later: Of each pair the other document.
        jaccard: Of each pair.
        series: Which pairs are of a series: these make no duplicates.
        worth: What speaks for each document: with it a better informed twin of about the same length stays instead.
    """
    removed = _removed(size, earlier[~series], later[~series])
    if worth is not None:
        removed = prefer_informed(removed, earlier[~series], later[~series], worth)
    pairs = [(later, earlier), (earlier, later)]  # a kept document may stand behind one that is removed
    counts = [~series & removed[a] & ~removed[b] for a, b in pairs]
    gone = np.concatenate([a[chosen] for (a, _), chosen in zip(pairs, counts, strict=True)])
    kept = np.concatenate([b[chosen] for (_, b), chosen in zip(pairs, counts, strict=True)])
    both = series & ~removed[earlier] & ~removed[later]
    forms, of, _ = best_partner(later[both], earlier[both], jaccard[both])
    return Settled(*best_partner(gone, kept, np.concatenate([jaccard[chosen] for chosen in counts])), forms, of)


def best_partner(documents: Ranks, candidates: Ranks, values: Jaccards) -> tuple[Ranks, Ranks, Jaccards]:
    """Return each document once, in order, with its candidate of the highest value (ties by rank) and that value."""
    order = np.lexsort((candidates, -values, documents))
    documents = documents[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = documents[1:] != documents[:-1]
    return documents[first], candidates[order[first]], values[order[first]]


def _removed(size: int, earlier: Ranks, later: Ranks) -> npt.NDArray[np.bool_]:
    """Return which documents are similar to a kept one before them."""
    removed = bytearray(size)
    order = np.argsort(later, kind="stable")
    for at in range(0, len(order), STRETCH):
        stretch = order[at : at + STRETCH]
        for before, behind in zip(earlier[stretch].tolist(), later[stretch].tolist(), strict=True):
            if not removed[before]:  # settled already: all its pairs with earlier ones came before
                removed[behind] = 1
    return np.frombuffer(removed, np.bool_)
