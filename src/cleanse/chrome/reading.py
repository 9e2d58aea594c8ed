"""What the rules make of a page before anything is decided: prose, flagged lines, where the prose begins and ends. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cleanse.chrome.lines import split_lines
from cleanse.chrome.matching import Finding, match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.lines import Line
    from cleanse.chrome.rules import Rules

PROSE_WORDS = 9  # words of the shortest line that counts as prose when it ends like a sentence
PROSE_WORDS_OPEN = 22  # the same without a sentence's end
_SENTENCE_END = re.compile(r"[.!?…。！？．｡।॥؟۔:;;·][\"'”’»«)\]」』）】\s\d]*$")
_BULLET = re.compile(r"[•*·▪◦‣⁃–—+o-] |\d{1,3}[.)] ")
_STRENGTH = {"keep": 0, "sure": 1, "likely": 2, "hint": 3}
SCOPES = {"tail": 0, "block": 1, "line": 2, "match": 3}


@dataclass(frozen=True, slots=True)
class Reading:
    """A page's lines and what is known of each. Lists run parallel to `lines`."""

    text: str
    lines: list[Line]
    found: list[tuple[Finding, ...]]
    flag: list[Finding | None]  # the strongest finding that may remove the line
    kept: list[bool]  # a keep rule protects the line
    ends: list[bool]  # the line ends like a sentence
    prose: list[bool]  # not flagged, long, ends like a sentence
    first: int  # first prose line; len(lines) if there is none
    last: int  # last prose line; -1 if there is none


def read(text: str, rules: Rules, site: str | None = None) -> Reading:
    """Lines, findings and prose of a page text."""
    lines = split_lines(text)
    found = match(lines, rules.index, site)
    kept = [any(f.action == "keep" for f in fs) for fs in found]
    flag = [_strongest(fs, ("any",)) for fs in found]
    ends = [bool(_SENTENCE_END.search(line.text[-12:])) for line in lines]
    prose = [_is_prose(line, f, end) for line, f, end in zip(lines, flag, ends, strict=True)]
    first = next((i for i, p in enumerate(prose) if p), len(lines))
    last = next((i for i in range(len(lines) - 1, -1, -1) if prose[i]), -1)
    for i, fs in enumerate(found):
        if any(f.where != "any" for f in fs):
            flag[i] = _strongest(fs, _zones(i, first, last))
            prose[i] = _is_prose(lines[i], flag[i], ends[i])
    first = next((i for i, p in enumerate(prose) if p), len(lines))
    last = next((i for i in range(len(lines) - 1, -1, -1) if prose[i]), -1)
    return Reading(text, lines, found, flag, kept, ends, prose, first, last)


def is_item(line: Line) -> bool:
    """Whether the line looks like an item of a list."""
    return bool(_BULLET.match(line.text))


def _is_prose(line: Line, flag: Finding | None, ends: bool) -> bool:  # noqa: FBT001
    if flag is not None and flag.strength != "hint" and flag.action != "match":
        return False
    return line.words >= (PROSE_WORDS if ends else PROSE_WORDS_OPEN)


def _zones(i: int, first: int, last: int) -> tuple[str, ...]:
    zones = ["any"]
    if i < first:
        zones.append("head")
    if i > first:
        zones.append("after")
    if i > last:
        zones.append("tail")
    return tuple(zones)


def _strongest(findings: Sequence[Finding], zones: Sequence[str]) -> Finding | None:
    usable = [f for f in findings if f.action != "keep" and f.where in zones]
    return min(usable, key=lambda f: (_STRENGTH[f.strength], SCOPES[f.action]), default=None)
