"""Count how many words of each text stand on its language's list of function words."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from cleanse.function_words import function_words
from cleanse.text_arrays import read_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cleanse.character_values import Hashes
    from cleanse.text_arrays import Places, TextArrays

SLOT_BITS = 17  # of a hash that find a word's entry: few of some 1,300 words share a slot


@cache
def _lookup() -> tuple[npt.NDArray[np.int16], Hashes, npt.NDArray[np.uint64], dict[str, int]]:
    """Return the entry of each slot, the hash and the languages (as bits) of each entry, and the bit of each language.

    A slot is the upper bits of a hash. Where two entries fall into one, the later one stands in the slot beside.
    """
    bits = {code: bit for bit, code in enumerate(function_words())}
    languages: dict[int, int] = {}
    for code, words in function_words().items():
        for value in read_arrays(words).word_hashes.tolist():
            languages[value] = languages.get(value, 0) | 1 << bits[code]
    slots = np.full((1 << SLOT_BITS) + 2, -1, np.int16)
    hashes = np.array(sorted(languages), np.uint64)
    for entry, value in enumerate(hashes.tolist()):
        slot = value >> (64 - SLOT_BITS)
        slots[slot if slots[slot] < 0 else slot + 1] = entry
    return slots, hashes, np.array([languages[value] for value in hashes.tolist()], np.uint64), bits


def count_stop_words(arrays: TextArrays, languages: Sequence[str]) -> tuple[Places, Places, npt.NDArray[np.bool_]]:
    """Return, for each text, its stop words, how many of them differ, and whether its language has a list."""
    slots, hashes, masks, bits = _lookup()
    bit = np.array([bits.get(code, -1) for code in languages], np.int64)
    known = bit >= 0
    slot = (arrays.word_hashes >> np.uint64(64 - SLOT_BITS)).astype(np.int64)
    words, entries = [], []
    for beside in (0, 1):
        entry = slots[slot + beside]
        near = np.flatnonzero(entry >= 0)
        near = near[hashes[entry[near]] == arrays.word_hashes[near]]
        words.append(near)
        entries.append(entry[near].astype(np.int64))
    entry = np.concatenate(entries)
    text = np.searchsorted(arrays.first_word, np.concatenate(words), side="right") - 1
    own = known[text] & ((masks[entry] >> np.maximum(bit[text], 0).astype(np.uint64)) & np.uint64(1)).astype(bool)
    text, entry = text[own], entry[own]
    there = np.zeros((arrays.count, len(hashes)), bool)
    there[text, entry] = True
    return np.bincount(text, minlength=arrays.count), there.sum(axis=1), known
