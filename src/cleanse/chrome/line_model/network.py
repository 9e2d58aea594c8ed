"""The network over the lines of a page, in numpy: every line is seen with its neighbours and with the whole page.

A line's features pass two dense layers; what all lines above, below and of the page say is mixed in; then convolutions
over lines 1, 2, 4 and 8 apart, then the lines above and below once more, so that a heading such as "Read also" reaches
all that stands below it. Two pointers over the page's lines say where the content begins and ends. `training/network.py`
is the same network for fitting.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanse.chrome.line_model.features import ONE_PAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

Array = NDArray[Any]

REACHES = (1, 2, 4, 8)  # lines
CLIP = 4.0  # standard deviations; what lies further out was never seen in training
ROWS = 24  # of a product; with the largest layer 165,888 multiplications: OpenBLAS starts no threads up to 262,144
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


def run(weights: Mapping[str, Array], features: Array, words: Array, starts: Array = ONE_PAGE) -> Array:
    """float32 (L, CLASSES): the network's scores for each line; `starts` says where each page begins among the lines.

    Pages together give to the bit what each gives alone: whatever is summed over lines is summed page by page.
    """
    w = weights
    pages = list(pairwise([*starts.tolist(), len(features)]))
    x = features - w["mean"]
    x /= w["spread"]
    np.clip(x, -CLIP, CLIP, out=x)
    h = _relu(_layer(w, "inp", x))
    x = _relu(_layer(w, "inp2", h))
    x += h
    x += _around(w, 0, x, words, pages)
    for i, reach in enumerate(REACHES):
        x += _layer(w, f"mix.{i}", _relu(_layer(w, f"conv.{i}", _beside(x, reach, pages))))
    x += _around(w, 1, x, words, pages)
    x = _relu(x)
    result = _layer(w, "out2", _relu(_layer(w, "out", x)))
    points = _layer(w, "point", x)
    result[:, 0] += w["trust"] * np.concatenate([_within(points[a:b]) for a, b in pages])
    return result


def _beside(x: Array, reach: int, pages: list[tuple[int, int]]) -> Array:
    """float32 (L, 3 * width): each line's values between those of the lines `reach` above and below on its page."""
    size, width = x.shape
    told = np.empty((size, 3, width), np.float32)
    told[:, 1] = x
    for a, b in pages:
        edge = min(reach, b - a)
        told[a : a + edge, 0] = 0
        told[a + edge : b, 0] = x[a : b - edge]
        told[a : b - edge, 2] = x[a + edge : b]
        told[b - edge : b, 2] = 0
    return told.reshape(size, 3 * width)


def _within(scores: Array) -> Array:
    """Log odds that a line stands between the first content line of the page and the last; scores: (L, 2) for either."""
    share = np.exp(scores - scores.max(0))
    share /= share.sum(0)
    begun, to_end = np.cumsum(share[:, 0]), np.cumsum(share[::-1, 1])[::-1]
    inside = np.clip(begun * to_end, FLOOR, 1 - FLOOR)
    result: Array = np.log(inside / (1 - inside))
    return result


def _around(w: Mapping[str, Array], which: int, x: Array, words: Array, pages: list[tuple[int, int]]) -> Array:
    """Means over the lines above, those below and the whole page, and the highest values up to a line and from it on."""
    p = np.tanh(_layer(w, f"proj.{which}", x))
    across = np.ascontiguousarray(p.T)  # running sums are quick along memory only
    weight = np.sqrt(words)
    q = across * weight
    width, size = q.shape
    sums, total = np.empty_like(q), np.empty_like(weight)
    all_sums, all_total = np.empty_like(q), np.empty_like(weight)
    told = np.empty((5 * width, size), np.float32)
    for a, b in pages:
        np.cumsum(q[:, a:b], 1, out=sums[:, a:b])
        np.cumsum(weight[a:b], out=total[a:b])
        all_sums[:, a:b], all_total[a:b] = sums[:, b - 1 : b], total[b - 1]
        np.maximum.accumulate(across[:, a:b], 1, out=told[3 * width : 4 * width, a:b])
        np.maximum.accumulate(across[:, a:b][:, ::-1], 1, out=told[4 * width :, a:b][:, ::-1])
    told[:width] = (sums - q) / (total - weight + 1)
    told[width : 2 * width] = (all_sums - sums) / (all_total - total + 1)
    told[2 * width : 3 * width] = all_sums / (all_total + 1)
    return _layer(w, f"whole.{which}", np.ascontiguousarray(told.T))


def _layer(w: Mapping[str, Array], name: str, x: Array) -> Array:
    """A dense layer, always ROWS rows at a time.

    So small products run on the caller's thread: no pool of threads spins for a page. And products of one shape go
    through one kernel of the library, so that a row's result does not depend on the rows beside it.
    """
    weight = w[name + ".weight"]
    inputs, outputs = weight.shape
    full = len(x) - len(x) % ROWS
    out = np.empty((len(x), outputs), np.float32)
    np.matmul(x[:full].reshape(-1, ROWS, inputs), weight, out=out[:full].reshape(-1, ROWS, outputs))
    if full < len(x):
        rest = np.zeros((ROWS, inputs), np.float32)
        rest[: len(x) - full] = x[full:]
        out[full:] = (rest @ weight)[: len(x) - full]
    out += w[name + ".bias"]
    return out


def _relu(x: Array) -> Array:
    """In place."""
    return np.maximum(x, 0, out=x)


def chance(scores: Array) -> Array:
    """float64 (L,): the probability that each line is content."""
    other = scores[:, 1:].astype(np.float64)
    top = other.max(1)
    margin = scores[:, 0] - top - np.log(np.exp(other - top[:, None]).sum(1))
    result: Array = 1 / (1 + np.exp(-np.clip(margin, -30, 30)))
    return result
