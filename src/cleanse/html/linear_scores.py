"""Sums of weights of keys → scores, in whole numbers. Knows only numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanse.html.block_tree import UNIT
from cleanse.html.word_keys import word_keys

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


def word_sums(words: Sequence[Sequence[str]], weights: Mapping[str, int]) -> tuple[Array, Array]:
    """Return for each block the sum of its keys' weights, each key once, and how many keys have one."""
    sums, known = [], []
    for block in words:
        own = [weights[key] for key in set(word_keys(block)) if key in weights]
        sums.append(sum(own))
        known.append(len(own))
    return np.array(sums, np.int64), np.array(known, np.int64)
