"""The body of a whole-page dump: the run of lines with the greatest sum of scores, prose up, menus and phrases down.

Max-sum run after Pasternack and Roth 2009 ("Extracting article text from the web with maximum subsequence segmentation").
Works on scores alone, knows no words but those that the rules found.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from cleanse.chrome.page_analysis import is_item

if TYPE_CHECKING:
    from cleanse.chrome.page_analysis import Reading

_INNER_END = re.compile(r"[.!?…][\"'”’»)]*\s|[。！？]")
MOST = 60  # words of one line that count
CLOSED_SCORE = 0.4  # per word of prose that ends like a sentence; scores were chosen on the dev pages, checked by site with two folds
OPEN_SHARE = 0.5  # of that for prose without a sentence's end
ITEM_SHARE = 0.0  # of that for items of lists
TEASER_SHARE = 0.5  # of that for lines of one short sentence, such as other stories' leads
TEASER_WORDS = 20
SHORT_SCORE = -2.0  # of a line that is no prose
FOUND_SCORE = -8.0  # of a line that a rule knows
HINT_SCORE = -5.0  # of a line for which there is a hint
HINT = 0.5  # what a hint counts beside a finding
MENU_KNOWN = 3.0  # findings that a menu holds at least
MENU_SHARE = 0.2  # findings per line of a menu
MENU_PROSE = 0.3  # of a menu's words, at most, in prose lines
PART_KNOWN = 0.5  # findings between two stretches of prose that part them, at least
PART_SHARE = 0.06  # the same per line between them
DUMP_LINES = 20  # lines outside the body of a whole-page dump, at least
DUMP_KNOWN = 4.0  # findings among them
EAGER_LINES = 5  # the same for the setting `thorough`
EAGER_KNOWN = 1.5
DUMP_SHARE = 0.07  # findings per line among them
DUMP_PROSE = 0.7  # of the words outside the body of a dump, at most, in prose lines
DUMP_BODY = 1.5  # positive scores there per positive score of the body, at most
LEAST_BODY = 8.0  # positive scores of a body, 20 words of prose, below which it shows no menu around it
HEADLINE_REACH = 6  # lines above the body among which a headline is looked for


def scores(reading: Reading) -> list[float]:
    """Return one score per line: positive where it reads like an article's text."""
    out = []
    for i, line in enumerate(reading.lines):
        flag = reading.flag[i]
        if flag is not None and flag.action != "match":
            out.append(HINT_SCORE if flag.strength == "hint" else FOUND_SCORE)
        elif reading.prose[i]:
            score = min(line.words, MOST) * CLOSED_SCORE
            if not reading.ends[i] and reading.joined[i] == line.words:
                score *= OPEN_SHARE
            if is_item(line):
                score *= ITEM_SHARE
            if line.words < TEASER_WORDS and reading.joined[i] == line.words and not _INNER_END.search(line.text):
                score *= TEASER_SHARE
            out.append(score)
        else:
            out.append(SHORT_SCORE)
    return out


def best_run(score: list[float]) -> tuple[int, int]:
    """Return the half-open bounds of the run with the greatest sum; (0, 0) if no score is positive."""
    best = total = 0.0
    start, bounds = 0, (0, 0)
    for i, s in enumerate(score):
        if total <= 0:
            total, start = 0.0, i
        total += s
        if total > best:
            best, bounds = total, (start, i + 1)
    return bounds


class Body(NamedTuple):
    """Half-open bounds of the body in `Reading.lines`; both 0 if the page has none."""

    start: int
    stop: int
    dump: bool  # menus stand above and below: the dump of a whole page
    mass: list[float]  # positive scores up to every line


def find_body(reading: Reading, *, eager: bool = False) -> Body:
    """Return the best run of lines, and prose beyond it that no menu parts from it. `eager` asks less of a dump."""
    score = scores(reading)
    mass = list(accumulate((max(0.0, s) for s in score), initial=0.0))
    start, stop = best_run(score)
    if stop == 0:
        return Body(0, 0, False, mass)
    known = list(accumulate((_known(reading, i) for i in range(len(score))), initial=0.0))
    for i in range(start - 1, -1, -1):
        if reading.prose[i] and known[start] - known[i + 1] > max(PART_KNOWN, (start - i) * PART_SHARE):
            break
        start = i if reading.prose[i] else start
    for i in range(stop, len(score)):
        if reading.prose[i] and known[i] - known[stop] > max(PART_KNOWN, (i - stop) * PART_SHARE):
            break
        stop = i + 1 if reading.prose[i] else stop
    while start > 0 and reading.ends[start - 1] and reading.flag[start - 1] is None:
        start -= 1
    while stop < len(score) and reading.ends[stop] and reading.flag[stop] is None:
        stop += 1
    outside, found = len(score) - (stop - start), known[-1] - (known[stop] - known[start])
    if eager:
        dump = outside >= EAGER_LINES and found >= EAGER_KNOWN
    else:
        dump = outside >= DUMP_LINES and found >= max(DUMP_KNOWN, outside * DUMP_SHARE)
    return Body(start, stop, dump, mass)


def is_menu(reading: Reading, start: int, stop: int, body: Body) -> bool:
    """Return whether lines `start` to `stop` hold enough that the rules know, and little prose.

    Less is asked of a dump.
    """
    if body.mass[body.stop] - body.mass[body.start] < LEAST_BODY:
        return False
    known = words = prose = 0.0
    for i in range(start, stop):
        known += _known(reading, i)
        words += reading.lines[i].words
        prose += reading.lines[i].words if reading.prose[i] else 0
    if body.dump and (known or stop - start >= DUMP_LINES):
        here, inside = body.mass[stop] - body.mass[start], body.mass[body.stop] - body.mass[body.start]
        return prose <= words * DUMP_PROSE and here <= inside * DUMP_BODY
    return known >= max(MENU_KNOWN, (stop - start) * MENU_SHARE) and prose <= words * MENU_PROSE


def _known(reading: Reading, i: int) -> float:
    flag = reading.flag[i]
    if flag is None or flag.action == "match" or flag.alone:  # a certain sentence says nothing of the lines beside it
        return 0.0
    return HINT if flag.strength == "hint" else 1.0


def above_body(reading: Reading, start: int, headline: int | None) -> set[int]:
    """Return lines above the body that stay with it.

    The headline and what stands between, else the nearest long line.
    """
    if headline is not None and headline < start:
        between = range(headline, start)
        return {i for i in between if i == headline or (reading.flag[i] is None and reading.lines[i].words >= 4)}
    for i in range(start - 1, max(-1, start - 1 - HEADLINE_REACH), -1):
        if reading.flag[i] is None and 4 <= reading.lines[i].words <= 25 and not is_item(reading.lines[i]):
            return {i}
    return set()
