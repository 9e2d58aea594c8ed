"""What the names of the elements around a block say of it: the weights of its keys, summed. Knows only numpy.

It is what `element_tokens.block_keys` gives, each key once, without a set for each block. An element holds a contiguous
range of blocks, so a key that an element shares with one around it is found by sorting, and the sums of all elements
around a block are a running sum over the places where they begin and end. Linear, but for the sorting.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanse.html.block_tree import sorted_once
from cleanse.html.element_tokens import NEAR, keys_of, tag_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from cleanse.html.element_tokens import Keys
    from cleanse.html.visible_text import Block, Container

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class TokenWeights:
    """The weights of elements' names, by key, and as arrays over the numbers of the words in those keys."""

    all: Mapping[str, int]
    numbers: Mapping[str, int] = field(compare=False)  # of words; "T:tag" and "c:name" are words, too
    around: Array = field(compare=False)  # of an element around the block
    near: Array = field(compare=False)  # of one of the nearest

    @classmethod
    def of(cls, weights: Mapping[str, int]) -> TokenWeights:
        """Return the weights of all keys in this form."""
        words = sorted({key[2:] if key.startswith(("a:", "n:")) else key for key in weights})
        whole = ("T:", "c:")
        around = [weights.get(word if word.startswith(whole) else "a:" + word, 0) for word in words]
        near = [weights.get("n:" + word, 0) for word in words]
        return cls(
            dict(weights),
            {word: i for i, word in enumerate(words)},
            np.array(around, np.int64),
            np.array(near, np.int64),
        )


def token_scores(
    blocks: Sequence[Block], containers: Sequence[Container], keys: Sequence[Keys], weights: TokenWeights, bias: int
) -> Array:
    """Return for each block the sum of the weights of its keys, int64.

    Args:
        blocks: Of the page.
        containers: Of the page.
        keys: Of each container, as `keys_of` gives them.
        weights: Of all keys that the model knows.
        bias: The sum of a block without any.
    """
    size = len(blocks)
    home = np.array([block.container for block in blocks], np.int64)
    parent = np.array([*(container.parent for container in containers), -1], np.int64)  # the last is for "none"
    numbers = _Numbers(weights)
    known = [numbers.of(own) for own in keys]
    words = _Pairs([own[0] for own in known])
    ranges = _KeyRanges(_Pairs([own[1] for own in known]), containers, size)
    scores: Array = bias + ranges.sums(weights.around) + _near_sums(words, home, parent, weights.near)
    scores += _tag_sums(home, parent, keys, weights.all)
    return scores + _inline_sums(blocks, ranges, numbers, weights)


class _Numbers:
    """The numbers of the names of a page's elements; many elements share one object of keys."""

    def __init__(self, weights: TokenWeights) -> None:
        self._numbers = weights.numbers
        self._by_id: dict[
            int, tuple[list[int], list[int], Keys]
        ] = {}  # keeps the keys alive, so that no id comes twice

    def of(self, keys: Keys) -> tuple[list[int], list[int], Keys]:
        """Return the numbers of the words that the model knows; those of the whole names and the tag as well; the keys."""
        known = self._by_id.get(id(keys))
        if known is None:
            numbers = self._numbers
            words = [numbers[word] for word in keys.words if word in numbers]
            whole = [numbers[key] for name in keys.whole if (key := "c:" + name) in numbers]
            if (key := "T:" + keys.tag) in numbers:
                whole.append(numbers[key])
            known = self._by_id[id(keys)] = words, words + whole, keys
        return known


class _Pairs:
    """Owners and their keys, as two arrays, owner by owner."""

    def __init__(self, keys: Sequence[Collection[int]]) -> None:
        self.sizes = np.array([len(own) for own in keys], np.int64)
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.owner = np.repeat(np.arange(len(keys)), self.sizes)
        self.key = np.array(list(chain.from_iterable(keys)), np.int64)

    def of(self, owners: Array) -> tuple[Array, Array]:
        """Return the keys of these owners, and for each the place of its owner among these."""
        sizes = self.sizes[owners]
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return self.key[np.repeat(self.starts[owners], sizes) + within], np.repeat(np.arange(len(owners)), sizes)


