"""News agencies as the origin of a text: a dateline, a credit line or a byline names one. Mentions in prose do not count."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cleanse.page_kinds.flags import Flag

HEAD_LINES, TAIL_LINES = 8, 8  # of a page, in which credits stand
CREDIT_WORDS = 8  # of a line that is a credit
SHORT_NAME = 3  # characters; such names have other meanings
DATELINE_CHARS = 80  # before a dateline's dash


class _Patterns(NamedTuple):
    dateline: re.Pattern[str]
    closing: re.Pattern[str]
    name: re.Pattern[str]
    ids: dict[str, str]
    credit: frozenset[str]
    clear: frozenset[
        str
    ]  # names that count alone on a line; the others, such as AP, need brackets or a word beside them


@cache
def _patterns() -> _Patterns:
    table = tomllib.loads(Path(__file__).with_name("agencies.toml").read_text("utf-8"))
    ids = {name: agency["id"] for agency in table["agency"] for name in agency["names"]}
    name = "|".join(re.escape(one) for one in sorted(ids, key=lambda one: (-len(one), one)))
    several = rf"(?:{name})(?:\s?[/,&+]\s?[\w-]{{2,12}}){{0,3}}"
    return _Patterns(
        # PARIS (AFP) –   ·   BERLIN, 3. März (dpa/ap) -   ·   (ANSA) - ROMA, 3 MAR -   ·   LONDON, March 3 (Reuters) -
        re.compile(
            rf"^[^.!?\n]{{0,{DATELINE_CHARS}}}?[(\[]\s?(?:\w+[/-])??(?P<name>{name})(?:\s?[/,]\s?[\w-]{{2,12}})*\s?[)\]]\s*(?:[-–—:.]|$)"
        ),
        # … of a last line: (AFP)  ·  (avec AFP)  ·  (mit Material von dpa)  ·  /dpa  ·  © AFP
        re.compile(
            rf"[(\[](?:[a-zà-ÿ. ]{{0,40}}[\s/])?(?P<name>{name})(?:\s?[/,&+]\s?[\w. -]{{2,25}})*[)\]]\W*$"
            rf"|(?:©|\(c\)|Copyright)\s?(?:\d{{4}}\s)?(?P<owner>{several})\W*$"
            rf"|^(?:©|\(c\)|Copyright)\s?(?:\d{{4}}\s)?(?P<first>{name})(?!\w)"
        ),
        re.compile(rf"(?<!\w)(?P<name>{name})(?!\w)"),
        ids,
        frozenset(table["words"]["credit"].split()),
        frozenset(name for name in ids if len(name) > SHORT_NAME or name in table["words"]["clear"].split()),
    )


def find_agency(page: str, author: str | None = None) -> Flag | None:
    """Return the news agency that a text credits, and where; None if it credits none.

    Args:
        page: The page text, or the kept text where there is no other. Only its first and last lines are looked at.
        author: The author that the page names.
    """
    patterns = _patterns()
    if (
        author
        and (match := patterns.name.search(author))
        and (match[0] in patterns.clear or _is_credit(author, patterns) or match[0] == author)
    ):
        return Flag(patterns.ids[match["name"]], f"author {author[:60]!r}")
    lines = [line.strip() for line in page.split("\n") if line.strip()]
    head, tail = lines[:HEAD_LINES], lines[HEAD_LINES:][-TAIL_LINES:]
    for line in head:
        if match := patterns.dateline.search(line[: 2 * DATELINE_CHARS]):
            return Flag(patterns.ids[match["name"]], f"dateline {match[0][:80]!r}")
    for place, several in (("last", tail[::-1] or head[::-1][:3]), ("first", head)):
        for line in several:
            if place == "last" and (match := patterns.closing.search(line[-120:])):
                name = match["name"] or match["first"] or patterns.name.search(match["owner"])["name"]  # type: ignore[index]
                return Flag(patterns.ids[name], f"credit {match[0][:60]!r} in one of the last lines")
            if _is_credit(line, patterns) and (match := patterns.name.search(line)):
                return Flag(patterns.ids[match["name"]], f"credit line {line[:60]!r} among the {place} lines")
    return None


def _is_credit(line: str, patterns: _Patterns) -> bool:
    """Return whether a short line is a credit: names of agencies, and nothing but words that stand beside them, or one name more."""
    if len(line) > 100 or len(line.split()) > CREDIT_WORDS:
        return False
    names = patterns.name.findall(line)
    if not names:
        return False
    rest = re.findall(r"[^\W\d_]+|©", patterns.name.sub(" ", line))
    others = [word for word in rest if word.casefold() not in patterns.credit]
    named = len(rest) > len(others)  # "avec", "source", "©" stand beside it
    if (
        any(name in patterns.clear for name in names)
        or len(names) > 1
        or (line[0] in "([/" and line.strip(" ()[]/") in names)
    ):
        return not others or (named and len(others) <= 3)
    return named and len(others) <= 3
