"""The series guard: notices, obituaries, results and bulletins are one form filled in differently, not copies.

Two near-duplicates are a series if the words in which they differ are only numbers, dates and names, on both sides.
Where they differ in credits (a byline, a date line, an agency's tag), in too few places for their length (one number in a
thousand words), or where words are missing on one side, they are
copies. Pure; the words are data, in `series.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from cleanse.text import WORD, is_unspaced

MAX_WORDS = 20_000  # a longer text is no form
GRAM = 5  # words in a row that both texts have: they do not differ there
EDGE_LINES = 4  # credits stand in so many lines at the top or the bottom
CREDIT_WORDS = 15  # and a line of credits has at most so many words
CUE_WORDS = 3  # a byline says so in its first words: "par", "interview by"
NAME_WORDS = 4  # a line with nothing but a name
TAG_CHARS = 80  # a tag such as "PARIS, 3 May (AFP) -" ends within so many characters of its paragraph
SMALL = 3  # letters: articles, prepositions and titles that follow a name or a place
MAX_CAPITALS = 0.5  # share of capitalised words from which on capitals tell nothing
ORDINARY_SHARE = 0.1  # ordinary words that a form may differ in, for each number, date or name
MIN_NAMES = 1  # differing name words on each side where only names differ
SAME_STEM = 0.6  # share of the longer word from which on two words are forms or spellings of one
SMALL_SHARE = 0.5  # small words, units and forms of a word, for each number, date or name
MAX_PLAIN = 0.5  # at a first look: ordinary words and forms of a word, for each number, date or name
# A form has a blank to fill in every so many words: one number that differs in a long text is a counter or a correction.
# Fitted on the planted forms of tests/series_cases.py, of which 1 in 100 has fewer blanks.
WORDS_PER_BLANK = 140
CHARS_PER_WORD = 2  # of scripts without spaces, where each character is counted
MAX_ORDINARY = 40  # more ordinary words than that are no form, whatever else differs

_RUN = re.compile(r"\w+")
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_TAG = re.compile(r"\([^()\n]{0,40}\)(?:\s*[-–—:])?|\s[-–—]+\s")
_BEGINS = re.compile(r"(?:^|[\n.!?…:«\"“‘(\[•–—-])[\s\"'«“‘(\[]*\Z")


class Word(NamedTuple):
    """A word of a text: as written, in lower case, and where it stands."""

    text: str
    lower: str
    start: int


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, frozenset[str]]:
    """Return the words of `series.toml`: by section, of [credits] by key; "numeric" are those of numbers and dates."""
    data = tomllib.loads(files("cleanse.dedup").joinpath("series.toml").read_text(encoding="utf-8"))
    groups = {name: " ".join(section.values()) for name, section in data.items()} | data["credits"]
    lexicon = {name: frozenset(words.split()) for name, words in groups.items()}
    lexicon["numeric"] = lexicon["numbers"] | lexicon["times"] | lexicon["dates"]
    lexicon["any"] = frozenset().union(*lexicon.values())
    return lexicon


def is_series(one: str, other: str) -> bool:
    """Return whether two near-duplicates are two documents of one form rather than copies of one text."""
    texts = one, other
    if not _may_be_series(one, other):
        return False
    words = [[Word(match[0], match[0].lower(), match.start()) for match in WORD.finditer(text)] for text in texts]
    if max(map(len, words)) > MAX_WORDS:
        return False
    differing = _differing(*([word.lower for word in own] for own in words))
    bodies = []
    for text, own, indices in zip(texts, words, differing, strict=True):
        credited = _credit_ranges(text)
        bodies.append([i for i in indices if not any(a <= own[i].start < b for a, b in credited)])
    left, right = _cancel(words[0], bodies[0], words[1], bodies[1])
    if "".join(words[0][i].lower for i in left) == "".join(words[1][i].lower for i in right):  # only spaced differently
        return False
    if max(_blanks(left), _blanks(right)) * WORDS_PER_BLANK < min(map(_size, words)):
        return False
    return _judge(_kinds(one, words[0], left), _kinds(other, words[1], right))


def _blanks(indices: list[int]) -> int:
    """Return how many places of a text differ: words in a row are one."""
    return sum(k == 0 or indices[k - 1] != i - 1 for k, i in enumerate(indices))


def _size(words: list[Word]) -> float:
    """Return words of a text; of scripts without spaces, where each character stands for a word, every two."""
    singles = sum(len(word.text) == 1 and is_unspaced(ord(word.text)) for word in words)
    return len(words) - singles + singles / CHARS_PER_WORD


def _may_be_series(one: str, other: str) -> bool:
    """Return whether what only one text has is numbers and names: a quick look, which most pairs do not pass."""
    tokens = set(one.split()), set(other.split())
    left, right = (set(_RUN.findall(" ".join(some))) for some in (tokens[0] - tokens[1], tokens[1] - tokens[0]))
    only = left ^ right
    plain = [word for word in only if len(word) > SMALL and word.islower()]
    lexicon = _lexicon()
    if len(plain) > MAX_PLAIN * (len(only) - len(plain)):
        plain = [word for word in plain if word not in lexicon["any"]]
        plain = [word for word in plain if word not in (tokens[1] if word in left else tokens[0])]
        if len(plain) > MAX_PLAIN * (len(only) - len(plain)):
            return False
    named = [sum(word[0].isupper() for word in own) for own in (left, right)]
    counted = sum(word.lower() in lexicon["numeric"] or any(map(str.isnumeric, word)) for word in only)
    return bool((counted or min(named) >= MIN_NAMES) and len(plain) <= MAX_PLAIN * (counted + sum(named)))


def _differing(one: list[str], other: list[str]) -> tuple[list[int], list[int]]:
    """Return the words of each text that stand in no run of five that both have."""
    grams = [list(zip(*(words[k:] for k in range(GRAM)), strict=False)) for words in (one, other)]
    common = set(grams[0]) & set(grams[1])
    sides = []
    for words, own in zip((one, other), grams, strict=True):
        covered = bytearray(len(words))
        for i, gram in enumerate(own):
            if gram in common:
                covered[i : i + GRAM] = b"\1" * GRAM
        sides.append([i for i, flag in enumerate(covered) if not flag])
    return sides[0], sides[1]


def _credit_ranges(text: str) -> list[tuple[int, int]]:
    """Return where bylines, date lines and agencies' tags stand.

    Half-open ranges of characters at the top and the bottom.
    """
    lines = [(match.start(), match.end()) for match in _LINE.finditer(text)]
    ranges = []
    for start, end in lines[:EDGE_LINES]:
        if _is_credit(text[start:end], dated=True):
            ranges.append((start, end))
        elif tag := _TAG.search(text, start, min(end, start + TAG_CHARS)):
            ranges.append((start, tag.end()))
    ranges += [line for line in lines[EDGE_LINES:][-EDGE_LINES:] if _is_credit(text[line[0] : line[1]], dated=False)]
    return ranges


def _is_credit(line: str, *, dated: bool) -> bool:
    """Return whether a line says who wrote a text, or only a name; if `dated`, only names and a date."""
    words = WORD.findall(line)
    lexicon = _lexicon()
    if len(words) > CREDIT_WORDS:
        return False
    lowered = [word.lower() for word in words]
    if not (lexicon["bylines"].isdisjoint(lowered[:CUE_WORDS]) and lexicon["agencies"].isdisjoint(lowered)):
        return True
    dates = [
        word
        for word, lower in zip(words, lowered, strict=True)
        if lower in lexicon["dates"] or lower in lexicon["times"] or any(map(str.isdigit, lower))
    ]
    names = sum(word[0].isupper() or len(word) <= SMALL for word in words if word not in dates)
    if names + len(dates) < len(words):
        return False
    return len(words) <= 2 * NAME_WORDS if dated and dates else len(words) <= NAME_WORDS and not dates


def _cancel(one: list[Word], left: list[int], other: list[Word], right: list[int]) -> tuple[list[int], list[int]]:
    """Return differing words without those that stand on both sides: words between two places that differ."""
    common = Counter(one[i].lower for i in left) & Counter(other[i].lower for i in right)
    sides = []
    for words, indices in ((one, left), (other, right)):
        spare = common.copy()
        kept = []
        for i in indices:
            if spare[words[i].lower] > 0:
                spare[words[i].lower] -= 1
            else:
                kept.append(i)
        sides.append(kept)
    return sides[0], sides[1]


def _kinds(text: str, words: list[Word], indices: list[int]) -> dict[str, list[str]]:
    """Return the differing words of one text by kind: number (or date), name, small, ordinary."""
    long = [word for word in words if len(word.text) > SMALL]
    capitals = sum(word.text[0].isupper() for word in long) <= MAX_CAPITALS * len(long)
    kinds: dict[str, list[str]] = {"number": [], "name": [], "small": [], "ordinary": []}
    differing = set(indices)
    lexicon = _lexicon()
    for i in indices:
        word = words[i]
        if word.lower in lexicon["agencies"]:
            continue
        if word.lower in lexicon["numeric"] or any(character.isnumeric() for character in word.lower):
            kind = "number"
        elif capitals and word.text[0].isupper():
            begins = _BEGINS.search(text, max(0, word.start - 8), word.start)
            together = any(k in differing and words[k].text[0].isupper() for k in (i - 1, i + 1))
            kind = "small" if begins and not together else "name"
        elif word.lower in lexicon["persons"] | lexicon["units"] or (
            len(word.text) <= SMALL and word.lower != word.text.upper()
        ):
            kind = "small"
        else:
            kind = "ordinary"
        kinds[kind].append(word.lower)
    return kinds


def _judge(one: dict[str, list[str]], other: dict[str, list[str]]) -> bool:
    """Return whether what differs is numbers, dates and names on both sides and next to nothing else."""
    if len(one["ordinary"]) + len(other["ordinary"]) > MAX_ORDINARY:
        return False
    for kind in ("ordinary", "name"):  # forms of a word, spellings of a name
        for word in list(one[kind]):
            twin = next((own for own in other[kind] if _same_stem(word, own)), None)
            if twin is not None:
                one[kind].remove(word)
                other[kind].remove(twin)
                one["small"].append(word)
    if "".join(one["number"]) == "".join(other["number"]):  # 2 000 and 2,000 and 2000
        one["number"], other["number"] = [], []
    strong = [len(kinds["number"]) + len(kinds["name"]) for kinds in (one, other)]
    ordinary = len(one["ordinary"]) + len(other["ordinary"])
    small = len(one["small"]) + len(other["small"])
    if min(strong) == 0 or max(strong) > 2 * min(strong) + 2:
        return False
    if not (one["number"] and other["number"]) and min(len(one["name"]), len(other["name"])) < MIN_NAMES:
        return False
    return ordinary <= ORDINARY_SHARE * sum(strong) and small <= SMALL_SHARE * sum(strong)


def _same_stem(one: str, other: str) -> bool:
    common = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        common += 1
    return common >= SMALL and common >= SAME_STEM * max(len(one), len(other))
