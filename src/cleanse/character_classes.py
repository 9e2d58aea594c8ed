r"""What kind of character each code point below 2^16 is, as tables made from Python's Unicode data.

Imports only `character_values` and `text`.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from cleanse.character_values import BMP, lower_table, lowered
from cleanse.text import UNSPACED_BLOCKS

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Codes = npt.NDArray[np.uint32]
    Classes = npt.NDArray[np.uint16]

T = TypeVar("T", bound=np.generic)

# MARKED are the few that are neither a space nor a letter in lower case: most counts need to look at them only.
_NUMBERS = (1 << n for n in range(13))
WORD, SINGLE, LETTER, DIGIT, UPPER, LOWER, SPACE, SYMBOL, SENTENCE_END, CLOSING, APART, BULLET, MARKED = _NUMBERS

# Ends of sentences of all scripts: Latin, Greek, Arabic, Urdu, Devanagari, Armenian, Ethiopic, Tibetan, Khmer, Myanmar, CJK.
SENTENCE_ENDS = ".!?…;;؟۔؛।॥։՜՞፡።፧፨།༎។៕၊။。．！？；｡‼⁇⁈⁉"
# Marks that may close a sentence behind its end, or in its place: quotation marks of all styles, brackets.
CLOSING_MARKS = "\"'»«”“’‘›‹)]}）］｝」』】〉》〟＂＇"
APART_MARKS = "»›"  # of these, the ones that French sets apart from what they close
BULLETS = "•‣◦▪▫●○■□◆◇►▸➤➢✓✔·⁃∙*-–—"
_SYMBOLS = {"Sm", "Sc", "Sk", "So", "Co", "Cn", "Cc", "Cs"}
_MARKUP = "#@*\\|_{}"  # punctuation in Unicode's eyes, markup in prose


def _flags(characters: str) -> Classes:
    """Return what each character is, but for its place in sentences."""
    lower = lower_codes(np.frombuffer(characters.encode("utf-32-le", "surrogatepass"), np.uint32))
    categories = [unicodedata.category(character) for character in characters]
    letter, upper, space = (
        np.array([test(c) for c in characters], bool) for test in (str.isalpha, str.isupper, str.isspace)
    )
    symbol = np.array([category in _SYMBOLS for category in categories], bool)
    symbol |= np.array([character in _MARKUP for character in characters], bool)
    kinds = (
        (WORD, (lower != 0) & np.array([category != "Cs" for category in categories], bool)),
        (SINGLE, np.logical_or.reduce([(lower >= first) & (lower < end) for first, end in UNSPACED_BLOCKS])),
        (LETTER, letter),
        (DIGIT, np.array([character.isdigit() for character in characters], bool)),
        (UPPER, upper),
        (LOWER, np.array([character.islower() for character in characters], bool)),
        (SPACE, space),
        (SYMBOL, symbol & ~space),
        (MARKED, ~((letter & ~upper) | np.array([character == " " for character in characters], bool))),
    )
    flags = np.zeros(len(characters), np.uint16)
    for flag, holds in kinds:
        flags[holds] |= flag
    return flags


@lru_cache(maxsize=1)
def class_table() -> Classes:
    """Return the flags of each code point below 2^16."""
    table = _flags("".join(map(chr, range(BMP))))
    sets = ((SENTENCE_ENDS, SENTENCE_END), (CLOSING_MARKS, CLOSING), (APART_MARKS, APART), (BULLETS, BULLET))
    for characters, flag in sets:
        for character in characters:
            table[ord(character)] |= flag
    return table


def classes_of(codes: Codes) -> Classes:
    """Return the flags of each code point."""
    return _look_up(class_table(), codes, _flags)


def lower_codes(codes: Codes) -> npt.NDArray[np.unsignedinteger]:
    """Return the code point of each word character in lower case, 0 for what is no word character."""
    if int(codes.max(initial=0)) < BMP:
        return lower_table()[codes]
    return _look_up(lower_table().astype(np.uint32), codes, _lowered)


def _lowered(characters: str) -> npt.NDArray[np.uint32]:
    return np.array([lowered(ord(character)) for character in characters], np.uint32)


def _look_up(table: npt.NDArray[T], codes: Codes, beyond: Callable[[str], npt.NDArray[Any]]) -> npt.NDArray[T]:
    """Return the entries of code points in a table of the first 2^16; `beyond` gives those of other characters."""
    if int(codes.max(initial=0)) < BMP:
        return table[codes]
    entries = table[np.minimum(codes, np.uint32(BMP - 1))]
    others = np.flatnonzero(codes >= BMP)
    distinct, numbers = np.unique(codes[others], return_inverse=True)
    entries[others] = beyond("".join(map(chr, distinct.tolist())))[numbers]
    return entries


def sentence_ends(classes: Classes, marks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return where a sentence's last mark stands: an end of a sentence, closing marks behind it, then white space.

    A guillemet may stand apart, as in French, if white space stands behind it too.

    Args:
        classes: Of all characters.
        marks: The places of those that are `SENTENCE_END`.
    """
    last, ends = len(classes) - 1, marks
    for _ in range(2):  # up to two closing marks
        behind = np.minimum(ends + 1, last)
        ends = np.where(classes[behind] & CLOSING != 0, behind, ends)
    ends = ends[ends < last]
    ends = np.unique(ends[classes[ends + 1] & SPACE != 0])
    apart = (classes[np.minimum(ends + 2, last)] & APART != 0) & (classes[np.minimum(ends + 3, last)] & SPACE != 0)
    return np.where(apart & (ends + 3 <= last), ends + 2, ends)
