"""Turn columns of signed documents into decisions: which documents are near-duplicates, and of what.

The order of the work: exact duplicates, candidate pairs, verified pairs, leader policy. How pairs are searched and verified
is the caller's: in memory or over files and workers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from cleanse.dedup.band_files import Places, places_of
from cleanse.dedup.candidates import Pairs, Ranks, repeated, split
from cleanse.dedup.informed_twins import Worth, prefer_informed_copies
from cleanse.dedup.representatives import BY_DATE, BY_LENGTH, Jaccards, Settled, best_partner, leader_order, settle
from cleanse.dedup.shingles import SHINGLE
from cleanse.dedup.verify import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cleanse.dedup.band_files import Column
    from cleanse.dedup.corpus_index import Index

Flags = npt.NDArray[np.bool_]


class Task(NamedTuple):
    """Candidate pairs to be verified together, and the documents whose texts that needs."""

    documents: npt.NDArray[np.int64] | Places  # numbers, sorted; those of earlier corpora follow this run's
    earlier: npt.NDArray[np.int32]  # of each pair, index into `documents` of the one earlier in leader order
    later: npt.NDArray[np.int32]


class Verified(NamedTuple):
    """The pairs of a task that reach the threshold."""

    pairs: Ranks  # index into the task's pairs
    jaccard: Jaccards
    series: Flags


class Candidates(NamedTuple):
    """The candidate pairs that a search finds among documents in leader order."""

    slices: Iterable[Pairs]  # sorted, each pair once
    references: Pairs  # number of a document of an earlier corpus, and place of the document it may equal
    crowded: int  # buckets with more members than each member meets
    limited: int  # documents in these that met only the first


class Equals(NamedTuple):
    """Documents whose words are those of another, and that other."""

    documents: Places
    of: Places | Ranks


class Compared(NamedTuple):
    """The verified pairs, each document by its rank: first those of earlier corpora, then this run's, the leader first."""

    references: Ranks  # numbers of the documents of earlier corpora that stand in pairs
    earlier: Ranks
    later: Ranks
    jaccard: Jaccards
    series: Flags


