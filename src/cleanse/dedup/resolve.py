"""From columns to verdicts: the order of the reduce. Searches and verifies through what the caller gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from cleanse.dedup.band_files import Places, places_of
from cleanse.dedup.candidates import Pairs, Ranks, repeated, split
from cleanse.dedup.representatives import BY_DATE, Jaccards, Settled, best_partner, leader_order, settle
from cleanse.dedup.shingles import SHINGLE
from cleanse.dedup.verify import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cleanse.dedup.band_files import Column
    from cleanse.dedup.corpus_index import Index

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


class Equals(NamedTuple):
    """Documents whose words are those of another, and that other."""

    documents: Places
    of: Places | Ranks


class Compared(NamedTuple):
    """The verified pairs by rank: documents of earlier corpora come first, then the members in leader order."""

    old: Ranks  # numbers of the documents of earlier corpora that stand in pairs
    earlier: Ranks
    later: Ranks
    jaccard: Jaccards
    series: Flags


class Known(NamedTuple):
    """Members that repeat a document of an earlier corpus, by rank, and that document's number."""

    gone: Ranks
    twin: Ranks
    jaccard: Jaccards


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

    While bands are searched and pairs verified, `members` is all that is held of every document: 4 bytes.
    """
    size = len(eligible)
    leads, copies = _exact_groups(column, eligible, keep)
    repeats = _repeats(column, leads, earlier)
    members = _members(column, leads, repeats)
    counts = {"compared": len(leads) + len(copies.documents), "exact_duplicates": len(copies.documents)}
    del leads
    known, near, found = _near_duplicates(column, search, verify, members, size)
    nothing = np.broadcast_to(np.int64(-1), size)  # without memory
    known_of = np.full(size, -1) if earlier else nothing
    decision = Decision(np.full(size, -1), np.full(size, np.nan), np.full(size, -1), known_of, counts)
    if earlier:
        _tell_earlier(decision, repeats, members, known)
    decision.duplicate_of[members[near.gone]] = members[near.twin]
    decision.jaccard[members[near.gone]] = near.jaccard
    decision.series_of[members[near.form]] = members[near.form_of]
    _tell_copies(decision, copies)
    counts |= {"near_duplicates": len(near.gone), "series": len(near.form)}
    if earlier:
        counts["earlier_duplicates"] = int((decision.earlier_of >= 0).sum())
    counts |= found
    return decision


def _exact_groups(column: Callable[[str], Column], eligible: Flags, keep: str) -> tuple[Places, Equals]:
    """Eligible documents with words in leader order, each word sequence once; and those left out, as equal to these."""
    chars = column("chars")
    order = leader_order(keep, chars, column("date") if keep in BY_DATE else chars)
    del chars
    exact = column("exact")
    order = order[(eligible & (exact != 0))[order]]
    exact = exact[order]
    copies, leaders = repeated(exact)
    leads = np.ones(len(order), np.bool_)
    leads[copies] = False
    return order[leads], Equals(order[copies], order[leaders])


def _repeats(column: Callable[[str], Column], leads: Places, earlier: Sequence[Index]) -> Equals:
    """Those whose words are those of a document of an earlier corpus."""
    if not earlier:
        return Equals(np.empty(0, np.uint32), np.empty(0, np.int64))
    exact, first = column("exact")[leads], 0
    number = np.full(len(leads), -1)
    for index in earlier:
        rows = index.equal(exact)
        new = (rows >= 0) & (number < 0)
        number[new] = rows[new] + first
        first += index.rows
    return Equals(leads[number >= 0], number[number >= 0])


def _members(column: Callable[[str], Column], leads: Places, repeats: Equals) -> Places:
    """Those that bands can tell something of, and of which nothing is known yet."""
    takes_part = column("words") >= SHINGLE
    takes_part[repeats.documents] = False
    return leads[takes_part[leads]]


def _near_duplicates(
    column: Callable[[str], Column],
    search: Callable[[Places], Candidates],
    verify: Callable[[list[Task]], Iterable[Verified]],
    members: Places,
    size: int,
) -> tuple[Known, Settled, dict[str, int]]:
    """The leader policy over verified pairs of `members`, of `size` documents; and counts of the search."""
    found = search(members)
    old, known = _renamed(found.known)
    documents, chars = members, column("chars")[members]
    if len(old):
        documents = np.concatenate([size + old, members])
        chars = np.concatenate([_partners(chars, known, len(old)), chars])
    slices = chain([known], _shifted(found.slices, len(old)))
    tasks = [_task(documents, ranks, part) for some in slices for ranks, part in plan(some, chars, documents)]
    del documents, chars
    compared = _collect(tasks, list(verify(tasks)), places_of(members, size), old)
    counts = {"candidate_pairs": sum(len(task.earlier) for task in tasks), "verified_pairs": len(compared.earlier)}
    counts |= {"crowded_buckets": found.crowded, "documents_limited_in_crowded_buckets": found.limited}
    return *_settle(len(members), compared), counts


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


def _ranks(numbers: Ranks | Places, place: Places, old: Ranks) -> Ranks:
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


def _collect(tasks: list[Task], results: list[Verified], place: Places, old: Ranks) -> Compared:
    """The verified pairs of all tasks."""
    both = list(zip(tasks, results, strict=True))
    nothing = np.empty(0, np.int64)
    earlier = [_ranks(task.documents[task.earlier[result.pairs]], place, old) for task, result in both]
    later = [_ranks(task.documents[task.later[result.pairs]], place, old) for task, result in both]
    return Compared(
        old,
        np.concatenate([nothing, *earlier]),
        np.concatenate([nothing, *later]),
        np.concatenate([np.empty(0), *(result.jaccard for result in results)]),
        np.concatenate([np.empty(0, np.bool_), *(result.series for result in results)]),
    )


def _settle(size: int, compared: Compared) -> tuple[Known, Settled]:
    """The leader policy over members: first the documents of earlier corpora, then those left among themselves."""
    old, earlier, later, jaccard, series = compared
    left = earlier >= len(old)
    known = ~left & ~series
    gone, twin, value = best_partner(later[known] - len(old), earlier[known], jaccard[known])
    if len(old):
        stays = np.ones(size, np.bool_)
        stays[gone] = False
        left[left] = stays[earlier[left] - len(old)] & stays[later[left] - len(old)]
        earlier, later, jaccard, series = earlier[left] - len(old), later[left] - len(old), jaccard[left], series[left]
    return Known(gone, old[twin], value), settle(size, earlier, later, jaccard, series)


def _tell_earlier(decision: Decision, repeats: Equals, members: Places, known: Known) -> None:
    """Give documents that repeat one of an earlier corpus that twin."""
    decision.earlier_of[repeats.documents] = repeats.of
    decision.jaccard[repeats.documents] = 1.0
    decision.earlier_of[members[known.gone]] = known.twin
    decision.jaccard[members[known.gone]] = known.jaccard


def _tell_copies(decision: Decision, copies: Equals) -> None:
    """Give every exact copy the twin of its leader, or the leader itself if that is kept."""
    own, lead = copies
    known = decision.earlier_of[lead] >= 0
    kept = (decision.duplicate_of[lead] < 0) & ~known
    decision.duplicate_of[own] = np.where(kept, lead, decision.duplicate_of[lead])
    if known.any():
        decision.earlier_of[own] = decision.earlier_of[lead]
    decision.jaccard[own] = np.where(kept, 1.0, decision.jaccard[lead])
