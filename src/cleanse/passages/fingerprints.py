"""Fingerprints of texts: word 8-grams chosen by winnowing, so that any shared run of 15 words shares one.

Schleimer, Wilkerson, Aiken 2003: of every 8 neighbouring 8-grams the one with the smallest hash is chosen. Each owns the
words from its own start to the next one's; the first also those before it. So the words of a text are shared out, and
what one text holds of another is a sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from cleanse.character_values import mix
from cleanse.text import batches
from cleanse.text_arrays import POWER, read_arrays

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cleanse.character_values import Hashes
    from cleanse.text_arrays import Places, TextArrays

GRAM = 8  # words
WINDOW = 8  # 8-grams, a power of two: a shared run of GRAM + WINDOW - 1 = 15 words is found
FINGERPRINTS = pa.schema(
    [
        ("text", pa.uint32()),  # number of the text in the chunk
        ("words", pa.uint32()),  # that it owns
        ("hash", pa.uint64()),
    ]
)


def hash_fingerprints(texts: Sequence[str]) -> pa.Table:
    """Return the fingerprints of a chunk's texts in order, as a table of `FINGERPRINTS`; none below eight words."""
    return pa.concat_tables([FINGERPRINTS.empty_table(), *(_batch(texts[a:b], a) for a, b in batches(texts))])


def _batch(texts: Sequence[str], first: int) -> pa.Table:
    arrays = read_arrays(texts)
    grams = _grams(arrays)
    places = _chosen(grams, arrays)
    text = np.searchsorted(arrays.first_word, places, side="right") - 1
    opens = np.append(True, text[1:] != text[:-1])[: len(text)]
    begins = np.where(opens, arrays.first_word[text], places)
    stops = np.append(begins[1:], 0)
    closes = np.append(opens[1:], True)[: len(text)]
    stops = np.where(closes, arrays.first_word[text + 1], stops)
    columns = (text + first, stops - begins, grams[places])
    return pa.table([pa.array(c, kind) for c, kind in zip(columns, FINGERPRINTS.types, strict=True)], FINGERPRINTS)


def _grams(arrays: TextArrays) -> Hashes:
    """Return the hash of eight words from each place of the batch on; the largest number where a text ends before."""
    words = arrays.word_hashes
    count = len(words) - GRAM + 1
    if count <= 0:
        return np.full(len(words), np.iinfo(np.uint64).max)
    grams = words[:count].copy()
    for k in range(1, GRAM):
        grams *= POWER
        grams += words[k : k + count]
    grams = np.append(mix(grams), np.full(GRAM - 1, np.iinfo(np.uint64).max))
    grams[_near_end(arrays, GRAM - 1)] = np.iinfo(np.uint64).max
    return grams


def _near_end(arrays: TextArrays, reach: int) -> Places:
    """Return the places of the last words of each text, `reach` of them at most."""
    ends = np.concatenate([arrays.first_word[1:] - back for back in range(1, reach + 1)])
    owners = np.tile(np.arange(arrays.count), reach)
    return ends[ends >= arrays.first_word[owners]]


def _chosen(grams: Hashes, arrays: TextArrays) -> Places:
    """Return the places of the 8-grams that are the smallest of a window."""
    counts = np.maximum(np.diff(arrays.first_word) - GRAM + 1, 0)
    smallest = _slide(grams, np.minimum)  # of the window that begins at each place
    smallest[_near_end(arrays, GRAM + WINDOW - 2)] = 0  # no whole window begins there
    backwards = _slide(smallest[::-1], np.maximum)[::-1]  # the largest of the windows that hold each place
    chosen = (grams == backwards) & (backwards != 0)
    for text in np.flatnonzero((counts > 0) & (counts < WINDOW)).tolist():  # too short for a window
        begin = arrays.first_word[text]
        chosen[begin + int(np.argmin(grams[begin : begin + counts[text]]))] = True
    return np.flatnonzero(chosen)


def _slide(values: Hashes, extreme: Callable[[Hashes, Hashes], Hashes]) -> Hashes:
    """Return the extreme of each value and the seven behind it, or of those that are there."""
    out, length = values.copy(), 1
    while length < WINDOW:
        out[:-length] = extreme(out[:-length], out[length:].copy())
        length *= 2
    return out
