"""Lay a page out in rows of whole lines, so that rule and evidence can stand beside what was removed.

Pure functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cleanse.documents import Span

KEPT, ELIDED = -1, -2  # in place of the number of a span: kept text; a note on what is left out


def stretches(text: str, removed: Sequence[Span]) -> list[tuple[str, int]]:
    """Return kept and removed stretches in order, each with the number of its span, or KEPT.

    Args:
        text: The page text.
        removed: Its removed spans, sorted and disjoint.
    """
    out, at = [], 0
    for number, span in enumerate(removed):
        out += [(text[at : span.start], KEPT), (text[span.start : span.end], number)]
        at = span.end
    return [stretch for stretch in [*out, (text[at:], KEPT)] if stretch[0]]


def rows_of(shown: Iterable[tuple[str, int]]) -> list[list[list[Any]]]:
    """Return stretches as rows of whole lines, each row a list of [text, number].

    Kept lines stand together, and so do the lines of one span. A line that holds several stretches is a row of its own.
    A blank line belongs to the row above it.
    """
    rows: list[list[list[Any]]] = []
    line: list[list[Any]] = []
    for text, number in shown:
        for piece in [text] if number == ELIDED else text.splitlines(keepends=True):
            if line and not piece.strip():  # a removed line break alone needs no note of its own
                line[-1][0] += piece
            else:
                line.append([piece, number])
            if number == ELIDED or piece.endswith("\n"):
                _add_line(rows, line)
                line = []
    if line:
        _add_line(rows, line)
    return [row for row in rows if any(text.strip() for text, _ in row)]


def _add_line(rows: list[list[list[Any]]], line: list[list[Any]]) -> None:
    """Add a line to the last row if it belongs there, else as a new row."""
    numbers = {number for _, number in line}
    above = rows[-1] if rows and rows[-1][-1][1] != ELIDED else None
    blank = not any(text.strip() for text, _ in line)
    alike = above is not None and len(numbers) == 1 and numbers == {number for _, number in above} - {ELIDED}
    if above and (blank or alike):
        above[-1][0] += "".join(text for text, _ in line)
    else:
        rows.append(line)
