"""Bands: how a threshold becomes bands of rows, and the band hashes of signatures. Knows only errors and `words`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanse.character_values import Hashes, mix
from cleanse.errors import SettingError

if TYPE_CHECKING:
    from cleanse.dedup.minhash import Signatures

MAX_PERMUTATIONS = 125  # what a signature costs grows with them; 20x6, 25x5 and 12x10 all fit
MIN_RECALL = 0.985  # share of the pairs just at the threshold that must become candidates
LOWEST = 0.01  # below it no number of bands would do


@dataclass(frozen=True, slots=True)
class Bands:
    """So many bands of so many rows (values of the signature) each."""

    count: int
    rows: int

    @property
    def permutations(self) -> int:
        """Values of a signature that the bands use."""
        return self.count * self.rows

    def recall(self, jaccard: float) -> float:
        """Probability that a pair of this Jaccard becomes a candidate pair."""
        return 1.0 - (1.0 - jaccard**self.rows) ** self.count


def bands_for(threshold: float) -> Bands:
    """The bands for a threshold in (0, 1]: the most rows that still find 98.5 % of the pairs just at it.

    Bands fill 125 permutations: 25x5 at .7, 20x6 at .8, 12x10 at .9. At .02 above the threshold at least 99 % of the
    pairs are found, whatever the threshold. Very low thresholds get bands of one row, and more of them.

    Raises SettingError for a threshold outside (0, 1].
    """
    if not 0.0 < threshold <= 1.0:
        raise SettingError(f"threshold = {threshold} is no Jaccard similarity. Use a number above 0 and up to 1.")
    for rows in range(MAX_PERMUTATIONS, 0, -1):
        bands = Bands(MAX_PERMUTATIONS // rows, rows)
        if bands.recall(threshold) >= MIN_RECALL:
            return bands
    return Bands(math.ceil(math.log(1 - MIN_RECALL) / math.log(1 - max(threshold, LOWEST))), 1)


def band_hashes(signatures: Signatures, bands: Bands) -> Hashes:
    """One 64-bit hash per document and band of its rows: shape (bands, documents)."""
    rows = signatures.T[: bands.permutations].reshape(bands.count, bands.rows, -1)
    hashes = np.zeros((bands.count, rows.shape[2]), np.uint64)
    for row in range(bands.rows):
        hashes += rows[:, row]
        hashes *= np.uint64(0x9E3779B97F4A7C15)
        hashes ^= hashes >> np.uint64(32)
    return mix(hashes)
