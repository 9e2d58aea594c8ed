"""How a text repeats itself: words in a row that recur, and strings of characters that differ.

All texts of a batch are sorted at once. A key holds the text's number in its upper bits and a hash below, so a text's
measures do not depend on its neighbours. Only places where two words in a row recur are looked at for three, and
so on: few are left for ten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanse.character_values import mix
from cleanse.text_arrays import POWER

if TYPE_CHECKING:
    import numpy.typing as npt

    from cleanse.character_values import Hashes
    from cleanse.text_arrays import Places, TextArrays

    Shares = npt.NDArray[np.float64]

OFTEN = (
    3  # occurrences from which words in a row count as a top n-gram; Gopher has no such floor and drops short briefs
)
TOP = (2, 3, 4)  # words; Gopher
DUPLICATE = tuple(range(5, 11))  # words; Gopher
STRING = 8  # characters, a power of two; see docs/notes/signals.md for the choice
GRAM_BITS = 31  # of an n-gram's hash: with 12 of the text and 21 of the place they fill a key
_CODE = np.uint32(0x9E3779B1)  # prime near 2^32 / golden ratio (xxHash)
_STEP = np.uint32(0x85EBCA77)  # prime (xxHash)


def repetition_shares(arrays: TextArrays) -> dict[str, Shares]:
    """Return `top2_chars` … `top4_chars` and `dup5_chars` … `dup10_chars` of each text, 0 where nothing recurs."""
    chars = np.maximum(np.diff(arrays.offsets) - 1, 1)
    owner = np.repeat(np.arange(arrays.count), np.diff(arrays.first_word))
    shares = {f"top{n}_chars": np.zeros(arrays.count) for n in TOP}
    shares |= {f"dup{n}_chars": np.zeros(arrays.count) for n in DUPLICATE}
    places = np.arange(len(owner))
    grams = arrays.word_hashes
    for n in range(2, DUPLICATE[-1] + 1):
        places = _longer(places, owner, n)
        if not len(places):
            break
        grams = grams[:-1] * POWER + arrays.word_hashes[n - 1 :]  # of n words, at every place
        recurring, first, counts = _recurring(grams[places], owner[places], places)
        if n in TOP:
            top = _top_chars(arrays, owner, first[counts >= OFTEN], counts[counts >= OFTEN], n)
            shares[f"top{n}_chars"] = np.minimum(top / chars, 1.0)
        places = np.sort(np.concatenate([recurring, first]))
        if n in DUPLICATE:
            shares[f"dup{n}_chars"] = _covered_chars(arrays, owner, recurring, n) / chars
    return shares


def _longer(places: Places, owner: Places, n: int) -> Places:
    """Return the places where n words in a row may recur: those where n - 1 do, there and one word on."""
    if n > 2:
        places = places[:-1][np.diff(places) == 1]
    places = places[places + n <= len(owner)]
    within: npt.NDArray[np.bool_] = owner[places] == owner[places + n - 1]
    return places[within]


def _recurring(grams: Hashes, owner: Places, places: Places) -> tuple[Places, Places, Places]:
    """Return the places of repeats, and of each n-gram that has some, the first place and the number of occurrences.

    A key holds the text, a hash of the n-gram and the place, from the upper bits to the lower: sorted, the occurrences in
    a text stand side by side, the first one first.
    """
    shift = np.uint64(max(int(places[-1]).bit_length(), 1))
    keys = mix(grams) >> np.uint64(64 - GRAM_BITS)
    keys |= owner.astype(np.uint64) << np.uint64(GRAM_BITS)
    keys = np.sort((keys << shift) | places.astype(np.uint64))
    at = (keys & ((np.uint64(1) << shift) - np.uint64(1))).astype(np.int64)
    keys >>= shift
    begins = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    counts = np.diff(np.append(begins, len(keys)))
    repeat = np.ones(len(keys), bool)
    repeat[begins] = False
    return at[repeat], at[begins[counts > 1]], counts[counts > 1]


def _top_chars(arrays: TextArrays, owner: Places, first: Places, counts: Places, n: int) -> Places:
    covered: Places = counts * (arrays.word_ends[first + n - 1] - arrays.word_starts[first])
    most = np.zeros(arrays.count, np.int64)
    np.maximum.at(most, owner[first], covered)
    return most


def _covered_chars(arrays: TextArrays, owner: Places, repeats: Places, n: int) -> Places:
    """Return the characters of each text that lie in repeats, from the first letter of each to its last."""
    depth = np.zeros(len(owner) + 1, np.int64)
    np.add.at(depth, repeats, 1)
    np.subtract.at(depth, repeats + n, 1)
    words = np.flatnonzero(np.cumsum(depth[:-1]))
    ends = arrays.word_ends[words]
    goes_on = np.zeros(len(words), bool)
    if len(words) > 1:
        goes_on[:-1] = (np.diff(words) == 1) & (owner[words[1:]] == owner[words[:-1]])
        ends[:-1][goes_on[:-1]] = arrays.word_starts[words[1:]][goes_on[:-1]]
    return np.bincount(owner[words], ends - arrays.word_starts[words], minlength=arrays.count).astype(np.int64)


def distinct_strings(arrays: TextArrays) -> tuple[Places, Places]:
    """Return how many different strings of `STRING` characters each text holds, and how many in all."""
    counts = np.maximum(np.diff(arrays.offsets) - STRING, 0)
    if not counts.any():
        return counts, counts
    keys, length = arrays.codes * _CODE, 1
    longer = np.empty_like(keys)
    while length < STRING:  # strings of twice the length, from two that touch
        count = len(keys) - length
        longer = np.multiply(keys[:count], _STEP, out=longer[:count])
        longer += keys[length:]
        keys = np.right_shift(longer, np.uint32(15), out=keys[:count])
        keys ^= longer
        length *= 2
    distinct = np.zeros(arrays.count, np.int64)
    for text in np.flatnonzero(counts).tolist():
        begin = arrays.offsets[text]
        ordered = np.sort(keys[begin : begin + counts[text]])
        distinct[text] = 1 + np.count_nonzero(ordered[1:] != ordered[:-1])
    return distinct, counts
