"""Oblivious decision trees over binned features: whole numbers only. Knows only numpy."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Trees(NamedTuple):
    """All trees of a model: every level of a tree asks one question of all its nodes."""

    columns: Array  # uint16 (trees, levels): the feature that is asked
    borders: Array  # uint8 (trees, levels): the answer is yes above this bin
    leaves: Array  # int32 (trees, 2 ** levels): what each combination of answers adds to the score
    bias: int


def score(trees: Trees, bins: Array) -> Array:
    """Return the sum of the leaves that each block reaches, int64; bins: uint8 (features, blocks)."""
    number, levels = trees.columns.shape
    leaf = np.zeros((number, bins.shape[1]), np.uint8)  # at most 8 levels
    for level in range(levels):
        answers = bins[trees.columns[:, level]] > trees.borders[:, level, None]
        leaf |= answers.view(np.uint8) << np.uint8(level)
    places = leaf + (np.arange(number) << levels)[:, None]
    total: Array = trees.leaves.ravel()[places].sum(0, dtype=np.int64) + trees.bias
    return total


def put_in_bins(values: Array, borders: Array) -> Array:
    """Return how many of the borders (ascending) lie at or below each value, uint8."""
    return borders.searchsorted(values, "right").astype(np.uint8)
