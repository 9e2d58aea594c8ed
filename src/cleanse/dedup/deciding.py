"""From columns to verdicts: the order of the reduce. Reads columns and verifies pairs through what the caller gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cleanse.dedup.bands import bands_for
from cleanse.dedup.candidates import Pairs, Ranks, candidate_pairs, split
from cleanse.dedup.leaders import Jaccards, leader_order, settle
from cleanse.dedup.shingles import SHINGLE
from cleanse.dedup.verify import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Column = npt.NDArray[Any]

Flags = npt.NDArray[np.bool_]


class Task(NamedTuple):
    """Candidate pairs to be verified together, and the documents whose texts that needs."""

    documents: Ranks  # global numbers, sorted
    earlier: npt.NDArray[np.int32]  # of each pair, index into `documents` of the one earlier in leader order
    later: npt.NDArray[np.int32]


class Verified(NamedTuple):
    """What came of a task: those of its pairs that reach the threshold."""

    pairs: Ranks  # index into the task's pairs
    jaccard: Jaccards
    series: Flags


@dataclass(frozen=True, slots=True)
class Decision:
    """Verdicts over all documents, by global number, and counts for the manifest."""

    duplicate_of: Ranks  # number of the kept twin; -1: no duplicate
    jaccard: Jaccards  # exact, with that twin; nan
    series_of: Ranks  # number of a kept document of the same series; -1
    counts: dict[str, int] = field(default_factory=dict)


def decide_columns(
    column: Callable[[str], Column],
    verify: Callable[[list[Task]], Iterable[Verified]],
    eligible: Flags,
    *,
    threshold: float,
    keep: str,
) -> Decision:
    """Settle exact duplicates, find candidate pairs band by band, have them verified, apply the leader policy.

    `column` gives a column of `stages.sign_shard` over all documents; `verify` judges tasks, in their order.
    """
    order, leader = _exact_groups(column, eligible, keep)
    members = order[leader == np.arange(len(order))]  # document numbers by rank
    members = members[column("words")[members] >= SHINGLE]
    names = [band_name(number) for number in range(bands_for(threshold).count)]
    pairs, crowded, limited = candidate_pairs(column(name)[members] for name in names)
    chars = column("chars")[members]
    planned = plan(pairs, chars)
    tasks = [_task(members, ranks, some) for ranks, some in planned]
    earlier, later, jaccard, series = _collect(planned, verify(tasks))
    twin, value, series_of = settle(len(members), earlier, later, jaccard, series)
    decision = _spread(len(eligible), members, twin, value, series_of)
    exact = _settle_copies(decision, order, leader)
    counts = {
        "compared": len(order),
        "exact_duplicates": exact,
        "near_duplicates": int((twin >= 0).sum()),
        "series": int((series_of >= 0).sum()),
        "candidate_pairs": len(pairs),
        "verified_pairs": len(earlier),
        "crowded_buckets": crowded,
        "documents_limited_in_crowded_buckets": limited,
    }
    return Decision(decision.duplicate_of, decision.jaccard, decision.series_of, counts)


def band_name(number: int) -> str:
    """The column of a band."""
    return f"band_{number:02d}"


def _exact_groups(column: Callable[[str], Column], eligible: Flags, keep: str) -> tuple[Ranks, Ranks]:
    """Eligible documents with words in leader order, and for each the place of the first that equals it in words."""
    exact = column("exact")
    order = leader_order(keep, column("chars"), column("date"))
    order = order[(eligible & (exact != 0))[order]]
    _, first, group = np.unique(exact[order], return_index=True, return_inverse=True)
    return order, first[group]


def _task(members: Ranks, ranks: Ranks, pairs: Pairs) -> Task:
    documents = members[ranks]
    by_number = np.argsort(documents)
    place = np.empty(len(ranks), np.int32)  # a list of tasks holds all pairs: half the memory
    place[by_number] = np.arange(len(ranks))
    earlier, later = split(pairs)
    return Task(documents[by_number], place[np.searchsorted(ranks, earlier)], place[np.searchsorted(ranks, later)])


def _collect(planned: list[tuple[Ranks, Pairs]], results: Iterable[Verified]) -> tuple[Ranks, Ranks, Jaccards, Flags]:
    """The verified pairs of all tasks: ranks of the earlier and the later document, J, series."""
    found, jaccard, series = [np.empty(0, np.uint64)], [np.empty(0)], [np.empty(0, np.bool_)]
    for (_, pairs), result in zip(planned, results, strict=True):
        found.append(pairs[result.pairs])
        jaccard.append(result.jaccard)
        series.append(result.series)
    return *split(np.concatenate(found)), np.concatenate(jaccard), np.concatenate(series)


def _spread(size: int, members: Ranks, twin: Ranks, value: Jaccards, series_of: Ranks) -> Decision:
    """Verdicts by rank as verdicts by document number."""
    decision = Decision(np.full(size, -1), np.full(size, np.nan), np.full(size, -1))
    gone, series = twin >= 0, series_of >= 0
    decision.duplicate_of[members[gone]] = members[twin[gone]]
    decision.jaccard[members[gone]] = value[gone]
    decision.series_of[members[series]] = members[series_of[series]]
    return decision


def _settle_copies(decision: Decision, order: Ranks, leader: Ranks) -> int:
    """Give every exact copy the twin of its leader, or the leader itself if that is kept. Returns their number."""
    copies = np.flatnonzero(leader != np.arange(len(order)))
    own, lead = order[copies], order[leader[copies]]
    kept = decision.duplicate_of[lead] < 0
    decision.duplicate_of[own] = np.where(kept, lead, decision.duplicate_of[lead])
    decision.jaccard[own] = np.where(kept, 1.0, decision.jaccard[lead])
    return len(copies)
