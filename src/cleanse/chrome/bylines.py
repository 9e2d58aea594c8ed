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

REMEMBERED = 1 << 11  # lines: each is looked at in several rounds
LABEL_CHARS = 5  # of a word such as "posted" that makes a line a date line whatever else it says
_TIME = re.compile(
    r"\b\d{1,2}\s?[:.hH]\s?\d{2}(?::\d{2})?(?:\s?[ap]\.?m\.?)?\b|\b(?:[A-Z]{3,4}|Uhr|uhr|[ap]m|à|at|um)\b",
    re.IGNORECASE,
)
_CUT = re.compile(r"\s*[|•·,–—/(]\s*|\s+-\s+")
_SEGMENT = re.compile(r"[^|•·–—/(\d]*")  # of what follows "by": up to a date or a sign that parts
_BEFORE_DATE = re.compile(
    r"(?P<name>[^|•·–—/(\d,:]{4,60}?)\s*(?:[|•·–—,]|\s-\s)"
)  # "Jeanne Aubry • Publié le 3 mai 2021"
_SEPARATORS = "/|•·,;:-–—@"


@lru_cache(maxsize=REMEMBERED)
def parse_byline(text: str, words: Words) -> tuple[str | None, tuple[Found, ...], bool]:
    """Return author and dates of a line, and whether the line holds nothing else."""
    text = text.replace("：", ":")
    dates = tuple(find_dates(text, words)) if any(map(str.isdigit, text)) else ()
    if dates and _label(words.undated).search(text, 0, dates[0].start):
        return None, (), False
    rest = text
    for found in reversed(dates):
        rest = rest[: found.start] + " | " + rest[found.end :]
    author = None
    by = _by(words.by).match(rest.strip(" \t\xa0•*·|–—-/:,"))
    if by:
        named = re.split(_CUT, by["rest"].strip(" \xa0:"))[0]
        cut = next((m.start() for m in _published(words.published).finditer(named) if m.end() - m.start() > 3), 0)
        several = _authors(by["rest"], words)
        author = several[0] if several else name_in_byline(named[:cut] if cut else named) or None
        if author and (author[0].islower() or (len(author.split()) == 1 and author.isascii() and not dates)):
            return None, dates, False
        rest = by["rest"].replace(several[1] if several else author, " ", 1) if author else by["rest"]
    if not dates and not by:
        return None, dates, False
    named = _BEFORE_DATE.match(text) if label_of_date(text, words) and not by else None
    if named and is_name(named["name"].strip()):
        author = named["name"].strip()
    rest = _TIME.sub(" ", _published(words.published).sub(" ", rest))
    left = re.findall(r"[^\W\d_]{2,}", rest)
    if not left or (author and len(left) <= 1 + bool(dates)):
        return author, dates, True
    label = label_of_date(text, words)
    apart = label or (bool(dates) and _apart(text, dates[0]))
    bare = apart and bool(dates) and (len(left) == 1 or is_name(" ".join(rest.split()).strip(" |-–—/•·,.@")))
    return author, dates, bare


def label_of_date(text: str, words: Words) -> bool:
    """Return whether a line says that a date follows, as "Published on" does."""
    labels = _published(words.published).finditer(text)
    return any(len(label[0]) >= LABEL_CHARS or label[0] > UNSPACED[0] for label in labels)


def _authors(rest: str, words: Words) -> tuple[str, str] | None:
    """Return several authors, and the words that name them; None where what follows "by" names one or none."""
    segment = _SEGMENT.match(rest)
    bare = segment[0].strip(" \xa0:") if segment else ""
    pieces = _joined(words.joins).split(bare)  # names and, between them, what joins them
    names: list[str] = []
    joined = False
    taken = 0
    for i in range(0, len(pieces), 2):
        name = pieces[i]
        if not is_name(name) or len(name.split()) == 1:
            break
        names.append(name)
        joined |= i > 0 and pieces[i - 1].strip() != ","
        taken = i + 1
    if len(names) == 1 or not joined:
        return None
    return ", ".join(names), "".join(pieces[:taken])


def _apart(text: str, date: Found) -> bool:
    """Return whether a separator stands between a date and the words beside it."""
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


@lru_cache(maxsize=8)
def _label(words: tuple[str, ...]) -> re.Pattern[str]:
    spaced, unspaced = ([w for w in words if (w[0] > UNSPACED[0]) == kind] for kind in (False, True))
    return re.compile(rf"(?<!\w)(?:{_alternation(tuple(spaced))})(?!\w)|{_alternation(tuple(unspaced))}", re.IGNORECASE)


@lru_cache(maxsize=8)
def _joined(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(\s*,\s*(?:(?:{_alternation(words)})\s+)?|\s+(?:{_alternation(words)})\s+)", re.IGNORECASE)


def _alternation(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=lambda w: (-len(w), w))) or "(?!)"
