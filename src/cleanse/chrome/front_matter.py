"""Front matter: the fields above a text in Markdown, as site generators write them (Jekyll, Hugo). Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cleanse.documents import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.lines import Line

FRONT_MATTER = "metadata.front-matter"
MAX_LINES = 60  # of front matter
_FENCES = {"---": ":", "+++": "="}  # line above and below the fields: what stands between a field's name and its value
_FIELD = re.compile(r"([A-Za-z][\w .-]{0,40}?)\s*([:=])(?:\s+(.*))?")
_ITEM = re.compile(r"[-*]\s+(.+)")
_DAY = re.compile(r"(?:19|20)\d\d-[01]\d(?:-[0-3]\d)?")
_QUOTES = "\"' "
_NAMES = {"title": "title", "author": "author", "authors": "author", "date": "date"}


class FrontMatter(NamedTuple):
    """What front matter says, each None where it says nothing, and the span that it takes up."""

    span: Span
    title: str | None
    author: str | None
    date: str | None  # ISO 8601


def read_front_matter(text: str, lines: Sequence[Line]) -> FrontMatter | None:
    """Return the front matter with which a text begins; None where it begins otherwise."""
    fence = lines[0].text if lines and lines[0].number == 0 else ""
    if fence not in _FENCES:
        return None
    lines = lines[:MAX_LINES]
    end = next((i for i, line in enumerate(lines) if i and line.text == fence), None)
    if end is None:
        return None
    values: dict[str, list[str]] = {}
    name = ""
    for line in lines[1:end]:
        field, item = _FIELD.fullmatch(line.text), _ITEM.fullmatch(line.text)
        if field and field[2] == _FENCES[fence]:
            name = field[1].lower()
            values[name] = _listed(field[3] or "")
        elif item and name:
            values[name] += _listed(item[1])
        else:
            return None
    if not values:
        return None
    start, stop = lines[0].start, lines[end].end
    span = Span(start, stop, text[start:stop], "chrome", FRONT_MATTER, f"fields between two lines {fence}")
    known = {column: ", ".join(values[name]) or None for name, column in _NAMES.items() if name in values}
    day = _DAY.match(known.get("date") or "")
    return FrontMatter(span, known.get("title"), known.get("author"), day[0] if day else None)


def _listed(value: str) -> list[str]:
    """Return the values of a field: of `[A, B]` each."""
    inner = value[1:-1].split(",") if value[:1] == "[" and value[-1:] == "]" else [value]
    return [plain for one in inner if (plain := one.strip(_QUOTES))]
