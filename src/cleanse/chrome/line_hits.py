"""What the phrases of all rules find in one line. Lines are remembered, since many stand on many pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cleanse.chrome.lines import KEY_CHARS, shorten
from cleanse.chrome.rule_index import ANCHOR, ONLY_WORDS, PREFIX, SUFFIX, WORD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.lines import Line
    from cleanse.chrome.rule_index import Group, Index
    from cleanse.chrome.rule_matcher import Rule

_COUNT = re.compile(
    r"^[(\[]?#(?: ?[km]\b)?[)\]]? *|[ (\[:|-]*#(?: ?[km]\b)?\+?[)\]]?$"
)  # "12 comments", "comments (3)"
_SIGN = re.compile(r" ?[:|>›→\"/\]】]+ ?(?=\S)| -+ ?(?=\S)")  # between a label and its headline, in a folded line
_LENGTHS = range(2, PREFIX + 1)
PATTERN_CHARS = 400  # patterns are tried on lines of at most this many characters
SHORT_CHARS = 200  # characters of a line that is remembered
MOST_LINES = 1 << 14  # lines remembered: some 5 MB
_UNSEEN: tuple[str | None, tuple[()]] = (None, ())


class Hit(NamedTuple):
    """Where a rule found what it looks for."""

    rule: int  # number of the rule
    start: int  # offsets in the line
    end: int
    evidence: str
    titled: bool = False  # the line holds more than the rule's words: a headline behind its label


def hits_of(line: Line, index: Index) -> tuple[Hit, ...]:
    """Return the first hit of each rule in a line, in the order of the rules.

    Args:
        line: The line.
        index: The phrases of all rules. It keeps what was found in short lines.
    """
    key, known = index.seen.get(line.text, _UNSEEN)
    if key == line.key:  # a short line with long white space around has another key
        return known
    hits = _find(line, index)
    if len(hits) > 1:
        first: dict[int, Hit] = {}
        for hit in hits:
            first.setdefault(hit.rule, hit)
        hits = [first[n] for n in sorted(first)]
    if len(line.text) <= SHORT_CHARS:
        if len(index.seen) >= MOST_LINES:
            index.seen.clear()
        index.seen[line.text] = line.key, tuple(hits)
    return tuple(hits)


def _find(line: Line, index: Index) -> list[Hit]:
    """Return all hits in a line. Most lines have none: each list is looked at only where something may be in it."""
    key, size = line.key, len(line.text)
    hits = [Hit(n, 0, size, f'the line is "{key}"') for n in index.lines[key]] if key in index.lines else []
    if "#" in key:
        bare = _COUNT.sub("", key)
        hits += [Hit(n, 0, size, f'the line is "{bare}" and a number') for n in index.lines.get(bare, ())]
    if line.words > index.max_words:
        return hits
    hits += _phrase_hits(line, index)
    words = WORD.findall(key)
    if line.words <= ONLY_WORDS and key.partition(" ")[0] in index.only_words and len(words) > 1:
        evidence = f'nothing but such words: "{shorten(line.text)}"'
        hits += [Hit(n, 0, size, evidence) for only, n in index.only if only.issuperset(words)]
    if size <= PATTERN_CHARS:
        hits += _pattern_hits(line, words, index)
    by_word = index.parts.by_word
    numbers = {number for word in words if word in by_word for number in by_word[word]}
    if numbers or not key.isascii():
        hits += _part_hits(line, numbers, index)
    return hits


def _phrase_hits(line: Line, index: Index) -> list[Hit]:
    """Return the phrases and labels with which the line begins, and those with which it ends."""
    key, rules, openings = line.key, index.rules, index.openings
    hits: list[Hit] = []
    for length in _LENGTHS:
        for phrase, n, label in openings.get(key[:length], ()):
            if not key.startswith(phrase) or line.words > rules[n].max_words:
                continue
            announces = line.text.endswith((":", "："))
            if label and _SIGN.match(key, len(phrase)):
                hits.append(Hit(n, 0, len(line.text), f'"{phrase}" and a headline', not announces))
            elif not label and _is_bounded(key, len(phrase)):
                titled = len(key) > len(phrase) and not (phrase[-1].isalnum() or announces)
                hits.append(Hit(n, 0, len(line.text), f'the line begins with "{phrase}"', titled))
    for phrase, n in index.ends.get(key[-SUFFIX:], ()):
        if key.endswith(phrase) and line.words <= rules[n].max_words and _is_bounded(key[::-1], len(phrase)):
            hits.append(Hit(n, 0, len(line.text), f'the line ends with "{phrase}"'))
    return hits


def _pattern_hits(line: Line, words: Sequence[str], index: Index) -> list[Hit]:
    """Return the patterns that match; a group is tried only on a line that holds what it needs."""
    text = line.text.lower()
    if len(text) > KEY_CHARS:  # its key leaves out words; hardly a group looks at so many
        tried = [group for group in index.patterns.groups if line.words <= group.max_words]
        tried = [group for group in tried if not group.needs or any(need in text for need in group.needs)]
        return [hit for group in tried for hit in _group_hits(line, group, index.rules)]
    starts = {word[:ANCHOR] for word in words} & index.patterns.starts
    numbers = set(index.patterns.needless)
    for anchor in starts.union(index.patterns.signs.findall(text)):
        numbers.update([group for need, group in index.patterns.needs[anchor] if need in text])
    tried = [index.patterns.groups[number] for number in sorted(numbers)]
    return [hit for group in tried for hit in _group_hits(line, group, index.rules)]


def _group_hits(line: Line, group: Group, rules: Sequence[Rule]) -> list[Hit]:
    hits: list[Hit] = []
    if line.words > group.max_words or not group.anything.match(line.text):
        return hits
    for pattern, n in group.patterns:
        rule = rules[n]
        match = pattern.match(line.text) if line.words <= rule.max_words else None
        if match:
            cut = "cut" if "cut" in pattern.groupindex and match["cut"] is not None else 0
            start, end = match.span(cut) if rule.scope == "match" else (0, len(line.text))
            evidence = f'"{shorten(match[cut])}" has the form of this rule'
            hits.append(Hit(n, start, end, evidence, not line.text.endswith(":")))
    return hits


def _part_hits(line: Line, numbers: set[int], index: Index) -> list[Hit]:
    """Return those of some phrases that stand anywhere in the line, and those in scripts without spaces."""
    key, hits = line.key, []
    for phrase, n in [index.parts.phrases[number] for number in sorted(numbers.union(index.parts.unspaced))]:
        at = key.find(phrase) if line.words <= index.rules[n].max_words else -1
        while at >= 0 and not _is_bounded(key, at + len(phrase)):
            at = key.find(phrase, at + len(phrase))
        if at >= 0:
            hits.append(Hit(n, 0, len(line.text), f'the line says "{phrase}"'))
    return hits


def _is_bounded(key: str, at: int) -> bool:
    """Return whether a word ends just before `at`; always true if a character beyond U+0E00 follows, as in Thai or Chinese."""
    return at >= len(key) or not key[at].isalnum() or not key[at - 1].isalnum() or key[at] > "\u0e00"
