"""Sentences of texts and their hashes, equal for equal words whatever case, punctuation and spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from cleanse.character_classes import LOWER, SENTENCE_END, SPACE, sentence_ends
from cleanse.character_values import mix
from cleanse.text import batches
from cleanse.text_arrays import POWER, read_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cleanse.character_values import Hashes
    from cleanse.text_arrays import Places, TextArrays

MIN_WORDS = 6  # of a sentence that is compared; shorter ones recur by chance
MIN_CHARS = 15  # for scripts without spaces, where a word is a character
EDGE = 3  # sentences from the start or the end of a text that count as its edge
AT_EDGE, QUOTED = 1, 2  # flags of a sentence
_QUOTES = '«»“”„"‹›「『'
SENTENCES = pa.schema(
    [
        ("text", pa.uint32()),  # number of the text in the chunk
        ("start", pa.uint32()),
        ("end", pa.uint32()),
        ("words", pa.uint32()),
        ("number", pa.uint32()),  # of the sentence in its text, short ones counted too
        ("flags", pa.uint8()),
        ("hash", pa.uint64()),
    ]
)


def hash_sentences(texts: Sequence[str]) -> pa.Table:
    """Return the sentences of a chunk's texts that have six words or more, in order, as a table of `SENTENCES`.

    A sentence ends at a line break, or at a mark of any script that ends sentences, with closing marks, before white
    space and a letter that is not small. Its hash is that of its words.
    """
    return pa.concat_tables([SENTENCES.empty_table(), *(_batch(texts[a:b], a) for a, b in batches(texts))])


def _batch(texts: Sequence[str], first: int) -> pa.Table:
    arrays = read_arrays(texts)
    classes = arrays.classes
    ends = _ends(arrays, classes)
    starts = np.append(0, ends[:-1])
    word = np.searchsorted(arrays.word_starts, np.append(starts, len(classes)))
    words = np.diff(word)
    filled = np.flatnonzero(words)
    starts, ends, word, words = starts[filled], ends[filled], word[:-1][filled], words[filled]
    text = np.searchsorted(arrays.offsets, starts, side="right") - 1
    ink = np.flatnonzero(classes & SPACE == 0)
    begins = ink[np.searchsorted(ink, starts)]
    stops = ink[np.searchsorted(ink, ends) - 1] + 1
    counts = np.bincount(text, minlength=arrays.count)
    number = np.arange(len(text)) - np.repeat(np.cumsum(counts) - counts, counts)
    edge = np.minimum(number, counts[text] - 1 - number) < EDGE
    flags = edge * AT_EDGE | _quoted(arrays, begins, stops) * QUOTED
    hashes = _hashes(arrays.word_hashes, word, words)
    chosen = (words >= MIN_WORDS) & (stops - begins >= MIN_CHARS)
    origin = arrays.offsets[text]
    columns = (text + first, begins - origin, stops - origin, words, number, flags, hashes)
    return pa.table(
        [pa.array(column[chosen], kind) for column, kind in zip(columns, SENTENCES.types, strict=True)], SENTENCES
    )


def _ends(arrays: TextArrays, classes: npt.NDArray[np.uint16]) -> Places:
    """Return the place behind the last mark of each sentence, in order; the last is the end of the batch."""
    marks = sentence_ends(classes, np.flatnonzero(classes & SENTENCE_END))
    ink = np.flatnonzero(classes & SPACE == 0)
    follower = np.searchsorted(ink, marks, side="right")
    marks, follower = marks[follower < len(ink)], follower[follower < len(ink)]
    goes_on = classes[ink[follower]] & LOWER != 0
    breaks = np.flatnonzero(arrays.codes == ord("\n"))
    return np.union1d(marks[~goes_on], breaks) + 1


def _quoted(arrays: TextArrays, begins: Places, stops: Places) -> npt.NDArray[np.bool_]:
    """Return which sentences begin or end with a quotation mark."""
    marks = np.array([ord(mark) for mark in _QUOTES], np.uint32)
    last = stops - 1
    before = np.maximum(last - 1, begins)
    return (
        np.isin(arrays.codes[begins], marks) | np.isin(arrays.codes[last], marks) | np.isin(arrays.codes[before], marks)
    )


def _hashes(word_hashes: Hashes, word: Places, words: Places) -> Hashes:
    """Return the hash of each sentence: a polynomial in the hashes of its words."""
    if not len(words):
        return np.empty(0, np.uint64)
    powers = np.cumprod(np.full(int(words.max()), POWER), dtype=np.uint64)
    place = np.arange(len(word_hashes)) - np.repeat(word, words)
    sums: Hashes = np.add.reduceat(word_hashes * powers[place], word)
    return mix(sums ^ (words.astype(np.uint64) << np.uint64(32)))
