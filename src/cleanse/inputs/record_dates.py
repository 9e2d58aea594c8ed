"""Dates of records as ISO 8601: numbers, words in several languages, epochs. What can be read two ways is not read."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from cleanse.inputs.field_names import fold

MAX_LENGTH = 120  # characters of a date with what stands around it; a longer value is prose
FIRST_YEAR, LAST_YEAR = 1400, 2100  # of anything printed
# Epochs are told by their size; seconds from 1990 on, so that 20231105 is a day and not a second of 1970
EPOCH_SECONDS = (631_152_000, 4_102_444_800)
EPOCH_SCALES = (1, 1_000, 1_000_000, 1_000_000_000)

_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?(?=$|[TZ\s])")
_SLASHED = re.compile(r"([0-9]{4})[/.]([0-9]{1,2})(?:[/.]([0-9]{1,2}))?(?![0-9/.])")
_EAST_ASIAN = re.compile(r"([0-9]{4})\s*[年년]\s*([0-9]{1,2})\s*[月월](?:\s*([0-9]{1,2})\s*[日일])?")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T?[0-9]{6}Z?)?$")
_NUMERIC = re.compile(r"(?<![0-9])([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?![0-9/-])")
_WRITTEN = re.compile(
    rb"(?<![0-9/-])(0?[1-9]|[12][0-9]|3[01])[/-](0?[1-9]|[12][0-9]|3[01])[/-](?:19|20)[0-9]{2}(?![0-9/-])"
)
_NUMBER = re.compile(r"([0-9]{9,20})(?:\.[0-9]+)?$")
_DAY_MONTH = r"(?<![0-9])([0-9]{1,2})(?:er|st|nd|rd|th|[.oa°])?[\s,./-]*(?:de |of |d'|di )?(MONTH)[\s,./-]*(?:del? |do )?'?([0-9]{4})(?![0-9])"
_MONTH_DAY = r"\b(MONTH)[\s.]+([0-9]{1,2})(?:st|nd|rd|th)?(?:[\s,]+|[^0-9]+[0-9:]{4,8}[^0-9]+(?:[0-9]{4}\s+)?)([0-9]{4})(?![0-9:])"
_MONTH = r"^(MONTH)[\s.,/-]*(?:de |del )?([0-9]{4})$"


@dataclass(frozen=True, slots=True)
class ReadDate:
    """What a value says: an ISO 8601 day, month or year, or None; `ambiguous` where day and month could be swapped."""

    iso: str | None = None
    ambiguous: bool = False


def read_date(value: object, *, day_first: bool | None = None) -> ReadDate:
    """Return the date in a record's field.

    Args:
        value: Text, a number or a date.
        day_first: Whether 05/06/2023 is in June; None: not known, and such a date is ambiguous.

    """
    if isinstance(value, bool) or value is None:
        return ReadDate()
    text = str(value).strip()
    if not text or len(text) > MAX_LENGTH:
        return ReadDate()
    if match := _ISO.match(text) or _SLASHED.match(text) or _COMPACT.match(text) or _EAST_ASIAN.search(text):
        return ReadDate(_iso(*(int(part) if part else None for part in match.groups())))
    if match := _NUMBER.match(text):
        return ReadDate(_epoch(int(match[1])))
    if match := _NUMERIC.search(text):
        return _numeric(match, day_first=day_first)
    return ReadDate(_in_words(fold(text)))


@lru_cache(maxsize=4)  # the pieces of one file have one head
def day_comes_first(content: bytes) -> bool | None:
    """Return how a file writes days and months, by those of its dates that can be read one way; None where none can."""
    orders = {int(first) > 12 for first, second in _WRITTEN.findall(content) if (int(first) > 12) != (int(second) > 12)}
    return orders.pop() if len(orders) == 1 else None


def _iso(year: int | None, month: int | None = None, day: int | None = None) -> str | None:
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        whole = dt.date(year, 1 if month is None else month, 1 if day is None else day).isoformat()
    except ValueError:
        return None
    return whole[:4] if month is None else whole[:7] if day is None else whole


def _epoch(number: int) -> str | None:
    first, last = EPOCH_SECONDS
    for scale in EPOCH_SCALES:
        if first * scale <= number < last * scale:
            moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=number // scale)
            return moment.date().isoformat()
    return None


def _numeric(match: re.Match[str], *, day_first: bool | None) -> ReadDate:
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    if len(match[4]) == 2:
        return ReadDate(ambiguous=True)
    if match[2] == ".":  # nobody writes the month first with points
        day_first = True
    dates = {_iso(year, second, first), _iso(year, first, second)} - {None}
    if len(dates) == 1:
        return ReadDate(dates.pop())
    if not dates or day_first is None:
        return ReadDate(ambiguous=bool(dates))
    return ReadDate(_iso(year, second, first) if day_first else _iso(year, first, second))


def _in_words(text: str) -> str | None:
    day_month, month_day, month = _patterns()
    if match := day_month.search(text):
        return _iso(int(match[3]), _months()[match[2]], int(match[1]))
    if match := month_day.search(text):
        return _iso(int(match[3]), _months()[match[1]], int(match[2]))
    if match := month.match(text):
        return _iso(int(match[2]), _months()[match[1]])
    return None


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    names = "|".join(sorted(_months(), key=lambda name: (-len(name), name)))
    return tuple(re.compile(pattern.replace("MONTH", names)) for pattern in (_DAY_MONTH, _MONTH_DAY, _MONTH))


@cache
def _months() -> dict[str, int]:
    """Return folded name → number of the month."""
    lists = tomllib.loads((files("cleanse.inputs") / "months.toml").read_text(encoding="utf-8"))
    return {
        fold(name): number
        for language in sorted(lists)
        for number, names in enumerate(lists[language], 1)
        for name in names.split()
    }
