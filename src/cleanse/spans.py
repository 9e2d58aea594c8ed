"""Arithmetic of spans: stages mark, this module settles the marks and cuts the text once. Pure; knows only documents.

The law that everything here serves: `restore(cut(text, spans), spans) == text`, to the character.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from cleanse.documents import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BLANK_AFTER = re.compile(r"(?:[^\S\n]*\n)*(?:[^\S\n]*\Z)?")


def cut(text: str, spans: Sequence[Span]) -> str:
    """Return the text without the spans, which are sorted and disjoint (as `settle` returns them)."""
    kept, at = [], 0
    for span in spans:
        kept.append(text[at : span.start])
        at = span.end
    kept.append(text[at:])
    return "".join(kept)


def restore(kept: str, spans: Sequence[Span]) -> str:
    """Return the page text again, from what was kept and what was removed."""
    pieces, at, offset = [], 0, 0  # offset: removed characters so far
    for span in spans:
        upto = span.start - offset
        pieces += [kept[at:upto], span.text]
        at, offset = upto, offset + span.end - span.start
    pieces.append(kept[at:])
    return "".join(pieces)


def project(spans: Iterable[Span], removed: Sequence[Span], text: str) -> list[Span]:
    """Return spans of `cut(text, removed)` as spans of `text`; one that crosses a cut is split there."""
    found = sorted(spans, key=lambda s: (s.start, s.end))
    if not removed:
        return found
    # kept pieces of the text: (offset in the cut text, offset in the text, length)
    pieces, at, offset = [], 0, 0
    for gap in [*removed, Span(len(text), len(text), "", "", "", "")]:
        if gap.start > at:
            pieces.append((offset, at, gap.start - at))
            offset += gap.start - at
        at = gap.end
    out, first = [], 0
    for span in found:
        while first < len(pieces) and pieces[first][0] + pieces[first][2] <= span.start:
            first += 1
        for begin, origin, length in pieces[first:]:
            if begin >= span.end:
                break
            a, b = max(span.start, begin), min(span.end, begin + length)
            if a < b:
                a, b = a - begin + origin, b - begin + origin
                out.append(replace(span, start=a, end=b, text=text[a:b]))
    return out


def settle(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return sorted, disjoint spans with their text; a whole line takes its line break and surplus blank lines along.

    Where two spans overlap, the one named first keeps the characters. A removed run of whole lines leaves between its
    neighbours the longer of the two gaps of blank lines that stood around it, and nothing at either end of the page.
    """
    disjoint = _disjoint(text, spans)
    groups: list[list[Span]] = []  # runs of spans with nothing but white space between them
    for span in disjoint:
        if groups and not text[groups[-1][-1].end : span.start].strip():
            groups[-1].append(span)
        else:
            groups.append([span])
    settled: list[Span] = []
    for group in groups:
        settled += _tidy(text, group)
    return tuple(Span(s.start, s.end, text[s.start : s.end], s.step, s.rule, s.evidence) for s in settled)


def _disjoint(text: str, spans: Iterable[Span]) -> list[Span]:
    """Give contested characters to the span named first; later ones keep what is left of them."""
    taken: list[Span] = []
    for span in spans:
        at, stop = max(0, span.start), min(len(text), span.end)
        first = bisect_right(taken, at, key=lambda s: s.end)
        last = bisect_left(taken, stop, key=lambda s: s.start)
        pieces = []
        for other in taken[first:last]:
            pieces.append((at, other.start))
            at = other.end
        pieces.append((at, stop))
        contested = last > first  # what is left of a contested span counts only where it holds more than white space
        for a, b in pieces:
            if a < b and not (contested and text[a:b].isspace()):
                taken.insert(bisect_left(taken, a, key=lambda s: s.start), _moved(span, a, b))
    return taken


def _tidy(text: str, group: list[Span]) -> list[Span]:
    """Fill the gaps inside one run of spans, and move its ends over line breaks as `settle` promises."""
    start, end = group[0].start, group[-1].end
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    head_bare = not text[line_start:start].strip()
    tail_bare = not text[end:line_end].strip()
    if not head_bare and not tail_bare:  # text stands before and behind: a line break between them has to stay
        for i, (left, right) in enumerate(pairwise(group), 1):
            if "\n" in text[left.end : right.start]:
                return _tidy(text, group[:i]) + _tidy(text, group[i:])
    if head_bare:
        start = line_start
    if tail_bare:
        end = line_end
    if head_bare and tail_bare:
        start, end = _whole_lines(text, start, end)
    elif tail_bare:  # the end of a line goes: the white space before it too
        start = line_start + len(text[line_start:start].rstrip())
    elif head_bare:  # the start of a line goes: the white space after it too
        end += len(text[end:line_end]) - len(text[end:line_end].lstrip())
    starts = [start, *(s.start for s in group[1:])]
    ends = [*starts[1:], end]
    return [_moved(s, a, b) for s, a, b in zip(group, starts, ends, strict=True)]


def _moved(span: Span, start: int, end: int) -> Span:
    """Return the span with other bounds; most have them already."""
    return span if (span.start, span.end) == (start, end) else replace(span, start=start, end=end)


def _whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """Extend a run of whole lines over its last line break and the smaller of the blank gaps around it."""
    before = _blank_before(text, start)
    after = end + 1 if end < len(text) else end  # over the line break itself
    match = _BLANK_AFTER.match(text, after)
    beyond = match.end() if match else after
    if before == 0 and beyond == len(text):
        return 0, len(text)
    if before == 0:
        return 0, beyond
    if beyond == len(text):
        return len(text[:before].rstrip()), beyond
    gap_before, gap_after = text.count("\n", before, start), text.count("\n", after, beyond)
    return (start, beyond) if gap_before >= gap_after else (before, after)


def _blank_before(text: str, start: int) -> int:
    """Return where the blank lines that stand just before `start` (a line's start) begin."""
    at = start
    while at > 0:
        previous = text.rfind("\n", 0, at - 1) + 1
        if text[previous : at - 1].strip():
            break
        at = previous
    return at
