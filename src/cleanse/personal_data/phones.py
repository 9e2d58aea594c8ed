"""Telephone numbers, by the data of `phones.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

SEPARATOR = r"[ \u00a0\u202f.\-]"
NEAR = 30  # characters before a number in which a word such as "tél." counts
_INTERNATIONAL = re.compile(
    rf"(?<![\w+:.,/-])(?:\+|00)(?P<rest>[1-9]\d{{0,3}}(?:(?:{SEPARATOR}|[/()]|{SEPARATOR}?\(0\){SEPARATOR}?){{0,2}}\d+){{1,7}})(?![\w%]|:\d)"
)
_NATIONAL_START = r"(?<![\w+/=&#:])(?<!\d[.,\-])"
_NATIONAL_END = r"(?![\w%€$£])(?![.,:\-]\d)(?! ?(?:€|euros?|EUR|%|\$|£|km|kg|millions?|Mio)\b)"
_WORD = re.compile(r"[^\W\d_]+\.?")


class Phone(NamedTuple):
    """A telephone number in a text."""

    start: int
    end: int
    evidence: str


class Country(NamedTuple):
    """How a country writes its numbers."""

    name: str
    code: re.Pattern[str]
    least: int  # digits behind the calling code
    most: int
    alone: bool
    trunk: str  # digit before national numbers that is none of theirs
    national: tuple[re.Pattern[str], ...]
    special: tuple[str, ...]


@cache
def load_countries() -> tuple[tuple[Country, ...], frozenset[str]]:
    """Return the countries in the order of the file, and the words before a number that name it a telephone number."""
    table = tomllib.loads(Path(__file__).with_name("phones.toml").read_text("utf-8"))
    countries = []
    for entry in table["country"]:
        patterns = [pattern.replace("_", SEPARATOR) for pattern in entry["patterns"]]
        start = _NATIONAL_START if entry["alone"] else rf"{_NATIONAL_START}(?<!\d{SEPARATOR})"
        national = tuple(re.compile(f"{start}{pattern}{_NATIONAL_END}") for pattern in patterns)
        least, most = entry["digits"]
        countries.append(
            Country(
                name=entry["name"],
                code=re.compile(entry["code"]),
                least=least,
                most=most,
                alone=entry["alone"],
                trunk=entry.get("trunk", "0"),
                national=national,
                special=tuple(entry["special"]),
            )
        )
    return tuple(countries), frozenset(table["context"].split())


def find_phones(text: str, start: int, end: int) -> Iterator[Phone]:
    """Yield the telephone numbers of a stretch of text that may belong to a person; some overlap, the surest come first."""
    countries, context = load_countries()
    for match in _INTERNATIONAL.finditer(text, start, end):
        digits = re.sub(r"\(0\)|\D", "", match["rest"])
        for country in countries:
            code = country.code.match(digits)
            if code and country.least <= len(digits) - code.end() <= country.most:
                if not digits[code.end() :].startswith(country.special):
                    yield Phone(match.start(), match.end(), f"international form, {country.name}")
                break
    for country in countries:
        for match in (match for pattern in country.national for match in pattern.finditer(text, start, end)):
            digits = re.sub(r"\D", "", match[0]).removeprefix(country.trunk)
            word = _word_before(text, match.start(), context)
            if (country.alone or word) and not digits.startswith(country.special):
                evidence = f"national form, {country.name}" + (f", after {word!r}" if word else "")
                yield Phone(match.start(), match.end(), evidence)


def _word_before(text: str, start: int, context: frozenset[str]) -> str | None:
    """Return the word shortly before a number, on its line, that names it a telephone number."""
    before = text[max(0, start - NEAR) : start].rpartition("\n")[2]
    words = [word.casefold() for word in _WORD.findall(before)]
    return next((word for word in reversed(words) if word in context or word.rstrip(".") in context), None)
