"""The rows of a table, each from where it begins. A row that does not fit is read another way only where the table proves it.

What proves a reading is the table's own shape: as many cells as the header, and numbers, dates, addresses and codes where the
other rows have them. What is not proved is a row with a fault: no text is cut, glued or dropped.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from cleanse.inputs.cells import Charset, read_line
from cleanse.inputs.csv_cells import Cell, split_literal, split_plain, split_quoted, unquote
from cleanse.inputs.csv_kinds import fits_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cleanse.inputs.csv_dialect import Dialect

LOOK_AHEAD = 128 << 20  # characters of a row with line breaks in its cells
MAX_IN_VAIN = 16 << 20  # characters looked through, over all rows, for quotes that close nothing; then ...
SHORT_LOOK_AHEAD = 8 << 10  # ... so many for each
MAX_FRAGMENTS = 1000  # lines after a row that may belong to its text


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file."""

    start: int  # bytes before it
    text: str
    escaped: bool = False  # bytes that are not UTF-8 stand in it as surrogate escapes
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its cells, or what is wrong with it."""

    start: int  # bytes before it
    raw: str
    cells: tuple[str, ...] = ()
    fault: str | None = None
    escaped: bool = False
    fragment: bool = False  # it may belong to the row before it


def lines_of(lines: Iterable[tuple[int, bytes, bool]], start: int, charset: Charset) -> Iterator[Line]:
    """Yield the lines of a file as text, each with the bytes before it."""
    for length, raw, whole in lines:
        text, escaped = read_line(raw, charset)
        yield Line(start, text.removesuffix("\r"), escaped, whole)
        start += length


class RowReader:
    """Reads the rows of a table from its lines; lines that were looked at in vain are read again."""

    def __init__(self, lines: Iterator[Line], dialect: Dialect) -> None:
        self._lines, self._dialect = lines, dialect
        self._ahead: deque[Line] = deque()
        self._in_vain = 0
        self._can_close = True  # whether a quote that closes a cell may still come

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the table, blank lines left out."""
        row = self._row()
        while row is not None:
            following = self._row()
            fragments: list[Row] = []
            while following is not None and following.fragment and len(fragments) < MAX_FRAGMENTS:
                fragments.append(following)
                following = self._row()
            yield from self._joined(row, fragments) if fragments else (row,)
            row = following

    def _next(self) -> Line | None:
        return self._ahead.popleft() if self._ahead else next(self._lines, None)

    def _row(self) -> Row | None:
        line = self._next()
        while line is not None and line.whole and not line.text.strip():
            line = self._next()
        if line is None:
            return None
        if not line.whole:
            return Row(line.start, line.text, fault="too-large")
        dialect = self._dialect
        cells = (
            line.text.split(dialect.delimiter)
            if dialect.quotes_are_text
            else split_plain(line.text, dialect.delimiter, spaced=dialect.spaced)
        )
        if cells is not None and len(cells) == len(dialect.header) and not (dialect.backslash and '\\"' in line.text):
            if is_prose(cells, dialect):
                fault = "its first cells are prose where the table has numbers, dates or codes"
                return Row(line.start, line.text, fault=fault, escaped=line.escaped, fragment=True)
            if dialect.quotes_are_text and '"' in line.text:
                cells = [self._tab_cell(cell) for cell in cells]
            return Row(line.start, line.text, tuple(cells), escaped=line.escaped)
        return self._irregular(line)

    def _tab_cell(self, cell: str) -> str:
        """Return a cell of a table with tabs without quotes, where they can only be quotes: `"a ""b"" c"`."""
        plain = unquote(cell)
        return plain if plain is not None and ('""' in cell[1:-1] or self._dialect.all_quoted) else cell

    def _irregular(self, line: Line) -> Row:
        """Return a row that is no row by the book on one line."""
        taken: list[Line] = []
        left = LOOK_AHEAD if self._in_vain < MAX_IN_VAIN else SHORT_LOOK_AHEAD

        def more() -> str | None:
            nonlocal left
            if left <= 0 or not self._can_close:
                return None
            following = self._next()
            if following is None:  # one look to the end shows it for all rows
                self._can_close = False
                return None
            taken.append(following)
            left -= len(following.text) + 1
            return following.text if following.whole else None

        dialect = self._dialect
        split = (
            split_quoted(line.text, dialect.delimiter, more, backslash=dialect.backslash, spaced=dialect.spaced)
            if '"' in line.text
            else None
        )
        if split is not None:
            clean = all(cell.clean for cell in split[0])
            cells = fit(split[0], split[1], dialect)
            escaped = line.escaped or any(one.escaped for one in taken)
            if cells is not None and not self._hides_rows(line.text, taken, clean=clean):
                if clean or not taken or any(dialect.kinds[: dialect.text]):
                    return Row(line.start, split[1], cells, escaped=escaped)
                return Row(line.start, split[1], fault="a quote runs over lines that hold quotes", escaped=escaped)
        self._in_vain += sum(len(one.text) + 1 for one in taken)
        self._ahead.extendleft(reversed(taken))
        literal = split_literal(line.text, dialect.delimiter)
        cells = fit(literal, line.text, dialect)
        if cells is not None and self._is_torn(line.text):
            fault = "a quote that nothing opens or closes"
            return Row(line.start, line.text, fault=fault, escaped=line.escaped, fragment=line.text[:1] != '"')
        if cells is not None:
            return Row(line.start, line.text, cells, escaped=line.escaped)
        fault = f"{len(literal)} cells where the table has {len(dialect.header)}"
        return Row(line.start, line.text, fault=fault, escaped=line.escaped, fragment=self._is_fragment(literal))

    def _hides_rows(self, first: str, lines: list[Line], *, clean: bool) -> bool:
        """Return whether the lines that a quote runs over are rows themselves: then it was never meant to.

        Where every quote is doubled as it should be, all of them have to look like rows, and their numbers to go on.
        """
        filled = [line.text for line in lines if line.text.strip()]
        rows = [text for text in filled if _looks_like_row(text, self._dialect, whole=clean)]
        if not clean or not rows:
            return bool(rows)
        return len(rows) == len(filled) and _numbers_go_on([first, *rows], self._dialect)

    def _is_torn(self, line: str) -> bool:
        """Return whether a line may begin or end a quoted cell, and nothing shows that it is a row of its own."""
        dialect = self._dialect
        ends = line[:1] == '"' or line[-1:] == '"'
        return dialect.quoted and ends and line.count('"') % 2 == 1 and not any(dialect.kinds[: dialect.text])

    def _is_fragment(self, cells: list[Cell]) -> bool:
        """Return whether a line can be a part of the text of the row before it."""
        return len(cells) < len(self._dialect.header) or not _fits(cells, self._dialect, exact=False)

    def _joined(self, row: Row, fragments: list[Row]) -> Iterator[Row]:
        """Yield a row with the lines that follow it as one, or, where nothing proves that, each of them with a fault."""
        dialect = self._dialect
        raw = "\n".join([row.raw, *(one.raw for one in fragments)])
        cells = fit(split_literal(raw, dialect.delimiter), raw, dialect) if row.fault != "too-large" else None
        kinds = dialect.kinds[: dialect.text or 0]
        if cells is not None and any(kinds) and not any(_begins_like_row(one.raw, kinds[0]) for one in fragments):
            yield Row(row.start, raw, cells, escaped=row.escaped or any(one.escaped for one in fragments))
            return
        fault = row.fault or "the line after it may belong to its text"
        yield Row(row.start, row.raw, fault=fault, escaped=row.escaped)
        yield from fragments


