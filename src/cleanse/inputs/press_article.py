"""An article of a press database's export, and the stock phrases by which such exports are known."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

MAX_BYLINE = 80  # characters of a line with names of authors
MAX_HEADER = 160  # characters of a line that tells date, section and page
_NAME = r"(?:[^\W\d_][\w'’.-]*\.?|&)"
_PARTICLE = r"(?:de|du|des|d['’]|la|le|van|von|der|den|di|da|et|and|und|avec|y|e)"
_BYLINE = re.compile(rf"(?:(?:par|by|von|por|di)\s+)?({_NAME}(?:[\s,]+(?:{_NAME}|{_PARTICLE})){{0,9}})", re.IGNORECASE)
_BY = re.compile(r"(?:par|by|von|por)\s+", re.IGNORECASE)
_PAGE = re.compile(r"\b(?:pp?|pg|s)\.\s*([\w()+-]{1,12}(?:\s?,\s?\d{1,3}(?!\d))*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Article:
    """What an export says of an article. The text has no headline."""

    text: str
    title: str | None = None
    lead: str | None = None  # what stands between headline and text
    author: str | None = None
    date: str | None = None  # ISO 8601
    source: str | None = None
    issue: str | None = None
    section: str | None = None
    page: str | None = None
    dateline: str | None = None
    number: str | None = None  # the database's own
    url: str | None = None


@cache
def phrases() -> dict[str, Any]:
    """Return the stock phrases of the databases."""
    loaded: dict[str, Any] = tomllib.loads((files("cleanse.inputs") / "press_exports.toml").read_text(encoding="utf-8"))
    return loaded


@cache
def line_pattern(*path: str) -> re.Pattern[str]:
    """Return the pattern of whole lines that the phrases at a place of the file describe."""
    value: Any = phrases()
    for key in path:
        value = value[key]
    patterns = [value] if isinstance(value, str) else value
    return re.compile("|".join(rf"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


def author_of(line: str) -> str | None:
    """Return the authors that a line names, where it is a line of names and nothing else."""
    line = line.strip()
    if not line or len(line) > MAX_BYLINE:
        return None
    by = _BY.match(line)
    names = line[by.end() :] if by else line
    words = re.split(r"[\s,]+", names)
    capitals = sum(word[:1].isupper() for word in words)
    others = [word for word in words if not word[:1].isupper() and not re.fullmatch(_PARTICLE, word)]
    if not _BYLINE.fullmatch(line) or others or not capitals:
        return None
    if not by and (names.endswith(".") and not re.search(r"\b[^\W\d_]\.$", names)):
        return None
    return names.strip() or None


def page_of(line: str) -> str | None:
    """Return the page that a line names."""
    match = _PAGE.search(line)
    return match[1] if match else None
