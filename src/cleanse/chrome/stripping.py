"""Site chrome out of a plain text: the rules' findings, the head, the article's end and the body, settled as spans. Pure."""

from __future__ import annotations

import time
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cleanse.chrome.body import above_body, find_body, is_menu
from cleanse.chrome.ending import find_ending
from cleanse.chrome.head import Head, read_head
from cleanse.chrome.lines import shorten, split_lines
from cleanse.chrome.matching import LEARNED, match
from cleanse.chrome.reading import assess, is_item
from cleanse.chrome.sites import recurring_lines
from cleanse.documents import Span
from cleanse.errors import SettingError
from cleanse.marks import cut, settle

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from cleanse.chrome.body import Body
    from cleanse.chrome.ending import Ending
    from cleanse.chrome.lines import Line
    from cleanse.chrome.matching import Finding
    from cleanse.chrome.model import Judge, Model, Question
    from cleanse.chrome.reading import Reading
    from cleanse.chrome.rules import Rules
    from cleanse.chrome.sites import SiteLines

    _Asking = Generator[Question, "Doomed | None", "Stripped"]

Doomed = dict[int, tuple[str, str]]  # line -> rule, evidence
SETTINGS = ("careful", "balanced", "thorough")
TOGETHER = 100_000  # characters of pages that the line model looks at together: enough to make a call of numpy cheap
ROUNDS = 6  # cleaning a cleaned text is to change nothing: rounds go on until one finds nothing
NOT_CAREFUL = {"head.breadcrumb"}  # a line that ends in the headline may be all the headline there is
SPECIFIC_WORDS = 5  # a "likely" line of this many words needs no neighbour to bear it out
HEADING_WORDS = 2  # words of a glossary's headings, at most
GLOSSARY_RULES = 3  # rules that lone words between paragraphs come from when they are headings
STANDFIRST_WORDS = 12  # of the line below a headline that is more than a date or a name
LIST_LINES = 2  # lines of a list that bear out its heading
BLOCK_LINES = 10  # lines below a heading such as "Read also" that may go with it


@dataclass(frozen=True, slots=True)
class Stripped:
    """The text without chrome, the removed spans as offsets in the text given, and what the page says of itself."""

    text: str
    removed: tuple[Span, ...]
    title: str | None = None
    author: str | None = None
    date: str | None = None


class Page(NamedTuple):
    """The plain text of a page, and what is known of it from elsewhere."""

    text: str
    title: str | None = None  # the HTML's
    site: str | None = None  # host, for rules per site
    learned: SiteLines | None = None  # lines that recur on the site, see `sites.py`


def strip(
    text: str,
    rules: Rules,
    setting: str = "balanced",
    title: str | None = None,
    site: str | None = None,
    model: Model | None = None,
    learned: SiteLines | None = None,
) -> Stripped:
    """Remove site chrome from the plain text of a page.

    title: the HTML's title; site: host, for rules per site; model: another line model than the package's; learned: lines
    that recur on the site; they are learned from texts that went through here without them, see `sites.py`.

    Raises SettingError where `setting` is none of careful, balanced, thorough.
    """
    found, _ = strip_pages([Page(text, title, site, learned)], rules, setting, model)[0]
    if isinstance(found, Exception):
        raise found
    return found


def strip_pages(
    pages: Sequence[Page], rules: Rules, setting: str = "balanced", model: Model | None = None
) -> list[tuple[Stripped | Exception, float]]:
    """Remove site chrome from several pages: what `strip` does with each, in less time; and each page's seconds.

    The line model looks at several pages together, and its time is shared out by their lines. A page that fails does not
    disturb the others: its exception stands in its place.

    Raises SettingError where `setting` is none of careful, balanced, thorough.
    """
    if setting not in SETTINGS:
        raise SettingError(f"chrome = {setting!r} is no setting. Use one of: {', '.join(SETTINGS)}.")
    out: list[tuple[Stripped | Exception, float]] = []
    for some in _portions(pages):
        out += _strip_together(some, rules, setting, model)
    return out