class Repeats(NamedTuple):
    """Members that repeat a document of an earlier corpus, by rank, and that document's number."""

    gone: Ranks
    twin: Ranks
    jaccard: Jaccards


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided of all documents, by their number, and counts for the manifest."""

    duplicate_of: Ranks  # number of the kept twin; -1: not a duplicate of a document of this run
    jaccard: Jaccards  # exact, with that twin or the one in an earlier corpus; nan: with none
    series_of: Ranks  # number of a kept document of the same series; -1: of none
    reference_of: Ranks  # number of the twin in an earlier corpus, counted through all of them; -1: none
    counts: dict[str, int] = field(default_factory=dict)


def decide_columns(
    column: Callable[[str], Column],
    search: Callable[[Places], Candidates],
    verify: Callable[[list[Task]], Iterable[Verified]],
    eligible: Flags,
    *,
    keep: str,
    references: Sequence[Index] = (),
) -> Decision:
    """Settle exact duplicates, search and verify candidate pairs, apply the leader policy.

    The documents of earlier corpora come before all others in leader order: a document that equals one of them is its
    duplicate, and represents no other. While bands are searched and pairs verified, 4 bytes are held of each document.

    Args:
        column: Gives a column of `batch.sign_texts` over all documents.
        search: Finds candidate pairs among documents in leader order.
        verify: Judges tasks, in their order.
        eligible: Which documents take part.
        keep: The policy, see `representatives.leader_order`.
        references: Opened indices of earlier corpora.
    """
    size = len(eligible)
    leads, copies = _exact_groups(column, eligible, keep)
    repeats = _exact_repeats(column, leads, references)
    members = _members(column, leads, repeats)
    counts = {"compared": len(leads) + len(copies.documents), "exact_duplicates": len(copies.documents)}
    del leads
    near_repeats, near, searched = _near_duplicates(column, search, verify, members, size, keep)
    nothing = np.broadcast_to(np.int64(-1), size)  # takes no memory
    reference_of = np.full(size, -1) if references else nothing
    decision = Decision(np.full(size, -1), np.full(size, np.nan), np.full(size, -1), reference_of, counts)
    if references:
        _set_references(decision, repeats, members, near_repeats)
    decision.duplicate_of[members[near.gone]] = members[near.twin]
    decision.jaccard[members[near.gone]] = near.jaccard
    decision.series_of[members[near.form]] = members[near.form_of]
    _set_copies(decision, copies)
    counts |= {"near_duplicates": len(near.gone), "series": len(near.form)}
    if references:
        counts["earlier_duplicates"] = int((decision.reference_of >= 0).sum())
    counts |= searched
    return decision


def _exact_groups(column: Callable[[str], Column], eligible: Flags, keep: str) -> tuple[Places, Equals]:
    """Return the eligible documents with words in leader order, each word sequence once; and the others, as equals."""
    chars = column("chars")
    order = leader_order(keep, chars, column("date") if keep in BY_DATE else chars)
    del chars
    exact = column("exact")
    order = order[(eligible & (exact != 0))[order]]
    exact = exact[order]
    copies, leaders = repeated(exact)
    if keep == BY_LENGTH:
        order = prefer_informed_copies(order, copies, leaders, Worth(*map(column, Worth._fields)))
    leads = np.ones(len(order), np.bool_)
    leads[copies] = False
    return order[leads], Equals(order[copies], order[leaders])


def _exact_repeats(column: Callable[[str], Column], leads: Places, references: Sequence[Index]) -> Equals:
    """Return those whose words are those of a document of an earlier corpus."""
    if not references:
        return Equals(np.empty(0, np.uint32), np.empty(0, np.int64))
    exact, first = column("exact")[leads], 0
    number = np.full(len(leads), -1)
    for index in references:
        rows = index.equal(exact)
        new = (rows >= 0) & (number < 0)
        number[new] = rows[new] + first
        first += index.rows
    return Equals(leads[number >= 0], number[number >= 0])


def _members(column: Callable[[str], Column], leads: Places, repeats: Equals) -> Places:
    """Return those that have bands and are not settled yet."""
    takes_part = column("words") >= SHINGLE
    takes_part[repeats.documents] = False
    return leads[takes_part[leads]]


def _near_duplicates(
    column: Callable[[str], Column],
    search: Callable[[Places], Candidates],
    verify: Callable[[list[Task]], Iterable[Verified]],
    members: Places,
    size: int,
    keep: str,
) -> tuple[Repeats, Settled, dict[str, int]]:
    """Apply the leader policy to the verified pairs of `members`, of `size` documents; count the search."""
    candidates = search(members)
    references, reference_pairs = _rank_references(candidates.references)
    documents, chars = members, column("chars")[members]
    if len(references):
        documents = np.concatenate([size + references, members])
        chars = np.concatenate([_partner_chars(chars, reference_pairs, len(references)), chars])
    slices = chain([reference_pairs], _shift(candidates.slices, len(references)))
    tasks = [_task(documents, ranks, part) for pairs in slices for ranks, part in plan(pairs, chars, documents)]
    del documents, chars
    compared = _collect(tasks, list(verify(tasks)), places_of(members, size), references)
    counts = {"candidate_pairs": sum(len(task.earlier) for task in tasks), "verified_pairs": len(compared.earlier)}
    counts |= {
        "crowded_buckets": candidates.crowded,
        "documents_limited_in_crowded_buckets": candidates.limited,
    }
    worth = Worth(*(column(name)[members] for name in Worth._fields)) if keep == BY_LENGTH else None
    return *_settle(len(members), compared, worth), counts


def _rank_references(pairs: Pairs) -> tuple[Ranks, Pairs]:
    """Return the documents of earlier corpora that stand in pairs, and the pairs by rank: theirs before all others."""
    number, place = split(pairs)
    references, rank = np.unique(number, return_inverse=True)
    return references, np.sort(rank.astype(np.uint64) << np.uint64(32) | (place + len(references)).astype(np.uint64))


def _shift(slices: Iterable[Pairs], by: int) -> Iterable[Pairs]:
    """Return the pairs with both ranks raised."""
    return (pairs + np.uint64(by << 32 | by) for pairs in slices)


def _partner_chars(chars: Column, pairs: Pairs, references: int) -> Column:
    """Estimate the length of each document of an earlier corpus as that of the longest document paired with it."""
    lengths = np.zeros(references, chars.dtype)
    rank, other = split(pairs)
    np.maximum.at(lengths, rank, chars[other - references])
    return lengths


def _ranks(numbers: Ranks | Places, place: Places, references: Ranks) -> Ranks:
    """Return the ranks of documents by number: those of earlier corpora, then this run's in leader order."""
    ranks = np.empty(len(numbers), np.int64)
    own = numbers < len(place)
    ranks[own] = place[numbers[own]].astype(np.int64) + len(references)
    ranks[~own] = np.searchsorted(references, numbers[~own] - len(place))
    return ranks


