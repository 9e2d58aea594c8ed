"""How a table is written: its delimiter, its header, what its columns hold. Measured on many rows of its head."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from cleanse.inputs.cells import Charset, read_line
from cleanse.inputs.csv_cells import Cell, split_literal, split_quoted, unquote
from cleanse.inputs.csv_kinds import KINDS, MIN_SHARE, is_kind, kinds_of
from cleanse.inputs.field_names import columns_by_name, key_of
from cleanse.inputs.fields import find_place, find_text, free_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cleanse.inputs.records import Fields

DELIMITERS = (",", ";", "\t", "|")  # likeliest first
SAMPLE_ROWS = 1000  # by which a table is judged
HEADER_ROWS = 10  # within which its header is looked for
PROSE = 40  # characters of a cell from which on it is no name of a column
MIN_QUOTED = 2  # cells that show that a table with tabs quotes

_SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written."""

    delimiter: str
    header: tuple[str, ...]  # names of columns, no two alike
    start: int  # bytes before the first row
    named: bool = True  # whether the names are the table's own
    preamble: str = ""  # what stands before the header
    text: int | None = None  # the column of the text
    kinds: tuple[str | None, ...] = ()  # of columns whose cells all look alike: a key of KINDS, or "date"
    backslash: bool = False  # a quote is escaped by a backslash
    spaced: bool = False  # spaces stand between a delimiter and the quote that opens a cell
    quoted: bool = False  # some cells are quoted
    all_quoted: bool = False  # every text is
    quotes_are_text: bool = False  # a quote stands for itself unless it has to be more: in tables with tabs
    line_end: bytes = b"\n"


@lru_cache(maxsize=4)  # the pieces of one file have one head
def measure(head: bytes, charset: Charset, fields: Fields, *, whole: bool) -> Dialect:
    """Return the dialect of a table.

    Args:
        head: Its first bytes, as UTF-8 if they were UTF-16.
        charset: What the file shows of its charset.
        fields: Fields that the user named: they may be names of columns.
        whole: Whether the head is all of it; else its last line may be cut and is left out.

    """
    end = b"\n" if b"\n" in head or b"\r" not in head else b"\r"
    raw_lines = head.split(end)
    if not whole and len(raw_lines) > 1:
        raw_lines.pop()
    bom = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    lines = [read_line(raw, charset)[0].removesuffix("\r") for raw in raw_lines[:SAMPLE_ROWS]]
    lines[0] = lines[0].removeprefix("\ufeff")
    first, start, forced = 0, bom, None
    if match := _SEPARATOR.fullmatch(lines[0]):
        forced, first = match[1], 1
        start = len(raw_lines[0]) + len(end)
    there = [delimiter for delimiter in DELIMITERS if any(delimiter in line for line in lines[first:])]
    tables = [
        _Sample(delimiter, lines[first:], fields, literal=literal)
        for delimiter in ([forced] if forced else there or DELIMITERS[:1])
        for literal in ((True, False) if delimiter == "\t" else (False,))
    ]
    best = max(tables, key=lambda table: table.score)
    starts = _line_starts(raw_lines, first, len(end), start)
    return best.dialect(starts, end)


def _line_starts(raw_lines: list[bytes], first: int, end: int, start: int) -> list[int]:
    starts = [start]
    at = sum(len(raw) + end for raw in raw_lines[:first])
    for raw in raw_lines[first:]:
        at += len(raw) + end
        starts.append(at)
    return starts


