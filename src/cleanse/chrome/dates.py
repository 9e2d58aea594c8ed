"""Dates as pages write them, to ISO 8601 (partial where the page is). Month names are data of the language files. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cleanse.chrome.lines import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST_YEAR, LAST_YEAR = 1990, 2049  # a page's date lies between these

_SEPARATOR = r"[\s.,/\-]{0,4}(?:(?:de|of|del|do|da)\s{1,3})?"
_YEAR = r"(?P<y>(?:19|20)\d\d)"
_NUMERIC = (
    rf"(?<![\d-]){_YEAR}[-/.](?P<m>[01]?\d)[-/.](?P<d>[0-3]?\d)(?!\d)",  # 2023-11-21
    rf"(?<![\d-]){_YEAR}\. ?(?P<m>[01]?\d)\. ?(?P<d>[0-3]?\d)\.",  # 2023. 11. 21.
    rf"(?<![\d-]){_YEAR}-(?P<m>[01]\d)(?![\d-])",  # 2023-11
    rf"{_YEAR}\s?[年년]\s?(?P<m>[01]?\d)\s?[月월](?:\s?(?P<d>[0-3]?\d)\s?[日일])?",
    rf"(?<!\d)(?P<d>[0-3]?\d)\s?[./-]\s?(?P<m>[01]?\d)\s?[./-]\s?{_YEAR}(?!\d)",  # 21.11.2023
    rf"(?<!\d)(?P<m>[01]?\d)/(?P<d>[0-3]?\d)/{_YEAR}(?!\d)",  # 11/21/2023, where it cannot be day first
)


class Found(NamedTuple):
    """A date in a text: half-open offsets and ISO 8601."""

    start: int
    end: int
    iso: str


@dataclass(frozen=True, slots=True, eq=False)  # known by identity, so that what is read with it can be remembered
class Words:
    """Words of all languages that bylines and date lines are made of; month names are folded, the others in small letters."""

    months: dict[str, int] = field(default_factory=dict)
    by: tuple[str, ...] = ()  # "by", "par", "von": an author follows
    published: tuple[str, ...] = ()  # "published on", "mis à jour le": may stand beside a date
    about: tuple[str, ...] = ()  # "journalist", "writes about": an author's note
    joins: tuple[str, ...] = ()  # "and", "et": between two authors
    undated: tuple[str, ...] = ()  # "deadline", "died": the date behind it is not the page's
    does: tuple[str, ...] = ()  # "is", "writes": what follows the name in such a note


def merge_words(tables: Iterable[dict[str, object]]) -> Words:
    """Return the `[words]` tables of all language files as one."""
    months: dict[str, int] = {}
    lists: dict[str, list[str]] = {"by": [], "published": [], "about": [], "joins": [], "undated": [], "does": []}
    for table in tables:
        names = table.get("months", [])
        for number, variants in enumerate(names if isinstance(names, list) else []):
            for name in str(variants).split("|"):
                months.setdefault(fold(name.strip()), number + 1)
        for key, found in lists.items():
            values = table.get(key, [])
            found += [str(v).lower() for v in (values if isinstance(values, list) else [])]
    return Words(
        months, *(tuple(dict.fromkeys(lists[k])) for k in ("by", "published", "about", "joins", "undated", "does"))
    )


def find_dates(text: str, words: Words) -> list[Found]:
    """Return all dates in a short text, in order. Ambiguous 03/04/2023 is read day first."""
    found: list[Found] = []
    for pattern in _patterns(words):
        for match in pattern.finditer(text):
            groups = match.groupdict()
            iso = _iso(groups, words)
            if iso and not any(f.start < match.end() and match.start() < f.end for f in found):
                found.append(Found(match.start(), match.end(), iso))
    return sorted(found)


def _iso(groups: dict[str, str | None], words: Words) -> str | None:
    year = int(groups["y"] or 0)
    name = groups.get("name")
    month = words.months.get(fold(name).rstrip("."), 0) if name else int(groups.get("m") or 0)
    day = int(groups.get("d") or 0)
    if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= month <= 12 or day > 31:
        return None
    return f"{year:04d}-{month:02d}-{day:02d}" if day else f"{year:04d}-{month:02d}"


@lru_cache(maxsize=8)
def _patterns(words: Words) -> tuple[re.Pattern[str], ...]:
    numeric = [re.compile(p) for p in _NUMERIC]
    if not words.months:
        return tuple(numeric)
    # month names are folded; the text is not: any word that could be one is caught and looked up
    word = r"(?P<name>[^\W\d_]{3,14})\.?"
    day = r"(?P<d>[0-3]?\d)(?:st|nd|rd|th|er|º|ª|\.|-го)?"
    named = [
        rf"(?<!\d){day}{_SEPARATOR}{word}{_SEPARATOR}{_YEAR}(?!\d)",  # 21 novembre 2023, 21. November 2023
        rf"\b{word}\s+{day},?\s+{_YEAR}(?!\d)",  # November 21, 2023
        rf"\b{_YEAR}\.?\s+{word}\s+{day}(?!\d)",  # 2023. november 21.
        rf"\b{word}{_SEPARATOR}{_YEAR}(?!\d)",  # November 2023
    ]
    return (*(re.compile(p, re.IGNORECASE) for p in named), *numeric)