class _KeyRanges:
    """For each key the ranges of blocks that it stands around, in order."""

    def __init__(self, around: _Pairs, containers: Sequence[Container], size: int) -> None:
        self._size = size
        order = np.argsort(around.key, kind="stable")
        self._key, owner = around.key[order], around.owner[order]
        self._first = np.array([container.first for container in containers], np.int64)[owner]
        self._end = np.array([container.end for container in containers], np.int64)[owner]
        base = self._key * (size + 1)
        self._begins = base + self._first
        self._reach = np.maximum.accumulate(base + self._end)

    def sums(self, values: Array) -> Array:
        """Return for each block the sum of the values of the keys around it, each once."""
        outermost = np.ones(len(self._key), bool)  # not within another range of the same key
        outermost[1:] = self._begins[1:] >= self._reach[:-1]
        own = np.where(outermost, values[self._key], 0)
        steps = _sums(self._first, own, self._size + 1) - _sums(self._end, own, self._size + 1)
        sums: Array = np.cumsum(steps)[:-1]
        return sums

    def hold(self, keys: Array, blocks: Array) -> Array:
        """Return whether a key stands around a block, for pairs of both."""
        if not len(self._key):
            return np.zeros(len(keys), bool)
        places = keys * (self._size + 1) + blocks
        before = np.searchsorted(self._begins, places, side="right") - 1
        held: Array = (before >= 0) & (self._reach[before] > places)
        return held


def _near_sums(words: _Pairs, home: Array, parent: Array, weights: Array) -> Array:
    """Return for each block the sum over what its nearest containers are called, each word once."""
    at, pairs = home, []
    for _ in range(NEAR):
        blocks = np.flatnonzero(at >= 0)
        keys, place = words.of(at[blocks])
        pairs.append(blocks[place] * len(weights) + keys)
        at = parent[at]
    once = sorted_once(np.concatenate(pairs))
    owner = once // max(len(weights), 1)
    return _sums(owner, weights[once - owner * len(weights)], len(home))


def _tag_sums(home: Array, parent: Array, keys: Sequence[Keys], weights: Mapping[str, int]) -> Array:
    """Return for each block the sum over the tags of its nearest containers."""
    known = {tag: [weights.get(tag_key(level, tag), 0) for level in range(NEAR)] for tag in {own.tag for own in keys}}
    tags = np.array([*(known[own.tag] for own in keys), [0] * NEAR], np.int64)
    sums, at = np.zeros(len(home), np.int64), home
    for level in range(NEAR):
        sums += tags[at, level]
        at = parent[at]
    return sums


def _inline_sums(blocks: Sequence[Block], ranges: _KeyRanges, numbers: _Numbers, weights: TokenWeights) -> Array:
    """Return for each block the sum over the elements that its text begins in, without what stands around the block."""
    words: list[Collection[int]] = []
    tags = []
    for block in blocks:
        inline = [keys_of(element) for element in block.inline]
        words.append({number for keys in inline for number in numbers.of(keys)[0]} if inline else ())
        tags.append(sum([weights.all.get("i:" + tag, 0) for tag in {keys.tag for keys in inline}]) if inline else 0)
    pairs = _Pairs(words)
    own = np.where(ranges.hold(pairs.key, pairs.owner), 0, weights.around[pairs.key])
    return _sums(pairs.owner, own, len(blocks)) + np.array(tags, np.int64)


def _sums(owners: Array, values: Array, size: int) -> Array:
    """Return the sum of each owner's values. Exact: whole numbers far below 2 ** 53."""
    return np.bincount(owners, values, size).astype(np.int64)
