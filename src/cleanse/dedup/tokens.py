r"""Which code points are words, and what each is worth: tables made by Python's own `\w` and `str.lower`. Pure."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]

BMP = 0x10000  # code points that fit one UTF-16 unit
# Scripts written without spaces: each word character counts as a word of its own. Unicode 15 blocks, half-open.
SINGLE_BLOCKS = (
    (0x0E00, 0x0F00),  # Thai, Lao
    (0x1000, 0x10A0),  # Myanmar
    (0x1780, 0x1800),  # Khmer
    (0x2E80, 0x2FE0),  # CJK and Kangxi radicals
    (0x3005, 0x3008),  # 々 〆 〇
    (0x3021, 0x302A),  # Hangzhou numerals
    (0x3031, 0x3130),  # Kana repeat marks, Hiragana, Katakana, Bopomofo
    (0x31A0, 0x3200),  # Bopomofo extended, strokes, Katakana extensions
    (0x3400, 0x4DC0),  # CJK extension A
    (0x4E00, 0xA000),  # CJK
    (0xA9E0, 0xAA00),  # Myanmar extended B
    (0xAA60, 0xAA80),  # Myanmar extended A
    (0xF900, 0xFB00),  # CJK compatibility
    (0xFF66, 0xFFA0),  # half-width Katakana
    (0x1AFF0, 0x1B170),  # Kana supplements
    (0x1F200, 0x1F201),  # square Hiragana
    (0x20000, 0x3FFFE),  # CJK extensions B and later
)
# Only here lower-casing looks at the neighbours (Σ) or yields two characters (İ): such texts are lower-cased first.
UNTABLED = ("\u0130", "\u03a3")
_ODD = 0x9E3779B97F4A7C15  # 2^64 / golden ratio
_MASK = (1 << 64) - 1


def is_single(code: int) -> bool:
    """Whether a word character is a word of its own, as in Chinese, Japanese or Thai."""
    return any(first <= code < end for first, end in SINGLE_BLOCKS)


def mix(values: Hashes) -> Hashes:
    """Spread 64-bit values over all bits, in place (the finaliser of splitmix64, Steele et al. 2014)."""
    values ^= values >> np.uint64(30)
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


def _lowered(code: int) -> int:
    r"""The lower-case code point of a word character; 0 for what is no word character under `\w`."""
    character = chr(code).lower()
    return ord(character) if len(character) == 1 and (character.isalnum() or character == "_") else 0


@lru_cache(maxsize=1)
def bmp_values() -> Hashes:
    """Value of each code point below 2^16: 0 no word character, odd a word of its own, else even. Shape (65536,)."""
    codes = np.array([0 if 0xD800 <= c < 0xE000 else _lowered(c) for c in range(BMP)], dtype=np.uint64)
    return _valued(codes)


@lru_cache(maxsize=4096)
def astral_value(code: int) -> int:
    """The same for one code point of 2^16 or above."""
    return int(_valued(np.array([_lowered(code)], dtype=np.uint64))[0])


def _valued(lowered: Hashes) -> Hashes:
    values = mix(lowered * np.uint64(_ODD)) & np.uint64(_MASK - 1) | np.uint64(2)
    for first, end in SINGLE_BLOCKS:
        values[(lowered >= first) & (lowered < end)] |= np.uint64(1)
    values[lowered == 0] = 0
    return values
