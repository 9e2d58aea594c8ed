"""From columns to verdicts: the order of the reduce. Searches and verifies through what the caller gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from cleanse.dedup.candidates import Pairs, Ranks, first_of_equal, split
from cleanse.dedup.columns import Places, places_of
from cleanse.dedup.leaders import BY_DATE, Jaccards, best_partner, leader_order, settle
from cleanse.dedup.shingles import SHINGLE
from cleanse.dedup.verify import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cleanse.dedup.columns import Column
    from cleanse.dedup.earlier import Index

Flags = npt.NDArray[np.bool_]


class Task(NamedTuple):
    """Candidate pairs to be verified together, and the documents whose texts that needs."""

    documents: npt.NDArray[np.int64] | Places  # global numbers, sorted; those of earlier corpora follow this run's
    earlier: npt.NDArray[np.int32]  # of each pair, index into `documents` of the one earlier in leader order
    later: npt.NDArray[np.int32]


class Verified(NamedTuple):
    """What came of a task: those of its pairs that reach the threshold."""

    pairs: Ranks  # index into the task's pairs
    jaccard: Jaccards
    series: Flags


class Candidates(NamedTuple):
    """What a search found among documents in leader order."""

    slices: Iterable[Pairs]  # sorted, each pair once
    known: Pairs  # number of a document of an earlier corpus, and place of the document it may equal
    crowded: int
    limited: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Verdicts over all documents, by global number, and counts for the manifest."""

    duplicate_of: Ranks  # number of the kept twin; -1: no duplicate of a document of this run
    jaccard: Jaccards  # exact, with that twin or the earlier one; nan
    series_of: Ranks  # number of a kept document of the same series; -1
    earlier_of: Ranks  # number of the twin in an earlier corpus, counted through all of them; -1
    counts: dict[str, int] = field(default_factory=dict)


def decide_columns(
    column: Callable[[str], Column],
    search: Callable[[Places], Candidates],
    verify: Callable[[list[Task]], Iterable[Verified]],
    eligible: Flags,
    *,
    keep: str,
    earlier: Sequence[Index] = (),
) -> Decision:
    """Settle exact duplicates, have candidate pairs found and verified, apply the leader policy.

    `column` gives a column of `stages.sign_shard` over all documents; `search` finds candidate pairs among documents in
    leader order; `verify` judges tasks, in their order. The documents of `earlier` corpora come before all others in
    leader order: what equals one of them is its duplicate, and stands in for nothing else.
    """
    size = len(eligible)
    order, leader = _exact_groups(column, eligible, keep)
    leads = order[leader == np.arange(len(order), dtype=np.uint32)]
    nothing = np.broadcast_to(np.int64(-1), size)  # without memory
    known_of = np.full(size, -1) if earlier else nothing
    decision = Decision(np.full(size, -1), np.full(size, np.nan), np.full(size, -1), known_of)
    _settle_equal(decision, column, leads, earlier)
    members = leads[(column("words")[leads] >= SHINGLE) & (known_of[leads] < 0)]
    exact_duplicates = len(order) - len(leads)
    del leads
    found = search(members)
    old, known = _renamed(found.known)
    documents = np.concatenate([size + old, members]) if len(old) else members
    chars = column("chars")[members]
    chars = np.concatenate([_partners(chars, known, len(old)), chars])
    tasks, pairs = list[Task](), 0
    for some in (known, *_shifted(found.slices, len(old))):
        pairs += len(some)
        tasks += [_task(documents, ranks, part) for ranks, part in plan(some, chars)]
    place = places_of(members, size)
    verified = _collect(tasks, verify(tasks), lambda numbers: _ranks(numbers, place, old))
    counts = {"compared": len(order), "exact_duplicates": exact_duplicates}
    counts |= _settle_near(decision, members, old, verified)
    _settle_copies(decision, order, leader)
    if earlier:
        counts["earlier_duplicates"] = int((decision.earlier_of >= 0).sum())
    counts |= {"candidate_pairs": pairs, "verified_pairs": len(verified[0])}
    counts |= {"crowded_buckets": found.crowded, "documents_limited_in_crowded_buckets": found.limited}
    decision.counts.update(counts)
    return decision


def _exact_groups(column: Callable[[str], Column], eligible: Flags, keep: str) -> tuple[Places, Places]:
    """Eligible documents with words in leader order, and for each the place of the first that equals it in words."""
    chars, exact = column("chars"), column("exact")
    order = leader_order(keep, chars, column("date") if keep in BY_DATE else chars)
    order = order[(eligible & (exact != 0))[order]]
    return order, first_of_equal(exact[order])


