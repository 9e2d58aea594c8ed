"""Shorten a page for people: a few of each run of removed spans, and the ends of long kept stretches.

In place of what is left out stands how much it is. Indentation is shortened too: text copied out of browsers is often
indented by whole columns. Pure functions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cleanse.report.layout import ELIDED, KEPT, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from cleanse.documents import Span

PAGE_CHARS = 14_000  # characters shown of one page
MAX_SPANS = 250  # spans shown of one page
RUN_CHARS, RUN_SPANS = 1_200, 10  # characters and spans shown of a run of removed spans, besides the last span
KEPT_HEAD, KEPT_TAIL = 900, 500  # characters shown of a longer kept stretch, at its beginning and at its end
GONE_HEAD, GONE_TAIL = 420, 160  # the same for a removed stretch

_INDENT = re.compile(r"\n[^\S\n]{3,}")
_INDENT_AHEAD = re.compile(r"\A[^\S\n]{3,}")
_INDENT_BEHIND = re.compile(r"\n[^\S\n]+\Z")


def shown_rows(
    text: str | None, removed: Sequence[Span], chars: int, pinned: Span | None = None
) -> tuple[list[list[list[Any]]], list[Span]]:
    """Return the rows that are shown of a page, and the spans shown in them.

    In the rows a stretch has the number of its span among those shown, KEPT, or ELIDED for a note on what is left out.

    Args:
        text: The page text; None where only the removed spans are known, as after a dry run.
        removed: The removed spans, sorted and disjoint.
        chars: Length of the page text, in characters.
        pinned: A span that must not be left out; None: no such span.
    """
    shown, spans = _stretches(text, removed, chars, pinned)
    return [_trim_blank_lines(row) for row in rows_of(_unindent(shown))], spans


def _stretches(
    text: str | None, removed: Sequence[Span], chars: int, pinned: Span | None
) -> tuple[list[tuple[str, int]], list[Span]]:
    """Return the stretches that are shown of a page, each with its number, and the spans shown."""
    shown: list[tuple[str, int]] = []
    spans: list[Span] = []
    at = 0

    def kept_up_to(end: int) -> None:
        if end > at and text is None:  # a dry run keeps no texts
            shown.append((f"{end - at:,} characters kept", ELIDED))
        elif end > at and text is not None:
            _add_shortened(shown, text[at:end], KEPT, KEPT_HEAD, KEPT_TAIL)

    for run in _runs(text, removed):
        before = -1  # place in the run of the span that was shown last
        for i in _shown_places(run, pinned):
            if len(spans) == MAX_SPANS or sum(len(part) for part, _ in shown) >= PAGE_CHARS:
                remaining = sum(span.start >= at for span in removed)
                shown.append((f"{remaining:,} more spans, {chars - at:,} more characters", ELIDED))
                return shown, spans
            span = run[i]
            if i > before + 1:
                omitted = f"{i - before - 1:,} more span{'s' if i > before + 2 else ''}"
                shown.append((f"{omitted}, {span.start - at:,} characters removed", ELIDED))
            else:
                kept_up_to(span.start)
            spans.append(span)
            _add_shortened(shown, span.text, len(spans) - 1, GONE_HEAD, GONE_TAIL)
            at, before = span.end, i
    kept_up_to(chars)
    return shown, spans


def _shown_places(run: Sequence[Span], pinned: Span | None) -> list[int]:
    """Return the places in a run of the spans that are shown: the first few, the last, the pinned one."""
    spent, places = 0, []
    for i, span in enumerate(run):
        if (spent <= RUN_CHARS and i < RUN_SPANS) or i == len(run) - 1 or span is pinned:
            places.append(i)
            spent += min(len(span.text), GONE_HEAD + GONE_TAIL)
    return places


def _runs(text: str | None, removed: Sequence[Span]) -> Iterator[list[Span]]:
    """Yield groups of removed spans with nothing but white space between them."""
    run: list[Span] = []
    for span in removed:
        if run and (span.start > run[-1].end and (text is None or text[run[-1].end : span.start].strip())):
            yield run
            run = []
        run.append(span)
    if run:
        yield run


def _add_shortened(shown: list[tuple[str, int]], text: str, note: int, head: int, tail: int) -> None:
    """Add the beginning and the end of a stretch to `shown`, cut where a line ends if one does nearby."""
    if len(text) <= head + tail + 100:
        shown.append((text, note))
        return
    first = text.rfind("\n", head // 2, head) + 1 or head
    last = text.find("\n", len(text) - tail, len(text) - tail // 2) + 1 or len(text) - tail
    word = "kept" if note == KEPT else "removed"
    shown += [(text[:first], note), (f"{last - first:,} more characters {word}", ELIDED), (text[last:], note)]


def _unindent(shown: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return stretches without deep indentation. Indentation belongs to the line that it begins."""
    out: list[tuple[str, int]] = []
    fresh = True  # a line begins here
    for i, (text, note) in enumerate(shown):
        if note != ELIDED:
            if i + 1 < len(shown):
                text = _INDENT_BEHIND.sub("\n", text)  # noqa: PLW2901
            spaces = "  " if note == KEPT else ""
            text = _INDENT.sub("\n" + spaces, text)  # noqa: PLW2901
            text = _INDENT_AHEAD.sub(spaces, text) if fresh else text  # noqa: PLW2901
        if text:
            out.append((text, note))
            fresh = note == ELIDED or text.endswith("\n")
    return out


def _trim_blank_lines(row: list[list[Any]]) -> list[list[Any]]:
    """Return a row with at most one blank line at its end."""
    text = row[-1][0]
    if text.endswith("\n"):
        bare = text.rstrip("\n")
        row[-1][0] = bare + "\n" * min(2, len(text) - len(bare))
    return row
