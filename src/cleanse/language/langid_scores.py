"""Rank the languages of many windows of text with py3langid's model.

The result is that of `py3langid.langid.LanguageIdentifier.rank` with `norm_probs`, to about 1e-5: py3langid adds in
float32, in an order that depends on the processor's BLAS. Here every product and sum of a score is an integer below
2^53, exact in float64 in any order, and what follows uses `portable_math`. So the same window has the same
probabilities on every machine, alone or among others.
"""

from __future__ import annotations

import math
import unicodedata
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cleanse.language.langid_model import COUNT_BITS, PRIOR_BITS, Model, load_model
from cleanse.language.lexicon import normal
from cleanse.portable_math import exp_array, log

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from cleanse.portable_math import Floats

    Integers = npt.NDArray[np.int64]

CANDIDATES = 12  # most likely languages that are returned
TOGETHER = 512  # windows whose bytes are walked side by side; bounds memory to about 20 MB
FEW = 40  # windows below which one after the other is faster
MAX_COUNT = 4096  # of one feature in one window; a window of 300 characters has at most 1,200 bytes


class Visits(NamedTuple):
    """The features of some windows: sorted by window and feature, each pair once."""

    features: Integers
    counts: Integers
    ends: list[int]  # of each window's features, after a 0


def py3langid(windows: Sequence[str]) -> list[tuple[str, float]]:
    """Return py3langid's likeliest language of each window, with its own probability as the confidence."""
    return [ranking[0] for ranking in rank_languages(windows)]


def rank_languages(windows: Sequence[str]) -> list[list[tuple[str, float]]]:
    """Return the likeliest languages of each window with their probabilities, the likeliest first."""
    return [
        ranking
        for first in range(0, len(windows), TOGETHER)
        for ranking in _rank(windows[first : first + TOGETHER], load_model())
    ]


def _rank(windows: Sequence[str], model: Model) -> Iterator[list[tuple[str, float]]]:
    texts = [_encode(window) for window in windows]
    likelihoods = _likelihoods(_scores(find_features(texts, model), model), texts)
    languages, columns = _languages()
    best = np.argsort(-likelihoods[:, columns], axis=1, kind="stable")[:, :CANDIDATES]
    probabilities = np.take_along_axis(likelihoods[:, columns], best, 1).tolist()
    for classes, values in zip(columns[best].tolist(), probabilities, strict=True):
        merged: dict[str, float] = {}
        for class_, probability in zip(classes, values, strict=True):
            merged[languages[class_]] = merged.get(languages[class_], 0.0) + probability
        yield sorted(merged.items(), key=lambda item: (-item[1], item[0]))


def _encode(window: str) -> bytes:
    """Return the bytes that the model reads."""
    lowered = window.lower() if window.isupper() else window
    return unicodedata.normalize("NFC", lowered).encode("utf-8", "surrogatepass")


def find_features(texts: Sequence[bytes], model: Model) -> Visits:
    """Return the features of each text, found by walking its bytes through the automaton."""
    pairs = _walk_one_by_one(texts, model) if len(texts) < FEW else _walk_together(texts, model)
    pairs.sort()
    first = np.ones(len(pairs), np.bool_)
    np.not_equal(pairs[1:], pairs[:-1], out=first[1:])
    places = np.flatnonzero(first)
    distinct = pairs[places]
    counts = np.diff(places, append=len(pairs))
    ends = np.searchsorted(distinct >> 32, np.arange(len(texts) + 1))
    return Visits(distinct & 0xFFFFFFFF, counts, ends.tolist())


def _walk_one_by_one(texts: Sequence[bytes], model: Model) -> Integers:
    """Return a number of text (upper half) and feature (lower half) for every feature met."""
    next_states, rows, features = (memoryview(array) for array in (model.next_states, model.rows, model.features))  # type: ignore[arg-type]
    pairs: list[int] = []
    for number, text in enumerate(texts):
        row, upper = rows[0], number << 32
        for byte in text:
            state = next_states[row + byte]
            row = rows[state]
            if features[state] >= 0:
                pairs.append(upper | features[state])
    return np.array(pairs, np.int64)


def _walk_together(texts: Sequence[bytes], model: Model) -> Integers:
    """Do what `_walk_one_by_one` does, byte after byte for all texts at once."""
    order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))  # so that those still going come first
    lengths = np.array([len(texts[number]) for number in order])
    grid = np.zeros((len(texts), int(lengths[0])), np.uint8)
    within = np.arange(grid.shape[1]) < lengths[:, None]
    grid[within] = np.frombuffer(b"".join(texts[number] for number in order), np.uint8)
    columns, going = np.ascontiguousarray(grid.T), within.sum(0).tolist()
    visited = np.full(columns.shape, -1, np.int32)
    row = np.full(len(texts), model.rows[0], np.int32)
    state = np.empty(len(texts), np.int32)
    for at, n in enumerate(going):
        np.add(row[:n], columns[at, :n], out=row[:n])
        model.next_states.take(row[:n], out=state[:n], mode="clip")
        model.rows.take(state[:n], out=row[:n], mode="clip")
        model.features.take(state[:n], out=visited[at, :n], mode="clip")
    places, texts_ = np.nonzero(visited >= 0)
    numbers = np.array(order, np.int64)
    pairs: Integers = numbers[texts_] << 32 | visited[places, texts_]
    return pairs


def _scores(visits: Visits, model: Model) -> Floats:
    """Return the log likelihood of each class for each window, times 2^PRIOR_BITS: integers below 2^53."""
    logs = _count_logs()[np.minimum(visits.counts, MAX_COUNT)]
    scores = np.zeros((len(visits.ends) - 1, len(model.priors)))
    for number, (first, end) in enumerate(pairwise(visits.ends)):
        if first < end:  # without a feature every class is as likely
            weights = model.weights.take(visits.features[first:end], 0).astype(np.float64)
            scores[number] = logs[first:end] @ weights + model.priors
    return scores


def _likelihoods(scores: Floats, texts: Sequence[bytes]) -> Floats:
    """Return the probabilities of the classes: py3langid's softmax, tempered by the root of a window's bytes."""
    scores *= np.array([math.ldexp(1 / math.sqrt(len(text) or 1), -PRIOR_BITS) for text in texts])[:, None]
    scores -= scores.max(1, keepdims=True)
    likelihoods = exp_array(np.maximum(scores, -700.0))
    likelihoods /= np.cumsum(likelihoods, 1)[:, -1:]  # one after the other, where `sum` may pair as it likes
    for first, second in _double_classes():
        likelihoods[:, first] += likelihoods[:, second]
        likelihoods[:, second] = 0.0
    return likelihoods


@cache
def _count_logs() -> Floats:
    """Return log(1 + n), times 2^COUNT_BITS, rounded, for n up to MAX_COUNT."""
    return np.array([round(log(1.0 + n) * (1 << COUNT_BITS)) for n in range(MAX_COUNT + 1)], np.float64)


@cache
def _languages() -> tuple[list[str], Integers]:
    """Return the language code of each class, and the classes that are the first of their label."""
    labels = load_model().labels.tolist()
    return [normal(label) for label in labels], np.array(
        sorted({label: labels.index(label) for label in labels}.values())
    )


@cache
def _double_classes() -> list[tuple[int, int]]:
    """Return the classes that share the label of an earlier one, with that one before them."""
    labels = load_model().labels.tolist()
    return [(labels.index(label), n) for n, label in enumerate(labels) if labels.index(label) != n]
