"""The cells of a line of a table, quoted well or badly, each with the place where it stands in the line."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

csv.field_size_limit(1 << 30)  # lines are held to a limit before they are split
_QUOTES = re.compile('"+')
_SPACED_QUOTE = re.compile(' +"')


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its value, and from where to where it stands in the row."""

    value: str
    start: int
    end: int
    quoted: bool = False
    clean: bool = True  # every quote in it is doubled


def split_plain(line: str, delimiter: str, *, spaced: bool = False) -> list[str] | None:
    """Return the cells of a line without quotes, or quoted by the book; None for any other."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=spaced), None)
    except csv.Error:
        return None


def split_literal(line: str, delimiter: str) -> list[Cell]:
    """Return the cells of a line in which a quote is a character like any other."""
    cells, start = [], 0
    for value in line.split(delimiter):
        cells.append(Cell(value, start, start + len(value)))
        start += len(value) + len(delimiter)
    return cells


def split_quoted(
    line: str, delimiter: str, more: Callable[[], str | None], *, backslash: bool = False, spaced: bool = False
) -> tuple[list[Cell], str] | None:
    """Return the cells of a row, and its text with the line breaks in its cells; None where a quote is never closed.

    A quote closes a cell only where a delimiter or the end of the line follows; any other stands for itself.

    Args:
        line: The first line of the row.
        delimiter: What stands between cells.
        more: Gives the next line of the file, None at its end.
        backslash: Whether a quote is escaped by a backslash.
        spaced: Whether spaces may stand before the quote that opens a cell.

    """
    lines, base = [line], 0  # of the row; where the current one begins in it
    cells: list[Cell] = []
    at, filled = 0, len(line.rstrip(" "))  # where the next cell begins; where spaces at the end of the line do
    while True:
        start = base + at
        if spaced and (opening := _SPACED_QUOTE.match(line, at)):
            at = opening.end() - 1
        if not line.startswith('"', at):
            end = line.find(delimiter, at)
            end = len(line) if end < 0 else end
            cells.append(Cell(line[at:end], start, base + end))
        else:
            value: list[str] = []
            at += 1
            while (close := _closing_quote(line, at, filled, delimiter, backslash=backslash)) is None:
                value.append(line[at:])
                following = more()
                if following is None:
                    return None
                base, at, line, filled = base + len(line) + 1, 0, following, len(following.rstrip(" "))
                lines.append(line)
            value.append(line[at:close])
            end = close + 1
            whole = "\n".join(value)
            plain = _unquoted(whole, backslash=backslash)
            cells.append(
                Cell(plain, start, base + end, quoted=True, clean='"' not in whole.replace('""', "") or backslash)
            )
            end = len(line) if end >= filled else end
        if end >= len(line):
            return cells, "\n".join(lines)
        at = end + len(delimiter)


def unquote(cell: str) -> str | None:
    """Return what a cell holds that is quoted as a whole, every quote in it doubled; None for any other."""
    if len(cell) < 2 or cell[0] != '"' or cell[-1] != '"':
        return None
    inner = cell[1:-1]
    return None if '"' in inner.replace('""', "") else inner.replace('""', '"')


def _closing_quote(line: str, at: int, filled: int, delimiter: str, *, backslash: bool) -> int | None:
    """Return where the quote stands that closes a cell opened before `at`; `filled`: where the spaces at its end begin."""
    for run in _QUOTES.finditer(line, at):
        begin, end = run.span()
        if (end - begin) % 2 == 0 or not (line.startswith(delimiter, end) or end >= filled):
            continue
        if not (backslash and _is_escaped(line, begin)):
            return end - 1
    return None


def _is_escaped(line: str, at: int) -> bool:
    """Return whether an odd number of backslashes stands before a place."""
    begin = at
    while begin and line[begin - 1] == "\\":
        begin -= 1
    return (at - begin) % 2 == 1


def _unquoted(value: str, *, backslash: bool) -> str:
    if backslash:
        value = value.replace('\\"', '"')
    return value.replace('""', '"')
