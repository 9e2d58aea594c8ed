"""Scores of the lines from a table of weighted n-grams. Knows only numpy.

The table is hashed with fingerprints: an n-gram that was not seen in training finds a slot of another one only once in
256 times. Sums are of small integers, so they are the same in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanse.chrome.model import reading

if TYPE_CHECKING:
    from cleanse.chrome.model.reading import Reading

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
    """The table from its entries: slot numbers, fingerprints, int8 weights (entries, CLASSES)."""
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
    """Scores of every line of the page."""
    chars, words = reading.grams(page)
    size = len(page.line_starts)
    hashes = np.concatenate([*chars, *words])
    lines_of = np.concatenate([page.char_lines] * len(chars) + [page.word_lines] * len(words))
    at, weights = _look_up(hashes, table)
    line = lines_of.take(at)
    first = np.searchsorted(at, page.char_lines.size * len(chars))  # of those of words
    word_order, word_at = np.divmod(at[first:] - page.char_lines.size * len(chars), len(page.word_lines))
    word_weights = weights[first:]
    used = np.bincount(line, minlength=size)[:size]
    total = np.empty((size, CLASSES))
    for c in range(CLASSES):
        total[:, c] = np.bincount(line, weights[:, c], size)[:size]
    lines = total * table.scale / (np.sqrt(used) + 1)[:, None] + table.bias
    return Scores(lines.astype(np.float32), used, word_at, word_order, word_weights)


def _look_up(hashes: Array, table: Table) -> tuple[Array, Array]:
    """Of the n-grams that the table knows: their indices, ascending, and the weights, int8 (n, CLASSES)."""
    at = np.flatnonzero(hashes != 0)
    slots, prints = _address(hashes.take(at))
    slots = slots.astype(np.intp)
    known = np.flatnonzero(table.prints.take(slots) == prints)
    weights = table.weights.take(slots.take(known))
    return at.take(known), weights.view(np.int8).reshape(-1, CLASSES)
