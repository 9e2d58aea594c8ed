"""The head of a page: headline, byline, date line. What is only told apart on evidence becomes metadata. Pure.

A headline is known by its repeat: as a line of its own, glued to the first paragraph, at the end of a breadcrumb, or as
the title of the HTML. It stays once, at the top; its repeats go. Byline and date lines go and become author and date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cleanse.chrome.bylines import parse_byline
from cleanse.chrome.lines import fold_phrase, shorten
from cleanse.chrome.names import is_name
from cleanse.chrome.page_analysis import PROSE_WORDS
from cleanse.chrome.rule_matcher import BYLINE
from cleanse.documents import Span

if TYPE_CHECKING:
    from cleanse.chrome.dates import Words
    from cleanse.chrome.page_analysis import Reading

HEADLINE_WORDS = 3  # a shorter line is no headline by its repeat alone
HEADLINE_MOST = 40
HEADLINE_CHARS = 300
CRUMB_WORDS = 8  # words of a breadcrumb before the headline
LABEL_WORDS = 4  # a section label above the headline has fewer
LABELS = 3  # such labels at most
BYLINE_WORDS = 18
BYLINE_CHARS = 160
NAME_WORDS = 3  # of a name that nothing but the date line below it bears out
TITLE_WORDS = 3  # of a line above a name and a date, from which it may be the headline
OCCUPATION_WORDS = 4  # "Staff writer", "Rédactrice en chef": a line below a name
TITLE_CHARS = 1000  # of the HTML's title, of which every part between separators is looked for
REACH = 14  # lines above the first prose line where headline, byline and date are looked for
_TITLE_SEPARATOR = re.compile(r" [-–—|•·:»/]+ | ?[|»] ?")  # in a text of single spaces
_DATE_PREFIX = re.compile(r"\s*date\s+(?P<date>(?:19|20)\d\d-[01]\d(?:-[0-3]\d)?)\s+", re.IGNORECASE)


@dataclass(slots=True)
class Head:
    """What the head gave: spans to remove and metadata, each None where the page shows no evidence."""

    spans: list[Span] = field(default_factory=list)
    title: str | None = None  # the HTML's, where the page shows it
    repeated: str | None = None  # the headline that stays, where it is known by its repeat
    author: str | None = None
    date: str | None = None
    headline: int | None = None  # number in `lines` of the headline that stays


def read_head(reading: Reading, words: Words, title: str | None) -> Head:
    """Return headline, author and date of a page, and the spans that repeat or carry them."""
    head = Head()
    if reading.lines:
        _headline(reading, head, title)
        _date_prefix(reading, head)
        _bylines(reading, head, words)
    return head


def _headline(reading: Reading, head: Head, title: str | None) -> None:
    lines, text = reading.lines, reading.text
    stop = min(reading.first + 2, len(lines))
    window = range(max(0, stop - 2 - REACH), stop)
    usable = [i for i in window if _may_be_headline(reading, i)]
    at = _by_title(reading, usable, title)
    if at is not None:
        head.headline = at
    by_key: dict[str, int] = {}
    paragraphs = any(p and line.words >= PROSE_WORDS for p, line in zip(reading.prose, lines, strict=True))
    for i in usable if paragraphs else []:  # on a page without paragraphs a repeat may be a refrain
        line = lines[i]
        first = by_key.setdefault(line.key, i)
        if first != i and (head.headline is None or lines[head.headline].key == line.key):
            head.headline = first
            head.spans.append(
                _span(
                    text,
                    line.start,
                    line.end,
                    "head.repeated-headline",
                    f'the headline "{shorten(line.text)}" stands above',
                )
            )
    for i in usable:
        line = lines[i]
        for j in range(i + 1, min(i + 4, stop)):
            below = lines[j]
            if below.text != line.text and _is_glued(line.text, below.text):
                head.headline = i if head.headline is None else head.headline
                end = below.start + len(line.text)
                head.spans.append(
                    _span(
                        text,
                        below.start,
                        end,
                        "head.glued-headline",
                        f'the headline stands above and is glued to "{shorten(below.text[len(line.text) :], 30)}"',
                    )
                )
            elif below.key != line.key and _is_crumb(line.key, below.key) and _may_be_headline(reading, j):
                head.headline = j if head.headline in (None, i) else head.headline
                head.spans.append(
                    _span(
                        text,
                        line.start,
                        line.end,
                        "head.breadcrumb",
                        f'it ends with the headline "{shorten(below.text)}" that follows',
                    )
                )
    if head.headline is not None:
        told = lines[head.headline].text
        head.title, head.repeated = (told, None) if head.headline == at else (None, told)
        _labels(reading, head)


def _labels(reading: Reading, head: Head) -> None:
    """Add the section labels above a headline that is repeated: short lines, with nothing but such lines above them."""
    top = head.headline or 0
    above = [i for i in range(max(0, top - REACH), top) if reading.flag[i] is None]
    if len(above) <= LABELS and all(reading.lines[i].words < LABEL_WORDS and not reading.ends[i] for i in above):
        for i in above:
            line = reading.lines[i]
            head.spans.append(
                _span(
                    reading.text,
                    line.start,
                    line.end,
                    "head.above-headline",
                    f'a label above the headline: "{line.text}"',
                )
            )


def _by_title(reading: Reading, usable: list[int], title: str | None) -> int | None:
    """Return the line that is the HTML's title, with or without the site's name behind or before it."""
    title = " ".join(title.split())[:TITLE_CHARS] if title else ""
    if not title:
        return None
    wanted = {fold_phrase(title), *(fold_phrase(part) for part in _TITLE_SEPARATOR.split(title))}
    wanted |= {fold_phrase(title[: m.start()]) for m in _TITLE_SEPARATOR.finditer(title)}
    wanted |= {fold_phrase(title[m.end() :]) for m in _TITLE_SEPARATOR.finditer(title)}
    return next((i for i in usable if reading.lines[i].key in wanted and len(reading.lines[i].key) > 1), None)


def _may_be_headline(reading: Reading, i: int) -> bool:
    line = reading.lines[i]
    if any(finding.action != "keep" and finding.strength != "hint" for finding in reading.found[i]):
        return False
    return (
        HEADLINE_WORDS <= line.words <= HEADLINE_MOST
        and len(line.text) <= HEADLINE_CHARS
        and line.text[-1] not in ".,;:"
    )


def _is_glued(headline: str, below: str) -> bool:
    """Return whether a line begins with the headline and goes on at once with another sentence."""
    if not below.startswith(headline) or len(below) < len(headline) + 20:
        return False
    after = below[len(headline)]
    return after.isupper() or after in '«“"„' or (after.isalpha() and not after.isascii() and not after.islower())


def _is_crumb(key: str, headline: str) -> bool:
    if not key.endswith(headline) or len(headline) < 12:
        return False
    before = key[: -len(headline)]
    return bool(before) and not before[-1].isalnum() and len(before.split()) <= CRUMB_WORDS


def _date_prefix(reading: Reading, head: Head) -> None:
    for line in reading.lines[: reading.first + 1]:
        found = _DATE_PREFIX.match(line.text)
        if found:
            head.date = found["date"]
            head.spans.append(
                _span(
                    reading.text,
                    line.start,
                    line.start + found.end(),
                    "metadata.date",
                    "a field of the page's data before the text",
                )
            )


def _bylines(reading: Reading, head: Head, words: Words) -> None:
    """Add byline and date lines between the headline, or the lines just above the text, and the first prose line."""
    stop = min(reading.first, len(reading.lines))
    begin = max(0, stop - REACH) if head.headline is None else head.headline + 1
    removed = {s.start for s in head.spans}
    for i in range(min(begin, stop), stop):
        line = reading.lines[i]
        if line.start in removed or reading.kept[i] or line.words > BYLINE_WORDS or len(line.text) > BYLINE_CHARS:
            continue
        author, dates, bare = parse_byline(line.text, words)
        if not bare:
            continue
        if author:
            head.author = head.author or author
            head.spans.append(
                _span(reading.text, line.start, line.end, "metadata.author", f'a byline: "{shorten(line.text)}"')
            )
        elif dates:
            head.spans.append(
                _span(reading.text, line.start, line.end, "metadata.date", f'a date line: "{shorten(line.text)}"')
            )
        if dates and head.date is None:
            head.date = dates[0].iso
    _names(reading, head, range(min(begin, stop), stop), words)


def _names(reading: Reading, head: Head, where: range, words: Words) -> None:
    """Take as author a name on a line of its own, borne out by "by" on the line above, by its repeat or by an occupation below."""
    lines = reading.lines
    for i in where:
        name = lines[i].text
        if head.author or not is_name(name) or reading.flag[i] is not None:
            continue
        below = lines[i + 1] if i + 1 in where else None
        if i > 0 and lines[i - 1].text.lower().rstrip(" :") in words.by:
            taken, why = [i - 1, i], f'the name "{name}" below "{lines[i - 1].text}"'
        elif below and below.key == lines[i].key and _near_byline(reading, head, i):
            taken, why = [i, i + 1], f'the name "{name}" stands here twice'
        elif below and below.words <= OCCUPATION_WORDS and any(w in below.text.lower() for w in words.about):
            taken, why = [i, i + 1], f'the name "{name}" above "{below.text}"'
        elif (
            below and lines[i].words <= NAME_WORDS and _is_date_line(below.text, words) and _has_title_above(reading, i)
        ):
            taken, why = [i], f'the name "{name}" above the date line "{shorten(below.text)}"'
        else:
            continue
        head.author = name
        for k in taken:
            head.spans.append(_span(reading.text, lines[k].start, lines[k].end, "metadata.author", why))


def _is_date_line(text: str, words: Words) -> bool:
    """Return whether a line holds nothing but a date."""
    author, dates, bare = parse_byline(text, words)
    return bare and bool(dates) and author is None


def _has_title_above(reading: Reading, i: int) -> bool:
    """Return whether a line above could be the headline; if none can, two words above a date may be the headline itself."""
    above = zip(reading.lines[:i], reading.flag[:i], strict=True)
    return any(flag is None and line.words >= TITLE_WORDS for line, flag in above)


def _near_byline(reading: Reading, head: Head, i: int) -> bool:
    """Return whether a headline is known, or a byline's or date line's words stand near."""
    near = reading.flag[max(0, i - 3) : i + 5]
    return head.headline is not None or any(f is not None and f.kind == BYLINE for f in near)


def _span(text: str, start: int, end: int, rule: str, evidence: str) -> Span:
    return Span(start, end, text[start:end], "chrome", rule, evidence)