def _portions(pages: Sequence[Page]) -> Iterator[list[Page]]:
    some: list[Page] = []
    chars = 0
    for page in pages:
        if some and chars + len(page.text) > TOGETHER:
            yield some
            some, chars = [], 0
        some.append(page)
        chars += len(page.text)
    if some:
        yield some


def _strip_together(
    pages: list[Page], rules: Rules, setting: str, model: Model | None
) -> list[tuple[Stripped | Exception, float]]:
    judge = None if rules.off("model.") else _judge(setting, model)
    rounds = [_rounds(page, rules, setting, asks=judge is not None) for page in pages]
    out: dict[int, Stripped | Exception] = {}
    seconds = [0.0] * len(pages)
    answers: Mapping[int, Doomed | None] = dict.fromkeys(range(len(pages)))
    while answers:
        asked: dict[int, Question] = {}
        for n, answer in answers.items():
            started = time.perf_counter()
            try:
                asked[n] = rounds[n].send(answer)
            except StopIteration as end:
                out[n] = end.value
            except Exception as error:  # noqa: BLE001  it is this page's alone
                out[n] = error
            seconds[n] += time.perf_counter() - started
        started = time.perf_counter()
        answers = judge.weigh(asked) if judge is not None and asked else {}
        share = (time.perf_counter() - started) / max(1, sum(len(question.lines) for question in asked.values()))
        for n, question in asked.items():
            seconds[n] += share * len(question.lines)
    return [(out[n], seconds[n]) for n in range(len(pages))]


def _rounds(page: Page, rules: Rules, setting: str, *, asks: bool) -> _Asking:
    """Look at the page round after round; each time the line model is asked what it thinks of the lines, if it is."""
    text = page.text
    lines = split_lines(text)
    findings = match(lines, rules.index, page.site)
    told, spans = Head(), []
    for _ in range(ROUNDS):
        reading = assess(text, lines, findings)
        found = _recurring(reading, page.learned)
        if not found:
            found, head = yield from _round(reading, rules, setting, page.title, asks=asks)
            told.title, told.author, told.date = (
                told.title or head.title,
                told.author or head.author,
                told.date or head.date,
            )
        if not found:
            break
        spans += found
        lines, findings = _left(reading, found, rules, page.site)
    if spans and setting != "careful":
        spans += _remnant(text, lines, findings)
    removed = settle(text, spans)
    return Stripped(cut(text, removed), removed, told.title, told.author, told.date)


def _recurring(reading: Reading, learned: SiteLines | None) -> list[Span]:
    """The lines learned of the site, where no rule that keeps protects them."""
    if learned is None or not learned.lines:
        return []
    found = recurring_lines(reading.text, reading.lines, learned)
    return _runs(reading, {i: (LEARNED, evidence) for i, evidence in found.items() if not reading.kept[i]})


def _remnant(text: str, lines: list[Line], findings: list[tuple[Finding, ...]]) -> list[Span]:
    """What is left of a page of which nothing but chrome is left: every line of it is named by a rule, none is kept."""
    named = []
    for line, several in zip(lines, findings, strict=True):
        whole = [f for f in several if f.action in ("line", "block", "tail") and f.strength != "hint"]
        if not whole or any(f.action == "keep" for f in several):
            return []
        span = Span(line.start, line.end, text[line.start : line.end], "chrome", whole[0].rule, whole[0].evidence)
        named.append(span)
    return named


