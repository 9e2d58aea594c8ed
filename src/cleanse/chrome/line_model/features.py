"""What the network is told about every line besides its words: its surface and its place on the page. Knows only numpy.

No feature knows a language: words enter through the scores of n-grams (`scoring.py`) and the rules' findings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanse.chrome.line_model import tokenizer as r
from cleanse.portable_math import log1p_array, log1p_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.line_model.tokenizer import Reading

Array = NDArray[Any]

SOLID = 15  # words from which a line counts as prose
RARITY_STEPS = 1 << 16  # per unit of a word's rarity
FAR = 60  # lines; distances are cut here, so that long and short pages look alike
_COUNTED = (
    r.STOP, r.EXCLAIM, r.COMMA, r.COLON, r.QUOTE, r.BRACKET, r.DASH, r.RULE, r.BULLET, r.SIGN, r.AMOUNT, r.DIGIT,
    r.SYMBOL,
)  # fmt: skip
_SHARED = (r.LOWER, r.UPPER, r.LETTER, r.CJK, r.DIGIT, r.SPACE)
_STARTS = (
    (r.LOWER,), (r.UPPER,), (r.DIGIT,), (r.QUOTE,), (r.BRACKET,), (r.BULLET,), (r.DASH,), (r.LETTER, r.CJK),
)  # fmt: skip
_ENDS = (
    (r.STOP,), (r.EXCLAIM,), (r.COLON,), (r.COMMA,), (r.QUOTE,), (r.BRACKET,), (r.DIGIT,), (r.LOWER,), (r.UPPER,),
    (r.LETTER, r.CJK), (r.RULE,),
)  # fmt: skip
SENTENCE = 13  # column of `surface_of`: the line ends like a sentence
FEATURES = 75  # columns of `describe`
ONE_PAGE = np.zeros(1, np.int64)  # where the pages begin that stand one after the other: there is one


def _membership(groups: Sequence[Sequence[int]]) -> Array:
    table = np.zeros((r.CLASSES, len(groups)), np.float32)
    for column, group in enumerate(groups):
        table[list(group), column] = 1
    return table


_START_TABLE, _END_TABLE = _membership(_STARTS), _membership(_ENDS)


def word_counts(page: Reading) -> Array:
    """Return the words in each line, float32 (L,); each CJK character is one."""
    return (np.diff(np.append(page.line_words, len(page.word_starts) - 1)) - 1).astype(np.float32)


def describe(
    page: Reading,
    gaps: Array,
    indents: Array,
    surface: Array | None = None,
    rows: Array | None = None,
    starts: Array = ONE_PAGE,
) -> Array:
    """Return the features of the lines `rows` (all, if not given), float32 (L, FEATURES), each page by itself.

    gaps: blank lines above each line; indents: its leading white space; surface: `surface_of(page)`, if it is known;
    starts: where each page begins among the rows.
    """
    if surface is None:
        surface = surface_of(page)
    if rows is None:
        rows = np.arange(len(page.line_starts))
    sizes = np.diff(np.append(starts, len(rows)))
    words = word_counts(page)[rows]
    beside = [*_place(words, gaps, indents, starts, sizes), *_echoes(page, words, rows, sizes)]
    return np.column_stack([surface[rows], *beside]).astype(np.float32)


def surface_of(page: Reading) -> Array:
    """Return what each line looks like, wherever it stands, float32 (L, features)."""
    return np.column_stack(_surface(page, word_counts(page))).astype(np.float32)


def _surface(page: Reading, words: Array) -> list[Array]:
    lines = len(page.line_starts)
    counts = np.bincount(page.char_lines * r.CLASSES + page.classes, minlength=lines * r.CLASSES)
    counts = counts[: lines * r.CLASSES].reshape(lines, r.CLASSES).astype(np.float32)
    chars = np.maximum(counts[:, r.SPACE :].sum(1), 1)
    ends = np.append(page.line_starts[1:], page.line_starts[-1] + 1 + int(chars[-1])) - 1
    first, last = page.classes[page.line_starts + 1], page.classes[ends]
    before = page.classes[ends - 1]
    wrapped = (last == r.QUOTE) | (last == r.BRACKET) | (last == r.APOSTROPHE)
    final = np.where(wrapped, before, last)
    capital = (page.classes[page.word_starts] == r.UPPER).astype(np.float32)
    capitals = np.add.reduceat(capital, page.line_words)
    length = (page.word_ends - page.word_starts).astype(np.int32)
    # a line's break is a short word, too; the one behind the last line belongs to none
    short = np.add.reduceat((length[:-1] <= 3).astype(np.float32), page.line_words) - 1
    long = np.add.reduceat((length >= 8).astype(np.float32), page.line_words)
    some = np.maximum(words, 1)
    sentences = counts[:, r.STOP] + counts[:, r.EXCLAIM]
    letters = counts[:, r.LOWER] + counts[:, r.UPPER] + counts[:, r.LETTER] + counts[:, r.CJK]
    return [
        log1p_whole(chars), log1p_whole(words), words <= 1, words <= 3, words >= 12, letters / some, short / some,
        long / some, capitals / some, np.maximum(capitals - 1, 0) / np.maximum(words - 1, 1),
        counts[:, r.UPPER] >= 0.8 * np.maximum(letters, 3), log1p_array(words / (1 + sentences)),
        counts[:, r.COMMA] / some, (final == r.STOP) | (final == r.EXCLAIM),
        log1p_whole(counts[:, _COUNTED]), counts[:, _SHARED] / chars[:, None],
        _START_TABLE[first], _END_TABLE[last],
    ]  # fmt: skip


def _place(words: Array, gaps: Array, indents: Array, starts: Array, sizes: Array) -> list[Array]:
    lines = len(words)
    everywhere = np.arange(lines)
    at = everywhere - np.repeat(starts, sizes)
    size = np.repeat(sizes, sizes)
    counts = words.astype(np.float64)  # whole numbers: their sums are exact, whatever pages stand before
    sums = np.cumsum(counts)
    before = np.append(0, sums)[starts]
    running = sums - np.repeat(before, sizes)
    totals = np.append(sums[starts[1:] - 1], sums[-1]) - before + 1
    total = np.repeat(totals, sizes)
    below = np.append(gaps[1:], 1)
    below[starts[1:] - 1] = 1
    apart = np.add.reduceat((gaps > 0).astype(np.float64), starts) / sizes
    whole = log1p_array(np.column_stack([sizes, totals, totals / sizes, _medians(counts, starts, sizes)]))
    whole = np.repeat(np.column_stack([whole[:, :3], apart, whole[:, 3]]), sizes, 0)
    above_solid, below_solid = _distances(words >= SOLID, everywhere - at, everywhere - at + size)
    return [
        at / size, (running - counts / 2) / total,
        log1p_whole(np.column_stack([at, size - 1 - at, running - counts, total - 1 - running])),
        whole, log1p_whole(np.column_stack([gaps, below])), gaps == 0, gaps >= 2,
        log1p_whole(np.column_stack([indents, above_solid, below_solid])), at == 0,
    ]  # fmt: skip


def _medians(values: Array, starts: Array, sizes: Array) -> Array:
    """Return the median of each page's values."""
    ranked = values[np.lexsort((values, np.repeat(np.arange(len(sizes)), sizes)))]
    middle: Array = (ranked[starts + (sizes - 1) // 2] + ranked[starts + sizes // 2]) / 2
    return middle


def _distances(flag: Array, first: Array, end: Array) -> tuple[Array, Array]:
    """Return lines to the nearest flagged line above and below, the line itself left out; FAR where there is none.

    first, end: half-open bounds of each line's page.
    """
    at = np.arange(len(flag))
    above = np.append(-FAR, np.maximum.accumulate(np.where(flag, at, -FAR))[:-1])
    below = np.append(np.minimum.accumulate(np.where(flag, at, len(flag) + FAR)[::-1])[::-1][1:], len(flag) + FAR)
    return (
        np.where(above >= first, np.minimum(at - above, FAR), FAR),
        np.where(below < end, np.minimum(below - at, FAR), FAR),
    )


def _echoes(page: Reading, words: Array, rows: Array, sizes: Array) -> list[Array]:
    """Repetition: lines with the same words, and how much of a line's vocabulary stands in the prose elsewhere."""
    lines = len(words)
    number = np.repeat(np.arange(len(sizes)), sizes)  # of each line's page
    line, heads, size = _groups(page.line_hashes[rows], np.arange(lines), number)
    again, first = np.empty((2, lines), np.int64)
    again[line], first[line] = np.repeat(size, size), np.repeat(line[heads], size)
    twins, repeated = log1p_whole(np.minimum(again, 9) - 1), first != np.arange(lines)
    row_of = np.full(len(page.line_starts), -1)
    row_of[rows] = np.arange(lines)
    line_of = row_of.take(page.word_lines.take(page.telling))
    shown = np.flatnonzero(line_of >= 0)
    if not len(shown):
        return [twins, repeated, np.zeros(lines), np.zeros(lines)]
    line, heads, size = _groups(page.word_hashes.take(page.telling.take(shown)), line_of.take(shown), number)
    solid = (words >= SOLID).take(line)
    first_solid = np.repeat(np.minimum.reduceat(np.where(solid, line, lines), heads), size)
    last_solid = np.repeat(np.maximum.reduceat(np.where(solid, line, -1), heads), size)
    echoed = (last_solid >= 0) & ((first_solid != line) | (last_solid != line))
    lines_there = sizes.take(number.take(line.take(heads)))
    rarity = np.maximum(1 + log1p_whole(lines_there) - log1p_whole(size - 1), 0.1)
    weight = np.repeat(np.rint(rarity * RARITY_STEPS), size)  # whole numbers: their sums are exact in any order
    total = np.maximum(np.bincount(line, weight, lines), 1)
    return [
        twins,
        repeated,
        np.bincount(line, weight * echoed, lines) / total,
        np.bincount(line[heads[size == 1]], minlength=lines) / np.maximum(np.bincount(line, minlength=lines), 1),
    ]


def _groups(hashes: Array, lines: Array, number: Array) -> tuple[Array, Array, Array]:
    """Equal hashes on the lines of one page: the lines, group by group and ascending, where groups begin, their sizes.

    number: of each line's page.
    """
    keys = (hashes.astype(np.uint64) << np.uint64(32)) | lines.astype(np.uint64)
    keys.sort()  # far quicker than a sort that returns an order
    line = (keys & np.uint64(0xFFFFFFFF)).astype(np.intp)
    keys >>= np.uint64(32)
    page = number.take(line)
    heads = np.flatnonzero(np.append(True, (keys[1:] != keys[:-1]) | (page[1:] != page[:-1])))
    return line, heads, np.diff(np.append(heads, len(line)))