def fit(cells: list[Cell], raw: str, dialect: Dialect) -> tuple[str, ...] | None:
    """Return the cells of a row by the columns of the table, None where nothing proves which is which.

    Args:
        cells: The cells as they were split.
        raw: The text that they stand in.
        dialect: How the table is written.

    """
    width, text = len(dialect.header), dialect.text
    if len(cells) == width:
        return tuple(cell.value for cell in cells) if _fits(cells, dialect, exact=True) else None
    if len(cells) > width > 1 and not any(cell.value.strip() for cell in cells[width:]):
        return tuple(cell.value for cell in cells[:width])
    if text is None or len(cells) <= text:
        return None
    if len(cells) < width:  # the last columns are empty, and their delimiters were left out
        return tuple(cell.value for cell in cells) if _fits(cells, dialect, exact=False) and len(cells) > text else None
    behind = width - text - 1
    left, right = cells[:text], cells[len(cells) - behind :] if behind else []
    proved = all(
        cell.quoted or (kind is not None and cell.value.strip() and fits_kind(cell.value, kind))
        for cell, kind in zip([*left, *right], [*dialect.kinds[:text], *dialect.kinds[text + 1 :]], strict=True)
    )
    if not proved:
        return None
    middle = raw[cells[text].start : cells[len(cells) - behind - 1].end]
    if middle[:1] == middle[-1:] == '"' and len(middle) > 1:
        middle = middle[1:-1].replace('""', '"')
    return (*(cell.value for cell in left), middle, *(cell.value for cell in right))


def _fits(cells: list[Cell], dialect: Dialect, *, exact: bool) -> bool:
    """Return whether numbers, dates and addresses stand where the table has them."""
    kinds = [kind if exact or i != dialect.text else None for i, kind in enumerate(dialect.kinds)]
    return all(fits_kind(cell.value, kind) for cell, kind in zip(cells, kinds, strict=False))


def _begins_like_row(line: str, kind: str | None) -> bool:
    """Return whether a line could be a row that lost a delimiter: it starts like the first column's kind."""
    begin = line.lstrip(' "')[:4].lower()
    return kind is None or kind == "code" or begin.startswith("http" if kind == "address" else tuple("0123456789"))


def _numbers_go_on(lines: list[str], dialect: Dialect) -> bool:
    """Return whether the numbers that lines begin with follow each other; true where rows begin with none."""
    if dialect.kinds[0] != "number" or dialect.text == 0:
        return True
    numbers = [line.split(dialect.delimiter, 1)[0].strip(' "') for line in lines]
    if not all(number.isdecimal() and len(number) < 19 for number in numbers):
        return False
    return all(int(after) == int(before) + 1 for before, after in pairwise(numbers))


def is_prose(cells: Sequence[str], dialect: Dialect) -> bool:
    """Return whether what stands before the text is prose where the table has numbers, dates or codes: a broken line."""
    return any(
        not fits_kind(cell, kind) and (" " in cell.strip() or (cells[i + 1 : i + 2] and cells[i + 1].startswith(" ")))
        for i, (cell, kind) in enumerate(zip(cells[: dialect.text], dialect.kinds, strict=False))
        if kind is not None
    )


def _looks_like_row(line: str, dialect: Dialect, *, whole: bool) -> bool:
    """Return whether a line is a row, or the beginning of one.

    Before the text stands what the table has there, not prose.
    """
    cells = split_literal(line, dialect.delimiter)
    text = dialect.text or 0
    typed = [(cell, kind) for cell, kind in zip(cells[:text], dialect.kinds[:text], strict=False) if kind]
    if (
        len(cells) < (len(dialect.header) if whole else text + 1)
        or not typed
        or (dialect.all_quoted and not line.startswith('"'))
    ):
        return False
    plain = all(cell.value.strip(' "') and fits_kind(cell.value.strip('"'), kind) for cell, kind in typed)
    return plain and not cells[text].value.startswith(" ")
