"""Compute MinHash signatures (Broder 1997) of batches, equal to those of datasketch 2.

The scheme is datasketch's `affine32`: murmur3's finaliser over the 32-bit hash, then a·h + b mod 2^32.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from cleanse.dedup.shingles import Shingled

Signatures = npt.NDArray[np.uint32]
SEED = 1  # datasketch's default


@lru_cache(maxsize=4)
def permutations(count: int, seed: int = SEED) -> tuple[Signatures, Signatures]:
    """Return factors and summands of datasketch's permutations, each of shape (count,).

    They are drawn as `MinHash(count, seed)` draws them, because importing datasketch takes 0.7 s in every worker. A test
    compares the two.
    """
    random = np.random.RandomState(seed)
    factors = random.randint(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return factors, random.randint(0, 1 << 32, count, dtype=np.uint32)


def sign(shingled: Shingled, count: int) -> Signatures:
    """Return the MinHash signatures of a batch: uint32, shape (documents, permutations).

    A document without shingles (fewer than five words) gets the empty signature, all ones.
    """
    signatures = np.full((count, len(shingled.counts)), 0xFFFFFFFF, np.uint32)
    full = np.flatnonzero(shingled.counts)
    if len(full):
        starts = (np.cumsum(shingled.counts) - shingled.counts)[full]
        hashes = _finalise((shingled.hashes >> np.uint64(32)).astype(np.uint32))
        permuted = np.empty_like(hashes)
        lowest = np.empty(len(full), np.uint32)
        for row, factor, summand in zip(signatures, *permutations(count), strict=True):
            np.multiply(hashes, factor, out=permuted)
            np.add(permuted, summand, out=permuted)
            np.minimum.reduceat(permuted, starts, out=lowest)
            row[full] = lowest
    return signatures.T


def _finalise(hashes: Signatures) -> Signatures:
    """Apply murmur3's 32-bit finaliser, in place."""
    hashes ^= hashes >> np.uint32(16)
    hashes *= np.uint32(0x85EBCA6B)
    hashes ^= hashes >> np.uint32(13)
    hashes *= np.uint32(0xC2B2AE35)
    hashes ^= hashes >> np.uint32(16)
    return hashes
