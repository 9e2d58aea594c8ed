"""Function words by language: the lists, and how many words of each text stand on its language's list."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cleanse.text import split_words
from cleanse.text_arrays import read_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cleanse.character_values import Hashes
    from cleanse.text_arrays import Places, TextArrays

_SIEVE = 0xFFFF  # low bits of a hash that tell at once that a word stands on no list


@cache
def stop_words() -> dict[str, tuple[str, ...]]:
    """Return the function words of each language that has a list, by ISO 639-1 code."""
    tables: dict[str, str] = tomllib.loads(Path(__file__).with_name("stopwords.toml").read_text("utf-8"))
    return {code: tuple(dict.fromkeys(split_words(words))) for code, words in tables.items()}


@cache
def _lookup() -> tuple[Hashes, npt.NDArray[np.uint64], npt.NDArray[np.bool_], dict[str, int]]:
    """Return sorted word hashes, the languages of each as bits, the sieve, and the bit of each language."""
    bits = {code: bit for bit, code in enumerate(stop_words())}
    languages: dict[int, int] = {}
    for code, words in stop_words().items():
        for value in read_arrays(words).word_hashes.tolist():
            languages[value] = languages.get(value, 0) | 1 << bits[code]
    hashes = np.array(sorted(languages), np.uint64)
    masks = np.array([languages[value] for value in hashes.tolist()], np.uint64)
    sieve = np.zeros(_SIEVE + 1, bool)
    sieve[(hashes & np.uint64(_SIEVE)).astype(np.int64)] = True
    return hashes, masks, sieve, bits


def count_stop_words(arrays: TextArrays, languages: Sequence[str]) -> tuple[Places, Places, npt.NDArray[np.bool_]]:
    """Return, for each text, its stop words, how many of them differ, and whether its language has a list."""
    hashes, masks, sieve, bits = _lookup()
    words = arrays.word_hashes
    near = np.flatnonzero(sieve[(words & np.uint64(_SIEVE)).astype(np.int64)])
    entries = np.minimum(np.searchsorted(hashes, words[near]), len(hashes) - 1)
    listed = hashes[entries] == words[near]
    near, entries = near[listed], entries[listed]
    texts = np.searchsorted(arrays.first_word, near, side="right") - 1
    bit = np.array([bits.get(code, -1) for code in languages], np.int64)
    known = bit >= 0
    own = known[texts] & ((masks[entries] >> np.maximum(bit[texts], 0).astype(np.uint64)) & np.uint64(1)).astype(bool)
    texts, entries = texts[own], entries[own]
    distinct = np.unique(texts * len(hashes) + entries) // len(hashes)
    return (
        np.bincount(texts, minlength=arrays.count),
        np.bincount(distinct, minlength=arrays.count),
        known,
    )
