"""The body of a whole-page dump: the run of lines with the greatest sum of scores, prose up, menus and phrases down.

Max-sum run after Pasternack and Roth 2009 ("Extracting article text from the web with maximum subsequence segmentation").
Works on scores alone, knows no words but those that the rules found.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cleanse.chrome.reading import is_item

if TYPE_CHECKING:
    from cleanse.chrome.reading import Reading

_OPEN = re.compile(r"[^\W\d_]|[,;(\d]")  # how a line ends or begins that goes on
MOST = 40  # words of one line that count
HINT = 0.5  # what a hint counts beside a finding
MENU_KNOWN = 2.0  # findings that a menu holds at least
MENU_SHARE = 0.1  # findings per line of a menu
MENU_PROSE = 0.3  # of a menu's words, at most, in prose lines
HEADLINE_REACH = 6  # lines above the body among which a headline is looked for


def scores(reading: Reading) -> list[float]:
    """One score per line: positive where it reads like an article's text."""
    out = []
    groups = _joined(reading)
    for group in groups:
        words = sum(reading.lines[i].words for i in group)
        ends = reading.ends[group[-1]] or (len(group) > 1 and any(reading.ends[i] for i in group))
        for i in group:
            flag = reading.flag[i]
            if flag is not None and flag.action != "match":
                out.append(-3.0 if flag.strength == "hint" else -8.0)
            elif words >= 9 and ends:
                out.append(min(reading.lines[i].words, MOST) * 0.4)
            elif words >= 20:
                out.append(min(reading.lines[i].words, MOST) * 0.2)
            else:
                out.append(-2.0)
    return out


def best_run(score: list[float]) -> tuple[int, int]:
    """Half-open bounds of the run with the greatest sum; (0, 0) if no score is positive."""
    best = total = 0.0
    start, bounds = 0, (0, 0)
    for i, s in enumerate(score):
        if total <= 0:
            total, start = 0.0, i
        total += s
        if total > best:
            best, bounds = total, (start, i + 1)
    return bounds


def is_menu(reading: Reading, start: int, stop: int) -> bool:
    """Whether lines `start` to `stop` hold enough that the rules know, and little prose."""
    known = words = prose = 0.0
    for i in range(start, stop):
        flag, n = reading.flag[i], reading.lines[i].words
        words += n
        if flag is not None and flag.action != "match":
            known += HINT if flag.strength == "hint" else 1.0
        elif reading.prose[i]:
            prose += n
    return known >= max(MENU_KNOWN, (stop - start) * MENU_SHARE) and prose <= words * MENU_PROSE


def above_body(reading: Reading, start: int, headline: int | None) -> set[int]:
    """Lines above the body that stay with it: the headline and what stands between, else the nearest long line."""
    if headline is not None and headline < start:
        between = range(headline, start)
        return {i for i in between if i == headline or (reading.flag[i] is None and reading.lines[i].words >= 4)}
    for i in range(start - 1, max(-1, start - 1 - HEADLINE_REACH), -1):
        if reading.flag[i] is None and 4 <= reading.lines[i].words <= 25 and not is_item(reading.lines[i]):
            return {i}
    return set()


def _joined(reading: Reading) -> list[list[int]]:
    """Lines that are pieces of one sentence, broken at links: the next begins small or with a comma."""
    groups: list[list[int]] = []
    for i, line in enumerate(reading.lines):
        if groups and line.gap == 0:
            before = reading.lines[i - 1].text
            if not reading.ends[i - 1] and (line.text[0].islower() or line.text[0] in ",.;:)!?") and before:
                groups[-1].append(i)
                continue
        groups.append([i])
    return groups
