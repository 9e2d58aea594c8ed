"""The network over the blocks of a page: each with its neighbours, the containers around it, and the page. Knows only numpy.

Values are fixed-point numbers carried in float64: multiples of `GRAIN` (weights: of `WEIGHT_GRAIN`) below `CAP`. So every
product and every sum is exact whatever its order, and a page's scores are the same to the bit on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

Array = NDArray[Any]

GRAIN = 2.0**-12
WEIGHT_GRAIN = 2.0**-16  # of weights below 2**6; with 2**10 summands of values below CAP a sum stays below 2**53 grains
CAP = 16.0  # values of a layer are cut here
REACHES = (1, 2, 4, 8)  # blocks above and below that are seen
ROUNDS = 2  # of looking around


def run(weights: Mapping[str, Array], bins: Array, block_weights: Array, first: Array, end: Array) -> Array:
    """Return the score of each block, float64, a multiple of `GRAIN`.

    Args:
        weights: Of each layer `NAME.weight` (inputs, outputs) and `NAME.bias`.
        bins: float64 (blocks, features), whole.
        block_weights: int64 (blocks,), what a block counts in a mean.
        first: int64 (kinds, blocks), the first block of each kind of container around a block.
        end: int64 (kinds, blocks), where its blocks end.
    """
    size = len(bins)
    at = np.arange(size)
    zeros, ones = np.zeros(size, np.int64), np.full(size, size)
    low = np.concatenate([first, [zeros, zeros, at + 1]])
    high = np.concatenate([end, [ones, at, ones]])
    sums = np.zeros(size + 1, np.int64)
    np.cumsum(block_weights, out=sums[1:])
    weight = (sums[high] - sums[low] + 1)[:, :, None]
    hidden = _layer(weights, "inp", bins)
    x = _capped(hidden + _layer(weights, "inp2", hidden))
    for round_ in range(ROUNDS):
        looked = np.clip(_layer(weights, f"proj.{round_}", x, rectify=False), -1, 1)
        seen = _look_around(looked, block_weights, low, high, weight)
        x = _capped(x + _layer(weights, f"mix.{round_}", np.concatenate([*seen, x], 1)))
    score: Array = _layer(weights, "out2", _layer(weights, "out", x), rectify=False)[:, 0]
    return score


def _look_around(values: Array, block_weights: Array, low: Array, high: Array, weight: Array) -> list[Array]:
    """The values of neighbours, their means over containers, page, above and below, and the highest above and below."""
    size = len(values)
    seen = []
    for reach in REACHES:
        above, below = np.zeros_like(values), np.zeros_like(values)
        if reach < size:
            above[reach:], below[:-reach] = values[:-reach], values[reach:]
        seen += [above, below]
    sums = np.zeros((size + 1, values.shape[1]))
    np.cumsum(values * block_weights[:, None], 0, out=sums[1:])
    means = _grained((sums[high] - sums[low]) / weight)
    return [*seen, *means, np.maximum.accumulate(values, 0), np.maximum.accumulate(values[::-1], 0)[::-1]]


def _layer(weights: Mapping[str, Array], name: str, x: Array, *, rectify: bool = True) -> Array:
    out = _grained(x @ weights[name + ".weight"] + weights[name + ".bias"])
    return np.clip(out, 0.0 if rectify else -CAP, CAP)


def _capped(x: Array) -> Array:
    return np.minimum(x, CAP)


def _grained(x: Array) -> Array:
    return np.rint(x / GRAIN) * GRAIN
