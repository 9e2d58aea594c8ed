"""What another extractor keeps of a page, as features of its blocks. Knows only numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cleanse.html.block_tree import Ranges

Array = NDArray[Any]

VOTE = 64  # parts of a vote
FAR = 60  # blocks; distances are cut here


def vote_columns(share: Array, weights: Array, words: Array, around: Ranges) -> dict[str, Array]:
    """Return columns by name, one value for each block.

    Args:
        share: Of each block's words that the other one keeps; negative where a block has no word.
        weights: Of the blocks in a mean.
        words: Of each block.
        around: The containers around it.
    """
    size = len(share)
    at = np.arange(size)
    vote = np.rint(np.maximum(share, 0) * VOTE).astype(np.int64)
    sums, total = np.zeros(size + 1, np.int64), np.zeros(size + 1, np.int64)
    np.cumsum(vote * weights, out=sums[1:])
    np.cumsum(weights, out=total[1:])
    columns = {"vote": vote, "vote_page": np.full(size, int((vote * words).sum()) / (int(words.sum()) + 1))}
    for by in (1, -1):
        shifted = np.full(size, -1)
        if size > 1:
            shifted[max(by, 0) : size + min(by, 0)] = vote[max(-by, 0) : size + min(-by, 0)]
        columns[f"vote{by:+d}"] = shifted
    for reach in (2, 6):
        low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, size)
        columns[f"vote~{reach}"] = (sums[high] - sums[low]) / (total[high] - total[low] + 1)
    for level in range(3):
        low, high = around.first[level], around.end[level]
        columns[f"vote^{level + 1}"] = (sums[high] - sums[low]) / (total[high] - total[low] + 1)
    kept = np.flatnonzero(2 * vote > VOTE)
    first, last = (int(kept[0]), int(kept[-1])) if len(kept) else (0, size)
    columns["vote_first"] = np.clip(at - first, -FAR, FAR)
    columns["vote_last"] = np.clip(at - last, -FAR, FAR)
    return columns
