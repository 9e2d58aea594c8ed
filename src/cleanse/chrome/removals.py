"""Which lines of a page go for what rules and readers found, and which of the line model's stay all the same. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanse.chrome.article_body import above_body, is_menu
from cleanse.chrome.lines import shorten
from cleanse.chrome.page_analysis import is_item
from cleanse.chrome.rule_matcher import RELATED
from cleanse.chrome.structure import data_runs, form_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.article_body import Body
    from cleanse.chrome.article_end import Ending
    from cleanse.chrome.lines import Line
    from cleanse.chrome.page_analysis import Reading
    from cleanse.chrome.structure import Run

Doomed = dict[int, tuple[str, str]]  # line -> rule, evidence
SPECIFIC_WORDS = 5  # a "likely" line of this many words needs no neighbour to bear it out
HEADING_WORDS = 2  # words of a glossary's headings, at most
GLOSSARY_RULES = 3  # rules that lone words between paragraphs come from when they are headings
STANDFIRST_WORDS = 12  # of the line below a headline that is more than a date or a name
HEADLINE_WORDS = (4, 30)  # of another story's headline below a label such as "Read also"
LIST_LINES = 2  # lines of a list that bear out its heading
ROWS = 3  # lines without blank lines between them that begin and end alike, such as "Title (Name)"
ROW_SIGNS = 4  # of the form of such a line, see `structure.py`
BLOCK_LINES = 10  # lines below a heading such as "Read also" that may go with it


def doom_tail(reading: Reading, ending: Ending, doomed: Doomed) -> None:
    """Everything below the article's end: by the rule that names a line itself, else by that of the ending."""
    evidence = f'below "{shorten(reading.lines[ending.at].text)}"'
    for i in range(ending.at, len(reading.lines)):
        flag = reading.flag[i]
        own = flag is not None and flag.strength != "hint"
        doomed[i] = (flag.rule, flag.evidence) if own and flag else (ending.rule, evidence)
    doomed[ending.at] = (ending.rule, ending.evidence)


def doom_inside(reading: Reading, end: int, setting: str, doomed: Doomed) -> tuple[set[int], set[int]]:
    """Return lines above the article's end that rules name one by one, and the lists below their headings.

    Returns the lines that a rule names and that are not chrome all the same, such as those of a glossary or words alone
    in a poem; and the items of lists that go with their heading.
    """
    headings = _headings(reading, end)
    listed: set[int] = set()
    spared = headings | {i + 1 for i in headings if i + 1 < end and reading.ends[i + 1]}
    for i in range(end):
        flag = reading.flag[i]
        if flag is None or flag.action == "match" or i in headings:
            continue
        if flag.alone and flag.kind == RELATED and reading.first < i <= reading.last and setting != "careful":
            own = _own_headlines(reading, i, end)
            if own is not None:
                doomed |= {j: (flag.rule, flag.evidence if j == i else f'below "{flag.evidence}"') for j in (i, *own)}
                listed |= {i, *own}  # a label and its headlines go together
            continue
        if not _certain(reading, i, end, setting):
            if reading.last < 0 and flag.strength != "hint":
                spared.add(i)
            continue
        doomed[i] = (flag.rule, flag.evidence)
        spared.discard(i)
        if flag.action in ("block", "tail") and i > reading.first and setting != "careful":
            for j in _block(reading, i, end):
                doomed.setdefault(j, (flag.rule, f'in the list below "{shorten(reading.lines[i].text)}"'))
                if is_item(reading.lines[j]):
                    listed |= {i, j}  # a heading goes with its list
    return spared, listed


def doom_outside(reading: Reading, body: Body, headline: int | None, end: int, doomed: Doomed) -> None:
    """Doom the lines above and below the body of a whole-page dump, each side only if it looks like a menu."""
    start, stop = body.start, body.stop
    if start > 0 and is_menu(reading, 0, start, body):
        spared = above_body(reading, start, headline)
        for i in range(start):
            if i not in spared:
                doomed.setdefault(i, ("body.above", f"above the text: a menu of {start} lines"))
    if 0 < stop < end and is_menu(reading, stop, end, body):
        for i in range(stop, end):
            doomed.setdefault(i, ("body.below", f"below the text: a list of {end - stop} lines"))


