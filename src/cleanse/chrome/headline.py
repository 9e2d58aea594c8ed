"""Find the headline of a page: the line at its top that looks like one and whose words the text below takes up. Pure."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from cleanse.chrome.bylines import parse_byline
from cleanse.chrome.lines import UNSPACED
from cleanse.chrome.page_analysis import PROSE_WORDS, is_item
from cleanse.function_words import function_words

if TYPE_CHECKING:
    from cleanse.chrome.article_head import Head
    from cleanse.chrome.dates import Words
    from cleanse.chrome.lines import Line
    from cleanse.chrome.page_analysis import Reading

WORDS_LEAST, WORDS_MOST = 3, 30
CHARS_LEAST, CHARS_MOST = 12, 200
TITLE_WORDS = 4  # of a title at least: shorter lines are as often the name of a section
TOP = 14  # lines of a cleaned page among which its headline is looked for
PARAGRAPHS = 20  # paragraphs that are searched for a headline's words, ...
PARAGRAPH_CHARS = 800  # ... each so far
LEAD_PARAGRAPHS = 3
TOPICAL = 0.5  # share of a line's words that recur, from which it has the subject of the text
SHORT = 60  # different stems of a short text
STEM = 6  # letters of a word that count: "Hannover" and "Hannovers" are one
REPEATED_WORDS = 6  # of a line that is the headline because the page repeats it; menus repeat shorter ones
BYLINE_WORDS = 18  # words of a line that is looked at as a byline
# Log odds in quarters, fitted by training/headlines.py. By hand: a repeat, which on copied articles was right 48 times of 48
POINTS = {
    "at the top": 4,
    "stands alone": 3,
    "half of it recurs": 5,
    "two words recur": 1,
    "a word in the lead": 3,
    "two words in the lead": 1,
    "most of it in the lead": 2,
    "byline or date below": 3,
    "colon inside": 1,
    "repeated": 8,
    "no word recurs": -5,
    "five words at most": -2,
    "18 words or more": -4,
    "question or call": -1,
    "divided": -1,
    "byline": -3,
    "label of another": -1,
    "another just below": -1,
    "below a paragraph": -6,
    "another above": -8,
}
POINTS_LEAST = 8
LEAD = 4  # by which the headline is ahead of every other line
LABEL_WORDS = 5  # of a section's name or a series' title above a headline, at most
SHORTEST_WORDS, SHORTEST_CHARS = 2, 8  # of a headline that a byline or date just below proves
REACH = 14  # lines above the text among which a headline that would go is looked for
_OPEN_END = re.compile(r"[.,;:。，；：、…]$|\.{3}$")
_QUOTATION = re.compile(r"[\"«„“].*[\"»“”]", re.DOTALL)
_CAPTION = re.compile(r"[a-zà-ÿ]\.[A-ZÀ-Þ]|[(/](?:AFP|AP|Reuters|Getty|EPA|dpa)\b")  # "…the bridge.Jane Doe/Getty"
_CALL = re.compile("! [A-ZÀ-Þ]|[\u2190-\u21ff\u2600-\u27bf\U0001f300-\U0001faff]")  # "New! Read our …", a pictograph
_SPEECH = "-–—•*"
_DIVIDED = re.compile(r"[|›»•·/>→]")
_MARKDOWN = re.compile(r"^#{1,6}\s+")
_ADDRESS = re.compile(r"://|\bwww\.")
_WORD = re.compile(rf"(?<![가-힣])[가-힣]{{2}}|[^\W\d_{UNSPACED}가-힣]{{3,}}")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060]")
_UNSPACED_RUN = re.compile(f"[{UNSPACED}]{{2,}}")


class Subject(NamedTuple):
    """How much of a line the text below takes up."""

    recurring: int  # words that recur
    leading: int  # words that recur in the first paragraphs
    share: float  # of its words that recur, 0 to 1
    leading_share: float


def find_title(reading: Reading, head: Head, words: Words) -> str | None:
    """Return the headline of a cleaned page; None where no line is one on good evidence.

    Args:
        reading: What is left of the page.
        head: What its head gave: the line that the page repeats, and where bylines and dates stood.
        words: The words of bylines and dates.
    """
    points = {i: sum(POINTS[sign] for sign in signs) for i, signs in describe_lines(reading, head, words).items()}
    best = choose(points, POINTS_LEAST)
    return None if best is None else _MARKDOWN.sub("", reading.lines[best].text)


def choose(points: dict[int, int], least: int) -> int | None:
    """Return the line of most points; None if these are too few, or if another line comes close."""
    best_first = sorted(points, key=lambda i: (-points[i], i))
    if not best_first or points[best_first[0]] < least:
        return None
    return best_first[0] if all(points[best_first[0]] - points[i] >= LEAD for i in best_first[1:2]) else None


def describe_lines(reading: Reading, head: Head, words: Words) -> dict[int, set[str]]:
    """Return the lines at the top of a page that look like a headline, each with the signs of POINTS that it shows."""
    lines = reading.lines
    top = range(min(TOP, len(lines)))
    able = [i for i in top if lines[i].words >= TITLE_WORDS and _looks_like_headline(reading, i)]
    prose = [i for i in range(len(lines)) if reading.joined[i] >= PROSE_WORDS and i not in able][:PARAGRAPHS]
    able = [i for i in able if prose and i < prose[-1]]
    paragraphs = {i: _stems(lines[i].text[:PARAGRAPH_CHARS]) for i in prose} if able else {}
    short = len(frozenset[str]().union(*paragraphs.values())) < SHORT
    subjects = {i: _subject(lines[i], [stems for at, stems in paragraphs.items() if at > i]) for i in able}
    repeated = {
        i
        for i in able
        if lines[i].text == head.repeated and lines[i].words >= REPEATED_WORDS and subjects[i].recurring > 0
    }
    return {
        i: _true(
            _signs_of_subject(subjects[i])
            | _signs_of_form(lines[i], words)
            | {
                "at the top": i == 0,
                "stands alone": len(able) == 1,
                "no word recurs": subjects[i].recurring == 0 and not short,
                "below a paragraph": prose[0] < i,
                "another above": any(j < i and (j in repeated or subjects[j].share >= TOPICAL) for j in able),
                "another just below": i + 1 in able,
                "label of another": lines[i].words <= LABEL_WORDS
                and i + 1 in able
                and subjects[i].recurring < subjects[i + 1].recurring,
                "byline or date below": _has_byline_below(reading, i, head, words),
                "repeated": i in repeated,
            }
        )
        for i in able
    }


def _true(signs: dict[str, bool]) -> set[str]:
    return {sign for sign, shown in signs.items() if shown}


def _subject(line: Line, paragraphs: list[frozenset[str]]) -> Subject:
    """Return how many of a line's words the paragraphs below it take up."""
    own = _stems(line.text)
    recurring = len(own & frozenset[str]().union(*paragraphs))
    leading = len(own & frozenset[str]().union(*paragraphs[:LEAD_PARAGRAPHS]))
    return Subject(recurring, leading, recurring / max(1, len(own)), leading / max(1, len(own)))


