"""What stands in the fields of a title, an author or an address: nothing by another name, the spelling of a list, a byline."""

from __future__ import annotations

import ast
import re
from typing import Any

MAX_COLUMN = 4096  # characters of a title, an author, an address; what is longer is none, and is carried
# What programs write where nothing is: MySQL's, pandas', spreadsheets'; and what a forum leaves of a deleted post
NOTHING = {
    "\\n", "null", "(null)", "none", "nan", "<na>", "n/a", "#n/a", "nil", "undefined", "[deleted]", "[removed]",
}  # fmt: skip
_LIST = re.compile(r"""\[\s*(['"]).*\1\s*,?\s*\]|\[\s*\]""", re.DOTALL)
_BY = re.compile(r"^(?:[Bb]y|BY|[Pp]ar|PAR|[Pp]or|[Dd]oor)\s+(?=[^\W\d_a-z])")


def is_nothing(text: str | bytes) -> bool:
    """Return whether a text only says that there is none, such as `NULL` or `[deleted]`."""
    return isinstance(text, str) and len(text) < 20 and text.strip().casefold() in NOTHING


def unlist(value: Any) -> Any:
    """Return the list that a text is the Python or JSON spelling of, as tables have it; any other value as it is."""
    if not (isinstance(value, str) and len(value) <= MAX_COLUMN and _LIST.fullmatch(value.strip())):
        return value
    try:
        items = ast.literal_eval(value.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return value
    return items if all(isinstance(item, str) for item in items) else value


def plain_authors(names: str) -> str:
    """Return names with commas between them, where none stands in a name, and without the "by" of a byline."""
    names = names.strip("; ")
    return _BY.sub("", names if "," in names else re.sub(r"\s*;\s*", ", ", names))
