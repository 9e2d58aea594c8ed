"""Chances of blocks → which stay, and how sure that is. Knows only numpy.

The choice is made for the page as a whole: the limit on the chance that maximises the expected F1 over words.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

ONE = 65_536  # a chance of 1; chances are whole numbers


class Choice(NamedTuple):
    """What stays of a page."""

    kept: Array  # bool (blocks,)
    expected: float  # F1 that is expected of it, 0..1


def choose(chance: Array, words: Array, lowest: int, highest: int | Array) -> Choice:
    """Return the blocks that stay.

    Args:
        chance: int64 (blocks,) that a block is content, in parts of `ONE`.
        words: int64 (blocks,).
        lowest: A block of at least `highest` always stays, one below `lowest` never does.
        highest: See `lowest`; one number, or one for each block.
    """
    if not len(chance) or not words.any():
        return Choice(np.zeros(len(chance), bool), 0.0)
    order = np.argsort(-chance, kind="stable")
    likely = np.cumsum((chance * words)[order])
    kept = np.cumsum(words[order]) * ONE
    expected = 2 * likely / (kept + likely[-1] + 1)
    best = int(np.argmax(expected))
    limit = np.minimum(max(int(chance[order[best]]), lowest), highest)
    return Choice(chance >= limit, float(expected[best]))
