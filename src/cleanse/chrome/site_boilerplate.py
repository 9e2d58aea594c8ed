"""Chrome that a site shows on many of its pages: what is noted of a page, and where lines learned from it stand. Pure.

    note_page → boilerplate_learning.learn, over the pages of a site → SiteLines → recurring_lines, on each page of the site

A line is known by a hash of its folded text, so that what is noted of a page holds no text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from cleanse.chrome import evidence
from cleanse.chrome.lines import KEY_CHARS, LONG_CHARS, LONG_KEY_CHARS, fold, has_too_many_lines, split_lines
from cleanse.chrome.page_analysis import assess
from cleanse.spans import cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cleanse.chrome.lines import Line
    from cleanse.documents import Span

ABOVE, INSIDE, BELOW = ("above", "inside", "below")  # of the site's own text on a page
MOST_WORDS = 255  # of a line that are noted: what a byte holds
FOLDED_CHARS = (
    500  # of a long line that are folded at once: normalising a tower of accents takes the square of its height
)
HEADLINE_WORDS = 4  # words from which a lone line above the text may be its headline


class PageNote(NamedTuple):
    """What is noted of a page; sequences run parallel to its lines in their order, those without a letter left out."""

    page: int  # hash of what is left of the text, 64 bits
    marks: Sequence[int]  # hash of each line, 64 bits
    words: Sequence[int]  # of each line, at most MOST_WORDS
    prose: Sequence[bool]  # the line reads like a sentence of the text
    gone: Sequence[bool]  # rules or model removed it


class Recurrence(NamedTuple):
    """On how many pages of a site's sample a line stands, and how many there are; copies count once."""

    pages: int
    of: int


@dataclass(frozen=True, slots=True)
class SiteLines:
    """The lines learned of a site, by the hash of the line and the side of the text on which they stand."""

    site: str
    lines: Mapping[tuple[int, str], Recurrence] = field(default_factory=dict)


def note_page(text: str, removed: Sequence[Span]) -> PageNote:
    """Return what is to be known of a page text to tell which of its lines recur on the site.

    `removed` is sorted, disjoint.

    Lines that extraction removed are left out; those that the chrome step removed count, but not as text of the page.
    """
    kept = cut(text, removed)
    if has_too_many_lines(text):
        return PageNote(_hash(kept), [], [], [], [])
    lines = split_lines(kept)
    prose = assess(kept, lines, [()] * len(lines)).prose
    found = [(line.start, False, line, p) for line, p in zip(lines, prose, strict=True)]
    offset = 0  # characters removed so far
    for span in removed:
        if span.step == "chrome":
            found += [(span.start - offset, True, line, False) for line in split_lines(span.text)]
        offset += span.end - span.start
    found.sort(key=lambda entry: (entry[0], not entry[1]))
    marks = _marks([line for _, _, line, _ in found])
    noted = [
        (mark, line.words, p, gone) for mark, (_, gone, line, p) in zip(marks, found, strict=True) if mark is not None
    ]
    return PageNote(
        _hash(kept),
        [mark for mark, _, _, _ in noted],
        [min(words, MOST_WORDS) for _, words, _, _ in noted],
        [p for _, _, p, _ in noted],
        [gone for _, _, _, gone in noted],
    )


def holds_any(text: str, learned: SiteLines) -> bool:
    """Return whether a text has a line that was learned, wherever it stands."""
    return not has_too_many_lines(text) and not {mark for mark, _ in learned.lines}.isdisjoint(
        _marks(split_lines(text))
    )


def recurring_lines(text: str, lines: Sequence[Line], learned: SiteLines) -> dict[int, str]:
    """Return the numbers of the lines that were learned for the side of the text on which they stand here.

    Each with evidence: `on 34 of 40 pages of example.org, above the text`.
    """
    marks = _marks(lines)
    known = {mark for mark, _ in learned.lines}
    if known.isdisjoint(marks):
        return {}
    recurs = [mark in known for mark in marks]
    sides = sides_of(assess(text, list(lines), [()] * len(lines)).prose, recurs)
    headline = _lone_headline(lines, recurs, sides)
    out = {}
    for i, (mark, side) in enumerate(zip(marks, sides, strict=True)):
        found = learned.lines.get((mark, side)) if mark is not None and side is not None else None
        if found is not None and side is not None and i != headline:
            out[i] = evidence.write_recurrence(evidence.SiteRecurrence(learned.site, side, found.pages, found.of))
    return out


def sides_of(prose: Sequence[bool], recurs: Sequence[bool]) -> list[str | None]:
    """Return for every line the side of the page's own text, which is its prose that does not recur.

    None without any.
    """
    own = [i for i, (p, r) in enumerate(zip(prose, recurs, strict=True)) if p and not r]
    if not own:
        return [None] * len(prose)
    return [ABOVE if i < own[0] else BELOW if i > own[-1] else INSIDE for i in range(len(prose))]


def _lone_headline(lines: Sequence[Line], recurs: Sequence[bool], sides: Sequence[str | None]) -> int | None:
    """Return the index of the last long line above the text if all long ones there recur, as one must be the headline.

    Other pages of the site may show it among their teasers.
    """
    able = [i for i, side in enumerate(sides) if side == ABOVE and lines[i].words >= HEADLINE_WORDS]
    return able[-1] if able and all(recurs[i] for i in able) else None


def _marks(lines: Sequence[Line]) -> list[int | None]:
    """Hashes of the folded lines; None for one without a letter, such as a rule, a page's number, a score."""
    return [_hash(_whole_key(line)) if any(map(str.isalpha, line.key)) else None for line in lines]


def _whole_key(line: Line) -> str:
    """Return the key of a line, with the part of a long line that its key leaves out."""
    size = len(line.text)
    if size <= KEY_CHARS:
        return line.key
    begin = LONG_KEY_CHARS if size >= LONG_CHARS else KEY_CHARS
    return line.key + "".join(fold(line.text[at : at + FOLDED_CHARS]) for at in range(begin, size, FOLDED_CHARS))


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
