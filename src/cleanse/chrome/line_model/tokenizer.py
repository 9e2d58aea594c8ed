"""Reads the lines of a page into arrays: code points, their classes, words and hashed n-grams. Knows only numpy.

Everything is vectorised over the code points of the page, since a page of 300 lines has to be judged in a few
milliseconds. The same code reads the pages for training, so that training and use cannot drift apart.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Ints = NDArray[np.int64]
Array = NDArray[Any]

CODE_POINTS = 0x10000  # the basic plane; everything above it counts as one symbol
MAX_LINE = 3000  # characters of a line that are read: two thirds from its start, the rest from its end
CHAR_ORDERS = (3, 4, 5)  # characters in an n-gram
WORD_ORDERS = (1, 2, 3)  # words in an n-gram
CHAR_HEAD, CHAR_TAIL = 80, 40  # characters of a line whose n-grams count: chrome shows at a line's start and end
WORD_HEAD, WORD_TAIL = 32, 16  # words, likewise
LONG_WORD = 4  # characters from which a word says something about the page's subject
SHORT_LINE = 8  # words up to which a line as a whole is a feature of its own
_STEP = np.uint32(0x9E3779B1)  # odd multipliers near 2^32 divided by the golden ratio and by pi
_WORD_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint32(0x85EBCA6B)

# Classes of characters. BREAK, SPACE come first; WORDS are the classes that make up words.
(
    BREAK, SPACE, LOWER, UPPER, LETTER, CJK, DIGIT, STOP, EXCLAIM, COMMA, COLON, QUOTE, BRACKET,
    DASH, RULE, BULLET, SIGN, AMOUNT, SYMBOL, APOSTROPHE,
) = range(20)  # fmt: skip
CLASSES = 20
_LISTED = {
    STOP: ".…。．॥।۔",
    EXCLAIM: "!?！？؟¿¡",
    COMMA: ",，、،",
    COLON: ":;：；",
    QUOTE: '"“”„«»‹「」『』‟❝❞',
    BRACKET: "()[]{}（）【】《》〈〉",
    DASH: "-–—‐‑‒―",
    RULE: "|/\\>›~→▶►<←_=＞｜",
    BULLET: "•*·▪‣●○■◦∙➤✓",
    SIGN: "©®™@#&",
    AMOUNT: "$€£¥%+₽₹°",
    APOSTROPHE: "'’‘ʼ`´",
}
_CJK_RANGES = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xF900, 0xFAFF),
)  # fmt: skip


def character_tables() -> tuple[Array, Array]:
    """Class (uint8) and folded form (uint16) of every code point of the basic plane.

    Folded: lower case where that is one character, any digit as 0, any apostrophe as ', white space as a space.
    Built once in training and stored in the model, so that it does not depend on the Unicode version of the reader.
    """
    classes = np.full(CODE_POINTS, SYMBOL, np.uint8)
    folded = np.arange(CODE_POINTS, dtype=np.uint16)
    for code in range(CODE_POINTS):
        char = chr(code)
        category = unicodedata.category(char)
        lower = char.lower()
        if len(lower) == 1:
            folded[code] = ord(lower)
        if char.isspace():
            classes[code], folded[code] = SPACE, 32
        elif category == "Nd":
            classes[code], folded[code] = DIGIT, ord("0")
        elif category == "Ll":
            classes[code] = LOWER
        elif category in ("Lu", "Lt"):
            classes[code] = UPPER
        elif category[0] in "LM":
            classes[code] = LETTER
    for first, last in _CJK_RANGES:
        classes[first : last + 1] = CJK
    for name, chars in _LISTED.items():
        for char in chars:
            classes[ord(char)] = name
            if name == APOSTROPHE:
                folded[ord(char)] = ord("'")
    classes[10] = BREAK
    folded[10] = 10
    return classes, folded


@dataclass(frozen=True, slots=True)
class Reading:
    """A page as arrays. Lines are the non-blank ones, in order; L of them, N characters, W words.

    A line's characters start with the line break before it; its words start with that break as a word of its own.
    """

    folded: Array  # uint32 (N,), characters in folded form
    classes: Array  # uint8 (N,)
    line_starts: Ints  # (L,) index of the line break before each line
    breaks: Array  # bool (N,)
    char_lines: Array  # int32 (N,) line of each character
    word_starts: Ints  # (W,), breaks included
    word_ends: Ints  # (W,)
    word_hashes: Array  # uint32 (W,)
    word_lines: Array  # int32 (W,) line of each word
    line_words: Ints  # (L,) index of each line's first word, the break
    line_hashes: Array  # uint32 (L,), of the words in any order
    telling: Ints  # indices of long words, and of CJK characters


def read(lines: Sequence[str], classes: Array, folded: Array) -> Reading:
    """Return the arrays of `lines`, which are stripped, not blank, and have single spaces."""
    short = [s if len(s) <= MAX_LINE else s[: 2 * MAX_LINE // 3] + s[-MAX_LINE // 3 :] for s in lines]
    text = "\n" + "\n".join(short) + "\n\n\n\n\n"
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    points = np.minimum(points, CODE_POINTS - 1)
    kinds = classes[points]
    low = folded[points].astype(np.uint32)
    breaks = kinds == BREAK
    line_starts = np.flatnonzero(breaks)[: len(short)]
    inside = ((kinds >= LOWER) & (kinds <= DIGIT)) | (kinds == APOSTROPHE)
    cjk = kinds == CJK
    starts = breaks.copy()
    starts[1:] |= inside[1:] & (~inside[:-1] | cjk[1:] | cjk[:-1])
    starts[-4:] = False  # one break is left behind the last line: it ends the last word n-grams
    word_starts = np.flatnonzero(starts)
    ends = np.ones(len(kinds), bool)
    ends[:-1] = ~inside[:-1] | ~inside[1:] | cjk[:-1] | cjk[1:]
    word_ends = np.flatnonzero(ends & (inside | breaks))[: len(word_starts)] + 1
    hashes = _word_hashes(low, word_starts, word_ends)
    line_words = np.flatnonzero(breaks[word_starts])[: len(short)]
    char_lines = np.cumsum(breaks, dtype=np.int32) - 1
    word_lines = char_lines[word_starts]
    ends = np.append(line_words[1:], len(word_starts) - 1)
    sums = np.append(np.uint32(0), np.cumsum(hashes * (hashes | np.uint32(1)), dtype=np.uint32))
    whole = sums[ends] - sums[line_words]
    telling = (word_ends - word_starts >= LONG_WORD) | (kinds[word_starts] == CJK)
    telling[line_words], telling[-1] = False, False
    return Reading(
        low, kinds, line_starts, breaks, char_lines, word_starts, word_ends, hashes, word_lines, line_words, whole,
        np.flatnonzero(telling),
    )  # fmt: skip


def _word_hashes(low: Array, starts: Ints, ends: Ints) -> Array:
    """Return a 32-bit hash for each word: a polynomial over its characters mod 2^64, from prefix sums; the top half."""
    powers, inverses = _powers(len(low))
    sums = np.empty(len(low) + 1, np.uint64)
    sums[0] = 0
    np.cumsum((low + np.uint32(1)).astype(np.uint64) * powers, out=sums[1:])
    value = (sums[ends] - sums[starts]) * inverses[starts]
    value ^= value >> np.uint64(29)
    value *= _WORD_STEP
    return (value >> np.uint64(32)).astype(np.uint32)


_tables: list[Array] = [np.ones(0, np.uint64), np.ones(0, np.uint64)]  # powers of _WORD_STEP and of its inverse


def _powers(size: int) -> tuple[Array, Array]:
    if len(_tables[0]) < size:
        length = max(1 << 16, 1 << (size - 1).bit_length())
        inverse = np.uint64(pow(int(_WORD_STEP), -1, 1 << 64))
        for slot, base in enumerate((_WORD_STEP, inverse)):
            factors = np.full(length, base, np.uint64)
            factors[0] = 1
            _tables[slot] = np.cumprod(factors)
    return _tables[0][:size], _tables[1][:size]


class NGrams(NamedTuple):
    """Hashed n-grams of the characters, or of the words, of all lines; n of them, by order and then by place."""

    hashes: Array  # uint32 (n,)
    at: Array  # (n,) index of the character or word that it starts with
    order: Array  # (n,) which of the orders it is of, from 0


def grams(page: Reading) -> tuple[NGrams, NGrams]:
    """Return the n-grams of characters and those of words.

    None crosses a line or lies deep inside a long one. A short line as a whole is one more, of the first order of
    words, at the break before it.
    """
    ends = np.append(page.line_words[1:], len(page.word_starts) - 1)
    short = np.flatnonzero(ends - page.line_words <= SHORT_LINE + 1)
    wholes = (page.line_hashes[short] * _MIX) | np.uint32(1)
    words = _orders(page.word_hashes, page.breaks[page.word_starts], WORD_ORDERS, (WORD_HEAD, WORD_TAIL))
    first = NGrams(wholes, page.line_words[short], np.zeros(len(short), np.int8))
    chars = _orders(page.folded, page.breaks, CHAR_ORDERS, (CHAR_HEAD, CHAR_TAIL))
    return chars, _together([first, words])


def _orders(units: Array, breaks: Array, orders: tuple[int, ...], reach: tuple[int, int]) -> NGrams:
    """n-grams of the given orders. `units` begins with a break, ends with one, and holds one before each line."""
    head, tail = reach
    places = np.flatnonzero(breaks)
    length = np.diff(np.append(places, len(units)))
    inside = np.arange(len(units), dtype=np.int32) - np.repeat(places, length).astype(np.int32)
    to_tail = np.repeat((length - tail).astype(np.int32), length)
    index = np.flatnonzero((inside < head + orders[-1] - 1) | (inside >= to_tail))  # units that are in any n-gram
    inside, breaks = inside.take(index), breaks.take(index)
    valid = (inside < head) | (inside >= to_tail.take(index))
    value = units.take(index) + np.uint32(len(orders) + orders[0])
    size = len(index)
    following = value - np.uint32(len(orders) + orders[0])
    found: list[NGrams] = []
    for order in range(1, orders[-1] + 1):
        if order > 1:
            value *= _STEP
            value[: size - order + 1] += following[order - 1 :]
        if order > 2:
            valid[: size - order + 1] &= ~breaks[order - 2 : size - 1]
        if order in orders:
            at = np.flatnonzero(valid[: size - order + 1] if order > 1 else valid & ~breaks)
            mixed = value.take(at)
            mixed ^= mixed >> np.uint32(15)
            mixed *= _MIX + np.uint32(2 * order)
            mixed ^= mixed >> np.uint32(13)
            found.append(NGrams(mixed, index.take(at), np.full(len(at), orders.index(order), np.int8)))
    return _together(found)


def _together(several: list[NGrams]) -> NGrams:
    hashes, at, order = zip(*several, strict=True)
    return NGrams(np.concatenate(hashes), np.concatenate(at), np.concatenate(order))
