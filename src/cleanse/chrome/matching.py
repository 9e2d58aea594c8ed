"""Where the phrases of all rules stand in the lines of a page: one index, looked up once per line. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from cleanse.chrome.lines import UNSPACED, fold_phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.lines import Line

_WORD = re.compile(r"\w+")
_HEAD = re.compile(f"[{UNSPACED}]{{1,2}}|[^\\W{UNSPACED}]+|#")
_COUNT = re.compile(r"^[(\[]?#(?: ?[km]\b)?[)\]]? *|[ (\[:|-]*#(?: ?[km]\b)?\+?[)\]]?$")  # "12 comments", "comments (3)"
ONLY_WORDS = 20  # a longer line is not looked at as a bag of words
PATTERN_CHARS = 400  # patterns are tried on lines of at most this many characters


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a rule file. At least one of the six lists holds something."""

    id: str  # "<file>.<name>"
    action: str = "remove"  # or "keep"
    scope: str = "line"  # what goes: "line", "match" (only the words found), "block", "tail" (all below too)
    strength: str = "likely"  # "sure": goes in every setting; "likely": not in careful; "hint": evidence only
    where: str = "any"  # "head": above the first prose line; "tail": below the last; "after": below the first
    lines: tuple[str, ...] = ()  # the whole line, numbers at its ends aside
    phrases: tuple[str, ...] = ()  # the line's first words
    ends: tuple[str, ...] = ()  # the line's last words
    parts: tuple[str, ...] = ()  # anywhere in the line
    only: tuple[str, ...] = ()  # the line holds two or more words, all of them from this list
    patterns: tuple[str, ...] = ()  # regular expressions, matched at the start of the line; group "cut": what goes
    needs: tuple[str, ...] = ()  # `patterns` are tried only on lines that hold one of these; saves time
    max_words: int = 30  # a longer line is not the rule's; counts for all lists but `lines`
    sites: tuple[str, ...] = ()  # only on these sites and their subdomains
    removes: tuple[str, ...] = ()  # lines that prove the rule
    keeps: tuple[str, ...] = ()  # lines that it must leave alone


class Finding(NamedTuple):
    """What one rule says about one line. Nothing is removed by a finding alone."""

    rule: str
    action: str  # "line", "match", "block", "tail" or "keep"
    start: int  # offsets in the page text
    end: int
    evidence: str
    strength: str = "likely"
    where: str = "any"


@dataclass(frozen=True, slots=True)
class Index:
    """The phrases of all rules, folded, by where they are looked up."""

    rules: tuple[Rule, ...]
    lines: dict[str, list[int]] = field(default_factory=dict)
    phrases: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    ends: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    parts: dict[str, list[tuple[str, int]]] = field(default_factory=dict)  # by the phrase's longest word
    only: list[tuple[frozenset[str], int]] = field(default_factory=list)
    patterns: list[tuple[re.Pattern[str], int]] = field(default_factory=list)
    needing: list[tuple[re.Pattern[str], re.Pattern[str], int]] = field(default_factory=list)
    any_pattern: re.Pattern[str] | None = None


def build_index(rules: Sequence[Rule]) -> Index:
    """Fold and file all phrases. Raises re.error where a pattern does not compile."""
    index = Index(tuple(rules))
    for number, rule in enumerate(rules):
        for phrase in rule.lines:
            index.lines.setdefault(fold_phrase(phrase), []).append(number)
        for phrase in rule.phrases:
            key = fold_phrase(phrase, open_end=True)
            if not key[-1].isalnum():  # "tags:" at the start of a line is also "tags" as the whole line
                index.lines.setdefault(fold_phrase(phrase), []).append(number)
            index.phrases.setdefault(_first(key), []).append((key, number))
        for phrase in rule.ends:
            key = fold_phrase(phrase)
            index.ends.setdefault(_last(key), []).append((key, number))
        for phrase in rule.parts:
            key = fold_phrase(phrase)
            index.parts.setdefault(max(_WORD.findall(key), key=len, default=key), []).append((key, number))
        if rule.only:
            index.only.append((frozenset(word for phrase in rule.only for word in _WORD.findall(fold_phrase(phrase))), number))
        for pattern in rule.patterns:
            compiled = re.compile(pattern, re.IGNORECASE)
            if rule.needs:
                index.needing.append((re.compile("|".join(map(re.escape, rule.needs))), compiled, number))
            else:
                index.patterns.append((compiled, number))
    if not index.patterns:
        return index
    bodies = [re.sub(r"\(\?P<\w+>", "(?:", p.pattern) for p, _ in index.patterns]
    return replace(index, any_pattern=re.compile("|".join(f"(?:{b})" for b in bodies), re.IGNORECASE))


