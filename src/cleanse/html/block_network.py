"""The network over the blocks of a page: each with its neighbours, the containers around it, and the page. Knows only numpy.

Values are whole numbers of `GRAIN`s carried in float64, weights whole numbers of `WEIGHT_GRAIN`s. So every product and every
sum is exact whatever its order, and a page's scores are the same to the bit on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

Array = NDArray[Any]

GRAIN = 2.0**-12
WEIGHT_GRAIN = 2.0**-16
LARGEST_WEIGHT = 2.0**6
CAP = 2.0**4 / GRAIN  # values of a layer are cut here
LOOKED_CAP = 1 / GRAIN  # and here what a block shows to others
REACHES = (1, 2, 4, 8)  # blocks above and below that are seen
ROUNDS = 2  # of looking around
# Multiplications of one matrix product. OpenBLAS starts threads for more; so small a product only waits for them, and on a
# busy machine they cost many times what it does.
AT_ONCE = 250_000


def run(weights: Mapping[str, Array], bins: Array, block_weights: Array, first: Array, end: Array) -> Array:
    """Return the score of each block, float64, in whole grains.

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
    x = _layer(weights, "inp2", hidden)
    x += hidden
    np.minimum(x, CAP, out=x)
    for round_ in range(ROUNDS):
        looked = _layer(weights, f"proj.{round_}", x, -LOOKED_CAP, LOOKED_CAP)
        seen = _look_around(looked, x, block_weights, low, high, weight)
        x += _layer(weights, f"mix.{round_}", seen)
        np.minimum(x, CAP, out=x)
    score: Array = _layer(weights, "out2", _layer(weights, "out", x), -CAP)[:, 0]
    return score


def _look_around(values: Array, own: Array, block_weights: Array, low: Array, high: Array, weight: Array) -> Array:
    """Return what each block sees, side by side, and what it is itself.

    The values of neighbours, their means over containers, page, above and below, and the highest above and below.
    """
    size, width = values.shape
    kinds = 2 * len(REACHES) + len(low) + 2
    seen = np.zeros((size, kinds * width + own.shape[1]))
    parts = seen[:, : kinds * width].reshape(size, kinds, width)
    for i, reach in enumerate(REACHES):
        if reach < size:
            parts[reach:, 2 * i], parts[:-reach, 2 * i + 1] = values[:-reach], values[reach:]
    sums = np.zeros((size + 1, width))
    np.cumsum(values * block_weights[:, None], 0, out=sums[1:])
    means = sums[high]
    means -= sums[low]
    means /= weight
    np.rint(means, out=means)
    parts[:, 2 * len(REACHES) : -2] = means.swapaxes(0, 1)
    np.maximum.accumulate(values, 0, out=parts[:, -2])
    np.maximum.accumulate(values[::-1], 0, out=parts[::-1, -1])
    seen[:, kinds * width :] = own
    return seen


def _layer(weights: Mapping[str, Array], name: str, x: Array, floor: float = 0.0, cap: float = CAP) -> Array:
    out = _product(x, weights[name + ".weight"])
    out += weights[name + ".bias"]
    np.rint(out, out=out)
    return np.clip(out, floor, cap, out=out)


def _product(x: Array, weight: Array) -> Array:
    """Return the matrix product, made of some rows at a time."""
    rows = max(1, AT_ONCE // weight.size)
    out = np.empty((len(x), weight.shape[1]))
    for first in range(0, len(x), rows):
        np.matmul(x[first : first + rows], weight, out=out[first : first + rows])
    return out
