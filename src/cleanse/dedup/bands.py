"""Choose how a threshold becomes bands of MinHash rows, and hash the bands of signatures."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from cleanse.character_values import Hashes, mix
from cleanse.errors import SettingError

if TYPE_CHECKING:
    from cleanse.dedup.minhash import Signatures

MAX_PERMUTATIONS = 125  # what a signature costs grows with them; 20x6, 25x5 and 12x10 all fit
MIN_RECALL = Fraction(985, 1000)  # share of the pairs just at the threshold that must become candidates
LOWEST = Fraction(1, 100)  # threshold below which no more bands are made


@dataclass(frozen=True, slots=True)
class Bands:
    """So many bands of so many rows (values of the signature) each."""

    count: int
    rows: int

    @property
    def permutations(self) -> int:
        """Return how many values of a signature the bands use."""
        return self.count * self.rows

    def recall(self, jaccard: Fraction) -> Fraction:
        """Return the probability that a pair of this Jaccard becomes a candidate pair."""
        return 1 - (1 - jaccard**self.rows) ** self.count


def as_ratio(threshold: float) -> Fraction:
    """Return the threshold that the user wrote, exactly: 0.8 is 4/5, which no float is.

    Raises:
        SettingError: If the threshold is not in (0, 1].
    """
    if not 0.0 < threshold <= 1.0:
        raise SettingError(
            f"threshold = {threshold} is not a Jaccard similarity. Use a number above 0 and up to 1, such as 0.8."
        )
    return Fraction(repr(float(threshold)))


@lru_cache(maxsize=16)
def bands_for(threshold: float) -> Bands:
    """Return the bands for a threshold: the most rows with which 98.5 % of the pairs just at it are found.

    The bands take at most 125 permutations, bands times rows: 25x5 at .7, 20x6 at .8, 12x10 at .9. At .02 above the threshold at least 99 % of the
    pairs are found, whatever the threshold. Very low thresholds get bands of one row, and more of them.

    Raises:
        SettingError: If the threshold is not in (0, 1].
    """
    ratio = as_ratio(threshold)
    for rows in range(MAX_PERMUTATIONS, 0, -1):
        bands = Bands(MAX_PERMUTATIONS // rows, rows)
        if bands.recall(ratio) >= MIN_RECALL:
            return bands
    jaccard = max(ratio, LOWEST)
    return next(bands for bands in (Bands(n, 1) for n in count(1)) if bands.recall(jaccard) >= MIN_RECALL)


def band_hashes(signatures: Signatures, bands: Bands) -> Hashes:
    """Return a 64-bit hash of the rows of each band of each document: shape (bands, documents)."""
    rows = signatures.T[: bands.permutations].reshape(bands.count, bands.rows, -1)
    hashes = np.zeros((bands.count, rows.shape[2]), np.uint64)
    for row in range(bands.rows):
        hashes += rows[:, row]
        hashes *= np.uint64(0x9E3779B97F4A7C15)
        hashes ^= hashes >> np.uint64(32)
    return mix(hashes)
