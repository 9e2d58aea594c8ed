"""Rules that fired, as evidence: one module writes them and reads them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Match(NamedTuple):
    """One rule that fired on a document, with the value it saw."""

    rule: str
    signal: str
    value: float
    below: bool
    limit: float


def format_matches(matches: Sequence[Match]) -> str:
    """Return matches as one line: `wide.short-words: word_length 2.41 < 3; …`. Numbers keep all their digits."""
    return "; ".join(f"{m.rule}: {m.signal} {m.value!r} {'<' if m.below else '>'} {m.limit!r}" for m in matches)


def parse_matches(evidence: str) -> tuple[Match, ...]:
    """Return the matches that `format_matches` wrote."""
    matches = []
    for part in evidence.split("; ") if evidence else []:
        rule, _, rest = part.rpartition(": ")
        signal, value, sign, limit = rest.split(" ")
        matches.append(Match(rule, signal, float(value), sign == "<", float(limit)))
    return tuple(matches)
