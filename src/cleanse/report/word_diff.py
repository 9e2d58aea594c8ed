"""Word-level differences of two texts, in time that is bounded for any two texts.

Common words at both ends go first. What is left is split at word trigrams that both sides hold exactly once (the idea of
patience diff, Cohen 2004); the short stretches between are compared exactly, and one too long for that stands as replaced.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_CELLS = 40_000  # of the table that an exact comparison fills; about 10 ms
_GRAM = 3  # words of an anchor
# a word, or a character of a script that is written without spaces, with the white space before it
_WORD = re.compile(
    r"\s*(?:[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\s\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+)"
)


class Change(NamedTuple):
    """A stretch of two texts: the same in both, or what each has in its place."""

    same: bool
    here: str
    there: str


def words_of(text: str) -> list[str]:
    """Return the words of a text, each with the white space before it; a character without spaces is a word."""
    return _WORD.findall(text)


def differences(text: str, twin: str) -> list[Change]:
    """Return the two texts as stretches in order; the `here` of all is the text, the `there` the twin."""
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
    """Places of equal words, ascending in both."""
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
    """Trigrams that stand once on each side, the longest run that ascends in both."""
    grams_a, grams_b = ([tuple(s[i : i + _GRAM]) for i in range(len(s) - _GRAM + 1)] for s in (a, b))
    count_a, count_b = Counter(grams_a), Counter(grams_b)
    where = {gram: i for i, gram in enumerate(grams_b) if count_b[gram] == 1}
    pairs = [(i, where[gram]) for i, gram in enumerate(grams_a) if count_a[gram] == 1 and gram in where]
    tails: list[int] = []  # least last place on the other side of an ascending run of each length
    ends: list[int] = []
    before: list[int] = []
    for k, (_, j) in enumerate(pairs):
        length = bisect_left(tails, j)
        before.append(ends[length - 1] if length else -1)
        if length == len(tails):
            tails.append(j)
            ends.append(k)
        else:
            tails[length], ends[length] = j, k
    run, k = [], ends[-1] if ends else -1
    while k >= 0:
        run.append(pairs[k])
        k = before[k]
    return run[::-1]


def _longest_common(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Return a longest common subsequence, by the table of its lengths."""
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