def _round(
    reading: Reading, rules: Rules, setting: str, title: str | None, *, asks: bool
) -> Generator[Question, Doomed, tuple[list[Span], Head]]:
    """The spans that one look at the page gives, and its head."""
    text = reading.text
    head = read_head(reading, rules.words, title)
    doomed: Doomed = {}
    body = find_body(reading, eager=setting == "thorough")
    words = None if rules.off("tail.author") else rules.words
    ending = find_ending(reading, body.start, setting, head.author, words)
    end = len(reading.lines) if ending is None else ending.at
    if ending is not None:
        _tail(reading, ending, doomed)
    spared, listed = _lines_inside(reading, end, setting, doomed)
    if setting != "careful":
        _outside_body(reading, body, head.headline, end, doomed)
    if asks:
        if ending is not None:
            listed |= _items(reading, ending.at + 1)
        sure = listed | {i for i, (rule, _) in doomed.items() if rule in rules.sure}
        answer = yield _question(reading, doomed, sure)
        doomed = _whole_lists(reading, answer)
        _spare_standfirst(reading, head.headline, doomed)
    for i in [i for i in doomed if reading.kept[i] or i in spared or rules.off(doomed[i][0])]:
        del doomed[i]
    spans = [s for s in head.spans if not rules.off(s.rule) and (setting != "careful" or s.rule not in NOT_CAREFUL)]
    spans += _runs(reading, doomed)
    for i, flag in enumerate(reading.flag):
        if flag is not None and flag.action == "match" and i not in doomed:
            spans.append(Span(flag.start, flag.end, text[flag.start : flag.end], "chrome", flag.rule, flag.evidence))
    return _unprotected(reading, spans), head


def _judge(setting: str, model: Model | None) -> Judge:
    from cleanse.chrome.model import Judge  # loads numpy and the model file, which `import cleanse` does not

    return Judge(setting, model)


def _question(reading: Reading, doomed: Doomed, sure: set[int]) -> Question:
    from cleanse.chrome.model import Question  # likewise

    return Question(reading.text, reading.lines, reading.found, doomed, sure)


def _tail(reading: Reading, ending: Ending, doomed: Doomed) -> None:
    """Everything below the article's end: by the rule that names a line itself, else by that of the ending."""
    evidence = f'below "{shorten(reading.lines[ending.at].text)}"'
    for i in range(ending.at, len(reading.lines)):
        flag = reading.flag[i]
        own = flag is not None and flag.strength != "hint"
        doomed[i] = (flag.rule, flag.evidence) if own and flag else (ending.rule, evidence)
    doomed[ending.at] = (ending.rule, ending.evidence)


def _unprotected(reading: Reading, spans: list[Span]) -> list[Span]:
    """The spans that touch no line which a keep rule protects."""
    kept = [line for line, keep in zip(reading.lines, reading.kept, strict=True) if keep]
    out = []
    for span in spans:
        k = bisect_right(kept, span.start, key=lambda line: line.end)
        if k == len(kept) or kept[k].start >= span.end:
            out.append(span)
    return out


def _runs(reading: Reading, doomed: Doomed) -> list[Span]:
    """One span for every run of lines that go for the same reason."""
    spans: list[Span] = []
    before = -2
    for i in sorted(doomed):
        line, why = reading.lines[i], doomed[i]
        if i == before + 1 and spans and (spans[-1].rule, spans[-1].evidence) == why:
            start = spans.pop().start
        else:
            start = line.start
        spans.append(Span(start, line.end, reading.text[start : line.end], "chrome", *why))
        before = i
    return spans


