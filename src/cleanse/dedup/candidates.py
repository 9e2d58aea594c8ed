"""Find candidate pairs: documents that share a bucket of a band. One band at a time, by sorting.

Documents are named by their rank in leader order (see `representatives`), so that a bucket begins with its leaders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cleanse.character_values import Hashes

MAX_MEMBERS = 25  # in a bucket of more members each meets only the 25 first, so that cost stays linear. Measured
# on planted families of up to 59: 25 and 50 leave the same pairs, 8 leaves twelve more of 3,254.
BLOCK = 1 << 16  # hashes looked at, or pairs made, at a time: 512 KB an array, which stays in the L2 cache
_LOW = np.uint64(0xFFFFFFFF)

Ranks = npt.NDArray[np.int64]
Pairs = npt.NDArray[np.uint64]  # rank of the earlier document in the upper half, of the later in the lower
_Values = TypeVar("_Values", Pairs, Ranks)


def split(pairs: Pairs) -> tuple[Ranks, Ranks]:
    """Return the earlier and the later document of each pair."""
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & _LOW).astype(np.int64)


def distinct(values: _Values) -> _Values:
    """Return the values sorted, each once; sorts the argument in place. Many times faster than `np.unique`."""
    values.sort()
    first = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return values[first]


def candidate_pairs(bands: Iterable[Hashes], most: int = MAX_MEMBERS) -> tuple[Pairs, int, int]:
    """Return all pairs of documents that share a bucket in any band: sorted, each once.

    Args:
        bands: For each band the hashes of all documents in leader order. The arrays are overwritten.
        most: Members of a bucket, its leaders, that every member of it meets.

    Returns:
        The pairs, the number of buckets with more than `most` members, and the number of documents in these that met
        only the first `most`.
    """
    pairs, waiting, size = np.empty(0, np.uint64), list[Pairs](), 0
    crowded = limited = 0
    for hashes in bands:
        members, firsts, sizes = _buckets(hashes)
        crowded += int(np.count_nonzero(sizes > most))
        limited += int(np.maximum(sizes - most, 0).sum())
        for block in _bucket_pairs(members, firsts, sizes, most):
            waiting.append(block)
            size += len(block)
            if size > max(BLOCK, len(pairs)):  # merged now and then: memory stays near that of the result
                pairs, waiting, size = distinct(np.concatenate([pairs, *waiting])), [], 0
    return distinct(np.concatenate([pairs, *waiting])), crowded, limited


def repeated(values: Hashes) -> tuple[Ranks, Ranks]:
    """Return the places of values that equal one before them, ascending, and for each the place of the first such."""
    members, firsts, sizes = _buckets(values.copy())
    within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    places = np.sort(members[np.repeat(firsts, sizes) + within]).astype(np.int64)  # of values that are not alone
    _, begin, group = np.unique(values[places], return_index=True, return_inverse=True)
    first = places[begin[group]]
    return places[first != places], first[first != places]


def _buckets(hashes: Hashes) -> tuple[Hashes, Ranks, Ranks]:
    """Return ranks grouped by bucket, in leader order; where the buckets of two and more begin; and their sizes.

    Hash and rank are packed into one word, because sorting plain integers is many times faster than sorting an index.
    The hash loses its lowest bits: at a million documents 44 are left, which makes one false candidate in 35 bands. Works
    in place: `hashes` becomes the ranks.
    """
    count = len(hashes)
    if count >= 1 << 32:
        raise OverflowError("more than 4 billion documents in one comparison")
    bits = np.uint64(max(1, (count - 1).bit_length()))
    mask = (np.uint64(1) << bits) - np.uint64(1)
    for at in range(0, count, BLOCK):
        part = hashes[at : at + BLOCK]
        part &= ~mask
        part |= np.arange(at, at + len(part), dtype=np.uint64)
    hashes.sort()
    begins = np.ones(count, np.bool_)  # of a bucket
    for at in range(1, count, BLOCK):
        part = hashes[at : at + BLOCK]
        np.greater(part ^ hashes[at - 1 : at - 1 + len(part)], mask, out=begins[at : at + BLOCK])
    hashes &= mask
    several = ~begins[1:] & begins[:-1]  # a bucket begins here, and goes on
    firsts = np.flatnonzero(several)
    ends = np.flatnonzero(~begins & np.append(begins[1:], True)) + 1
    return hashes, firsts, ends - firsts


def _bucket_pairs(members: Hashes, firsts: Ranks, sizes: Ranks, most: int) -> Iterator[Pairs]:
    """Yield each member with those before it in its bucket, at most the `most` first, in sorted blocks of about BLOCK."""
    weights = np.cumsum(sizes * np.minimum(sizes, most))
    at = 0
    while at < len(firsts):
        upto = max(at + 1, int(np.searchsorted(weights, (weights[at - 1] if at else 0) + BLOCK)))
        first, size = np.repeat(firsts[at:upto], sizes[at:upto]), sizes[at:upto]
        place = np.arange(len(first)) - np.repeat(np.cumsum(size) - size, size)  # of a member in its bucket
        yield from _meetings(members, first, place, most)
        at = upto


def _meetings(members: Hashes, first: Ranks, place: Ranks, most: int) -> Iterator[Pairs]:
    """Yield the pairs of members at `place` in the buckets that begin at `first`, in blocks even for a huge bucket."""
    step = max(1, BLOCK // most)
    for at in range(0, len(first), step):
        begin, here = first[at : at + step], place[at : at + step]
        meets = np.minimum(here, most)
        nth = np.arange(int(meets.sum())) - np.repeat(np.cumsum(meets) - meets, meets)
        earlier, later = members[np.repeat(begin, meets) + nth], members[np.repeat(begin + here, meets)]
        yield distinct((earlier << np.uint64(32)) | later)
