"""The network over the lines of a page, in numpy: every line is seen with its neighbours and with the whole page.

A line's features pass two dense layers; what all lines above, below and of the page say is mixed in; then convolutions
over lines 1, 2, 4 and 8 apart, then the lines above and below once more, so that a heading such as "Read also" reaches
all that stands below it. Two pointers over the page's lines say where the content begins and ends. `training/network.py`
is the same network for fitting.

The arithmetic is exact: inputs, activations and weights are whole numbers, and no sum of their products reaches 2^24, below
which every whole number is a float32. So a product of matrices comes out the same on every CPU, in any order of summing,
for one page and for many (test_exact.py). What lies between the products is elementwise, which IEEE 754 rounds one way.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanse.chrome.line_model.features import ONE_PAGE
from cleanse.portable_math import exp_array, log1p_whole, log_array

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Array = NDArray[Any]

REACHES = (1, 2, 4, 8)  # lines
CLIP = 4  # standard deviations; what lies further out was never seen in training
EXACT = 1 << 24  # whole numbers below this are exact in float32, and so are their sums as long as they stay below it
INPUT_STEPS, INPUT_MOST = 64, 64 * CLIP  # of a standard deviation; the largest input
STEPS, MOST = 32, 1023  # of an activation, and the largest one: no line of the benchmark reaches 26.1 of 31.9
SHARE_STEPS = 128  # of a hyperbolic tangent, and of the means over lines
TANH_STEPS, TANH_END = 256, 4  # of its argument; beyond the end it is 1 to two digits
ROOT_STEPS = 8  # of the square root of a line's words
ODDS_STEPS = 1 << 20  # of a pointer's share
CHANCE_STEPS = 1 << 20  # of a probability: with whole numbers of words, sums over a page are exact
ROWS = 24  # of a product; with the largest layer 165,888 multiplications: OpenBLAS starts no threads up to 262,144
FLOOR = 1e-3  # no line is surer than this to stand inside or outside the content
MARGIN = 0  # column of `line_features`: log odds of content by the n-grams alone
CLASSES = 4  # content; chrome above the content, between, below


@dataclass(frozen=True, slots=True)
class Layer:
    """A dense layer in whole numbers: `inputs @ weight * step + bias`, where `step` is a power of two for each output."""

    weight: Array  # float32 (inputs, outputs), whole
    step: Array  # float32 (outputs,)
    bias: Array  # float32 (outputs,)


@dataclass(frozen=True, slots=True)
class Network:
    """The weights of the network, ready for exact arithmetic."""

    mean: Array  # float32 (features,)
    spread: Array  # float32 (features,)
    trust: float  # what the pointers count
    layers: Mapping[str, Layer]


def quantise(weights: Mapping[str, Array]) -> Network:
    """Return the network of the weights that training found, each rounded to the finest step that keeps sums exact."""
    layers = {}
    for name in (key.removesuffix(".weight") for key in weights if key.endswith(".weight")):
        most, steps = MOST, STEPS
        if name == "inp":
            most, steps = INPUT_MOST, INPUT_STEPS
        elif name.startswith("whole."):
            most, steps = SHARE_STEPS, SHARE_STEPS
        layers[name] = _whole_layer(weights[name + ".weight"], weights[name + ".bias"], most, steps)
    return Network(weights["mean"], weights["spread"], float(weights["trust"][0]), layers)


def _whole_layer(weight: Array, bias: Array, most: int, steps: int) -> Layer:
    """Round the weights of a layer to whole numbers, as finely as keeps every sum exact in float32."""
    fine = np.rint(weight.astype(np.float64) * EXACT)  # whole numbers, so that their sum is exact
    reach = np.abs(fine).sum(0) / EXACT
    power = np.full(len(reach), 14)
    while (over := (np.ldexp(reach, power) + len(weight)) * most >= EXACT).any():
        power = power - over
    whole = np.rint(np.ldexp(weight.astype(np.float64), power)).astype(np.float32)
    return Layer(whole, np.ldexp(1 / steps, -power).astype(np.float32), bias.astype(np.float32))


def line_features(scores: Array, used: Array, own: Array, found: Array) -> Array:
    """Return the inputs of the network before standardising, float32 (L, features).

    scores: (L, CLASSES) of the n-grams; used: (L,) how many of them count; own: `features.describe`; found: codes of
    the rules' findings, 0..3.
    """
    scores = scores.astype(np.float64)
    top = scores.max(1, keepdims=True)
    chance = scores - top - log_array(_added(exp_array(scores - top)))[:, None]
    other = scores[:, 1:]
    highest = other.max(1)
    rest = highest + log_array(_added(exp_array(other - highest[:, None])))
    words = [scores[:, 0] - rest, chance[:, 1:], scores[:, 3] - scores[:, 1], log1p_whole(used)]
    return np.column_stack([*words, own, found / 3]).astype(np.float32)


def _added(columns: Array) -> Array:
    """Return the sum of each row, its columns added from left to right."""
    total = columns[:, 0].copy()
    for column in columns.T[1:]:
        total += column
    return total


def run(net: Network, features: Array, words: Array, starts: Array = ONE_PAGE) -> Array:
    """Return the network's scores for each line, float32 (L, CLASSES); `starts` says at which line each page begins.

    Pages together give to the bit what each gives alone.
    """
    pages = list(pairwise([*starts.tolist(), len(features)]))
    x = features - net.mean
    x /= net.spread
    x *= INPUT_STEPS
    h = _bounded(_layer(net, "inp", np.clip(np.rint(x), -INPUT_MOST, INPUT_MOST)), 0)
    x = _bounded(_layer(net, "inp2", h), 0)
    x += h
    x = _added_to(x, _around(net, 0, x, words, pages))
    for i, reach in enumerate(REACHES):
        middle = _bounded(_layer(net, f"conv.{i}", _beside(x, reach, pages)), 0)
        x = _added_to(x, _layer(net, f"mix.{i}", middle))
    x = _added_to(x, _around(net, 1, x, words, pages))
    np.maximum(x, 0, out=x)
    result = _layer(net, "out2", _bounded(_layer(net, "out", x), 0))
    points = np.rint(_layer(net, "point", x) * STEPS)
    result[:, 0] += np.float32(net.trust) * _within(points, starts)
    return result


def _bounded(x: Array, least: int = -MOST) -> Array:
    """Return values as whole numbers of steps. In place."""
    x *= STEPS
    np.rint(x, out=x)
    return np.clip(x, least, MOST, out=x)


def _added_to(x: Array, more: Array) -> Array:
    """Return activations with what a layer adds to them."""
    x += _bounded(more)
    return np.clip(x, -MOST, MOST, out=x)


def _beside(x: Array, reach: int, pages: list[tuple[int, int]]) -> Array:
    """Return each line's values between those of the lines `reach` above and below on its page, float32 (L, 3 * width)."""
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