def _left(
    reading: Reading, spans: list[Span], rules: Rules, site: str | None
) -> tuple[list[Line], list[tuple[Finding, ...]]]:
    """Lines and findings that remain when the spans are gone, as a reading of the cut text would give them."""
    order = sorted(spans, key=lambda s: (s.start, s.end))
    lines: list[Line] = []
    findings: list[tuple[Finding, ...]] = []
    first, gap = 0, 0  # the first span that may touch the line; blank lines above the removed run before it
    gone = False
    for line, found in zip(reading.lines, reading.found, strict=True):
        while first < len(order) and order[first].end <= line.start:
            first += 1
        pieces, at = [], line.start
        for k in range(first, len(order)):
            span = order[k]
            if span.start >= line.end or (span.start <= line.start and span.end >= line.end):
                at = line.end if span.start < line.end else at
                break
            pieces.append(reading.text[at : max(at, span.start)])
            at = max(at, min(span.end, line.end))
        if at == line.start and not pieces:
            above = max(gap, line.gap) if lines else 0  # a text begins without blank lines when its first line has gone
            lines.append(line._replace(gap=above) if gone else line)
            findings.append(found)
            gone = False
            continue
        rest = split_lines("".join([*pieces, reading.text[at : line.end]])) if at < line.end or any(pieces) else []
        if rest:
            shifted = rest[0]._replace(number=line.number, start=line.start, end=line.end, gap=line.gap)
            lines.append(shifted)
            findings += [tuple(f for f in fs if f.action != "match") for fs in match([shifted], rules.index, site)]
        elif not gone:
            gone, gap = True, line.gap
    return lines, findings


def _lines_inside(reading: Reading, end: int, setting: str, doomed: Doomed) -> tuple[set[int], set[int]]:
    """Lines above the article's end that rules name one by one, and the lists below their headings.

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


def _whole_lists(reading: Reading, doomed: Doomed) -> Doomed:
    """Without the items that the model alone would take from a list of which at least half stays."""
    stays: set[int] = set()
    start = 0
    for i in range(1, len(reading.lines) + 1):
        if i < len(reading.lines) and reading.lines[i].gap == 0 and is_item(reading.lines[i]):
            continue
        items = [k for k in range(start, i) if is_item(reading.lines[k])]
        taken = [k for k in items if k in doomed]
        if 2 * len(taken) <= len(items):
            stays.update(k for k in taken if doomed[k][0] == "model.line")
        start = i
    return {i: why for i, why in doomed.items() if i not in stays}


def _spare_standfirst(reading: Reading, headline: int | None, doomed: Doomed) -> None:
    """Take back a sentence right below the headline that the model alone would remove."""
    below = 0 if headline is None else headline + 1
    if not 0 < below < len(reading.lines) or reading.lines[below].words < STANDFIRST_WORDS:
        return
    if doomed.get(below, ("", ""))[0].startswith("model."):
        del doomed[below]


def _items(reading: Reading, at: int) -> set[int]:
    """The items of a list that begins at line `at`, if one does."""
    stop = at
    while stop < len(reading.lines) and is_item(reading.lines[stop]) and not reading.prose[stop]:
        stop += 1
    return set(range(at, stop))


def _headings(reading: Reading, end: int) -> set[int]:
    """Flagged words that may be headings: the page's first line if nothing else is flagged, the words of a glossary.

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
    """Whether a finding suffices, given where the line stands and what stands beside it."""
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
    return flag.action in ("block", "tail") and "related" in flag.rule and len(_block(reading, i, end)) >= LIST_LINES


def _beside(reading: Reading, i: int, end: int) -> int:
    """How many of the two lines beside line `i` are flagged."""
    return sum(_flagged(reading, j) for j in (i - 1, i + 1) if 0 <= j < end)


def _flagged(reading: Reading, i: int) -> bool:
    flag = reading.flag[i]
    return flag is not None and flag.strength != "hint"


def _block(reading: Reading, at: int, end: int) -> list[int]:
    """The lines of the list below a heading: items, or lines without a sentence's end. A last one may be a subheading."""
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


def _outside_body(reading: Reading, body: Body, headline: int | None, end: int, doomed: Doomed) -> None:
    """Menus above and lists below the body of a whole-page dump, where what stands there looks like a menu."""
    start, stop = body.start, body.stop
    if start > 0 and is_menu(reading, 0, start, body):
        spared = above_body(reading, start, headline)
        for i in range(start):
            if i not in spared:
                doomed.setdefault(i, ("body.above", f"above the text: a menu of {start} lines"))
    if 0 < stop < end and is_menu(reading, stop, end, body):
        for i in range(stop, end):
            doomed.setdefault(i, ("body.below", f"below the text: a list of {end - stop} lines"))
