"""Measures of lines and paragraphs: how they end, begin, how long they are, and which stood above already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanse.character_classes import BULLET, CLOSING, MARKED, SENTENCE_END, SPACE, sentence_ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cleanse.character_classes import Classes, Codes
    from cleanse.text_arrays import Places, TextArrays

SHORT = 30  # characters; FineWeb's limit of a short line
_NEWLINE, _DOT, _ELLIPSIS = ord("\n"), ord("."), ord("…")


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


@dataclass(frozen=True, slots=True)
class Marks:
    """The characters of a batch that are neither a space nor a letter in lower case."""

    places: Places
    codes: Codes
    classes: Classes
    offsets: Places  # where each text begins

    @classmethod
    def of(cls, arrays: TextArrays) -> Marks:
        """Return the marks of a batch."""
        places = np.flatnonzero(arrays.classes & MARKED)
        return cls(places, arrays.codes[places], arrays.classes[places], arrays.offsets)

    def count(self, places: Places) -> Places:
        """Return how many of some ascending places lie in each text."""
        return np.diff(np.searchsorted(places, self.offsets))

    def count_flagged(self, flag: int) -> Places:
        """Return how many characters of each text have a flag."""
        return self.count(self.places[self.classes & flag != 0])

    def count_code(self, character: str) -> Places:
        """Return how often a character stands in each text."""
        return self.count(self.places[self.codes == ord(character)])


def count_lines(arrays: TextArrays, marks: Marks) -> LineCounts:
    """Return what the lines of each text look like."""
    classes = arrays.classes
    first, last = _bare_lines(classes, marks.places[marks.codes == _NEWLINE])
    text = np.searchsorted(arrays.offsets, first, side="right") - 1
    ellipses = _ellipses(arrays.codes, marks)
    ends = sentence_ends(classes, marks.places[marks.classes & SENTENCE_END != 0])

    def by_text(chosen: npt.NDArray[np.bool_]) -> Places:
        return np.bincount(text[chosen], minlength=arrays.count)

    lines = np.bincount(text, minlength=arrays.count)
    return LineCounts(
        lines=lines,
        ended=by_text(classes[last] & (SENTENCE_END | CLOSING) != 0),
        short=by_text(last - first < SHORT),
        bulleted=by_text((classes[first] & BULLET != 0) & (last > first)),
        trailing_off=by_text(np.isin(last, ellipses)),
        ellipses=marks.count(ellipses),
        sentences=lines + marks.count(ends[~np.isin(ends, last)]),
    )


def _bare_lines(classes: Classes, breaks: Places) -> tuple[Places, Places]:
    """Return the first and the last character of each line that is no white space; blank lines have none."""
    first, last = np.append(0, breaks[:-1] + 1), breaks - 1
    first, last = first[first <= last], last[first <= last]
    while len(blank := np.flatnonzero((first <= last) & (classes[first] & SPACE != 0))):
        first[blank] += 1
    first, last = first[first <= last], last[first <= last]
    while len(blank := np.flatnonzero(classes[last] & SPACE != 0)):
        last[blank] -= 1
    return first, last


def _ellipses(codes: Codes, marks: Marks) -> Places:
    """Return the places of … and of the third of three dots; of a longer row of dots, the last one."""
    dots = marks.places[marks.codes == _DOT]
    third = dots[2:][dots[2:] - dots[:-2] == 2]
    third = third[codes[third + 1] != _DOT]
    return np.union1d(third, marks.places[marks.codes == _ELLIPSIS])


def repeated_shares(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return, for each text, the shares of repeated lines and paragraphs: by number, by characters. Shape (texts, 4)."""
    rows = [
        (*_repeated(text.split("\n")), *(_repeated(text.split("\n\n")) if "\n\n" in text else (0, 0))) for text in texts
    ]
    return np.array(rows, np.float64).reshape(len(texts), 4)


def _repeated(pieces: list[str]) -> tuple[float, float]:
    """Return which share of the pieces that are not blank stood above already, by number and by characters."""
    bare = [piece for piece in map(str.strip, pieces) if piece]
    distinct = dict.fromkeys(bare)
    if len(distinct) == len(bare):
        return 0.0, 0.0
    chars = sum(map(len, bare))
    return 1 - len(distinct) / len(bare), (chars - sum(map(len, distinct))) / chars
