"""Lines of one form: a table's rows, results, years and names, contacts. A menu has no such form. Pure.

The form of a line is what is left when every number becomes "9" and every stretch of words becomes "a":
`2014: Ben Olsen – D.C. United` has the form `9:a–a`, `7 Joey Logano 2380 2 3` the form `9a999`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.lines import Line

PARALLEL = 5  # lines of one form, one below the other
FORM_SIGNS = 5  # of the form, at least: "9:9a" and "a(9)" are a ticker's and an archive's
LINE_WORDS = 3  # words of such a line, on average
LINE_CHARS = 200  # a longer line is a paragraph
_NUMBER = re.compile(r"\d+")
_WORDS = re.compile(r"[^\W\d_]+(?:(?:\s+|['’&-]|\.\s?)[^\W\d_]+)*")
_BULLET = "*•-–·+ "
# a headline behind a clock, a date or a rank; a number of articles or a clock at the end; a template
_MENU = re.compile(r"9(?:[:./-]+9)*[:./-]*a$|.*(?:9\)|9:9)$|.*[{}]")


def data_runs(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Return the half-open bounds of runs of lines that have one form, rich enough to be data."""
    forms = [form_of(line.text) if len(line.text) <= LINE_CHARS else "" for line in lines]
    runs, start = [], 0
    for i in range(1, len(lines) + 1):
        if i < len(lines) and forms[i] == forms[start]:
            continue
        words = sum(line.words for line in lines[start:i])
        if i - start >= PARALLEL and _is_rich(forms[start]) and words >= LINE_WORDS * (i - start):
            runs.append((start, i))
        start = i
    return runs


def form_of(text: str) -> str:
    """Return the form of a line, without white space and the bullet before it."""
    return "".join(_WORDS.sub("a", _NUMBER.sub("9", text)).split()).lstrip(_BULLET)


def _is_rich(form: str) -> bool:
    return len(form) >= FORM_SIGNS and "a" in form and _MENU.match(form) is None
