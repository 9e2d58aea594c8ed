"""Lines of a text as the lexicon speaks of them, and the lexicon."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cleanse.text import split_words

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_BLANKS = re.compile(r"[ \t\r\f\v\u2000-\u200a\u3000]{2,}|[\t\r\f\v\u2000-\u200a\u3000]")
_ALIKE = tuple(zip("’‘ʼ\u00a0\u202f–—", "'''  --", strict=True))
SPACED_CHARS = 12  # characters of a word, on average, in a line of a script with spaces
MOST_CHARS = 240  # of a line that is folded: phrases stand in short lines


class TextLine(NamedTuple):
    """A line that is not blank: as written, folded (nothing of a long line), and how many words it has."""

    text: str
    key: str
    words: int


def split_lines(text: str) -> list[TextLine]:
    """Return the lines of a text that are not blank."""
    bare = [line for line in map(str.strip, text.split("\n")) if line]
    keys = fold("\n".join(line if len(line) <= MOST_CHARS else "" for line in bare)).split("\n") if bare else []
    return [TextLine(line, key, _count_words(line)) for line, key in zip(bare, keys, strict=True)]


def _count_words(line: str) -> int:
    """Return the number of words, counted by their spaces where there are enough of them."""
    spaced = line.count(" ") + 1
    return spaced if spaced * SPACED_CHARS >= len(line) else len(split_words(line))


def fold(text: str) -> str:
    """Return a text in small letters, with straight apostrophes, single spaces, and every number as `#`."""
    text = text.casefold()
    for mark, plain in _ALIKE:
        text = text.replace(mark, plain)
    if _BLANKS.search(text):
        text = _BLANKS.sub(" ", text)
    return _NUMBER.sub("#", text)


@cache
def lexicon() -> dict[str, Any]:
    """Return all tables of the lexicon."""
    return tomllib.loads(Path(__file__).with_name("lexicon.toml").read_text("utf-8"))


def find_phrases(lines: Iterable[TextLine], table: str, key: str) -> list[tuple[TextLine, str]]:
    """Return the lexicon's phrases that stand in lines, with the lines, in their order.

    A phrase that begins or ends in a letter stands for whole words.
    """
    folded = [line for line in lines if line.key]
    joined = "\n".join(line.key for line in folded)
    near = [(phrase, _pattern_of(phrase)) for phrase in _phrases(table, key) if phrase in joined]
    if not near:
        return []
    return [
        (line, phrase) for line in folded for phrase, pattern in near if phrase in line.key and pattern.search(line.key)
    ]


@cache
def _phrases(table: str, key: str) -> tuple[str, ...]:
    """Return the lexicon's phrases, the longest first."""
    return tuple(sorted(key_set(table, key), key=lambda phrase: (-len(phrase), phrase)))


@cache
def _pattern_of(phrase: str) -> re.Pattern[str]:
    """Return a pattern that holds a phrase to whole words; letters of scripts without spaces need no bounds."""
    before = r"(?<!\w)" if phrase[0].isalnum() and phrase[0] < "\u0e00" else ""
    after = r"(?!\w)" if phrase[-1].isalnum() and phrase[-1] < "\u0e00" else ""
    return re.compile(before + re.escape(phrase) + after)


@cache
def heading_pattern(table: str, key: str) -> re.Pattern[str]:
    """Return a pattern that matches lines which begin with one of the lexicon's headings."""
    headings = sorted(key_set(table, key), key=lambda heading: (-len(heading), heading))
    return re.compile(rf"(?:{'|'.join(map(re.escape, headings))})(?:[ :(]|$)")


@cache
def key_set(table: str, key: str) -> frozenset[str]:
    """Return the lexicon's lines of a kind, folded."""
    return frozenset(fold(line) for line in lexicon()[table][key])


@cache
def beginnings(table: str, key: str) -> tuple[str, ...]:
    """Return the lexicon's beginnings of lines, folded but for the blank at their ends."""
    return tuple(fold(line.strip()) + " " for line in lexicon()[table][key])