def match(lines: Sequence[Line], index: Index, site: str | None = None) -> list[tuple[Finding, ...]]:
    """For every line what the rules say about it, in the order of the rules."""
    if site is None and any(rule.sites for rule in index.rules):
        barred = {i for i, rule in enumerate(index.rules) if rule.sites}
    else:
        barred = {i for i, rule in enumerate(index.rules) if rule.sites and not _on_site(site or "", rule.sites)}
    parts = _parts(lines, index)
    out: list[tuple[Finding, ...]] = []
    for i, line in enumerate(lines):
        hits = _hits(line, index)
        if i in parts:
            hits += parts[i]
        if not hits:
            out.append(())
            continue
        found: dict[int, Finding] = {}
        for number, start, end, evidence in hits:
            rule = index.rules[number]
            if number not in found and number not in barred:
                action = "keep" if rule.action == "keep" else rule.scope
                found[number] = Finding(rule.id, action, start, end, evidence, rule.strength, rule.where)
        out.append(tuple(found[n] for n in sorted(found)))
    return out


_Hit = tuple[int, int, int, str]  # rule number, start, end, evidence


def _hits(line: Line, index: Index) -> list[_Hit]:
    """Everything but `parts`: looked up by the line itself, its first and its last word."""
    key, rules = line.key, index.rules
    hits: list[_Hit] = []
    if key in index.lines:
        hits += [(n, line.start, line.end, f'the line is "{key}"') for n in index.lines[key]]
    elif "#" in key:
        bare = _COUNT.sub("", key)
        hits += [(n, line.start, line.end, f'the line is "{bare}" and a number') for n in index.lines.get(bare, ())]
    for phrase, n in index.phrases.get(_first(key), ()):
        if line.words <= rules[n].max_words and key.startswith(phrase) and _bounded(key, len(phrase)):
            hits.append((n, line.start, line.end, f'the line begins with "{phrase}"'))
    for phrase, n in index.ends.get(_last(key), ()) if index.ends else ():
        if line.words <= rules[n].max_words and key.endswith(phrase) and _bounded(key[::-1], len(phrase)):
            hits.append((n, line.start, line.end, f'the line ends with "{phrase}"'))
    if line.words <= ONLY_WORDS:
        words = _WORD.findall(key)
        if len(words) > 1:
            hits += [
                (n, line.start, line.end, f'nothing but such words: "{_short(line.text)}"')
                for only, n in index.only
                if only.issuperset(words)
            ]
    if len(line.text) <= PATTERN_CHARS:
        hits += _pattern_hits(line, index)
    return hits


def _pattern_hits(line: Line, index: Index) -> list[_Hit]:
    text, hits = line.text, []
    tried = [(pattern, n) for needs, pattern, n in index.needing if needs.search(text)]
    if index.any_pattern and index.any_pattern.match(text):
        tried += index.patterns
    for pattern, n in tried:
        rule = index.rules[n]
        found = pattern.match(text) if line.words <= rule.max_words else None
        if found:
            group = "cut" if "cut" in pattern.groupindex and found["cut"] is not None else 0
            start, end = line.start + found.start(group), line.start + found.end(group)
            if rule.scope != "match":
                start, end = line.start, line.end
            hits.append((n, start, end, f'"{_short(found[group])}" has the form of this rule'))
    return hits


def _parts(lines: Sequence[Line], index: Index) -> dict[int, list[_Hit]]:
    """Phrases anywhere in a line: looked for in the page only where their longest word occurs in it."""
    page = "\n".join([line.key for line in lines])
    words = set(_WORD.findall(page))
    starts: list[int] = []
    at = 0
    for line in lines:
        starts.append(at)
        at += len(line.key) + 1
    found: dict[int, list[_Hit]] = {}
    for anchor, phrases in index.parts.items():
        if anchor not in words and anchor.isascii():
            continue
        for phrase, n in phrases:
            where = page.find(phrase)
            while where >= 0:
                i = bisect_right(starts, where) - 1
                line = lines[i]
                if line.words <= index.rules[n].max_words and _bounded(page, where + len(phrase)):
                    found.setdefault(i, []).append((n, line.start, line.end, f'the line says "{phrase}"'))
                where = page.find(phrase, where + len(phrase))
    return found


def _bounded(key: str, at: int) -> bool:
    """Whether a word ends just before `at`; scripts without spaces have no such bounds."""
    return at >= len(key) or not key[at].isalnum() or not key[at - 1].isalnum() or key[at] > "\u0e00"


def _first(key: str) -> str:
    found = _HEAD.match(key)
    return found[0] if found else key[:2]


def _last(key: str) -> str:
    found = _HEAD.findall(key[-60:])
    return found[-1] if found else ""


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _on_site(site: str, sites: Sequence[str]) -> bool:
    return any(site == s or site.endswith("." + s) for s in sites)
