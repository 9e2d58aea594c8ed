"""Sums of weights of keys → scores, in whole numbers. Knows only numpy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanse.html.block_tree import UNIT, sorted_once
from cleanse.html.word_keys import LONGEST, SHORT, WHOLE, length_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Array = NDArray[Any]

SCALE = 256  # of weights: log odds in 256ths


def token_units(sums: Array) -> Array:
    """Return the scores of elements' names from the sums of their keys' weights."""
    units: Array = np.floor_divide(sums * UNIT, SCALE)
    return units


def word_units(sums: Array, known: Array, bias: int) -> Array:
    """Return the scores of blocks' words from the sums of their keys' weights and the number of keys that have one.

    A long block has many keys that speak of the same thing: the sum counts by the square root of their number.
    """
    units: Array = np.floor((sums / (np.sqrt(known) + 1) + bias) * UNIT / SCALE).astype(np.int64)
    return units


@dataclass(frozen=True, slots=True)
class WordWeights:
    """The weights of the word model, by key, and as arrays over the numbers of the words in its keys.

    The number 0 stands for all other words. The number of a pair is that of its first word times the number of words,
    plus that of the second.
    """

    all: Mapping[str, int]
    numbers: Mapping[str, int] = field(compare=False)
    words: Array = field(compare=False)
    first: Array = field(compare=False)  # of a word that begins a block
    last: Array = field(compare=False)  # of one that ends it
    lengths: Array = field(compare=False)  # by the words of a block
    pairs: Array = field(compare=False)  # numbers, ascending
    pair_weights: Array = field(compare=False)

    @classmethod
    def of(cls, weights: Mapping[str, int]) -> WordWeights:
        """Return the weights of all keys in this form."""
        pairs = [key.split(" ") for key in weights if " " in key and not key.startswith(WHOLE)]
        single = {key.strip("^$") for key in weights if " " not in key and not key.startswith((WHOLE, "#"))}
        words = sorted(single.union(*pairs))
        numbers = {word: i for i, word in enumerate(words, 1)}
        size = len(words) + 1
        pair_numbers = np.array([numbers[a] * size + numbers[b] for a, b in pairs], np.int64)
        order = np.argsort(pair_numbers)
        pair_weights = np.array([weights[f"{a} {b}"] for a, b in pairs], np.int64)
        alone, first, last = (
            np.array([0, *(weights.get(form % word, 0) for word in words)], np.int64) for form in ("%s", "^%s", "%s$")
        )
        return cls(
            all=dict(sorted(weights.items())),
            numbers=numbers,
            words=alone,
            first=first,
            last=last,
            lengths=np.array([weights.get(length_key(n), 0) for n in range(LONGEST + 1)], np.int64),
            pairs=np.append(pair_numbers[order], size * size),  # beyond all, so that every number has a place
            pair_weights=np.append(pair_weights[order], 0),
        )

    def get(self, key: str) -> int:
        """Return the weight of a key, 0 where it has none."""
        return self.all.get(key, 0)


def word_sums(words: Sequence[Sequence[str]], weights: WordWeights) -> tuple[Array, Array]:
    """Return for each block the sum of its keys' weights, each key once, and how many keys have one.

    The keys are those of `word_keys`.
    """
    read = [block[:LONGEST] for block in words]
    sizes = np.array([len(block) for block in read], np.int64)
    number = weights.numbers.get
    at = np.array([number(word, 0) for block in read for word in block], np.int64)
    owner = np.repeat(np.arange(len(read)), sizes)
    ends = np.cumsum(sizes)
    worded = sizes > 0
    first, last = np.zeros(len(read), np.int64), np.zeros(len(read), np.int64)
    first[worded], last[worded] = at[(ends - sizes)[worded]], at[ends[worded] - 1]
    whole = [weights.get(WHOLE + " ".join(block)) if 0 < len(block) <= SHORT else 0 for block in read]
    parts = np.stack(
        [weights.lengths[sizes] * worded, weights.first[first], weights.last[last], np.array(whole, np.int64)]
    )
    sums, known = parts.sum(0), np.count_nonzero(parts, 0)
    within = (owner[:-1] == owner[1:]) & (at[:-1] > 0) & (at[1:] > 0)
    pairs = (at[:-1] * len(weights.words) + at[1:])[within]
    place = weights.pairs.searchsorted(pairs)
    place[weights.pairs[place] != pairs] = -1  # the last one, which has no weight
    for owners, keys, own in ((owner, at, weights.words), (owner[:-1][within], place, weights.pair_weights)):
        more, count = _sum_once(owners, keys, own, len(read))
        sums, known = sums + more, known + count
    return sums, known


def _sum_once(owner: Array, keys: Array, weights: Array, size: int) -> tuple[Array, Array]:
    """Return for each owner the sum of the weights of its keys, each key once, and how many of them have one."""
    weighed = weights[keys] != 0
    once = sorted_once(owner[weighed] * len(weights) + keys[weighed])
    owners = once // len(weights)
    sums = np.bincount(owners, weights[once - owners * len(weights)], size)  # exact: whole numbers far below 2**53
    return sums.astype(np.int64), np.bincount(owners, minlength=size)
