"""The phrases of all rules, folded and filed by what they are looked up with. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cleanse.chrome.lines import fold_phrase, fold_phrases, split_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.line_hits import Hit
    from cleanse.chrome.rule_matcher import Rule

PREFIX = 5  # characters by which phrases at a line's start are filed
SUFFIX = 3  # characters by which those at its end are
ANCHOR = 4  # characters of a word by which needs are looked up
ONLY_WORDS = 20  # a longer line is not looked at as a bag of words
_SPACED = "\u0e00"  # scripts with spaces between words stand before it

WORD = re.compile(r"\w+")


class Group(NamedTuple):
    """Patterns that look at the same lines."""

    needs: tuple[str, ...]  # every line that they are tried on holds one of these, in small letters; none: all lines
    anything: re.Pattern[str]  # matches where one of them may
    patterns: list[tuple[re.Pattern[str], int]]
    max_words: int  # of a line that any of them looks at


class Parts(NamedTuple):
    """Phrases that may stand anywhere in a line."""

    phrases: list[tuple[str, int]]
    by_word: dict[str, list[int]]  # their places in `phrases`, by the longest word behind the first
    unspaced: list[int]  # places of those in scripts without spaces, which have no such word


class Patterns(NamedTuple):
    """Groups of patterns, filed by what they need."""

    groups: list[Group]
    needless: list[int]  # places of those that are tried on every line
    needs: dict[str, list[tuple[str, int]]]  # needs by the beginning of their longest word; signs and scripts without
    # spaces by one of their characters
    starts: frozenset[str]  # these beginnings of words
    signs: re.Pattern[str]  # any of these characters


class Index(NamedTuple):
    """The phrases of all rules, folded, by where they are looked up; each with the number of its rule."""

    rules: tuple[Rule, ...]
    max_words: int  # a longer line is looked at as a whole only
    lines: dict[str, list[int]]  # by the whole line
    openings: dict[str, list[tuple[str, int, bool]]]  # phrases, and labels (True), by their first `PREFIX` characters
    ends: dict[str, list[tuple[str, int]]]  # by their last `SUFFIX` characters
    parts: Parts
    only: list[tuple[frozenset[str], int]]
    only_words: frozenset[str]  # all words of `only`
    patterns: Patterns
    barred: frozenset[int]  # rules that are bound to sites or documents
    seen: dict[str, tuple[str, tuple[Hit, ...]]]  # lines looked up before: key and hits; changes no result


def build_index(rules: Sequence[Rule]) -> Index:
    """Fold and file all phrases. Raises re.error where a pattern does not compile."""
    lines: dict[str, list[int]] = {}
    openings: dict[str, list[tuple[str, int, bool]]] = {}
    ends: dict[str, list[tuple[str, int]]] = {}
    parts: dict[str, list[tuple[str, int]]] = {}
    only: list[tuple[frozenset[str], int]] = []
    patterns: dict[tuple[str, ...], list[tuple[re.Pattern[str], int]]] = {}
    for number, rule in enumerate(rules):
        for key in _line_keys(rule):
            lines.setdefault(key, []).append(number)
        for phrase, key in zip(rule.phrases, fold_phrases(rule.phrases, open_end=True), strict=True):
            if not key[-1].isalnum():  # "tags:" at the start of a line is also "tags" as the whole line
                lines.setdefault(fold_phrase(phrase), []).append(number)
            openings.setdefault(key[:PREFIX], []).append((key, number, False))
        for key in fold_phrases(rule.labels):
            openings.setdefault(key[:PREFIX], []).append((key, number, True))
        for key in fold_phrases(rule.ends):
            ends.setdefault(key[-SUFFIX:], []).append((key, number))
        for key in fold_phrases(rule.parts):
            words = WORD.findall(key)  # the first may be glued to what stands before it
            parts.setdefault(max(words[1:] or words, key=len, default=key), []).append((key, number))
        if rule.only:
            only.append((frozenset(WORD.findall("\n".join(fold_phrases(rule.only)))), number))
        if rule.patterns:
            compiled = [(re.compile(p, re.IGNORECASE), number) for p in rule.patterns]
            needs = tuple(sorted({need.lower() for need in rule.needs}))
            patterns.setdefault(needs, []).extend(compiled)
    only_words = frozenset[str]().union(*(words for words, _ in only))
    barred = frozenset(n for n, rule in enumerate(rules) if rule.sites or rule.documents)
    filed, tried = _file_parts(parts), _file_patterns(patterns, rules)
    most = max([ONLY_WORDS, *(rule.max_words for rule in rules)])
    return Index(tuple(rules), most, lines, openings, ends, filed, only, only_words, tried, barred, {})


def _line_keys(rule: Rule) -> Sequence[str]:
    """Return the keys of the whole lines that a rule names.

    A page's long lines are known by their beginning only, so a rule may keep one, but not remove it.
    """
    if rule.action == "keep":
        return [line.key for phrase in rule.lines for line in split_lines(phrase)]
    return fold_phrases(rule.lines)


def _file_parts(parts: dict[str, list[tuple[str, int]]]) -> Parts:
    """File phrases by their words."""
    phrases: list[tuple[str, int]] = []
    by_word: dict[str, list[int]] = {}
    unspaced: list[int] = []
    for word, several in parts.items():
        numbers = range(len(phrases), len(phrases) + len(several))
        phrases += several
        if max(word) > _SPACED:
            unspaced += numbers
        else:
            by_word[word] = list(numbers)
    return Parts(phrases, by_word, unspaced)


def _file_patterns(
    patterns: dict[tuple[str, ...], list[tuple[re.Pattern[str], int]]], rules: Sequence[Rule]
) -> Patterns:
    """Group patterns by what they need, and file the groups by it."""
    groups: list[Group] = []
    needless: list[int] = []
    filed: dict[str, list[tuple[str, int]]] = {}
    starts, signs = set[str](), set[str]()
    for number, needs in enumerate(sorted(patterns)):
        bodies = [re.sub(r"\(\?P<\w+>", "(?:", p.pattern) for p, _ in patterns[needs]]
        anything = re.compile("|".join(f"(?:{body})" for body in bodies), re.IGNORECASE)
        groups.append(Group(needs, anything, patterns[needs], max(rules[n].max_words for _, n in patterns[needs])))
        needless += [] if needs else [number]
        for need in needs:
            anchor = _anchor(need)
            if anchor:
                starts.add(anchor)
            else:
                anchor = min(need, key=lambda c: (c.isspace(), c.isalnum()))  # a sign rather than a letter or a space
                signs.add(anchor)
            filed.setdefault(anchor, []).append((need, number))
    any_sign = re.compile("|".join(map(re.escape, sorted(signs))) or "(?!)")
    return Patterns(groups, needless, filed, frozenset(starts), any_sign)


def _anchor(need: str) -> str:
    """Return the folded beginning of the longest word; "" for signs and for scripts without spaces."""
    words = WORD.findall(fold_phrase(need)) if need[0].isalnum() and need[0] < _SPACED else []
    return max(words, key=len, default="")[:ANCHOR]
