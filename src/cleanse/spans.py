"""Cut spans out of a text, put them back, and settle overlaps. Pure functions; they know documents and nothing else.

Stages only propose spans. `settle` makes of all proposals sorted, disjoint spans, and `cut` removes them once. One law
holds throughout: `restore(cut(text, spans), spans) == text`, to the character.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from cleanse.documents import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_BLANK_AFTER = re.compile(r"(?:[^\S\n]*\n)*(?:[^\S\n]*\Z)?")


def cut(text: str, spans: Sequence[Span]) -> str:
    """Return a text without the spans.

    Args:
        text: The page text.
        spans: The spans to remove, sorted and disjoint, as `settle` returns them.
    """
    kept, at = [], 0
    for span in spans:
        kept.append(text[at : span.start])
        at = span.end
    kept.append(text[at:])
    return "".join(kept)


def restore(kept: str, spans: Sequence[Span]) -> str:
    """Return the page text again, from what was kept and what was removed.

    Args:
        kept: The text without the spans.
        spans: The removed spans, sorted and disjoint.
    """
    pieces, at, offset = [], 0, 0  # offset: number of removed characters so far
    for span in spans:
        upto = span.start - offset
        pieces += [kept[at:upto], span.text]
        at, offset = upto, offset + span.end - span.start
    pieces.append(kept[at:])
    return "".join(pieces)


def project(spans: Iterable[Span], removed: Sequence[Span], text: str) -> list[Span]:
    """Return spans of a text that was cut as spans of the whole text. A span that crosses a cut is split there.

    Args:
        spans: Spans with offsets in `cut(text, removed)`.
        removed: The spans that were cut out, sorted and disjoint.
        text: The whole text.
    """
    ordered = sorted(spans, key=lambda s: (s.start, s.end))
    if not removed:
        return ordered
    # kept pieces of the text: (offset in the cut text, offset in the text, length)
    pieces, at, offset = [], 0, 0
    for gap in [*removed, Span(len(text), len(text), "", "", "", "")]:
        if gap.start > at:
            pieces.append((offset, at, gap.start - at))
            offset += gap.start - at
        at = gap.end
    out, first = [], 0
    for span in ordered:
        while first < len(pieces) and pieces[first][0] + pieces[first][2] <= span.start:
            first += 1
        for begin, origin, length in pieces[first:]:
            if begin >= span.end:
                break
            start, end = max(span.start, begin), min(span.end, begin + length)
            if start < end:
                start, end = start - begin + origin, end - begin + origin
                out.append(replace(span, start=start, end=end, text=text[start:end]))
    return out


def places_outside(places: Iterable[tuple[int, int]], removed: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Yield what lies outside the removed spans of half-open places in the same text.

    Args:
        places: Places, sorted and disjoint.
        removed: The removed spans, sorted and disjoint.
    """
    first = 0
    for start, end in places:
        while first < len(removed) and removed[first].end <= start:
            first += 1
        at, number = start, first
        while number < len(removed) and removed[number].start < end:
            if removed[number].start > at:
                yield at, removed[number].start
            at = removed[number].end
            number += 1
        if at < end:
            yield at, end


def settle(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return sorted, disjoint spans with their text; a removed line takes its line break and surplus blank lines along.

    Where two spans overlap, the one that comes first in `spans` keeps the common characters. Where whole lines are
    removed, the longer of the two gaps of blank lines around them remains between their neighbours; at either end of
    the page none remains.

    Args:
        text: The page text.
        spans: The proposed spans, in any order; the more important ones first.
    """
    disjoint = _make_disjoint(text, spans)
    groups: list[list[Span]] = []  # runs of spans with nothing but white space between them
    for span in disjoint:
        if groups and not text[groups[-1][-1].end : span.start].strip():
            groups[-1].append(span)
        else:
            groups.append([span])
    settled: list[Span] = []
    for group in groups:
        settled += _tidy_run(text, group)
    return tuple([Span(s.start, s.end, text[s.start : s.end], s.step, s.rule, s.evidence) for s in settled])


def _make_disjoint(text: str, spans: Iterable[Span]) -> list[Span]:
    """Return disjoint spans, sorted by offset. Characters in several spans belong to the first of them."""
    taken: list[Span] = []
    for span in spans:
        at, stop = max(0, span.start), min(len(text), span.end)
        if at < stop and (not taken or taken[-1].end <= at):  # most come in order
            taken.append(_with_bounds(span, at, stop))
            continue
        first = bisect_right(taken, at, key=lambda s: s.end)
        last = bisect_left(taken, stop, key=lambda s: s.start)
        pieces = []
        for other in taken[first:last]:
            pieces.append((at, other.start))
            at = other.end
        pieces.append((at, stop))
        contested = last > first  # of a span that overlaps others, pieces of mere white space are dropped
        for start, end in pieces:
            if start < end and not (contested and text[start:end].isspace()):
                taken.insert(bisect_left(taken, start, key=lambda s: s.start), _with_bounds(span, start, end))
    return taken


def _tidy_run(text: str, group: list[Span]) -> list[Span]:
    """Fill the gaps inside a run of spans, and move its ends over line breaks as `settle` promises."""
    start, end = group[0].start, group[-1].end
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    head_bare = not text[line_start:start].strip()
    tail_bare = not text[end:line_end].strip()
    if not head_bare and not tail_bare:  # text on both sides of the run: a line break between them has to stay
        for i, (previous, following) in enumerate(pairwise(group), 1):
            if "\n" in text[previous.end : following.start]:
                return _tidy_run(text, group[:i]) + _tidy_run(text, group[i:])
    if head_bare:
        start = line_start
    if tail_bare:
        end = line_end
    if head_bare and tail_bare:
        start, end = _extend_lines(text, start, end)
    elif tail_bare:  # the end of a line is removed, with the white space before it
        start = line_start + len(text[line_start:start].rstrip())
    elif head_bare:  # the start of a line is removed, with the white space after it
        end += len(text[end:line_end]) - len(text[end:line_end].lstrip())
    starts = [start, *(s.start for s in group[1:])]
    ends = [*starts[1:], end]
    return [_with_bounds(s, a, b) for s, a, b in zip(group, starts, ends, strict=True)]


def _with_bounds(span: Span, start: int, end: int) -> Span:
    """Return the span with other bounds."""
    if (span.start, span.end) == (start, end):
        return span
    return Span(start, end, span.text, span.step, span.rule, span.evidence)


def _extend_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of a run of whole lines, with its last line break and the smaller blank gap around it."""
    before = _blank_start(text, start)
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


def _blank_start(text: str, start: int) -> int:
    """Return the offset at which the blank lines just above a line begin."""
    at = start
    while at > 0:
        previous = text.rfind("\n", 0, at - 1) + 1
        if text[previous : at - 1].strip():
            break
        at = previous
    return at
