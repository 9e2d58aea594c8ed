"""Join words that a typesetter parted at the ends of lines. Pure; the words are data, in `hyphens.toml`.

It applies only to texts with form feeds, that is to the pages of a printed document. A hyphen is removed if the word
occurs elsewhere in the text without one. It stays if the word occurs elsewhere with one, or if a first part such as
"vice" keeps it. Other words are joined only if the text shows that its lines part words: if far more lines end with a
hyphen than the hyphens within its lines explain.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

MIN_PARTED = 3  # lines with a hyphen at their end below which they show nothing
EXCESS = 4  # of such lines for each one that chance explains
SHORTEST = 2  # letters of a part; a shorter one is no syllable that typesetters leave alone
EDGE_LINES, EDGE_CHARS = 4, 90  # lines at the edge of a page, and their length, that may part a word
HYPHENS = "‐\u00ad-"  # the last one stands for itself in a set of characters

_PARTED = re.compile(rf"(?<![\w'’{HYPHENS}])([^\W\d_][\w'’{HYPHENS}]*)[{HYPHENS}][ \t]*\n[ \t]*([^\W\d_]+)(\S*)[ \t]?")
# The same where the foot of a page and the head of the next stand between the parts
_PARTED_BY_PAGE = re.compile(
    rf"(?<![\w'’{HYPHENS}])([^\W\d_][\w'’{HYPHENS}]*)[{HYPHENS}][ \t]*"
    rf"(\n?(?:[^\n\f]{{0,{EDGE_CHARS}}}\n){{0,{EDGE_LINES}}}?\f(?:[^\n\f]{{0,{EDGE_CHARS}}}\n){{0,{EDGE_LINES}}}?)[ \t]*"
    r"([a-zß-öø-ÿα-ωа-яё]+)(\S*)[ \t]?"
)
_WORD = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")


def join_parted_words(text: str) -> str:
    """Return a text of several pages with its parted words whole; each takes its rest up to the line where it began."""
    if "\f" not in text or not (_PARTED.search(text) or _PARTED_BY_PAGE.search(text)):
        return text
    inline = [word.casefold() for word in _WORD.findall(_PARTED.sub(" ", text))]
    words = frozenset(inline)
    proven = _lines_part_words(text, inline)

    def whole(match: re.Match[str]) -> str:
        first, second, rest = match[1], match[2], match[3]
        hyphen = _hyphen_between(first, second, words, proven=proven)
        return match[0] if hyphen is None else f"{first}{hyphen}{second}{rest}\n"

    def whole_over_page(match: re.Match[str]) -> str:
        first, between, second, rest = match.groups()
        hyphen = _hyphen_between(first, second, words, proven=proven)
        return match[0] if hyphen is None else f"{first}{hyphen}{second}{rest}{between}"

    return _PARTED_BY_PAGE.sub(whole_over_page, _PARTED.sub(whole, text))


def _hyphen_between(first: str, second: str, words: frozenset[str], *, proven: bool) -> str | None:
    """Return the hyphen between two parts of a word, "" for none, None where nothing is certain."""
    if min(len(first), len(second)) < SHORTEST or not second[0].islower():
        return None
    last = re.split(rf"['’{HYPHENS}]", first)[-1]
    if f"{last}-{second}".casefold() in words or last.casefold() in _first_parts() or len(second) == SHORTEST:
        return "-"
    joined = f"{last}{second}".casefold()
    return "" if joined in words or proven else None


def _lines_part_words(text: str, inline: list[str]) -> bool:
    """Return whether more lines end with a hyphen than the hyphens within the lines explain."""
    parted = len(_PARTED.findall(text))
    hyphenated = sum("-" in word or "‐" in word for word in inline)
    by_chance = (hyphenated + 1) / (len(inline) + 1) * (text.count("\n") + 1)
    return parted >= MIN_PARTED and parted >= EXCESS * by_chance


@cache
def _first_parts() -> frozenset[str]:
    """Return the first parts of words that keep their hyphen."""
    data = tomllib.loads(files("cleanse.encoding").joinpath("hyphens.toml").read_text(encoding="utf-8"))
    return frozenset(" ".join(data.values()).split())
