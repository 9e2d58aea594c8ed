"""One look at the lines of a page: the rules' findings, the head, the article's end and the body, settled as spans. Pure."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from cleanse.chrome.article_body import find_body
from cleanse.chrome.article_end import find_ending
from cleanse.chrome.article_head import Head, read_head
from cleanse.chrome.headline import spare_headline
from cleanse.chrome.lone_sentences import keep_lone_sentences
from cleanse.chrome.removals import (
    data_of_page,
    doom_inside,
    doom_outside,
    doom_tail,
    items_below,
    keep_headings_of_data,
    keep_lists_whole,
    keep_rows_together,
    spare_standfirst,
)
from cleanse.documents import Span

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from cleanse.chrome.line_model import Answer, Question
    from cleanse.chrome.lines import Line
    from cleanse.chrome.page_analysis import Reading
    from cleanse.chrome.removals import Doomed
    from cleanse.chrome.rule_files import Rules
    from cleanse.chrome.rule_matcher import Finding
    from cleanse.chrome.structure import Run

NOT_CAREFUL = {"head.breadcrumb"}  # a line that ends in the headline may be all the headline there is


def look_once(
    reading: Reading, rules: Rules, setting: str, title: str | None, *, asks: bool
) -> Generator[Question, Answer, tuple[list[Span], Head, str | None]]:
    """Return the spans that one look at the page gives, its head, and doubts about it.

    A generator: it yields what it asks the line model, and is sent the answer.

    Args:
        reading: The lines that are left of the page.
        rules: The rules in force.
        setting: careful, balanced or thorough.
        title: The HTML's title.
        asks: Whether the line model is asked.
    """
    text = reading.text
    head = read_head(reading, rules.words, title)
    doomed: Doomed = {}
    doubt = None
    body = find_body(reading, eager=setting == "thorough")
    words = None if rules.off("tail.author") else rules.words
    ending = find_ending(reading, body.start, setting, head.author, words)
    end = len(reading.lines) if ending is None else ending.at
    if ending is not None:
        doom_tail(reading, ending, doomed)
    spared, listed = doom_inside(reading, end, setting, doomed)
    if setting != "careful":
        doom_outside(reading, body, head.headline, end, doomed)
    if asks:
        if ending is not None:
            listed |= items_below(reading, ending.at + 1)
        sure = listed | {i for i, (rule, _) in doomed.items() if rule in rules.sure}
        data = data_of_page(reading)
        answer = yield _question(reading, doomed, sure, data)
        doomed, doubt = keep_rows_together(reading, keep_lists_whole(reading, answer.doomed)), answer.doubt
        keep_headings_of_data(reading, data, doomed)
        spare_standfirst(reading, head.headline, doomed)
        keep_lone_sentences(reading, doomed)
        spare_headline(reading, head, doomed)
    for i in [i for i in doomed if reading.kept[i] or i in spared or rules.off(doomed[i][0])]:
        del doomed[i]
    spans = [s for s in head.spans if not rules.off(s.rule) and (setting != "careful" or s.rule not in NOT_CAREFUL)]
    spans += spans_of_runs(reading, doomed)
    for i, flag in enumerate(reading.flag):
        if flag is not None and flag.action == "match" and i not in doomed:
            spans.append(Span(flag.start, flag.end, text[flag.start : flag.end], "chrome", flag.rule, flag.evidence))
    return _unprotected(reading, spans), head, doubt


def _question(reading: Reading, doomed: Doomed, sure: set[int], data: Sequence[Run]) -> Question:
    from cleanse.chrome.line_model import Question  # loads numpy, which `import cleanse` does not

    return Question(reading.text, reading.lines, reading.found, doomed, sure, data)


def _unprotected(reading: Reading, spans: list[Span]) -> list[Span]:
    """Return the spans that touch no line which a keep rule protects."""
    kept = [line for line, keep in zip(reading.lines, reading.kept, strict=True) if keep]
    if not kept:
        return spans
    out = []
    for span in spans:
        k = bisect_right(kept, span.start, key=lambda line: line.end)
        if k == len(kept) or kept[k].start >= span.end:
            out.append(span)
    return out


def spans_of_runs(reading: Reading, doomed: Doomed) -> list[Span]:
    """Return one span for every run of lines that go for the same reason."""
    lines = reading.lines
    spans: list[Span] = []
    first = -1  # of the run
    for i in sorted(doomed):
        if first < 0:
            first = i
        if doomed.get(i + 1) != doomed[i]:  # the run ends here
            start, end = lines[first].start, lines[i].end
            spans.append(Span(start, end, reading.text[start:end], "chrome", *doomed[i]))
            first = -1
    return spans


def find_remnant(text: str, lines: list[Line], findings: list[tuple[Finding, ...]]) -> list[Span]:
    """Return what is left of a page of which nothing but chrome is left.

    Every line of it is named by a rule, none is kept.
    """
    named = []
    for line, several in zip(lines, findings, strict=True):
        whole = [f for f in several if f.action in ("line", "block", "tail") and f.strength != "hint"]
        if not whole or any(f.action == "keep" for f in several):
            return []
        span = Span(line.start, line.end, text[line.start : line.end], "chrome", whole[0].rule, whole[0].evidence)
        named.append(span)
    return named
