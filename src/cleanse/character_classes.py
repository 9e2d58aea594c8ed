"""What kind of character each code point below 2^16 is, as a table of flags made from Python's Unicode data.

Imports only `character_values` and `text_arrays`.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from cleanse.character_values import BMP
from cleanse.text_arrays import look_up

if TYPE_CHECKING:
    import numpy.typing as npt

LETTER, DIGIT, UPPER, LOWER, SPACE, SYMBOL, SENTENCE_END, CLOSING, BULLET = (1 << n for n in range(9))

# Ends of sentences of all scripts: Latin, Greek, Arabic, Urdu, Devanagari, Armenian, Ethiopic, Tibetan, Khmer, Myanmar, CJK.
SENTENCE_ENDS = ".!?…;;؟۔؛।॥։՜՞፡።፧፨།༎។៕၊။。．！？；｡‼⁇⁈⁉"
# Marks that may close a sentence behind its end, or in its place: quotation marks of all styles, brackets.
CLOSING_MARKS = "\"'»«”“’‘›‹)]}）］｝」』】〉》〟＂＇"
BULLETS = "•‣◦▪▫●○■□◆◇►▸➤➢✓✔·⁃∙*-–—"
_SYMBOLS = {"Sm", "Sc", "Sk", "So", "Co", "Cn", "Cc", "Cs"}
_MARKUP = "#@*\\|_{}"  # punctuation in Unicode's eyes, markup in prose


@lru_cache(maxsize=1)
def class_table() -> npt.NDArray[np.uint16]:
    """Return the flags of each code point below 2^16; beyond it, code points share those of U+FFFF, a symbol."""
    table = np.zeros(BMP, np.uint16)
    for code in range(BMP):
        character = chr(code)
        category = unicodedata.category(character)
        flags = LETTER if character.isalpha() else 0
        flags |= DIGIT if character.isdigit() else 0
        flags |= UPPER if character.isupper() else 0
        flags |= LOWER if character.islower() else 0
        flags |= SPACE if character.isspace() else 0
        flags |= SYMBOL if (category in _SYMBOLS or character in _MARKUP) and not character.isspace() else 0
        table[code] = flags
    for characters, flag in ((SENTENCE_ENDS, SENTENCE_END), (CLOSING_MARKS, CLOSING), (BULLETS, BULLET)):
        for character in characters:
            table[ord(character)] |= flag
    return table


def classes_of(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint16]:
    """Return the flags of each code point; letters beyond 2^16 are told apart one by one."""
    flags = look_up(class_table(), codes)
    for code in np.unique(codes[codes >= BMP]).tolist():
        if chr(code).isalnum():
            flags[codes == code] = LETTER if chr(code).isalpha() else DIGIT
    return flags


def sentence_ends(classes: npt.NDArray[np.uint16]) -> npt.NDArray[np.int64]:
    """Return where a sentence's last mark stands: an end of a sentence, closing marks behind it, then white space.

    A closing mark may stand apart, as in French, if white space stands behind it too.
    """
    space = classes & SPACE != 0
    closed = classes & SENTENCE_END != 0
    for _ in range(2):  # up to two closing marks
        closed[1:] |= closed[:-1] & (classes[1:] & CLOSING != 0)
    ends = np.flatnonzero(closed[:-1] & space[1:])
    apart = ends[ends + 3 < len(classes)]
    apart = apart[(classes[apart + 2] & CLOSING != 0) & space[apart + 3]]
    ends[np.isin(ends, apart, assume_unique=True)] += 2
    return ends
