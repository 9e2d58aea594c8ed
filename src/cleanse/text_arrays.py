"""A batch of texts as numpy arrays: its characters, and its words with their places and hashes.

Imports only `character_values` and `text`. What a text's arrays hold does not depend on the batch it stands in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from cleanse.character_values import BMP, Hashes, astral_value, bmp_values, mix

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BATCH_CHARS = 1 << 19  # characters of a batch: about 150 web pages
BATCH_TEXTS = 1 << 12  # texts of a batch, so that a text's number fits the upper 16 bits of a key
LONGEST = 64  # characters of a word that enter its hash, besides its length
POWER = np.uint64(0x9FB21C651E98DF25)  # odd, no structure (XXH3's avalanche constant)
_LENGTH = np.uint64(0xD6E8FEB86659FD93)  # odd, no structure (Mulvey's xmxmx)

Places = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint32]
T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True)
class TextArrays:
    """The texts of a batch, joined by line breaks; all places are characters of the joined text."""

    codes: Codes  # code points
    offsets: Places  # where each text begins, and one line break behind the last
    values: Hashes  # of each character: 0 outside words, odd for a word of its own, else even; lower-cased
    word_starts: Places
    word_ends: Places
    word_hashes: Hashes  # equal for equal words, whatever their case
    first_word: Places  # number of each text's first word, and of all words

    @property
    def count(self) -> int:
        """Return the number of texts."""
        return len(self.offsets) - 1


def batches(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield half-open ranges of texts of about `BATCH_CHARS` characters together, at least one text each."""
    first = size = 0
    for i, text in enumerate(texts):
        if i > first and (size + len(text) > BATCH_CHARS or i - first >= BATCH_TEXTS):
            yield first, i
            first, size = i, 0
        size += len(text) + 1
    if first < len(texts):
        yield first, len(texts)


def read_arrays(texts: Sequence[str]) -> TextArrays:
    """Return the arrays of a batch of texts."""
    joined = "\n".join([*texts, ""]).replace("\u0130", "I")  # the only letter whose small form is two characters
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) + 1 for text in texts], out=offsets[1:])
    values = look_up(bmp_values(), codes)
    for code in np.unique(codes[codes >= BMP]).tolist():
        values[codes == code] = astral_value(code)
    starts, ends = _word_bounds(values)
    first_word = np.searchsorted(starts, offsets).astype(np.int64)
    return TextArrays(codes, offsets, values, starts, ends, _word_hashes(values, starts, ends), first_word)


def look_up(table: npt.NDArray[T], codes: Codes) -> npt.NDArray[T]:
    """Return the entry of each code point in a table of the first 2^16; beyond, that of U+FFFF."""
    if int(codes.max(initial=0)) >= BMP:
        codes = np.minimum(codes, np.uint32(BMP - 1))
    entries: npt.NDArray[T] = table[codes]
    return entries


def _word_bounds(values: Hashes) -> tuple[Places, Places]:
    word = np.zeros(len(values) + 2, bool)
    np.not_equal(values, 0, out=word[1:-1])
    single = np.zeros(len(values) + 2, bool)
    single[1:-1] = (values & np.uint64(1)).astype(bool)
    joins = word[1:] & word[:-1] & ~single[1:] & ~single[:-1]  # the character before goes on in this one
    return np.flatnonzero(word[1:-1] & ~joins[:-1]), np.flatnonzero(word[1:-1] & ~joins[1:]) + 1


def _word_hashes(values: Hashes, starts: Places, ends: Places) -> Hashes:
    lengths = ends - starts
    hashes = lengths.astype(np.uint64) * _LENGTH
    going = np.arange(len(starts))
    for place in range(min(int(lengths.max(initial=0)), LONGEST)):
        going = going[lengths[going] > place] if place else going
        hashes[going] = hashes[going] * POWER + values[starts[going] + place]
    return mix(hashes)
