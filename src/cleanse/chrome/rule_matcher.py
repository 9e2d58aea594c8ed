"""Where the phrases of all rules stand in the lines of a page: one index, looked up once per line. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from cleanse.chrome.lines import shorten
from cleanse.chrome.rule_index import ANCHOR, PREFIX, SUFFIX, WORD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.lines import Line
    from cleanse.chrome.rule_index import Group, Index

_COUNT = re.compile(
    r"^[(\[]?#(?: ?[km]\b)?[)\]]? *|[ (\[:|-]*#(?: ?[km]\b)?\+?[)\]]?$"
)  # "12 comments", "comments (3)"
OWN = "own."  # how the ids of a user's rules begin
# What the readers do with a line depends on its rule's kind, never on its name.
COMMENT_COUNT, COMMENT_FORM, COMMENT_MARK = "comments-count", "comment-form", "comment-marks"
COMMENTS = ("comments", COMMENT_COUNT, COMMENT_FORM, COMMENT_MARK)  # reader comments begin here, or are here
RELATED, AUTHOR, BYLINE, RIGHTS = "related", "author", "byline", "rights"
KINDS = (*COMMENTS, RELATED, AUTHOR, BYLINE, RIGHTS)
LEARNED = "site.learned"  # the id of lines that recur on their site, see `site_boilerplate.py`
QUOTES = '"“”„«‘「『《'  # a line that begins with one is speech
_SIGN = re.compile(r" ?[:|>›→\"/\]】]+ ?(?=\S)| -+ ?(?=\S)")  # between a label and its headline, in a folded line
ONLYWORDS = 20  # a longer line is not looked at as a bag of words
PATTERN_CHARS = 400  # patterns are tried on lines of at most this many characters


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a rule file. At least one of the seven lists holds something."""

    id: str  # "<file>.<name>"
    action: str = "remove"  # or "keep"
    scope: str = "line"  # what goes: "line", "match" (only the words found), "block", "tail" (all below too); a rule
    # that keeps knows "line" and "block" (the list below it, too)
    strength: str = "likely"  # "sure": goes in every setting; "likely": not in careful; "hint": evidence only
    kind: str = ""  # what the line is, one of KINDS, where the readers treat it as such
    where: str = "any"  # "head": above the first prose line; "tail": below the last; "after": below the first
    lines: tuple[str, ...] = ()  # the whole line, numbers at its ends aside
    phrases: tuple[str, ...] = ()  # the line's first words
    labels: tuple[str, ...] = ()  # the line's first words, where a colon, dash, bar or arrow and a headline follow
    ends: tuple[str, ...] = ()  # the line's last words
    parts: tuple[str, ...] = ()  # anywhere in the line
    only: tuple[str, ...] = ()  # the line holds two or more words, all of them from this list
    patterns: tuple[str, ...] = ()  # regular expressions, matched at the start of the line; group "cut": what goes
    needs: tuple[str, ...] = ()  # `patterns` look only at lines that hold one of these, as a word's start; saves time
    alone: bool = False  # the line goes however long it is and whatever stands beside it, unless it is speech
    max_words: int = 30  # a longer line is not the rule's; counts for all lists but `lines`
    sites: tuple[str, ...] = ()  # only on these sites and their subdomains
    documents: tuple[str, ...] = ()  # only in documents with such an id; * stands for any characters
    removes: tuple[str, ...] = ()  # lines that prove the rule
    keeps: tuple[str, ...] = ()  # lines that it must leave alone


class Place(NamedTuple):
    """Where a text comes from, for rules that are bound to sites or documents."""

    site: str | None = None
    document: str | None = None  # its id; None: not known yet, and no rule for documents holds


class Finding(NamedTuple):
    """What one rule says about one line. Nothing is removed by a finding alone."""

    rule: str
    action: str  # "line", "match", "block", "tail" or "keep"
    start: int  # offsets in the page text
    end: int
    evidence: str
    strength: str = "likely"
    where: str = "any"
    below: bool = False  # a "keep" that holds for the list below the line, too
    kind: str = ""  # of the rule
    alone: bool = False  # needs nothing beside it to bear it out


def match(lines: Sequence[Line], index: Index, place: Place = Place()) -> list[tuple[Finding, ...]]:  # noqa: B008
    """Return for every line what the rules say about it, in the order of the rules."""
    barred = frozenset(n for n in index.barred if not holds_at(index.rules[n], place))
    keys = "\n".join([line.key for line in lines])
    words = set(WORD.findall(keys))
    parts, patterns = _parts(lines, index, keys, words), _patterns(lines, index, words)
    out: list[tuple[Finding, ...]] = []
    for i, line in enumerate(lines):
        hits = _hits(line, index)
        hits += patterns.get(i, ())
        hits += parts.get(i, ())
        if not hits:
            out.append(())
            continue
        found: dict[int, Finding] = {}
        speech = line.text[0] in QUOTES
        for hit in hits:
            rule = index.rules[hit.rule]
            if hit.rule not in found and hit.rule not in barred and not (rule.alone and speech):
                found[hit.rule] = _finding(rule, hit)
        out.append(tuple(found[n] for n in sorted(found)))
    return out


def _finding(rule: Rule, hit: _Hit) -> Finding:
    """Return what a rule says; a label that has its headline in its own line takes no list below it."""
    below = rule.action == "keep" and rule.scope == "block"
    scope = "line" if rule.scope == "block" and hit.titled else rule.scope
    action = "keep" if rule.action == "keep" else scope
    return Finding(
        rule.id, action, hit.start, hit.end, hit.evidence, rule.strength, rule.where, below, rule.kind, rule.alone
    )


