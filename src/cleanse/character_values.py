r"""Which code points are words, and what each is worth: tables made by Python's own `\w` and `str.lower`. Imports only `text`."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from cleanse.text import UNSPACED_BLOCKS

Hashes = npt.NDArray[np.uint64]

BMP = 0x10000  # code points that fit one UTF-16 unit
# What a reader does not see inside a word, and what typesetters make of two letters: a copy that has it is a copy.
UNSEEN: dict[int, str | None] = dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF)) | {
    0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"
}  # fmt: skip
# Only here lower-casing looks at the neighbours (Σ) or yields two characters (İ): such texts are made plain first.
UNTABLED = ("\u0130", "\u03a3", *map(chr, UNSEEN))
_BMP_TEXT = "".join(map(chr, range(BMP)))
_NO_WORD = re.compile(r"\W")
WIDTH_FORMS = range(0xFF00, 0xFFF0)  # narrow and wide forms of letters and digits that exist in another width
_ODD = 0x9E3779B97F4A7C15  # 2^64 / golden ratio
_MASK = (1 << 64) - 1


def mix(values: Hashes) -> Hashes:
    """Spread 64-bit values over all bits, in place (the finaliser of splitmix64, Steele et al. 2014)."""
    values ^= values >> np.uint64(30)
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


def plain(text: str) -> str:
    """Return a text in lower case, without what a reader does not see, its ligatures taken apart."""
    return text.translate(UNSEEN).lower()


def lowered(code: int) -> int:
    r"""Return the lower-case code point of a word character in its usual width; 0 for what is no word character under `\w`."""
    usual = unicodedata.normalize("NFKC", chr(code)) if code in WIDTH_FORMS else chr(code)
    character = usual.lower()
    return ord(character) if len(character) == 1 and (character.isalnum() or character == "_") else 0


@lru_cache(maxsize=1)
def lower_table() -> npt.NDArray[np.uint16]:
    """Return `lowered` of each code point below 2^16. Shape (65536,)."""
    single = _BMP_TEXT.translate(dict.fromkeys(map(ord, UNTABLED[:2]), " ")).lower()  # as long as the text
    table = np.frombuffer(_NO_WORD.sub("\0", single).encode("utf-16-le", "surrogatepass"), np.uint16).copy()
    for code in (*WIDTH_FORMS, *map(ord, UNTABLED[:2])):
        table[code] = lowered(code)
    return table


@lru_cache(maxsize=1)
def bmp_values() -> Hashes:
    """Return the value of each code point below 2^16: 0 no word character, odd a word of its own, else even. Shape (65536,)."""
    return _valued(lower_table().astype(np.uint64))


@lru_cache(maxsize=4096)
def astral_value(code: int) -> int:
    """Return the same for one code point of 2^16 or above."""
    return int(_valued(np.array([lowered(code)], dtype=np.uint64))[0])


def _valued(lowered: Hashes) -> Hashes:
    values = mix(lowered * np.uint64(_ODD)) & np.uint64(_MASK - 1) | np.uint64(2)
    for first, end in UNSPACED_BLOCKS:
        values[(lowered >= first) & (lowered < end)] |= np.uint64(1)
    values[lowered == 0] = 0
    return values