class _Sample:
    """The rows at the head of a table, split by one delimiter."""

    def __init__(self, delimiter: str, lines: list[str], fields: Fields, *, literal: bool) -> None:
        self.delimiter, self.lines, self.fields, self.literal = delimiter, lines, fields, literal
        text = "\n".join(lines)
        self.backslash = text.count('\\"') > text.count('""')
        self.spaced = text.count(f'{delimiter} "') > text.count(f'{delimiter}"')
        self.rows = list(self._split())
        widths = Counter(len(cells) for _, cells in self.rows[1:])
        self.width = max(widths, key=lambda width: (widths[width], width), default=0)
        self.header_row, self.known = self._find_header()
        names = self.rows[self.header_row][1] if self.rows else []
        agreeing = widths[len(names)] / max(1, sum(widths.values()))
        wide = len(names) > 1
        self.all_quoted = self._all_quoted()
        self.score: float = self.known * 4 + self.all_quoted + (0.25 if self._quotes_by_the_book() else 0)
        if wide:
            self.score += 3 * agreeing + 0.5 - 2 * self._share_of_prose()
        elif literal:  # one column: nothing speaks for tabs
            self.score -= 1

    def _share_of_prose(self) -> float:
        """Return how many cells begin with a space: where prose was split, not a table."""
        cells = [cell.value for _, row in self.rows for cell in row[1:] if not cell.quoted]
        return sum(value.startswith(" ") for value in cells) / max(1, len(cells))

    def _quotes_by_the_book(self) -> bool:
        """Return whether every quote in a table with tabs is one around a cell, or doubled within, as spreadsheets write them."""
        if self.delimiter != "\t" or self.literal:
            return False
        cells = [cell for line in self.lines for cell in line.split(self.delimiter) if '"' in cell]
        return len(cells) >= MIN_QUOTED and all(unquote(cell) is not None for cell in cells)

    def _split(self) -> Iterator[tuple[int, list[Cell]]]:
        """Yield rows with the line in which each begins."""
        at, can_close = 0, True
        while at < len(self.lines):
            line = self.lines[at]
            begin, at = at, at + 1
            if not line.strip():
                continue
            literal = split_literal(line, self.delimiter)
            if '"' not in line or self.literal:
                yield begin, literal
                continue
            following = iter(self.lines[at:] if can_close else ())
            split = split_quoted(
                line,
                self.delimiter,
                lambda: next(following, None),  # noqa: B023  used at once
                backslash=self.backslash,
                spaced=self.spaced,
            )
            if split is None:
                can_close = False
                yield begin, literal
            else:
                at += split[1].count("\n")
                yield begin, split[0]

    def _find_header(self) -> tuple[int, int]:
        """Return the row that names the columns, or the first; and how many of its names are known."""
        best, most = 0, 0
        for i, (_, cells) in enumerate(self.rows[:HEADER_ROWS]):
            if max((len(cell.value) for cell in cells), default=0) > PROSE * 2:
                break
            known = sum(self._is_known(cell.value) for cell in cells)
            if known > most:
                best, most = i, known
        return best, most

    def _is_known(self, name: str) -> bool:
        key = key_of(name)
        own = {key_of(n) for n in (*self.fields.text, *(field for _, field in self.fields.names))}
        return bool(key) and (key in own or any(key in names for names in columns_by_name().values()))

    def dialect(self, starts: list[int], line_end: bytes) -> Dialect:
        """Return the dialect of the table."""
        if not self.rows:
            return Dialect(self.delimiter, (), starts[0], line_end=line_end)
        line, names = self.rows[self.header_row]
        named = self.known > 0 or not self._first_is_data()
        data = self.rows[self.header_row + 1 :] if named else self.rows
        header = _unique([self._value(cell).strip() for cell in names]) if named else ()
        if not named:
            header = tuple(str(i + 1) for i in range(self.width or len(names)))
        header = self._widened(header, data)
        cells = [[self._value(cell) for cell in row] for _, row in data]
        text = self._text_column(header, cells, named=named)
        kinds = kinds_of(cells, len(header), text)
        if not named:
            header = _guessed(header, kinds, text)
        next_line = data[0][0] if data else len(starts) - 1
        after = self.rows[self.header_row + 1][0] if named and len(self.rows) > self.header_row + 1 else next_line
        return Dialect(
            self.delimiter,
            header,
            starts[after if named else self.rows[0][0]],
            named=named,
            preamble="\n".join(self.lines[:line]).strip() if named else "",
            text=text,
            kinds=kinds,
            backslash=self.backslash,
            spaced=self.spaced,
            quoted=not self.literal and any(cell.quoted for _, row in self.rows for cell in row),
            all_quoted=self.all_quoted,
            quotes_are_text=self.literal,
            line_end=line_end,
        )

    def _value(self, cell: Cell) -> str:
        plain = unquote(cell.value) if not cell.quoted else None
        return cell.value if plain is None else plain

    def _first_is_data(self) -> bool:
        """Return whether the first row holds what rows hold.

        Prose, addresses, or numbers where the others have numbers.
        """
        first = [self._value(cell) for cell in self.rows[0][1]]
        if any((len(value) >= PROSE and " " in value) or KINDS["address"].fullmatch(value) for value in first):
            return True
        others = [[self._value(cell) for cell in row] for _, row in self.rows[1:] if len(row) == len(first)]
        kinds = kinds_of(others, len(first), None)
        return any(
            kind in ("number", "date") and is_kind(value, kind) for kind, value in zip(kinds, first, strict=True)
        )

    def _widened(self, header: tuple[str, ...], data: list[tuple[int, list[Cell]]]) -> tuple[str, ...]:
        """Return a header with names for columns that all rows have and it has not: R writes the names of rows first."""
        more = self.width - len(header)
        rows = [[self._value(cell) for cell in row] for _, row in data if len(row) == self.width]
        if more <= 0 or len(rows) < MIN_SHARE * len(data) or len(rows) < 2:
            return header
        if all(kind for kind in kinds_of([row[:more] for row in rows], more, None)) and self._shifted(
            header, rows, more
        ):
            return (*(f"column {i + 1}" for i in range(more)), *header)
        if all(kind for kind in kinds_of([row[-more:] for row in rows], more, None)):
            return (*header, *(f"column {len(header) + i + 1}" for i in range(more)))
        return header

    def _shifted(self, header: tuple[str, ...], rows: list[list[str]], more: int) -> bool:
        """Return whether the columns stand further right than their names: there the text is prose."""
        text = self._text_column(header, [row[more:] for row in rows], named=True)
        if text is None:
            return False
        return sum(len(row[text + more]) for row in rows) > 2 * sum(len(row[text]) for row in rows)

    def _text_column(self, header: tuple[str, ...], rows: list[list[str]], *, named: bool) -> int | None:
        if not named:
            lengths = [sum(len(row[i]) for row in rows if i < len(row)) for i in range(len(header))]
            return max(range(len(header)), key=lambda i: (lengths[i], -i)) if lengths else None
        found: Counter[int] = Counter()
        for row in islice(rows, 50):
            chosen = find_text(dict(zip(header, row, strict=False)), self.fields.text)
            if chosen is not None:
                found[header.index(str(chosen[0][0]))] += 1
        if not found:
            places = (find_place(dict.fromkeys(header, ""), name) for name in self.fields.text)
            return next((header.index(str(place[0])) for place in places if place), None)
        return max(sorted(found), key=lambda i: found[i])

    def _all_quoted(self) -> bool:
        """Return whether every cell that is no number is quoted."""
        cells = [
            cell for _, row in self.rows for cell in row if cell.value and not KINDS["number"].fullmatch(cell.value)
        ]
        return (
            not self.literal and bool(cells) and all(cell.quoted or unquote(cell.value) is not None for cell in cells)
        )


def _unique(names: list[str]) -> tuple[str, ...]:
    taken: dict[str, None] = {}
    for i, name in enumerate(names, 1):
        taken[free_name(name or f"column {i}", taken)] = None
    return tuple(taken)


def _guessed(header: tuple[str, ...], kinds: tuple[str | None, ...], text: int | None) -> tuple[str, ...]:
    """Return names for the columns of a table without a header: what they hold."""
    names = list(header)
    for i, kind in enumerate(kinds):
        name = "text" if i == text else {"address": "url", "date": "date"}.get(kind or "", names[i])
        name = "id" if i == 0 and kind in ("number", "code") and i != text else name
        names[i] = name if name not in names[:i] else names[i]
    return tuple(names)
