"""What kind of character each code point below 2^16 is, as a table of flags made from Python's Unicode data."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from cleanse.character_values import BMP
from cleanse.text_arrays import look_up

if TYPE_CHECKING:
    import numpy.typing as npt

LETTER, DIGIT, UPPER, SPACE, SYMBOL, SENTENCE_END, CLOSING, BULLET = (1 << n for n in range(8))

# Ends of sentences of all scripts: Latin, Greek, Arabic, Urdu, Devanagari, Armenian, Ethiopic, Tibetan, Khmer, Myanmar, CJK.
SENTENCE_ENDS = ".!?…;;؟۔؛।॥։՜՞፡።፧፨།༎។៕၊။。．！？；｡‼⁇⁈⁉"
# Marks that may close a sentence behind its end, or in its place: quotation marks of all styles, brackets.
CLOSING_MARKS = "\"'»«”“’‘›‹)]}）］｝」』】〉》〟＂＇"
BULLETS = "•‣◦▪▫●○■□◆◇►▸➤➢✓✔·⁃∙*-–—"
_SYMBOLS = {"Sm", "Sc", "Sk", "So", "Co", "Cn", "Cc", "Cs"}
_MARKUP = "#@*\\|_{}"  # punctuation in Unicode's eyes, markup in prose


@lru_cache(maxsize=1)
def class_table() -> npt.NDArray[np.uint8]:
    """Return the flags of each code point below 2^16; beyond it, code points share those of U+FFFF, a symbol."""
    table = np.zeros(BMP, np.uint8)
    for code in range(BMP):
        character = chr(code)
        category = unicodedata.category(character)
        flags = LETTER if character.isalpha() else 0
        flags |= DIGIT if character.isdigit() else 0
        flags |= UPPER if character.isupper() else 0
        flags |= SPACE if character.isspace() else 0
        flags |= SYMBOL if (category in _SYMBOLS or character in _MARKUP) and not character.isspace() else 0
        table[code] = flags
    for characters, flag in ((SENTENCE_ENDS, SENTENCE_END), (CLOSING_MARKS, CLOSING), (BULLETS, BULLET)):
        for character in characters:
            table[ord(character)] |= flag
    return table


def classes_of(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """Return the flags of each code point; letters beyond 2^16 are told apart one by one."""
    flags = look_up(class_table(), codes)
    for code in np.unique(codes[codes >= BMP]).tolist():
        if chr(code).isalnum():
            flags[codes == code] = LETTER if chr(code).isalpha() else DIGIT
    return flags
