"""What the characters of each block look like: shares of kinds of characters, how it ends and begins. Knows only numpy."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[Any]

OTHER, LOWER, UPPER, LETTER, DIGIT, SPACE, STOP, COMMA, COLON, QUOTE, BRACKET, DASH, SYMBOL = range(13)
KINDS = 13
_MARKS = {
    STOP: ".!?…。！？।؟",
    COMMA: ",;،、，；",
    COLON: ":：",
    QUOTE: "\"'“”„«»‘’‹›「」『』",
    BRACKET: "()[]{}（）【】",
    DASH: "-–—",
    SYMBOL: "|•·→>»▸▶©®™/\\*#@&+=",
}
_PLANE = 0x10000  # characters above the first plane count as OTHER


@cache
def kinds() -> Array:
    """Return the kind of each character of Unicode's first plane, uint8."""
    table = np.zeros(_PLANE, np.uint8)
    by_category = {
        "Ll": LOWER,
        "Lu": UPPER,
        "Lt": UPPER,
        "Lo": LETTER,
        "Lm": LETTER,
        "Nd": DIGIT,
        "Zs": SPACE,
        "Sm": SYMBOL,
    }
    for code in range(_PLANE):
        table[code] = by_category.get(unicodedata.category(chr(code)), OTHER)
    for kind, marks in _MARKS.items():
        for mark in marks:
            table[ord(mark)] = kind
    table[[9, 10]] = SPACE
    return table


def describe(text: str, starts: Array, ends: Array) -> dict[str, Array]:
    """Return columns by name, one value for each block of the page text."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    kind = kinds()[np.where(codes < _PLANE, codes, 0)].astype(np.int64)
    sizes = ends - starts
    owner = np.repeat(np.arange(len(starts)), sizes)
    places = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(starts, sizes)
    counts = np.bincount(owner * KINDS + kind[places], minlength=len(starts) * KINDS).reshape(-1, KINDS)
    last = kind[ends - 1]
    before = kind[np.maximum(ends - 2, starts)]
    final = np.where((last == QUOTE) | (last == BRACKET), before, last)
    letters = counts[:, LOWER] + counts[:, UPPER] + counts[:, LETTER]
    return {
        "chars": sizes,
        "upper": counts[:, UPPER] / np.maximum(letters, 1),
        "quotes": counts[:, QUOTE],
        "colons": counts[:, COLON],
        "brackets": counts[:, BRACKET],
        "symbols": counts[:, SYMBOL],
        "final": final,
        "ends": ((final == STOP) | (final == COLON)).astype(np.int64),
    }


def repeated(blocks: Sequence[str]) -> Array:
    """Return how often the letters of each block stand on the page as a block, at most 9."""
    counts: dict[str, int] = {}
    for letters in blocks:
        counts[letters] = counts.get(letters, 0) + 1
    return np.array([min(counts[letters], 9) for letters in blocks], np.int64)


def echoed(words: Sequence[Sequence[str]], prose: int) -> Array:
    """Compute, for each block, the share of its longer words that also occur in other prose blocks; -1 if it has none.

    prose: words from which on a block is prose.
    """
    telling = {word for word in set().union(*words) if len(word) > 3 or not word.isascii()}
    blocks = [telling.intersection(block) for block in words]
    counts: Counter[str] = Counter()
    for block, own in zip(words, blocks, strict=True):
        if len(block) >= prose:
            counts.update(own)
    once, twice = set(counts), {word for word, count in counts.items() if count > 1}
    elsewhere = [len(own & (twice if len(block) >= prose else once)) for block, own in zip(words, blocks, strict=True)]
    sizes = np.array([len(own) for own in blocks], np.int64)
    return np.where(sizes > 0, np.array(elsewhere, np.int64) / np.maximum(sizes, 1), -1.0)
