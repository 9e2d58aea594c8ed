"""Find the words in which two texts differ, in bounded time for any two texts.

Common words at both ends are matched first. The rest is split at word trigrams that occur exactly once in both texts
(the idea of patience diff, Cohen 2004). The short stretches between are compared exactly; one that is too long for that
counts as replaced.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_CELLS = 40_000  # cells of the table that an exact comparison fills; about 10 ms
_GRAM = 3  # words of an n-gram at which texts are split
# a word, or one character of a script without spaces, with the white space before it
_WORD = re.compile(
    r"\s*(?:[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\s\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+)"
)


class Change(NamedTuple):
    """A stretch of two texts.

    Attributes:
        same: Whether both texts have the same words here.
        here: The words of the first text.
        there: The words of the second text.
    """

    same: bool
    here: str
    there: str


def words_of(text: str) -> list[str]:
    """Return the words of a text with the white space before them; in scripts without spaces each character is a word."""
    return _WORD.findall(text)


def differences(text: str, twin: str) -> list[Change]:
    """Return the two texts as stretches in order.

    All `here` joined are `text`, and all `there` joined are `twin`, but for white space at the end.

    Args:
        text: The first text.
        twin: The second text.
    """
    here, there = words_of(text), words_of(twin)
    pairs = _pairs([w.strip() for w in here], [w.strip() for w in there])
    out: list[Change] = []
    i = j = 0
    for a, b in [*pairs, (len(here), len(there))]:
        if a > i or b > j:
            out.append(Change(False, "".join(here[i:a]), "".join(there[j:b])))
        if a < len(here):
            if out and out[-1].same:
                out[-1] = Change(True, out[-1].here + here[a], out[-1].there + there[b])
            else:
                out.append(Change(True, here[a], there[b]))
        i, j = a + 1, b + 1
    return out


def _pairs(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Return places of equal words in a and b, ascending in both."""
    out: list[tuple[int, int]] = []
    stack = [(0, len(a), 0, len(b))]
    while stack:
        i, m, j, n = stack.pop()
        while i < m and j < n and a[i] == b[j]:
            out.append((i, j))
            i, j = i + 1, j + 1
        while i < m and j < n and a[m - 1] == b[n - 1]:
            m, n = m - 1, n - 1
            out.append((m, n))
        if i == m or j == n:
            continue
        if (m - i) * (n - j) <= MAX_CELLS:
            out += [(i + x, j + y) for x, y in _longest_common(a[i:m], b[j:n])]
            continue
        anchors = _anchors(a[i:m], b[j:n])
        x = y = 0
        for u, v in [*anchors, (m - i, n - j)] if anchors else []:
            stack.append((i + x, i + u, j + y, j + v))
            if u < m - i:
                out.append((i + u, j + v))
            x, y = u + 1, v + 1
    return sorted(out)


def _anchors(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Return places of trigrams that occur once in a and once in b: the longest run that ascends in both."""
    grams_a, grams_b = ([tuple(s[i : i + _GRAM]) for i in range(len(s) - _GRAM + 1)] for s in (a, b))
    count_a, count_b = Counter(grams_a), Counter(grams_b)
    where = {gram: i for i, gram in enumerate(grams_b) if count_b[gram] == 1}
    candidates = [(i, where[gram]) for i, gram in enumerate(grams_a) if count_a[gram] == 1 and gram in where]
    tails: list[int] = []  # for each length of an ascending run: the smallest place in b at which one ends
    ends: list[int] = []
    before: list[int] = []
    for k, (_, j) in enumerate(candidates):
        length = bisect_left(tails, j)
        before.append(ends[length - 1] if length else -1)
        if length == len(tails):
            tails.append(j)
            ends.append(k)
        else:
            tails[length], ends[length] = j, k
    run, k = [], ends[-1] if ends else -1
    while k >= 0:
        run.append(candidates[k])
        k = before[k]
    return run[::-1]


def _longest_common(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of a longest common subsequence, by the table of its lengths."""
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a) - 1, -1, -1):
        row, below = table[i], table[i + 1]
        for j in range(len(b) - 1, -1, -1):
            row[j] = below[j + 1] + 1 if a[i] == b[j] else max(below[j], row[j + 1])
    out, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            out.append((i, j))
            i, j = i + 1, j + 1
        elif table[i + 1][j] >= table[i][j + 1]:
            i += 1
        else:
            j += 1
    return out