def _task(documents: Ranks | Places, ranks: Ranks, pairs: Pairs) -> Task:
    """Return the task that verifies some pairs by rank."""
    wanted = documents[ranks]
    by_number = np.argsort(wanted)
    place = np.empty(len(ranks), np.int32)  # a list of tasks holds all pairs: half the memory
    place[by_number] = np.arange(len(ranks))
    earlier, later = split(pairs)
    return Task(wanted[by_number], place[np.searchsorted(ranks, earlier)], place[np.searchsorted(ranks, later)])


def _collect(tasks: list[Task], results: list[Verified], place: Places, references: Ranks) -> Compared:
    """Return the verified pairs of all tasks."""
    both = list(zip(tasks, results, strict=True))
    nothing = np.empty(0, np.int64)
    earlier = [_ranks(task.documents[task.earlier[result.pairs]], place, references) for task, result in both]
    later = [_ranks(task.documents[task.later[result.pairs]], place, references) for task, result in both]
    return Compared(
        references,
        np.concatenate([nothing, *earlier]),
        np.concatenate([nothing, *later]),
        np.concatenate([np.empty(0), *(result.jaccard for result in results)]),
        np.concatenate([np.empty(0, np.bool_), *(result.series for result in results)]),
    )


def _settle(size: int, compared: Compared, worth: Worth | None) -> tuple[Repeats, Settled]:
    """Apply the leader policy: first the documents of earlier corpora, then those left among themselves."""
    references, earlier, later, jaccard, series = compared
    first = len(references)
    among = earlier >= first  # pairs of two members
    with_reference = ~among & ~series
    gone, twin, value = best_partner(later[with_reference] - first, earlier[with_reference], jaccard[with_reference])
    if first:
        stays = np.ones(size, np.bool_)
        stays[gone] = False
        among[among] = stays[earlier[among] - first] & stays[later[among] - first]
        earlier, later, jaccard, series = earlier[among] - first, later[among] - first, jaccard[among], series[among]
    return Repeats(gone, references[twin], value), settle(size, earlier, later, jaccard, series, worth)


def _set_references(decision: Decision, repeats: Equals, members: Places, near: Repeats) -> None:
    """Set the twins in earlier corpora of documents that repeat one there."""
    decision.reference_of[repeats.documents] = repeats.of
    decision.jaccard[repeats.documents] = 1.0
    decision.reference_of[members[near.gone]] = near.twin
    decision.jaccard[members[near.gone]] = near.jaccard


def _set_copies(decision: Decision, copies: Equals) -> None:
    """Give every exact copy the twin of its leader, or the leader itself if that is kept."""
    own, lead = copies
    repeats = decision.reference_of[lead] >= 0
    kept = (decision.duplicate_of[lead] < 0) & ~repeats
    decision.duplicate_of[own] = np.where(kept, lead, decision.duplicate_of[lead])
    if repeats.any():
        decision.reference_of[own] = decision.reference_of[lead]
    decision.jaccard[own] = np.where(kept, 1.0, decision.jaccard[lead])
