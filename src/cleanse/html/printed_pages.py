"""Mark running heads, running feet and page numbers in the text of a printed document, whose pages end with form feeds.

A line at the edge of a page runs where it stands at that edge of several pages; its numbers may differ. A number that
stands alone is the page's where it grows by one from page to page. Pure; knows only documents.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from cleanse.documents import Span
from cleanse.spans import settle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EDGE_LINES = 3  # lines that are not blank, at the top and at the bottom of a page, among which running lines stand
FEW_PAGES = 4  # up to so many pages two that agree suffice, beyond them three
RUNNING_WORDS = 14  # a longer line is text

_NUMBER = re.compile(r"\d+")
_ALONE = re.compile(  # a page number, with the word for it or the number of pages
    r"[\W_]*(?:(?:page|p|pp|pag|pág|página|pagina|seite|s|strona|str|стр|страница|sida|side|sivu|oldal|σελ|blz)\b\W*)?"
    r"(\d{1,4})(?:\s*(?:/|of|sur|von|de|di|van|z|из|av|af)\s*\d{1,4})?[\W_]*$",
    re.IGNORECASE,
)


_ROMAN = re.compile(r"[\W_]*(c?(?:x[cl]|l?x{0,3})(?:i[xv]|v?i{0,3}))[\W_]*$", re.IGNORECASE)  # up to 199
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


class _Edge(NamedTuple):
    """A line near the edge of a page."""

    page: int
    start: int
    end: int
    text: str
    key: str  # its letters in lower case, numbers as "#"


def mark_running_lines(text: str, starts: Sequence[int]) -> tuple[Span, ...]:
    """Return spans with step "extract" for the lines that run from page to page.

    Args:
        text: The page text, without form feeds.
        starts: Where pages begin in it: character offsets, in order, of line starts. The first page begins at 0.
    """
    pages = [page for page in _pages(text, starts) if page]
    spans: list[Span] = []
    for name, edges in (("head", [page[:EDGE_LINES] for page in pages]), ("foot", [p[-EDGE_LINES:] for p in pages])):
        lines = [line for page in edges for line in page]
        numbers = _page_numbers(lines)
        pages_with = Counter(key for page in edges for key in {line.key for line in page})
        for line in lines:
            span = Span(line.start, line.end, line.text, "extract", "", "")
            count = pages_with[line.key]
            if line in numbers:
                spans.append(_named(span, "pages.number", f"page {numbers[line]}, and so on from page to page"))
            elif count >= _needed(len(pages)) and _may_run(line):
                spans.append(_named(span, f"pages.{name}", f"at the same edge of {count} of {len(pages)} pages"))
    return settle(text, spans)


def _named(span: Span, rule: str, evidence: str) -> Span:
    return Span(span.start, span.end, span.text, span.step, rule, evidence)


def _pages(text: str, starts: Sequence[int]) -> Iterator[list[_Edge]]:
    """Yield the lines of each page that are not blank."""
    bounds = [0, *(start for start in starts if start > 0), len(text)]
    for page, (start, end) in enumerate(pairwise(bounds)):
        lines, at = [], start
        for row in text[start:end].split("\n"):
            bare = row.strip()
            if bare:
                first = at + row.index(bare)
                key = " ".join(_NUMBER.sub("#", bare).casefold().split())
                lines.append(_Edge(page, first, first + len(bare), bare, key))
            at += len(row) + 1
        yield lines


def _page_numbers(lines: list[_Edge]) -> dict[_Edge, int]:
    """Return the lines that are page numbers: their difference from the number of their page is that of most such lines."""
    found = [(line, number) for line in lines if (number := _number_alone(line.text)) is not None]
    offsets = Counter(number - line.page for line, number in found)
    if not offsets:
        return {}
    offset, count = min(offsets.items(), key=lambda item: (-item[1], item[0]))
    return {line: number for line, number in found if number - line.page == offset} if count > 1 else {}


def _number_alone(text: str) -> int | None:
    """Return the number that is all a line says, also in Roman numerals."""
    if match := _ALONE.match(text):
        return int(match[1])
    roman = _ROMAN.match(text)
    if not roman or not roman[1]:
        return None
    values = [_ROMAN_VALUES[char] for char in roman[1].lower()]
    return sum(-value if value < max(values[k:]) else value for k, value in enumerate(values))


def _needed(pages: int) -> int:
    return 2 if pages <= FEW_PAGES else 3


def _may_run(line: _Edge) -> bool:
    """Return whether a line that recurs is a running line: no paragraph, and no "Question 1", "Question 2" and so on."""
    words = line.key.split()
    letters = [word for word in words if any(map(str.isalpha, word))]
    numbers = line.key.count("#")  # "Chapter 3   41": the first is no page number
    return len(words) <= RUNNING_WORDS and bool(letters) and (len(letters) > 1 or numbers != 1)
