"""The phrases of all rules, folded and filed by what they are looked up with. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cleanse.chrome.lines import fold_phrase, fold_phrases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.rule_matcher import Rule

PREFIX = 5  # characters by which phrases at a line's start are filed
SUFFIX = 3  # characters by which those at its end are
ANCHOR = 4  # characters of a word by which needs are looked up

WORD = re.compile(r"\w+")


class Group(NamedTuple):
    """Patterns that look at the same lines."""

    needs: tuple[tuple[str, str], ...]  # every line that they are tried on holds one of these; none: all lines.
    # Each with the beginning of its longest word, by which a page without it is told; "" for signs
    anything: re.Pattern[str]  # matches where one of them may
    patterns: list[tuple[re.Pattern[str], int]]


class Index(NamedTuple):
    """The phrases of all rules, folded, by where they are looked up; each with the number of its rule."""

    rules: tuple[Rule, ...]
    lines: dict[str, list[int]]  # by the whole line
    openings: dict[str, list[tuple[str, int, bool]]]  # phrases, and labels (True), by their first `PREFIX` characters
    ends: dict[str, list[tuple[str, int]]]  # by their last `SUFFIX` characters
    parts: dict[str, list[tuple[str, int]]]  # by their longest word
    only: list[tuple[frozenset[str], int]]
    only_words: frozenset[str]  # all words of `only`
    patterns: list[Group]
    barred: frozenset[int]  # rules that are bound to sites or documents


def build_index(rules: Sequence[Rule]) -> Index:
    """Fold and file all phrases. Raises re.error where a pattern does not compile."""
    lines: dict[str, list[int]] = {}
    openings: dict[str, list[tuple[str, int, bool]]] = {}
    ends: dict[str, list[tuple[str, int]]] = {}
    parts: dict[str, list[tuple[str, int]]] = {}
    only: list[tuple[frozenset[str], int]] = []
    patterns: dict[tuple[str, ...], list[tuple[re.Pattern[str], int]]] = {}
    for number, rule in enumerate(rules):
        for key in fold_phrases(rule.lines):
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
            parts.setdefault(max(WORD.findall(key), key=len, default=key), []).append((key, number))
        if rule.only:
            only.append((frozenset(WORD.findall("\n".join(fold_phrases(rule.only)))), number))
        if rule.patterns:
            compiled = [(re.compile(p, re.IGNORECASE), number) for p in rule.patterns]
            needs = tuple(sorted({need.lower() for need in rule.needs}))
            patterns.setdefault(needs, []).extend(compiled)
    groups = [_group(needs, patterns[needs]) for needs in sorted(patterns)]
    words = frozenset[str]().union(*(w for w, _ in only))
    barred = frozenset(n for n, rule in enumerate(rules) if rule.sites or rule.documents)
    return Index(tuple(rules), lines, openings, ends, parts, only, words, groups, barred)


def _group(needs: tuple[str, ...], patterns: list[tuple[re.Pattern[str], int]]) -> Group:
    bodies = [re.sub(r"\(\?P<\w+>", "(?:", p.pattern) for p, _ in patterns]
    return Group(
        tuple((_anchor(need), need) for need in needs),
        re.compile("|".join(f"(?:{b})" for b in bodies), re.IGNORECASE),
        patterns,
    )


def _anchor(need: str) -> str:
    """Return the folded beginning of the longest word; "" for signs and for scripts without spaces."""
    words = WORD.findall(fold_phrase(need)) if need[0].isalnum() and need[0] < "\u0e00" else []
    return max(words, key=len, default="")[:ANCHOR]