def _signs_of_subject(subject: Subject) -> dict[str, bool]:
    return {
        "two words recur": subject.recurring >= 2,
        "half of it recurs": subject.share >= TOPICAL,
        "a word in the lead": subject.leading >= 1,
        "two words in the lead": subject.leading >= 2,
        "most of it in the lead": subject.leading_share >= 0.6,
    }


def _signs_of_form(line: Line, words: Words) -> dict[str, bool]:
    author, dates, _ = parse_byline(line.text, words) if line.words <= BYLINE_WORDS else (None, [], False)
    return {
        "five words at most": line.words <= 5,
        "18 words or more": line.words >= 18,
        "question or call": line.text[-1] in "?!",
        "colon inside": ":" in line.text[:-1],
        "divided": _DIVIDED.search(line.text) is not None,
        "byline": bool(author or dates),
    }


def _has_byline_below(reading: Reading, i: int, head: Head, words: Words) -> bool:
    """Return whether a byline or date line follows a line at once, or stood there before it was removed."""
    below = reading.lines[i + 1 : i + 3]
    stop = below[0].start if below else len(reading.text)
    if any(span.rule.startswith("metadata.") and reading.lines[i].end <= span.start < stop for span in head.spans):
        return True
    bylines = (parse_byline(line.text, words) for line in below if line.words <= BYLINE_WORDS)
    return any(bare and bool(author or dates) for author, dates, bare in bylines)


@cache
def _all_function_words() -> frozenset[str]:
    return frozenset(word for words in function_words().values() for word in words)


def _stems(text: str) -> frozenset[str]:
    """Return what tells a text's subject: the beginnings of its longer words; of unspaced scripts its pairs of characters."""
    text = _INVISIBLE.sub("", text.casefold())
    stems = {word[:STEM] for word in _WORD.findall(text) if word not in _all_function_words()}
    if not text.isascii():
        stems.update(pair for run in _UNSPACED_RUN.findall(text) for pair in map("".join, pairwise(run)))
    return frozenset(stems)


def spare_headline(reading: Reading, head: Head, doomed: dict[int, tuple[str, str]]) -> None:
    """Take back the line nearest above the text that looks like its headline, unless another such line stays.

    Where none does, a headline of two words is told by the byline or date just below it. A line that a rule names stays
    doomed, and so does a byline.
    """
    able = [] if head.headline is None else [head.headline]
    if head.headline is None and reading.last >= 0:
        bylines = {span.start for span in head.spans}
        nearest = range(reading.first - 1, max(-1, reading.first - 1 - REACH), -1)
        others = [i for i in nearest if reading.lines[i].start not in bylines]
        able = [i for i in others if _looks_like_headline(reading, i)] or [
            i
            for i in others
            if reading.lines[i + 1].start in bylines
            and _looks_like_headline(reading, i, SHORTEST_WORDS, SHORTEST_CHARS)
        ][:1]
    if able and all(i in doomed for i in able) and doomed[able[0]][0].startswith(("model.", "body.")):
        del doomed[able[0]]


def _looks_like_headline(reading: Reading, i: int, words: int = WORDS_LEAST, chars: int = CHARS_LEAST) -> bool:
    line = reading.lines[i]
    if any(finding.action != "keep" for finding in reading.found[i]) or is_item(line) or line.text[0] in _SPEECH:
        return False
    if (
        _ADDRESS.search(line.text)
        or _QUOTATION.fullmatch(line.text)
        or _CAPTION.search(line.text)
        or _CALL.search(line.text)
    ):
        return False
    if not (words <= line.words <= WORDS_MOST and chars <= len(line.text) <= CHARS_MOST):
        return False
    return not line.text[0].islower() and _OPEN_END.search(line.text) is None
