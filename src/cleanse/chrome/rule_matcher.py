"""Where the phrases of all rules stand in the lines of a page: one index, looked up once per line. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cleanse.chrome.line_hits import hits_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.line_hits import Hit
    from cleanse.chrome.lines import Line
    from cleanse.chrome.rule_index import Index

OWN = "own."  # how the ids of a user's rules begin
# What the readers do with a line depends on its rule's kind, never on its name.
COMMENT_COUNT, COMMENT_FORM, COMMENT_MARK = "comments-count", "comment-form", "comment-marks"
COMMENTS = ("comments", COMMENT_COUNT, COMMENT_FORM, COMMENT_MARK)  # reader comments begin here, or are here
RELATED, AUTHOR, BYLINE, RIGHTS = "related", "author", "byline", "rights"
KINDS = (*COMMENTS, RELATED, AUTHOR, BYLINE, RIGHTS)
LEARNED = "site.learned"  # the id of lines that recur on their site, see `site_boilerplate.py`
QUOTES = '"“”„«‘「『《'  # a line that begins with one is speech


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
    out: list[tuple[Finding, ...]] = []
    for line in lines:
        hits = hits_of(line, index)
        if hits:
            speech = line.text[0] in QUOTES
            rules = [(index.rules[hit.rule], hit) for hit in hits if hit.rule not in barred]
            out.append(tuple([_finding(rule, hit, line) for rule, hit in rules if not (rule.alone and speech)]))
        else:
            out.append(())
    return out


def _finding(rule: Rule, hit: Hit, line: Line) -> Finding:
    """Return what a rule says; a label that has its headline in its own line takes no list below it."""
    below = rule.action == "keep" and rule.scope == "block"
    scope = "line" if rule.scope == "block" and hit.titled else rule.scope
    action = "keep" if rule.action == "keep" else scope
    start, end = line.start + hit.start, line.start + hit.end
    return Finding(rule.id, action, start, end, hit.evidence, rule.strength, rule.where, below, rule.kind, rule.alone)


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
