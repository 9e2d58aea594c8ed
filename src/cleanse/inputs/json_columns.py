"""Tables as JSON: columns of values, as pandas and Hugging Face write them, and rows below a row of names."""

from __future__ import annotations

from typing import Any

from cleanse.inputs.field_names import columns_by_name, key_of

DISTINCT = ("id", "url", "title")  # columns that tell records apart: of a single record these are no lists of many


def records_of_columns(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return the records of a table that an object holds; None where it holds none.

    Known are `{"title": {"0": …, "1": …}, "text": {"0": …, "1": …}}`, `{"title": [a, b], "text": [c, d]}` and
    `{"columns": ["title", "text"], "data": [[a, c], [b, d]]}`: pandas calls them columns, list and split.
    """
    columns, rows = value.get("columns"), value.get("data")
    if isinstance(columns, list) and isinstance(rows, list):
        return records_of_rows([columns, *rows])
    first = next(iter(value.values()), None)
    if len(value) < 2 or not isinstance(first, (dict, list)) or not _names_text(value):
        return None
    if isinstance(first, dict):
        same = all(isinstance(column, dict) and column.keys() == first.keys() for column in value.values())
        places = list(first) if same and all(key.isdecimal() for key in first) else []
    else:
        same = all(isinstance(column, list) and len(column) == len(first) for column in value.values())
        apart = same and len(first) > 1 and any(_tells_apart(name, column) for name, column in value.items())
        places = list(range(len(first))) if apart else []
    return [{name: column[place] for name, column in value.items()} for place in places] or None


def records_of_rows(rows: list[Any]) -> list[dict[str, Any]] | None:
    """Return the records of a list of rows of which the first names the columns; None where it does not."""
    if len(rows) < 2 or not all(isinstance(row, list) and len(row) == len(rows[0]) for row in rows):
        return None
    names = rows[0]
    if len(names) < 2 or not all(isinstance(name, str) for name in names) or not _names_text(dict.fromkeys(names)):
        return None
    return [dict(zip(names, row, strict=True)) for row in rows[1:]]


def _names_text(names: dict[str, Any]) -> bool:
    """Return whether the name of a text is among the names."""
    text = columns_by_name()["text"]
    return any(key_of(name) in text for name in names)


def _tells_apart(name: str, column: list[Any]) -> bool:
    """Return whether a column names its records, each by another name."""
    names = columns_by_name()
    if not any(key_of(name) in names[known] for known in DISTINCT):
        return False
    return all(isinstance(value, (str, int)) for value in column) and len({str(value) for value in column}) == len(
        column
    )
