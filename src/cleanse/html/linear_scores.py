"""Sums of weights of keys → scores, in whole numbers. Knows only numpy."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleanse.html.block_tree import UNIT
from cleanse.html.word_keys import LONGEST, WHOLE, whole_keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Array = NDArray[Any]

SCALE = 256  # of weights: log odds in 256ths


def token_units(sums: Array) -> Array:
    """Scores of elements' names from the sums of their keys' weights."""
    units: Array = np.floor_divide(sums * UNIT, SCALE)
    return units


def word_units(sums: Array, known: Array, bias: int) -> Array:
    """Scores of blocks' words from the sums of their keys' weights and the number of keys that have one.

    A long block has many keys that speak of the same thing: the sum counts by the square root of their number.
    """
    units: Array = np.floor((sums / (np.sqrt(known) + 1) + bias) * UNIT / SCALE).astype(np.int64)
    return units


class WordWeights(NamedTuple):
    """The weights of the word model, those of pairs of words by their first word: most words begin none."""

    keys: Mapping[str, int]
    pairs: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, weights: Mapping[str, int]) -> WordWeights:
        """Return the weights of all keys in this form."""
        keys: dict[str, int] = {}
        pairs: dict[str, dict[str, int]] = {}
        for key, weight in weights.items():
            first, space, second = key.partition(" ")
            if space and not key.startswith(WHOLE):
                pairs.setdefault(first, {})[second] = weight
            else:
                keys[key] = weight
        return cls(keys, pairs)

    def all(self) -> dict[str, int]:
        """Return the weights of all keys."""
        pairs = ((f"{first} {second}", weight) for first, own in self.pairs.items() for second, weight in own.items())
        return dict(sorted([*self.keys.items(), *pairs]))

    def get(self, key: str) -> int:
        """Return the weight of a key, 0 where it has none."""
        first, _, second = key.partition(" ")
        return self.keys.get(key) or self.pairs.get(first, {}).get(second, 0)


def word_sums(words: Sequence[Sequence[str]], weights: WordWeights) -> tuple[Array, Array]:
    """Return for each block the sum of its keys' weights, each key once, and how many keys have one.

    The keys are those of `word_keys`.
    """
    keys, pairs = weights
    sums, known = [], []
    for block in words:
        read = block[:LONGEST]
        own = {word: keys[word] for word in read if word in keys}
        own |= {key: keys[key] for key in whole_keys(read) if key in keys}
        two = {
            (first, second): seconds[second]
            for first, second in pairwise(read)
            if (seconds := pairs.get(first)) is not None and second in seconds
        }
        sums.append(sum(own.values()) + sum(two.values()))
        known.append(len(own) + len(two))
    return np.array(sums, np.int64), np.array(known, np.int64)
