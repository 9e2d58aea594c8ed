"""Bylines and date lines: who wrote a page and when, and whether a line says nothing else. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from cleanse.chrome.dates import find_dates
from cleanse.chrome.lines import UNSPACED
from cleanse.chrome.names import is_name, name_in_byline

if TYPE_CHECKING:
    from cleanse.chrome.dates import Found, Words

LABEL_CHARS = 5  # of a word such as "posted" that makes a line a date line whatever else it says
_TIME = re.compile(
    r"\b\d{1,2}\s?[:.hH]\s?\d{2}(?::\d{2})?(?:\s?[ap]\.?m\.?)?\b|\b(?:[A-Z]{3,4}|Uhr|uhr|[ap]m|à|at|um)\b",
    re.IGNORECASE,
)
_CUT = re.compile(r"\s*[|•·,–—/(]\s*|\s+-\s+")
_SEPARATORS = "/|•·,;:-–—@"


def parse_byline(text: str, words: Words) -> tuple[str | None, list[Found], bool]:
    """Author and dates of a line, and whether the line holds nothing else."""
    text = text.replace("：", ":")
    dates = find_dates(text, words) if any(c.isdigit() for c in text) else []
    rest = text
    for found in reversed(dates):
        rest = rest[: found.start] + " | " + rest[found.end :]
    author = None
    by = _by(words.by).match(rest.strip(" \t\xa0•*·|–—-/:,"))
    if by:
        named = re.split(_CUT, by["rest"].strip(" \xa0:"))[0]
        cut = next((m.start() for m in _published(words.published).finditer(named) if m.end() - m.start() > 3), 0)
        author = name_in_byline(named[:cut] if cut else named) or None
        if author and (author[0].islower() or (len(author.split()) == 1 and author.isascii() and not dates)):
            return None, dates, False
        rest = by["rest"].replace(author, " ", 1) if author else by["rest"]
    if not dates and not by:
        return None, dates, False
    rest = _TIME.sub(" ", _published(words.published).sub(" ", rest))
    left = re.findall(r"[^\W\d_]{2,}", rest)
    if not left or (author and len(left) <= 1 + bool(dates)):
        return author, dates, True
    label = any(
        len(found[0]) >= LABEL_CHARS or found[0] > UNSPACED[0] for found in _published(words.published).finditer(text)
    )
    apart = label or (bool(dates) and _apart(text, dates[0]))
    bare = apart and bool(dates) and (len(left) == 1 or is_name(" ".join(rest.split()).strip(" |-–—/•·,.@")))
    return author, dates, bare


def _apart(text: str, date: Found) -> bool:
    """Whether a separator stands between a date and the words beside it."""
    before, after = text[: date.start], text[date.end :]
    return all(
        not any(c.isalpha() for c in side) or near[:2].isspace() or near.strip(" \xa0")[:1] in _SEPARATORS
        for side, near in ((before, before[::-1]), (after, after))
    )


@lru_cache(maxsize=8)
def _by(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<by>(?:{_alternation(words)}))(?P<rest>(?:(?:(?<=[:/])|[\s:,/]).*)?)$", re.IGNORECASE | re.DOTALL
    )


@lru_cache(maxsize=8)
def _published(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_alternation(words)})(?!\w)\s*:?", re.IGNORECASE)


def _alternation(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=lambda w: (-len(w), w))) or "(?!)"
