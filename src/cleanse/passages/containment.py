"""How much of a document another one holds: candidate pairs by shared fingerprints, then exact sums.

A fingerprint in few documents pairs them all. One in more pairs each document with its neighbours in time and with the
first, so that the pairs stay linear; one in more than a thousand is boilerplate and pairs nobody. Candidates are only
candidates: the share is summed over all fingerprints of the two documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanse.character_values import mix
from cleanse.passages.hash_files import group_rows, read_bucket, run_starts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from cleanse.passages.corpus_rows import Corpus
    from cleanse.text_arrays import Places

    Pairs = npt.NDArray[np.uint64]  # a document in the upper 32 bits, its candidate in the lower

MOST_DOCUMENTS = 1000  # that share a fingerprint and are still paired
NEIGHBOURS = 16  # documents next in time that each one is paired with
CANDIDATES = 4  # of a document that are summed exactly: those that share most fingerprints
CONTAINED = 0.5  # share of a document's words from which another one counts as holding it
_PAIR = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio


def find_candidates(paths: Sequence[Path], bucket: int, corpus: Corpus) -> tuple[Pairs, npt.NDArray[np.uint32]]:
    """Return the pairs of documents that share fingerprints of a bucket, both ways round and sorted, with their number."""
    hashes, documents = read_bucket(paths, bucket, ("hash", "document"))
    groups = group_rows(hashes, documents, corpus.ranks)
    paired = np.repeat(groups.counts <= MOST_DOCUMENTS, groups.counts)
    documents = documents[groups.rows].astype(np.int64)
    first = np.repeat(documents[groups.begins], groups.counts)[paired]
    place = (np.arange(len(documents)) - np.repeat(groups.begins, groups.counts))[paired]
    owners, documents = groups.owners[paired], documents[paired]
    pairs = []
    for step in range(1, NEIGHBOURS + 1):
        near = owners[step:] == owners[:-step]
        pairs.append(_pair(documents[:-step][near], documents[step:][near]))
    far = place > NEIGHBOURS
    pairs.append(_pair(first[far], documents[far]))
    return _count(np.concatenate(pairs))


def _pair(left: Places, right: Places) -> Pairs:
    """Return pairs both ways round."""
    a, b = left.astype(np.uint64), right.astype(np.uint64)
    return np.concatenate([a << np.uint64(32) | b, b << np.uint64(32) | a])


def _count(pairs: Pairs, weights: npt.NDArray[np.uint32] | None = None) -> tuple[Pairs, npt.NDArray[np.uint32]]:
    if not len(pairs):
        return pairs, np.empty(0, np.uint32)
    if weights is None:
        distinct, counts = np.unique(pairs, return_counts=True)
        return distinct, counts.astype(np.uint32)
    distinct, inverse = np.unique(pairs, return_inverse=True)
    return distinct, np.bincount(inverse, weights).astype(np.uint32)


def save_candidates(path: Path, candidates: tuple[Pairs, npt.NDArray[np.uint32]]) -> None:
    """Write the candidate pairs of a bucket."""
    np.save(path.with_suffix(".pair.npy"), candidates[0])
    np.save(path.with_suffix(".count.npy"), candidates[1])


def choose_candidates(paths: Sequence[Path], corpus: Corpus, begin: int, end: int) -> Pairs:
    """Return the pairs of each document from `begin` to `end` with its best candidates, at most CANDIDATES, by document."""
    pairs, counts = [], []
    for path in paths:
        several = np.load(path.with_suffix(".pair.npy"), mmap_mode="r")
        bounds = np.array([begin, end], np.uint64) << np.uint64(32)
        low, high = np.searchsorted(several, bounds).tolist()
        pairs.append(np.array(several[low:high]))
        counts.append(np.array(np.load(path.with_suffix(".count.npy"), mmap_mode="r")[low:high]))
    merged, shared = _count(np.concatenate(pairs), np.concatenate(counts))
    if not len(merged):
        return merged
    document = (merged >> np.uint64(32)).astype(np.int64)
    other = (merged & np.uint64(0xFFFFFFFF)).astype(np.int64)
    order = np.lexsort((corpus.ranks[other], -shared.astype(np.int64), document))
    begins = np.flatnonzero(run_starts(document[order]))
    place = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order))))
    return merged[order][place < CANDIDATES]


class FingerprintFiles:
    """The fingerprints of all documents, in their order."""

    def __init__(self, paths: Sequence[Path], offsets: Places) -> None:
        self._paths, self._offsets = paths, offsets

    def read(self, documents: Places) -> tuple[Pairs, npt.NDArray[np.uint32], Places]:
        """Return hashes, words owned, and the number of fingerprints of each of some documents."""
        hashes, words = [], []
        counts = np.zeros(len(documents), np.int64)
        chunk = np.searchsorted(self._offsets, documents, side="right") - 1
        order = np.argsort(chunk, kind="stable")
        position = np.empty(len(documents), np.int64)
        position[order] = np.arange(len(documents))
        for number in np.unique(chunk).tolist():
            mine = order[chunk[order] == number]
            begins = np.load(self._paths[number].with_suffix(".texts.npy"), mmap_mode="r")
            rows = documents[mine] - self._offsets[number]
            low, high = begins[rows], begins[rows + 1]
            counts[mine] = high - low
            places = spread(low, high - low)
            hashes.append(np.load(self._paths[number].with_suffix(".hashes.npy"), mmap_mode="r")[places])
            words.append(np.load(self._paths[number].with_suffix(".words.npy"), mmap_mode="r")[places])
        if not hashes:
            return np.empty(0, np.uint64), np.empty(0, np.uint32), counts
        begins = np.cumsum(counts[order]) - counts[order]
        places = spread(begins[position], counts)  # back into the order that was asked for
        return np.concatenate(hashes)[places], np.concatenate(words)[places], counts


def spread(begins: Places, counts: Places) -> Places:
    """Return the numbers from each begin on, so many of each, one run after the other."""
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(begins - ends + counts, counts)


def contained_shares(pairs: Pairs, files: FingerprintFiles) -> npt.NDArray[np.float64]:
    """Return, for each pair, which share of the first document's words lies in fingerprints of the second."""
    document = (pairs >> np.uint64(32)).astype(np.int64)
    other = (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)
    mine, words, counts = files.read(document)
    theirs, _, others = files.read(other)
    number = np.arange(len(pairs), dtype=np.uint64) * _PAIR
    mine = mix(mine ^ np.repeat(number, counts))
    theirs = np.sort(mix(theirs ^ np.repeat(number, others)))
    if not len(theirs):
        return np.zeros(len(pairs))
    hit = theirs[np.minimum(np.searchsorted(theirs, mine), len(theirs) - 1)] == mine
    owner = np.repeat(np.arange(len(pairs)), counts)
    total = np.bincount(owner, words, minlength=len(pairs))
    held = np.bincount(owner[hit], words[hit], minlength=len(pairs))
    shares: npt.NDArray[np.float64] = held / np.maximum(total, 1)
    return shares