def _settle_equal(decision: Decision, column: Callable[[str], Column], leads: Places, earlier: Sequence[Index]) -> None:
    """Give documents whose words are those of an earlier corpus's document that twin."""
    if not earlier:
        return
    exact, first = column("exact")[leads], 0
    for index in earlier:
        rows = index.equal(exact)
        new = leads[(rows >= 0) & (decision.earlier_of[leads] < 0)]
        decision.earlier_of[new] = rows[(rows >= 0) & (decision.earlier_of[leads] < 0)] + first
        decision.jaccard[new] = 1.0
        first += index.rows


def _renamed(known: Pairs) -> tuple[Ranks, Pairs]:
    """The documents of earlier corpora that stand in pairs, and the pairs by rank: theirs come before all others."""
    number, place = split(known)
    old, rank = np.unique(number, return_inverse=True)
    return old, np.sort(rank.astype(np.uint64) << np.uint64(32) | (place + len(old)).astype(np.uint64))


def _shifted(slices: Iterable[Pairs], by: int) -> Iterable[Pairs]:
    return (some + np.uint64(by << 32 | by) for some in slices)


def _partners(chars: Column, known: Pairs, old: int) -> Column:
    """About the length of each earlier document: that of the longest it is paired with. It bounds a task."""
    lengths = np.zeros(old, chars.dtype)
    rank, other = split(known)
    np.maximum.at(lengths, rank, chars[other - old])
    return lengths


def _ranks(numbers: Ranks, place: Places, old: Ranks) -> Ranks:
    """Ranks of documents by global number: those of earlier corpora, then this run's in leader order."""
    ranks = np.empty(len(numbers), np.int64)
    own = numbers < len(place)
    ranks[own] = place[numbers[own]].astype(np.int64) + len(old)
    ranks[~own] = np.searchsorted(old, numbers[~own] - len(place))
    return ranks


def _task(documents: Ranks | Places, ranks: Ranks, pairs: Pairs) -> Task:
    wanted = documents[ranks]
    by_number = np.argsort(wanted)
    place = np.empty(len(ranks), np.int32)  # a list of tasks holds all pairs: half the memory
    place[by_number] = np.arange(len(ranks))
    earlier, later = split(pairs)
    return Task(wanted[by_number], place[np.searchsorted(ranks, earlier)], place[np.searchsorted(ranks, later)])


def _collect(
    tasks: list[Task], results: Iterable[Verified], ranks: Callable[[Ranks], Ranks]
) -> tuple[Ranks, Ranks, Jaccards, Flags]:
    """The verified pairs of all tasks: ranks of the earlier and the later document, J, series."""
    earlier, later = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    jaccard, series = [np.empty(0)], [np.empty(0, np.bool_)]
    for task, result in zip(tasks, results, strict=True):
        earlier.append(ranks(task.documents[task.earlier[result.pairs]].astype(np.int64)))
        later.append(ranks(task.documents[task.later[result.pairs]].astype(np.int64)))
        jaccard.append(result.jaccard)
        series.append(result.series)
    return np.concatenate(earlier), np.concatenate(later), np.concatenate(jaccard), np.concatenate(series)


def _settle_near(
    decision: Decision, members: Places, old: Ranks, verified: tuple[Ranks, Ranks, Jaccards, Flags]
) -> dict[str, int]:
    """The leader policy: first the documents of earlier corpora, then those that are left among themselves."""
    earlier, later, jaccard, series = verified
    left = earlier >= len(old)
    gone = np.zeros(len(members), np.bool_)
    if len(old):
        known = ~left & ~series
        documents, twin, value = best_partner(later[known] - len(old), earlier[known], jaccard[known])
        decision.earlier_of[members[documents]] = old[twin]
        decision.jaccard[members[documents]] = value
        gone[documents] = True
    earlier, later = earlier - len(old), later - len(old)
    left[left] = ~gone[earlier[left]] & ~gone[later[left]]
    found = settle(len(members), earlier[left], later[left], jaccard[left], series[left])
    decision.duplicate_of[members[found.gone]] = members[found.twin]
    decision.jaccard[members[found.gone]] = found.jaccard
    decision.series_of[members[found.form]] = members[found.form_of]
    return {"near_duplicates": len(found.gone), "series": len(found.form)}


def _settle_copies(decision: Decision, order: Places, leader: Places) -> None:
    """Give every exact copy the twin of its leader, or the leader itself if that is kept."""
    copies = np.flatnonzero(leader != np.arange(len(order), dtype=np.uint32))
    own, lead = order[copies], order[leader[copies]]
    known = decision.earlier_of[lead] >= 0
    kept = (decision.duplicate_of[lead] < 0) & ~known
    decision.duplicate_of[own] = np.where(kept, lead, decision.duplicate_of[lead])
    if known.any():
        decision.earlier_of[own] = decision.earlier_of[lead]
    decision.jaccard[own] = np.where(kept, 1.0, decision.jaccard[lead])