def items_below(reading: Reading, at: int) -> set[int]:
    """Return the items of a list that begins at line `at`, if one does."""
    stop = at
    while stop < len(reading.lines) and is_item(reading.lines[stop]) and not reading.prose[stop]:
        stop += 1
    return set(range(at, stop))


def keep_rows_together(reading: Reading, doomed: Doomed) -> Doomed:
    """Return removals without the lines that the model alone would take from rows of like form of which at least half stays."""
    lines = reading.lines
    ours = {i for i, (rule, _) in doomed.items() if rule.startswith("model.")}
    if not ours:
        return doomed
    stays: set[int] = set()
    start = 0
    for i in range(1, len(lines) + 1):
        if i < len(lines) and lines[i].gap == 0:
            continue
        if not ours.isdisjoint(range(start, i)):
            stays |= _rows_that_stay(lines, doomed, range(start, i))
        start = i
    return {i: why for i, why in doomed.items() if i not in stays}


def data_of_page(reading: Reading) -> list[Run]:
    """Return the runs of lines that look like data: below a heading of other stories times of day are no timetable."""
    flags = [None, *reading.flag]  # that of the line above each line
    runs = data_runs(reading.lines)
    return [
        run for run in runs if (flag := flags[run.start]) is None or flag.kind != RELATED or flag.strength == "hint"
    ]


def keep_headings_of_data(reading: Reading, data: Sequence[Run], doomed: Doomed) -> None:
    """Take back the line above a run of data that stays, where the model alone would remove it."""
    for run in data:
        above = run.start - 1
        if run.start not in doomed and doomed.get(above, ("", ""))[0].startswith("model.") and not reading.prose[above]:
            del doomed[above]


def _rows_that_stay(lines: list[Line], doomed: Doomed, block: range) -> set[int]:
    rows: dict[str, list[int]] = {}
    for k in block:
        form = form_of(lines[k].text)
        if len(form) >= ROW_SIGNS:
            rows.setdefault(form[0] + form[-1], []).append(k)
    stays: set[int] = set()
    for alike in rows.values():
        taken = [k for k in alike if k in doomed]
        if len(alike) >= ROWS and 2 * len(taken) <= len(alike):
            stays.update(k for k in taken if doomed[k][0].startswith("model."))
    return stays


def keep_lists_whole(reading: Reading, doomed: Doomed) -> Doomed:
    """Return removals without the items that the model alone would take from a list of which at least half stays."""
    lines = reading.lines
    stays: set[int] = set()
    stop = 0
    for i in sorted([i for i, (rule, _) in doomed.items() if rule == "model.line" and is_item(lines[i])]):
        if i < stop:
            continue
        start, stop = i, i + 1
        while start and _continues(lines[start]):
            start -= 1
        while stop < len(lines) and _continues(lines[stop]):
            stop += 1
        items = [k for k in range(start, stop) if is_item(lines[k])]
        taken = [k for k in items if k in doomed]
        if 2 * len(taken) <= len(items):
            stays.update(k for k in taken if doomed[k][0] == "model.line")
    return {i: why for i, why in doomed.items() if i not in stays}


def spare_standfirst(reading: Reading, headline: int | None, doomed: Doomed) -> None:
    """Take back a sentence right below the headline that the model alone would remove."""
    below = 0 if headline is None else headline + 1
    if not 0 < below < len(reading.lines) or reading.lines[below].words < STANDFIRST_WORDS:
        return
    if doomed.get(below, ("", ""))[0].startswith("model."):
        del doomed[below]


def _continues(line: Line) -> bool:
    """Return whether the line continues a list: an item right below the line before it."""
    return line.gap == 0 and is_item(line)


