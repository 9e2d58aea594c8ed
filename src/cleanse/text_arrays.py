"""A batch of texts as numpy arrays: its characters and their kinds, its words with their places and hashes.

Imports only `character_classes` and `character_values`. What a text's arrays hold does not depend on the batch it stands in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cleanse.character_classes import SINGLE, WORD, classes_of, lower_codes
from cleanse.character_values import Hashes, mix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.character_classes import Classes, Codes

WINDOW = 1 << 16  # characters whose words are hashed together
POWER = np.uint64(0x9FB21C651E98DF25)  # odd, no structure (XXH3's avalanche constant)
_LENGTH = np.uint64(0xD6E8FEB86659FD93)  # odd, no structure (Mulvey's xmxmx)

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TextArrays:
    """The texts of a batch, joined by line breaks; all places are characters of the joined text."""

    codes: Codes  # code points
    classes: Classes  # flags of `character_classes`
    offsets: Places  # where each text begins, and one line break behind the last
    word_starts: Places
    word_ends: Places
    word_hashes: Hashes  # equal for equal words, whatever their case
    first_word: Places  # number of each text's first word, and of all words

    @property
    def count(self) -> int:
        """Return the number of texts."""
        return len(self.offsets) - 1


def read_arrays(texts: Sequence[str]) -> TextArrays:
    """Return the arrays of a batch of texts."""
    joined = "\n".join([*texts, ""]).replace("\u0130", "I")  # the only letter whose small form is two characters
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) + 1 for text in texts], out=offsets[1:])
    classes = classes_of(codes)
    starts, ends = _word_bounds(classes)
    hashes = np.empty(len(starts), np.uint64)
    lower = lower_codes(codes)
    first = 0
    while first < len(starts):
        stop = max(first + 1, int(np.searchsorted(starts, starts[first] + WINDOW)))
        hashes[first:stop] = _hash_words(lower, starts[first:stop], ends[first:stop])
        first = stop
    return TextArrays(codes, classes, offsets, starts, ends, hashes, np.searchsorted(starts, offsets).astype(np.int64))


def _word_bounds(classes: Classes) -> tuple[Places, Places]:
    """Return where words begin and end: runs of word characters, and each character of a script without spaces."""
    kinds = np.zeros(len(classes) + 2, np.uint8)
    np.bitwise_and(classes, WORD | SINGLE, out=kinds[1:-1], casting="unsafe")
    goes_on = (kinds[1:] == WORD) & (kinds[:-1] == WORD)  # with the character before
    word = kinds[1:-1] != 0
    return np.flatnonzero(word & ~goes_on[:-1]), np.flatnonzero(word & ~goes_on[1:]) + 1


def _hash_words(lower: npt.NDArray[np.unsignedinteger], starts: Places, ends: Places) -> Hashes:
    """Return the hash of each word: a polynomial in its letters, read off prefix sums, and its length."""
    begin, end = int(starts[0]), int(ends[-1])
    powers, inverse = _powers(-(-(end - begin) // WINDOW) * WINDOW)
    prefix = np.zeros(end - begin + 1, np.uint64)
    np.cumsum(lower[begin:end] * powers[: end - begin], out=prefix[1:])
    hashes: Hashes = (prefix[ends - begin] - prefix[starts - begin]) * inverse[starts - begin]
    return mix(hashes + (ends - starts).astype(np.uint64) * _LENGTH)


@lru_cache(maxsize=2)
def _powers(count: int) -> tuple[Hashes, Hashes]:
    """Return the powers of the polynomial and their inverses modulo 2^64."""
    return _geometric(int(POWER), count), _geometric(pow(int(POWER), -1, 1 << 64), count)


def _geometric(ratio: int, count: int) -> Hashes:
    powers = np.full(count, ratio, np.uint64)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint64)
