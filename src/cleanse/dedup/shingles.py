r"""Hash the word 5-grams of whole batches of texts, in NumPy.

The words are those of `re.findall(r"\w+", text.lower())`, except that every character of a script without spaces
(Chinese, Japanese, Thai, Lao, Khmer, Myanmar) is a word. They are found on UTF-16 units by table; a word's hash is a
polynomial mod 2^64 in the values of its characters, read off prefix sums; five words' hashes make a shingle's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cleanse.character_values import UNTABLED, Hashes, astral_value, bmp_values, mix, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHINGLE = 5  # words; as datatrove takes them
WINDOW = 1 << 15  # UTF-16 units looked at together: the five buffers of 8 bytes each stay in a 1-2 MB L2 cache
_POWER = 0x9FB21C651E98DF25  # odd, no structure (XXH3's avalanche constant)
_STEP = 0xD6E8FEB86659FD93  # odd, no structure (Mulvey's xmxmx)
_SURROGATES = re.compile("[\ud800-\udfff]")

Units = npt.NDArray[np.uint16]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shingled:
    """Shingle hashes of a batch of documents, document by document."""

    hashes: Hashes  # 64-bit, in text order, repeats included
    counts: Counts  # shingles of each document; 0 for fewer than five words
    words: Counts  # words of each document
    exact: Hashes  # per document: equal for equal word sequences; 0 without words


def shingle(texts: Sequence[str]) -> Shingled:
    """Hash all word 5-grams of a batch of texts; equal 5-grams have equal hashes in any batch and process."""
    words, first_word = word_hashes(texts)
    counts = np.diff(first_word)
    shingle_counts = np.maximum(counts - SHINGLE + 1, 0)
    if len(words) < SHINGLE:
        hashes = np.empty(0, np.uint64)
    else:
        windows = len(words) - SHINGLE + 1
        hashes = words[:windows] * np.uint64(_STEP)
        for k in range(1, SHINGLE):
            hashes += words[k : k + windows]
            if k < SHINGLE - 1:
                hashes *= np.uint64(_STEP)
        mix(hashes)
        if len(texts) > 1:  # windows that reach into the next document
            within = np.ones(len(words), bool)
            for back in range(1, SHINGLE):
                ends = first_word[1:] - back
                within[ends[ends >= first_word[:-1]]] = False
            hashes = hashes[within[:windows]]
    return Shingled(hashes, shingle_counts, counts, _exact(hashes, shingle_counts, words, first_word))


def _exact(hashes: Hashes, shingle_counts: Counts, words: Hashes, first_word: Counts) -> Hashes:
    """Return a hash of each document: of the multiset of its shingles, or of its words if they are fewer than five."""
    counts = np.diff(first_word)
    exact = counts.astype(np.uint64)
    full = np.flatnonzero(shingle_counts)
    if len(full):
        ends = np.cumsum(shingle_counts)
        exact[full] += np.add.reduceat(hashes, (ends - shingle_counts)[full])
    for k in range(SHINGLE - 1):
        short = np.flatnonzero((shingle_counts == 0) & (counts > k))
        exact[short] = exact[short] * np.uint64(_STEP) + words[first_word[:-1][short] + k]
    mix(exact)
    exact[counts == 0] = 0
    return exact


def word_hashes(texts: Sequence[str]) -> tuple[Hashes, Counts]:
    """Return hashes of all words in order, and the number of the first word of each text and of the end."""
    units, offsets, astral = _units(texts)
    hashes, starts = [], []
    for part, at in _windows(units, astral=astral):
        hashes.append(part)
        starts.append(at)
    if not hashes:
        return np.empty(0, np.uint64), np.zeros(len(texts) + 1, np.int64)
    return np.concatenate(hashes), np.searchsorted(np.concatenate(starts), offsets).astype(np.int64)


def _units(texts: Sequence[str]) -> tuple[Units, Counts, bool]:
    """Return the texts as UTF-16 units, joined by line breaks; where each begins and ends; whether any takes two units."""
    joined = "\n".join(texts)
    if any(character in joined for character in UNTABLED):
        texts = [plain(text) if any(character in text for character in UNTABLED) else text for text in texts]
        joined = "\n".join(texts)
    try:
        raw = joined.encode("utf-16-le")
    except UnicodeEncodeError:  # lone surrogates are no word characters
        joined = _SURROGATES.sub(" ", joined)
        raw = joined.encode("utf-16-le")
    units = np.frombuffer(raw, "<u2")
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) + 1 for text in texts], out=offsets[1:])
    astral = len(units) > len(joined)
    if astral:
        high = np.flatnonzero((units & 0xFC00) == 0xD800)
        offsets += np.searchsorted(high - np.arange(len(high)), offsets)
    return units, offsets, astral


def _windows(units: Units, *, astral: bool) -> Iterator[tuple[Hashes, Counts]]:
    """Yield word hashes and where the words begin, window by window; a word is cut only if longer than a window."""
    values, (powers, inverse) = bmp_values(), _powers(WINDOW)
    index, value = np.empty(WINDOW, np.intp), np.empty(WINDOW, np.uint64)
    prefix = np.zeros(WINDOW + 1, np.uint64)
    at = 0
    while at < len(units):
        n = min(WINDOW, len(units) - at)
        more = at + n < len(units)
        if more and units[at + n - 1] & 0xFC00 == 0xD800:
            n -= 1
        index[:n] = units[at : at + n]
        here = np.take(values, index[:n], out=value[:n], mode="clip")
        if astral:
            _value_pairs(units[at : at + n], here)
        starts, end = _word_starts(here), n
        if more and len(starts) and starts[-1] and here[-1] and not here[-1] & 1:  # the last word may go on
            starts, end = starts[:-1], int(starts[-1])
        here *= powers[:n]
        np.cumsum(here, out=prefix[1 : n + 1])
        sums = prefix[np.append(starts, end)]
        hashes = (sums[1:] - sums[:-1]) * inverse[starts]
        hashes ^= hashes >> np.uint64(32)
        hashes *= np.uint64(_STEP)
        hashes ^= hashes >> np.uint64(29)
        yield hashes, starts + at
        at += end


def _word_starts(values: Hashes) -> Counts:
    """Return where words begin: at a word character behind none, and at and behind each character that is a word."""
    word = values != 0
    begins = word.copy()
    np.greater(word[1:], word[:-1], out=begins[1:])
    if np.bitwise_or.reduce(values) & np.uint64(1):
        single = (values & np.uint64(1)).astype(bool)
        begins |= single
        begins[1:] |= word[1:] & single[:-1]
    return np.flatnonzero(begins)


def _value_pairs(units: Units, values: Hashes) -> None:
    """Give surrogate pairs that are word characters their value: half of it to each unit, or all to the first."""
    high = np.flatnonzero((units & 0xFC00) == 0xD800)
    codes = ((units[high].astype(np.int64) & 0x3FF) << 10) + (units[high + 1] & 0x3FF) + 0x10000
    for at, code in zip(high.tolist(), codes.tolist(), strict=True):
        value = astral_value(code)
        values[at] = value
        values[at + 1] = 0 if value & 1 else value


@lru_cache(maxsize=2)
def _powers(count: int) -> tuple[Hashes, Hashes]:
    """Return the powers of the polynomial and their inverses mod 2^64, for the positions of a window."""
    return _geometric(_POWER, count), _geometric(pow(_POWER, -1, 1 << 64), count)


def _geometric(ratio: int, count: int) -> Hashes:
    powers = np.full(count, ratio, np.uint64)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint64)