def _within(scores: Array, starts: Array) -> Array:
    """Return the log odds that a line stands between its page's first and last content line, float32; scores: (L, 2), whole."""
    sizes = np.diff(np.append(starts, len(scores)))
    most = np.repeat(np.maximum.reduceat(scores, starts), sizes, 0)
    share = np.rint(exp_array((scores - most) * (1 / STEPS)) * ODDS_STEPS)  # whole numbers: their sums are exact
    sums = np.cumsum(share, 0)
    last = sums[starts + sizes - 1]
    before = last - np.add.reduceat(share, starts)
    total = np.repeat(last - before, sizes, 0)
    begun = sums[:, 0] - np.repeat(before[:, 0], sizes)
    to_end = np.repeat(last[:, 1], sizes) - sums[:, 1] + share[:, 1]
    inside = np.clip((begun / total[:, 0]) * (to_end / total[:, 1]), FLOOR, 1 - FLOOR)
    result: Array = log_array(inside / (1 - inside)).astype(np.float32)
    return result


def _around(net: Network, which: int, x: Array, words: Array, pages: Sequence[tuple[int, int]]) -> Array:
    """Means over the lines above, those below and the whole page, and the highest values up to a line and from it on."""
    bent = np.rint(_layer(net, f"proj.{which}", x) * TANH_STEPS)
    bent = np.clip(bent, -TANH_END * TANH_STEPS, TANH_END * TANH_STEPS) + TANH_END * TANH_STEPS
    across = np.ascontiguousarray(_TANH.take(bent.astype(np.intp)).T)  # running sums are quick along memory only
    weight = np.rint(np.sqrt(words.astype(np.float64)) * ROOT_STEPS)
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
    told[:width] = np.rint((sums - q) / (total - weight + ROOT_STEPS))
    told[width : 2 * width] = np.rint((all_sums - sums) / (all_total - total + ROOT_STEPS))
    told[2 * width : 3 * width] = np.rint(all_sums / (all_total + ROOT_STEPS))
    return _layer(net, f"whole.{which}", np.ascontiguousarray(told.T))


def _layer(net: Network, name: str, x: Array) -> Array:
    """Return a dense layer's outputs. ROWS rows at a time: such small products start no threads, which would spin."""
    layer = net.layers[name]
    inputs, outputs = layer.weight.shape
    full = len(x) - len(x) % ROWS
    out = np.empty((len(x), outputs), np.float32)
    np.matmul(x[:full].reshape(-1, ROWS, inputs), layer.weight, out=out[:full].reshape(-1, ROWS, outputs))
    np.matmul(x[full:], layer.weight, out=out[full:])
    out *= layer.step
    out += layer.bias
    return out


def _tanh_table() -> Array:
    """Return whole numbers as float32: SHARE_STEPS times the hyperbolic tangent, from -TANH_END to TANH_END."""
    twice = exp_array(np.arange(-TANH_END * TANH_STEPS, TANH_END * TANH_STEPS + 1) * (2 / TANH_STEPS))
    result: Array = np.rint((twice - 1) / (twice + 1) * SHARE_STEPS).astype(np.float32)
    return result


_TANH = _tanh_table()


def chance(scores: Array) -> Array:
    """float64 (L,): the probability that each line is content, in whole CHANCE_STEPS."""
    other = scores[:, 1:].astype(np.float64)
    top = other.max(1)
    margin = scores[:, 0] - top - log_array(_added(exp_array(other - top[:, None])))
    result: Array = np.rint(CHANCE_STEPS / (1 + exp_array(-np.clip(margin, -30, 30)))) / CHANCE_STEPS
    return result
