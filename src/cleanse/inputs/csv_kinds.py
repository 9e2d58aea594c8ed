"""What the cells of a table's column have in common: numbers, addresses, dates, codes."""

from __future__ import annotations

import re

from cleanse.inputs.record_dates import read_date

MIN_SHARE = 0.95  # of a column's cells that look alike
MAX_CODE = 64  # characters of a name or a number without spaces
KINDS = {
    "number": re.compile(r"[+-]?[0-9][0-9 .,']*"),
    "address": re.compile(r"(?:https?://|www\.)\S+"),
    "code": re.compile(rf"\S{{1,{MAX_CODE}}}"),
}
ORDER = ("number", "address", "date", "code")  # in which a column's kind is looked for


def kinds_of(rows: list[list[str]], width: int, text: int | None) -> tuple[str | None, ...]:
    """Return for each column what its cells have in common; of rows that are too long, by their ends around the text."""
    columns: list[list[str]] = [[] for _ in range(width)]
    for row in rows:
        if len(row) == width or (text is not None and len(row) > width):
            for i in range(width):
                if i != text:
                    columns[i].append(row[i] if text is None or i < text else row[i - width])
    return tuple(_kind_of([value for value in column if value.strip()]) for column in columns)


def _kind_of(values: list[str]) -> str | None:
    if len(values) < 2:
        return None
    exceptions = max(len(values) - int(MIN_SHARE * len(values)), 1) if len(values) > 3 else 0
    for kind in ORDER:
        if sum(not is_kind(value, kind) for value in values) <= exceptions:
            return kind
    return None


def is_kind(value: str, kind: str) -> bool:
    """Return whether a cell is of a kind."""
    value = value.strip()
    if kind == "date":
        read = read_date(value)
        return len(value) <= MAX_CODE and (read.iso is not None or read.ambiguous)
    return KINDS[kind].fullmatch(value) is not None


def fits_kind(value: str, kind: str | None) -> bool:
    """Return whether a cell may stand in a column of a kind."""
    return kind is None or not value.strip() or is_kind(value, kind)
