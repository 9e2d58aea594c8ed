"""Compute the exact Jaccard of candidate pairs, and plan the tasks in which that is done."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cleanse.dedup.bands import as_ratio
from cleanse.dedup.candidates import Pairs, Ranks, distinct, split
from cleanse.dedup.series import is_series
from cleanse.dedup.shingles import shingle
from cleanse.text import batches

Indices = npt.NDArray[np.int32] | npt.NDArray[np.int64]

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cleanse.character_values import Hashes
    from cleanse.dedup.representatives import Jaccards

TASK_CHARS = 1 << 22  # characters of text that one verification task holds: about 35 MB with their shingle hashes
TASK_PAIRS = 1 << 18  # and pairs
SLACK = 1e-6  # shingles by which an estimate may be off in floating point; the exact comparison follows
MASK_BITS = 18  # hash bits of the first look at an intersection: 256 KB of flags stay in the L2 cache


def judge(
    texts: Sequence[str], earlier: Indices, later: Indices, threshold: float, *, series_guard: bool
) -> tuple[Jaccards, npt.NDArray[np.bool_]]:
    """Return the exact Jaccard of pairs of texts, 0 where it is below the threshold, and which pairs are a series.

    Pairs are grouped by their earlier text. Its shingles are flagged in a table by some bits of their hash, and the later
    text's are looked up there. That never counts too few, so only pairs that may reach the threshold are compared
    exactly: as integers, against the threshold as a ratio of integers.

    Args:
        texts: The texts.
        earlier: Of each pair, the index of the text that is earlier in leader order.
        later: Of each pair, the index of the other text.
        threshold: Jaccard similarity in (0, 1] from which a pair counts.
        series_guard: Whether pairs of a series (the same form with other numbers, dates or names) are looked for.
    """
    ratio = as_ratio(threshold)
    sets = _shingle_sets(texts)
    sizes = np.array([len(hashes) for hashes in sets], np.int64)
    jaccard, series = np.zeros(len(earlier)), np.zeros(len(earlier), np.bool_)
    for k in _promising(sets, sizes, earlier, later, threshold):
        a, b = int(earlier[k]), int(later[k])
        both = np.concatenate([sets[a], sets[b]])
        both.sort()
        common = int(np.count_nonzero(both[1:] == both[:-1]))
        union = len(both) - common
        if common * ratio.denominator >= ratio.numerator * union:
            jaccard[k] = common / union
            if series_guard and common < union:
                one_sided = 2 * abs(len(sets[a]) - len(sets[b])) > union - common  # cut or added to, not filled in
                series[k] = not one_sided and is_series(texts[a], texts[b])
    return jaccard, series


def _promising(sets: list[Hashes], sizes: Ranks, earlier: Indices, later: Indices, threshold: float) -> Iterator[int]:
    """Yield the indices of the pairs whose Jaccard may reach the threshold."""
    small, large = np.minimum(sizes[earlier], sizes[later]), np.maximum(sizes[earlier], sizes[later])
    order = np.lexsort((later, earlier))
    order = order[(small[order] > 0) & (small[order] >= threshold * large[order] - SLACK)]
    bits = [(hashes & np.uint64((1 << MASK_BITS) - 1)).astype(np.intp) for hashes in sets]
    flags = np.zeros(1 << MASK_BITS, np.uint8)
    firsts = np.flatnonzero(np.diff(earlier[order], prepend=-1))
    for first, end in pairwise([*firsts.tolist(), len(order)]):
        group = order[first:end]
        a = int(earlier[group[0]])
        ends = np.cumsum(sizes[later[group]])
        flags[bits[a]] = 1
        hits = flags[np.concatenate([bits[b] for b in later[group].tolist()])]
        flags[bits[a]] = 0
        most = np.add.reduceat(hits, np.concatenate([[0], ends[:-1]]), dtype=np.int64)
        total = sizes[a] + sizes[later[group]]
        yield from group[most >= threshold * (total - most) - SLACK].tolist()


def _shingle_sets(texts: Sequence[str]) -> list[Hashes]:
    """Return the set of shingle hashes of each text, sorted."""
    sets = []
    for first, end in batches(texts):
        shingled = shingle(texts[first:end])
        for hashes in np.split(shingled.hashes, np.cumsum(shingled.counts)[:-1]):
            hashes.sort()
            sets.append(hashes[np.concatenate([[True], hashes[1:] != hashes[:-1]])] if len(hashes) else hashes)
    return sets


def plan(pairs: Pairs, chars: npt.NDArray[Any], documents: npt.NDArray[Any]) -> list[tuple[Ranks, Pairs]]:
    """Cut candidate pairs into tasks of bounded text: the ranks whose texts a task needs (sorted), and its pairs.

    Pairs of one cluster stand together, so a text is read once, or a few times where a cluster is huge. Clusters follow
    the numbers of their leaders, so where duplicates are neighbours a task needs few chunks.

    Args:
        pairs: Candidate pairs by rank.
        chars: Length of each document, by rank.
        documents: Number of each document, by rank.
    """
    earlier, later = split(pairs)
    leaders = documents[_lowest_reached(earlier, later)]
    return _cut(pairs[np.lexsort((later, leaders))], chars)


def _cut(pairs: Pairs, chars: npt.NDArray[Any]) -> list[tuple[Ranks, Pairs]]:
    tasks: list[tuple[Ranks, Pairs]] = []
    waiting = [(at, min(at + TASK_PAIRS, len(pairs))) for at in range(0, len(pairs), TASK_PAIRS)][::-1]
    while waiting:
        first, end = waiting.pop()
        ranks = distinct(np.concatenate(split(pairs[first:end])))
        if end - first > 1 and chars[ranks].sum() > TASK_CHARS:
            middle = (first + end) // 2
            waiting += [(middle, end), (first, middle)]
        else:
            tasks.append((ranks, pairs[first:end]))
    return tasks


def _lowest_reached(earlier: Ranks, later: Ranks) -> Ranks:
    """Return the lowest rank that each pair is connected with, by hooking and pointer jumping."""
    ranks: Ranks = distinct(np.concatenate([earlier, later]))
    left, right = np.searchsorted(ranks, earlier), np.searchsorted(ranks, later)
    label = np.arange(len(ranks))
    while True:
        a, b = label[left], label[right]
        if np.array_equal(a, b):
            return ranks[a]
        np.minimum.at(label, np.maximum(a, b), np.minimum(a, b))
        while not np.array_equal(label, jumped := label[label]):
            label = jumped
