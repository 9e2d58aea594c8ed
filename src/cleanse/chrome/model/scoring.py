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
_TAKEN = 0x100  # set in the key of a slot that is not empty


@dataclass(frozen=True, slots=True)
class Table:
    """Weights of n-grams by hash: in each uint64 slot 32 bits of key over four signed bytes, one for each class."""

    slots: Array  # uint64 (2**SLOT_BITS,)
    scale: float  # a byte of 1 is this much
    bias: Array  # float32 (CLASSES,)


def build_table(places: Array, fingerprints: Array, weights: Array, scale: float, bias: Array) -> Table:
    """The table from its entries: slot numbers, uint8 fingerprints, int8 weights (entries, CLASSES)."""
    slots = np.zeros(1 << SLOT_BITS, np.uint64)
    key = (fingerprints.astype(np.uint64) | np.uint64(_TAKEN)) << np.uint64(32)
    slots[places] = key | np.ascontiguousarray(weights).view(np.uint32)[:, 0]
    return Table(slots, scale, bias)


def pack(hashes: Array, weights: Array, rank: Array) -> tuple[Array, Array, Array, float]:
    """Entries for `build_table` of n-grams with float weights (n, CLASSES); where two want a slot the higher rank wins."""
    scale = float(np.abs(weights).max()) / 127
    small = np.clip(np.rint(weights / scale), -127, 127).astype(np.int8)
    order = np.lexsort((hashes, -rank))
    order = order[small[order].any(1)]
    places = (hashes[order] >> np.uint32(32 - SLOT_BITS)).astype(np.int64)
    _, first = np.unique(places, return_index=True)
    chosen = order[first]
    places = hashes[chosen] >> np.uint32(32 - SLOT_BITS)
    return places, (hashes[chosen] & np.uint32(0xFF)).astype(np.uint8), small[chosen], scale


@dataclass(frozen=True, slots=True)
class Scores:
    """What the n-grams say. `of_words` holds the weight against content of the n-grams that start at each word."""

    lines: Array  # float32 (L, CLASSES)
    used: Array  # (L,) n-grams found in the table
    of_words: Array  # int16 (orders of words, W), chrome minus content


def score(page: Reading, table: Table) -> Scores:
    """Scores of every line of the page."""
    chars, words = reading.grams(page)
    by_char, char_hits, _ = _look_up(chars, table)
    by_word, word_hits, each = _look_up(words, table)
    total = np.add.reduceat(by_char, page.line_starts, 0)
    total += np.add.reduceat(by_word, page.line_words, 0)
    used = np.add.reduceat(char_hits, page.line_starts) + np.add.reduceat(word_hits, page.line_words)
    lines = total * table.scale / (np.sqrt(used) + 1)[:, None] + table.bias
    against = each[:, :, 1:].max(2).astype(np.int16) - each[:, :, 0]
    return Scores(lines.astype(np.float32), used, against)


def _look_up(orders: list[Array], table: Table) -> tuple[Array, Array, Array]:
    """Weights summed over the orders (positions, CLASSES), how many were found, and the weights (orders, …)."""
    hashes = np.concatenate(orders)
    found = table.slots[hashes >> np.uint32(32 - SLOT_BITS)]
    match = (found >> np.uint64(32)) == ((hashes & np.uint32(0xFF)) | np.uint32(_TAKEN))
    match &= hashes != 0
    weights = (found.astype(np.uint32) * match).view(np.int8).reshape(len(orders), -1, CLASSES)
    return weights.sum(0, dtype=np.int32), match.reshape(len(orders), -1).sum(0, dtype=np.int32), weights
