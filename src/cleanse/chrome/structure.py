"""Lines of one form: a table's rows, results, years and names, contacts, a timetable. A menu has no such form. Pure.

The form of a line is what is left when every number becomes "9" and every stretch of words becomes "a":
`2014: Ben Olsen – D.C. United` has the form `9:a–a`, `7 Joey Logano 2380 2 3` the form `9a999`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.lines import Line

PARALLEL = 5  # lines of one form, one below the other
RICH_SIGNS = 5  # of the form, at least: "a(9)" is an archive's
CERTAIN_SIGNS = 10  # lines of so rich a form are data whatever the words say: on the development pages all of them are
LINE_WORDS = 3  # words of such a line, on average
REMEMBERED = 1 << 14  # forms of lines: every line is looked at in several rounds, many stand on several pages
LINE_CHARS = 200  # a longer line is a paragraph
_NUMBER = re.compile(r"\d{1,3}(?:[ \u202f\xa0]\d{3})+(?!\d)|\d+")  # also "1 200"
_WORDS = re.compile(r"[^\W\d_]+(?:(?:\s+|['’&-]|\.\s?)[^\W\d_]+)*")
_BULLET = "*•-–·+ "
# a headline behind a clock, a date or a rank; a number of articles or a clock at the end; a template
_MENU = re.compile(r"9(?:[:./-]+9)*[:./-]*a$|.*(?:9\)|9:9)$|.*[{}]")
_CLOCK = re.compile(r"(\d{1,2})\s?[:：hH]\s?(\d{2})\b")


class Run(NamedTuple):
    """Half-open bounds of a run of lines that look like data, and whether there is no doubt of it."""

    start: int
    stop: int
    certain: bool


def data_runs(lines: Sequence[Line]) -> list[Run]:
    """Return the runs of lines that have one rich form, or begin with a later time of day each."""
    if len(lines) < PARALLEL:
        return []
    forms = [form_of(line.text) for line in lines]
    runs, start, since = [], 0, 0
    clocks = [_clock(line.text) if line.text[0].isdigit() else -1 for line in lines]
    for i in range(1, len(lines) + 1):
        if i == len(lines) or not 0 <= clocks[i - 1] < clocks[i]:
            if i - since >= PARALLEL:
                runs.append(Run(since, i, certain=False))
            since = i
        if i == len(lines) or forms[i] != forms[start]:
            if i - start >= PARALLEL and _is_rich(forms[start], lines[start:i]):
                runs.append(Run(start, i, len(forms[start]) >= CERTAIN_SIGNS))
            start = i
    return runs


def form_of(text: str) -> str:
    """Return the form of a line, without white space and the bullet before it; of a long one nothing."""
    return "" if len(text) > LINE_CHARS else _form(text)


@lru_cache(maxsize=REMEMBERED)
def _form(text: str) -> str:
    if text.replace(" ", "").isalpha():  # most lines of a menu
        return "a"
    return "".join(_WORDS.sub("a", _NUMBER.sub("9", text)).split()).lstrip(_BULLET)


def _is_rich(form: str, lines: Sequence[Line]) -> bool:
    rich = len(form) >= RICH_SIGNS and "a" in form and _MENU.match(form) is None
    return rich and sum(line.words for line in lines) >= LINE_WORDS * len(lines)


def _clock(text: str) -> int:
    """Return the time of day with which a line begins, in minutes; -1 where it begins with none."""
    match = _CLOCK.match(text)
    return 60 * int(match[1]) + int(match[2]) if match else -1