class _Hit(NamedTuple):
    """Where a rule found what it looks for."""

    rule: int  # number of the rule
    start: int
    end: int
    evidence: str
    titled: bool = False  # the line holds more than the rule's words: a headline behind its label


def _hits(line: Line, index: Index) -> list[_Hit]:
    """Everything but `parts`: looked up by the line itself, its first and its last characters."""
    key = line.key
    hits: list[_Hit] = []
    if key in index.lines:
        hits += [_Hit(n, line.start, line.end, f'the line is "{key}"') for n in index.lines[key]]
    if "#" in key:
        bare = _COUNT.sub("", key)
        hits += [_Hit(n, line.start, line.end, f'the line is "{bare}" and a number') for n in index.lines.get(bare, ())]
    hits += _phrase_hits(line, index)
    if line.words <= ONLYWORDS and key.partition(" ")[0] in index.only_words:
        words = WORD.findall(key)
        hits += [
            _Hit(n, line.start, line.end, f'nothing but such words: "{shorten(line.text)}"')
            for only, n in index.only
            if len(words) > 1 and only.issuperset(words)
        ]
    return hits


def _phrase_hits(line: Line, index: Index) -> list[_Hit]:
    key, rules = line.key, index.rules
    hits: list[_Hit] = []
    announces = line.text.endswith((":", "："))
    for length in range(2, PREFIX + 1):
        for phrase, n, label in index.openings.get(key[:length], ()):
            if not key.startswith(phrase) or line.words > rules[n].max_words:
                continue
            if label and _SIGN.match(key, len(phrase)):
                hits.append(_Hit(n, line.start, line.end, f'"{phrase}" and a headline', not announces))
            elif not label and _bounded(key, len(phrase)):
                titled = len(key) > len(phrase) and not (phrase[-1].isalnum() or announces)
                hits.append(_Hit(n, line.start, line.end, f'the line begins with "{phrase}"', titled))
    for phrase, n in index.ends.get(key[-SUFFIX:], ()):
        if key.endswith(phrase) and line.words <= rules[n].max_words and _bounded(key[::-1], len(phrase)):
            hits.append(_Hit(n, line.start, line.end, f'the line ends with "{phrase}"'))
    return hits


def _patterns(lines: Sequence[Line], index: Index, words: set[str]) -> dict[int, list[_Hit]]:
    """Patterns: tried only on lines that hold what they need, which is looked for in the whole page at once."""
    beginnings = {word[:ANCHOR] for word in words}
    rows = [line.text.lower() for line in lines]
    page, ends = "\n".join(rows), list(accumulate(len(row) + 1 for row in rows))
    found: dict[int, list[_Hit]] = {}
    for group in index.patterns:
        present = [need for anchor, need in group.needs if not anchor or anchor in beginnings]
        for i in range(len(lines)) if not group.needs else sorted(_holding(page, ends, present)):
            line = lines[i]
            if len(line.text) <= PATTERN_CHARS and group.anything.match(line.text):
                found.setdefault(i, []).extend(_pattern_hits(line, group, index.rules))
    return found


def _holding(page: str, ends: list[int], needs: Sequence[str]) -> set[int]:
    """Return the numbers of the lines that hold one of some strings."""
    holding: set[int] = set()
    for need in needs:
        at = page.find(need)
        while at >= 0:
            i = bisect_right(ends, at)
            holding.add(i)
            at = page.find(need, ends[i])
    return holding


def _pattern_hits(line: Line, group: Group, rules: Sequence[Rule]) -> list[_Hit]:
    hits: list[_Hit] = []
    for pattern, n in group.patterns:
        rule = rules[n]
        found = pattern.match(line.text) if line.words <= rule.max_words else None
        if found:
            cut = "cut" if "cut" in pattern.groupindex and found["cut"] is not None else 0
            start, end = line.start + found.start(cut), line.start + found.end(cut)
            if rule.scope != "match":
                start, end = line.start, line.end
            evidence = f'"{shorten(found[cut])}" has the form of this rule'
            hits.append(_Hit(n, start, end, evidence, not line.text.endswith(":")))
    return hits


def _parts(lines: Sequence[Line], index: Index, page: str, words: set[str]) -> dict[int, list[_Hit]]:
    """Phrases anywhere in a line: looked for in the page's keys only where their longest word is among its words."""
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
                    found.setdefault(i, []).append(_Hit(n, line.start, line.end, f'the line says "{phrase}"'))
                where = page.find(phrase, where + len(phrase))
    return found


def _bounded(key: str, at: int) -> bool:
    """Return whether a word ends just before `at`; scripts without spaces have no such bounds."""
    return at >= len(key) or not key[at].isalnum() or not key[at - 1].isalnum() or key[at] > "\u0e00"


def holds_at(rule: Rule, place: Place) -> bool:
    """Return whether a rule holds for the texts of a place."""
    named = not rule.documents or any(names_document(pattern, place.document) for pattern in rule.documents)
    return named and (not rule.sites or on_site(place.site or "", rule.sites))


def names_document(pattern: str, document: str | None) -> bool:
    """Return whether a pattern, in which * stands for any characters, is the id of a document."""
    return document is not None and _compile(pattern).fullmatch(document) is not None


@lru_cache(maxsize=10_000)
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def on_site(site: str, sites: Sequence[str]) -> bool:
    """Return whether a site is one of some, or below one of them."""
    return any(site == s or site.endswith("." + s) for s in sites)
