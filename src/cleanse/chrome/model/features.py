"""What the network is told about every line besides its words: its surface and its place on the page. Knows only numpy.

No feature knows a language: words enter through the scores of n-grams (`scoring.py`) and the rules' findings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanse.chrome.model import reading as r

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.model.reading import Reading

Array = NDArray[Any]

LONG_WORD = 4  # characters from which a word says something about the page's subject
SOLID = 15  # words from which a line counts as prose
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
FEATURES = 75  # columns of `describe`


def _membership(groups: Sequence[Sequence[int]]) -> Array:
    table = np.zeros((r.CLASSES, len(groups)), np.float32)
    for column, group in enumerate(groups):
        table[list(group), column] = 1
    return table


_START_TABLE, _END_TABLE = _membership(_STARTS), _membership(_ENDS)


def word_counts(page: Reading) -> Array:
    """float32 (L,): words in each line; each CJK character is one."""
    return (np.diff(np.append(page.line_words, len(page.word_starts) - 1)) - 1).astype(np.float32)


def describe(
    page: Reading, gaps: Array, indents: Array, surface: Array | None = None, rows: Array | None = None
) -> Array:
    """float32 (L, FEATURES) of the lines `rows` of the page (all of them, if not given) as a page of their own.

    gaps: blank lines above each line; indents: its leading white space; surface: `surface(page)`, if it is known.
    """
    if surface is None:
        surface = surface_of(page)
    if rows is None:
        rows = np.arange(len(page.line_starts))
    words = word_counts(page)[rows]
    beside = [*_place(words, gaps, indents), *_echoes(page, words, rows)]
    return np.column_stack([surface[rows], *beside]).astype(np.float32)


def surface_of(page: Reading) -> Array:
    """float32 (L, features) of what each line looks like, wherever it stands."""
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
        np.log1p(chars), np.log1p(words), words <= 1, words <= 3, words >= 12, letters / some, short / some,
        long / some, capitals / some, np.maximum(capitals - 1, 0) / np.maximum(words - 1, 1),
        counts[:, r.UPPER] >= 0.8 * np.maximum(letters, 3), np.log1p(words / (1 + sentences)),
        counts[:, r.COMMA] / some, (final == r.STOP) | (final == r.EXCLAIM),
        np.log1p(counts[:, _COUNTED]), counts[:, _SHARED] / chars[:, None],
        _START_TABLE[first], _END_TABLE[last],
    ]  # fmt: skip


def _place(words: Array, gaps: Array, indents: Array) -> list[Array]:
    size = len(words)
    at = np.arange(size)
    running = np.cumsum(words)
    total = running[-1] + 1
    below = np.append(gaps[1:], 1)
    solid = words >= SOLID
    whole = np.array(
        [np.log1p(size), np.log1p(total), np.log1p(total / size), (gaps > 0).mean(), np.log1p(np.median(words))]
    )
    above_solid, below_solid = _distances(solid)
    return [
        at / size, (running - words / 2) / total, np.log1p(at), np.log1p(size - 1 - at), np.log1p(running - words),
        np.log1p(total - 1 - running), np.broadcast_to(whole, (size, len(whole))), np.log1p(gaps), np.log1p(below),
        gaps == 0, gaps >= 2, np.log1p(indents), np.log1p(above_solid), np.log1p(below_solid), at == 0,
    ]  # fmt: skip


def _distances(flag: Array) -> tuple[Array, Array]:
    """Lines to the nearest flagged line above and below, the line itself left out; FAR where there is none."""
    size = len(flag)
    at = np.arange(size)
    above = np.maximum.accumulate(np.where(flag, at, -FAR))
    below = np.minimum.accumulate(np.where(flag, at, size + FAR)[::-1])[::-1]
    return (
        np.minimum(at - np.append(-FAR, above[:-1]), FAR),
        np.minimum(np.append(below[1:], size + FAR) - at, FAR),
    )


def _echoes(page: Reading, words: Array, rows: Array) -> list[Array]:
    """Repetition: lines with the same words, and how much of a line's vocabulary stands in the prose elsewhere."""
    lines = len(words)
    ends = np.append(page.line_words[1:], len(page.word_starts) - 1)
    sums = np.append(np.uint32(0), np.cumsum(page.word_hashes * (page.word_hashes | np.uint32(1)), dtype=np.uint32))
    whole = (sums[ends] - sums[page.line_words])[rows]
    _, first, inverse, number = np.unique(whole, return_index=True, return_inverse=True, return_counts=True)
    twins = np.log1p(np.minimum(number[inverse], 9) - 1)
    again = first[inverse] != np.arange(lines)
    telling = (page.word_ends - page.word_starts >= LONG_WORD) | (page.classes[page.word_starts] == r.CJK)
    telling[page.line_words] = False
    row_of = np.full(len(page.line_starts) + 1, -1, np.int32)  # the last is the break behind the last line
    row_of[rows] = np.arange(lines, dtype=np.int32)
    line_of = row_of[page.word_lines]
    at = np.flatnonzero(telling & (line_of >= 0))
    if not len(at):
        return [twins, again, np.zeros(lines), np.zeros(lines)]
    order = np.argsort(page.word_hashes[at], kind="stable")  # by word, within a word by line
    word, line = page.word_hashes[at][order], line_of[at][order]
    heads = np.flatnonzero(np.append(True, word[1:] != word[:-1]))
    size = np.diff(np.append(heads, len(word)))
    solid = words[line] >= SOLID
    firsts = np.minimum.reduceat(np.where(solid, line, lines), heads)
    lasts = np.maximum.reduceat(np.where(solid, line, -1), heads)
    first_solid, last_solid = np.repeat(firsts, size), np.repeat(lasts, size)
    echoed = (last_solid >= 0) & ((first_solid != line) | (last_solid != line))
    rare = np.repeat(1 / size.astype(np.float64), size)
    weight = np.maximum(1 + np.log(lines + 1) + np.log(rare), 0.1)
    total = np.maximum(np.bincount(line, weight, lines), 1e-6)
    return [
        twins,
        again,
        np.bincount(line[echoed], weight[echoed], lines) / total,
        np.bincount(line, rare >= 1, lines) / np.maximum(np.bincount(line, minlength=lines), 1),
    ]