def _headings(reading: Reading, end: int) -> set[int]:
    """Return flagged words that may be headings: the page's first line if nothing else is flagged, the words of a glossary.

    Those of a glossary stand alone above paragraphs and come from several rules.
    """
    flagged = [i for i in range(len(reading.lines)) if _flagged(reading, i)]
    if flagged == [0] and reading.lines[0].words <= HEADING_WORDS:
        return {0}
    alone = {
        i
        for i in range(reading.first + 1, min(end, reading.last))
        if _flagged(reading, i) and reading.lines[i].words <= HEADING_WORDS and not _beside(reading, i, end)
    }
    rules = {flag.rule for i in alone if (flag := reading.flag[i]) is not None}
    return alone if len(rules) >= GLOSSARY_RULES else set()


def _certain(reading: Reading, i: int, end: int, setting: str) -> bool:  # noqa: PLR0911 - one return per reason
    """Return whether a finding suffices, given where the line stands and what stands beside it."""
    flag = reading.flag[i]
    if flag is None:
        return False
    beside = _beside(reading, i, end)
    if reading.last < 0:  # no prose on the whole page: a poem, a list, or nothing but chrome
        return flag.strength != "hint" and beside > 0
    if flag.strength == "sure":
        return True
    if setting == "careful":
        return False
    if flag.strength == "hint":
        return beside == 2
    inside = reading.first < i < reading.last
    if not inside or reading.lines[i].words >= SPECIFIC_WORDS or beside > 0:
        return True
    return flag.action in ("block", "tail") and flag.kind == RELATED and len(_block(reading, i, end)) >= LIST_LINES


def _beside(reading: Reading, i: int, end: int) -> int:
    """Return how many of the two lines beside line `i` are flagged."""
    return sum(_flagged(reading, j) for j in (i - 1, i + 1) if 0 <= j < end)


def _flagged(reading: Reading, i: int) -> bool:
    flag = reading.flag[i]
    return flag is not None and flag.strength != "hint"


def _own_headlines(reading: Reading, at: int, end: int) -> list[int] | None:
    """Return the headlines that a label such as "Read also" announces, none if prose follows.

    None where neither can be told.

    They stand close together, or are all set apart alike. What comes then is not the label's own.
    """
    lines, first = reading.lines, at + 1
    if first >= end:
        return []
    second = min(first + 1, end - 1)
    gap = lines[second if _is_headline(reading, second, attached=True) else first].gap
    own: list[int] = []
    for j in range(first, min(end, first + BLOCK_LINES)):
        if (j > first and lines[j].gap != gap) or not _is_headline(reading, j, attached=lines[j].gap == 0):
            break
        own.append(j)
    after = first + len(own)
    if not own:
        return [] if reading.prose[first] and reading.ends[first] else None
    if after < end and lines[after].gap == 0 and (gap > 0 or len(own) > 1):
        own.pop()  # the heading of what comes then
    return own or None


def _is_headline(reading: Reading, i: int, *, attached: bool) -> bool:
    """Return whether a line may be another story's headline."""
    line = reading.lines[i]
    least = HEADING_WORDS if attached else HEADLINE_WORDS[0]
    plain = reading.flag[i] is None and not reading.kept[i] and line.text[-1] not in ".:;"
    return plain and least <= line.words <= HEADLINE_WORDS[1] and not line.text[0].islower()


def _block(reading: Reading, at: int, end: int) -> list[int]:
    """Return the lines of the list below a heading: items, or lines without a sentence's end.

    A last one may be a subheading.
    """
    taken: list[int] = []
    for j in range(at + 1, min(end, at + 1 + BLOCK_LINES)):
        line = reading.lines[j]
        if reading.prose[j] or reading.kept[j]:
            break
        if reading.ends[j] and not is_item(line) and not _flagged(reading, j):
            break
        taken.append(j)
    beyond = at + 1 + len(taken)
    if taken and beyond < end and reading.prose[beyond]:
        last = reading.lines[taken[-1]]
        if not is_item(last) and not _flagged(reading, taken[-1]) and (last.gap > 0 or len(taken) == 1):
            taken.pop()
    return taken
