"""Scores of the lines from a table of weighted n-grams. Knows only numpy.

The table is hashed with fingerprints: an n-gram that was not seen in training finds a slot of another one only once in
256 times. Sums are of small integers, so they are the same in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanse.chrome.line_model import tokenizer

if TYPE_CHECKING:
    from cleanse.chrome.line_model.tokenizer import Reading

Array = NDArray[Any]

SLOT_BITS = 20
CLASSES = 4  # content; chrome above the content, between, below
_NO_PRINT = 1  # stands in for the fingerprint 0, which marks an empty slot


@dataclass(frozen=True, slots=True)
class Table:
    """Weights of n-grams by hash."""

    prints: Array  # uint8 (2**SLOT_BITS,) fingerprints; 0: the slot is empty
    weights: Array  # uint32 (2**SLOT_BITS,), each four signed bytes, one for each class
    scale: float  # a byte of 1 is this much
    bias: Array  # float32 (CLASSES,)


def build_table(places: Array, prints: Array, weights: Array, scale: float, bias: Array) -> Table:
    """Return the table from its entries: slot numbers, fingerprints, int8 weights (entries, CLASSES)."""
    all_prints = np.zeros(1 << SLOT_BITS, np.uint8)
    all_weights = np.zeros((1 << SLOT_BITS, CLASSES), np.int8)
    all_prints[places], all_weights[places] = prints, weights
    return Table(all_prints, all_weights.view(np.uint32)[:, 0].copy(), scale, bias)


def _address(hashes: Array) -> tuple[Array, Array]:
    """Slot and fingerprint of each hash."""
    prints = hashes.astype(np.uint8)
    return hashes >> np.uint32(32 - SLOT_BITS), np.maximum(prints, _NO_PRINT)


def pack(hashes: Array, weights: Array, rank: Array) -> tuple[Array, Array, Array, float]:
    """Entries for `build_table` of n-grams with float weights (n, CLASSES); where two want a slot the higher rank wins."""
    scale = float(np.abs(weights).max()) / 127
    small = np.clip(np.rint(weights / scale), -127, 127).astype(np.int8)
    order = np.lexsort((hashes, -rank))
    order = order[small[order].any(1)]
    places, prints = _address(hashes[order])
    _, first = np.unique(places, return_index=True)
    return places[first], prints[first], small[order[first]], scale


@dataclass(frozen=True, slots=True)
class Scores:
    """What the n-grams say. Of those of words, each known one is kept, for evidence."""

    lines: Array  # float32 (L, CLASSES)
    used: Array  # (L,) n-grams found in the table
    word_at: Array  # (n,) where a known n-gram starts, as index of a word
    word_order: Array  # (n,) its number of words, from 0
    word_weights: Array  # int8 (n, CLASSES)


def score(page: Reading, table: Table) -> Scores:
    """Return the scores of every line of the page."""
    chars, words = tokenizer.grams(page)
    size = len(page.line_starts)
    known, weights = _look_up(np.concatenate([chars.hashes, words.hashes]), table)
    first = np.searchsorted(known, len(chars.hashes))  # of the known ones that of words
    of_words = known[first:] - len(chars.hashes)
    word_at = words.at.take(of_words)
    line = np.concatenate([page.char_lines.take(chars.at.take(known[:first])), page.word_lines.take(word_at)])
    used = np.bincount(line, minlength=size)[:size]
    total = np.empty((size, CLASSES))
    for c in range(CLASSES):
        total[:, c] = np.bincount(line, weights[:, c], size)[:size]
    lines = total * table.scale / (np.sqrt(used) + 1)[:, None] + table.bias
    return Scores(lines.astype(np.float32), used, word_at, words.order.take(of_words), weights[first:])


def _look_up(hashes: Array, table: Table) -> tuple[Array, Array]:
    """Return of the n-grams that the table knows their indices, ascending, and the weights, int8 (n, CLASSES)."""
    slots, prints = _address(hashes)
    slots = slots.astype(np.intp)
    known = np.flatnonzero(table.prints.take(slots) == prints)
    weights = table.weights.take(slots.take(known))
    return known, weights.view(np.int8).reshape(-1, CLASSES)
