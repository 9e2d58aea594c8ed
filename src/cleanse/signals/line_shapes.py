"""Measures of lines and paragraphs: how they end, begin, how long they are, and which stood above already."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanse.character_classes import BULLET, CLOSING, SENTENCE_END, SPACE, sentence_ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cleanse.text_arrays import Places, TextArrays

SHORT = 30  # characters; FineWeb's limit of a short line
_NEWLINE, _DOT, _ELLIPSIS = ord("\n"), ord("."), ord("…")
_BLANK = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class LineCounts:
    """Counts of each text. A line is one that is not blank."""

    lines: Places
    ended: Places
    short: Places
    bulleted: Places
    trailing_off: Places  # lines that end in an ellipsis
    ellipses: Places  # everywhere
    sentences: Places


def count_lines(arrays: TextArrays, classes: npt.NDArray[np.uint16]) -> LineCounts:
    """Return what the lines of each text look like."""
    codes = arrays.codes
    ink = np.flatnonzero(classes & SPACE == 0)
    breaks = np.flatnonzero(codes == _NEWLINE)  # the last one stands behind the last text
    upto = np.searchsorted(ink, breaks)  # characters that are no white space before each line break
    before = np.concatenate([[0], upto[:-1]])
    filled = upto > before
    first, last = ink[before[filled]], ink[upto[filled] - 1]
    text = np.searchsorted(arrays.offsets, first, side="right") - 1
    dots = (codes == _DOT) & np.roll(codes == _DOT, 1) & np.roll(codes == _DOT, 2)  # the third of three dots
    ellipsis = dots | (codes == _ELLIPSIS)
    ended = classes[last] & (SENTENCE_END | CLOSING) != 0
    bulleted = (classes[first] & BULLET != 0) & (last > first)
    ends = sentence_ends(classes)
    single = ellipsis & ~np.roll(dots, 1)

    def by_text(chosen: npt.NDArray[np.bool_]) -> Places:
        return np.bincount(text[chosen], minlength=arrays.count)

    lines = by_text(np.ones(len(text), bool))
    within = ends[~np.isin(ends, last, assume_unique=True)]
    return LineCounts(
        lines=lines,
        ended=by_text(ended),
        short=by_text(last - first < SHORT),
        bulleted=by_text(bulleted),
        trailing_off=by_text(ellipsis[last]),
        ellipses=_count(arrays, np.flatnonzero(single)),
        sentences=lines + _count(arrays, within),
    )


def _count(arrays: TextArrays, places: Places) -> Places:
    """Return how many of some ascending places lie in each text."""
    return np.diff(np.searchsorted(places, arrays.offsets))


def repeated_shares(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return, for each text, the shares of repeated lines and paragraphs: by number, by characters. Shape (texts, 4)."""
    rows = [(*_repeated(text.split("\n")), *_repeated(_BLANK.split(text))) for text in texts]
    return np.array(rows, np.float64).reshape(len(texts), 4)


def _repeated(pieces: list[str]) -> tuple[float, float]:
    """Return which share of the pieces that are not blank stood above already, by number and by characters."""
    bare = [piece for piece in map(str.strip, pieces) if piece]
    distinct = dict.fromkeys(bare)
    if len(distinct) == len(bare):
        return 0.0, 0.0
    chars = sum(map(len, bare))
    return 1 - len(distinct) / len(bare), (chars - sum(map(len, distinct))) / chars
