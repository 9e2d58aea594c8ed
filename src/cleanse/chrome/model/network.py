"""The network over the lines of a page, in numpy: every line is seen with its neighbours and with the whole page.

A line's features pass two dense layers; weighted means over all lines above, below and of the page are mixed in; then
convolutions over lines 1, 2, 4, 8 and 16 apart. Two pointers over the page's lines say where the content begins and
ends. `training/network.py` is the same network for fitting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

Array = NDArray[Any]

REACHES = (1, 2, 4, 8, 16)  # lines
CLIP = 4.0  # standard deviations; what lies further out was never seen in training
SMALL = 200_000  # multiplications up to which OpenBLAS (limit 262,144) starts no threads
FLOOR = 1e-3  # no line is surer than this to stand inside or outside the content
MARGIN = 0  # column of `line_features`: log odds of content by the n-grams alone
CLASSES = 4  # content; chrome above the content, between, below


def line_features(scores: Array, used: Array, own: Array, found: Array) -> Array:
    """float32 (L, features) of the network, before standardising.

    scores: (L, CLASSES) of the n-grams; used: (L,) how many of them count; own: `features.describe`; found: codes of
    the rules' findings, 0..3.
    """
    top = scores.max(1, keepdims=True)
    chance = scores - top - np.log(np.exp(scores - top).sum(1, keepdims=True))
    other = scores[:, 1:]
    highest = other.max(1)
    rest = highest + np.log(np.exp(other - highest[:, None]).sum(1))
    words = [scores[:, 0] - rest, chance[:, 1:], scores[:, 3] - scores[:, 1], np.log1p(used)]
    return np.column_stack([*words, own, found / 3]).astype(np.float32)


def run(weights: Mapping[str, Array], features: Array, words: Array) -> Array:
    """float32 (L, CLASSES): the network's scores for each line."""
    w = weights
    x = np.clip((features - w["mean"]) / w["spread"], -CLIP, CLIP)
    h = _relu(_dot(x, w["inp.weight"]) + w["inp.bias"])
    x = h + _relu(_dot(h, w["inp2.weight"]) + w["inp2.bias"])
    x = x + _dot(_around(w, x, words), w["whole.weight"]) + w["whole.bias"]
    size, width = x.shape
    far = REACHES[-1]
    padded = np.zeros((size + 2 * far, width), np.float32)
    for i, reach in enumerate(REACHES):
        padded[far : far + size] = x
        above, below = padded[far - reach : far - reach + size], padded[far + reach : far + reach + size]
        y = _relu(_dot(np.concatenate([above, x, below], 1), w[f"conv.{i}.weight"]) + w[f"conv.{i}.bias"])
        x = x + _dot(y, w[f"mix.{i}.weight"]) + w[f"mix.{i}.bias"]
    x = _relu(x)
    result: Array = _dot(_relu(_dot(x, w["out.weight"]) + w["out.bias"]), w["out2.weight"]) + w["out2.bias"]
    result[:, 0] += w["trust"] * _within(_dot(x, w["point.weight"]) + w["point.bias"])
    return result


def _within(scores: Array) -> Array:
    """Log odds that a line stands between the first content line of the page and the last; scores: (L, 2) for either."""
    share = np.exp(scores - scores.max(0))
    share /= share.sum(0)
    begun, to_end = np.cumsum(share[:, 0]), np.cumsum(share[::-1, 1])[::-1]
    inside = np.clip(begun * to_end, FLOOR, 1 - FLOOR)
    result: Array = np.log(inside / (1 - inside))
    return result


def _around(w: Mapping[str, Array], x: Array, words: Array) -> Array:
    """Means over the lines above, those below and the whole page, and the page's highest values."""
    p = np.tanh(_dot(x, w["proj.weight"]) + w["proj.bias"])
    weight = np.sqrt(words)[:, None]
    q = p * weight
    sums, total = np.cumsum(q, 0), np.cumsum(weight, 0)
    above = (sums - q) / (total - weight + 1)
    below = (sums[-1] - sums) / (total[-1] - total + 1)
    whole = np.broadcast_to(sums[-1] / (total[-1] + 1), q.shape)
    return np.concatenate([above, below, whole, np.broadcast_to(p.max(0), q.shape)], 1)


def _dot(x: Array, weight: Array) -> Array:
    """The product, a few rows at a time.

    Small products run on the caller's thread: no pool of threads spins for a page, and the result does not depend on
    how many there are.
    """
    rows = max(1, SMALL // weight.size)
    if len(x) <= rows:
        return np.asarray(x @ weight)
    return np.concatenate([x[at : at + rows] @ weight for at in range(0, len(x), rows)])


def _relu(x: Array) -> Array:
    return np.maximum(x, 0)


def chance(scores: Array) -> Array:
    """float64 (L,): the probability that each line is content."""
    other = scores[:, 1:].astype(np.float64)
    top = other.max(1)
    margin = scores[:, 0] - top - np.log(np.exp(other - top[:, None]).sum(1))
    result: Array = 1 / (1 + np.exp(-np.clip(margin, -30, 30)))
    return result
