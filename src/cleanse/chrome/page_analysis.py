"""What the rules make of a page before anything is decided: prose, flagged lines, where the prose begins and ends. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cleanse.chrome.rule_matcher import OWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.lines import Line
    from cleanse.chrome.rule_matcher import Finding

PROSE_WORDS = 9  # words of the shortest line that counts as prose when it ends like a sentence
PROSE_WORDS_OPEN = 22  # the same without a sentence's end
LONG_WORDS = 12  # a longer line is a paragraph
ENDING_CHARS = 12  # of a line, in which a sentence's end is looked for
REMEMBERED = 1 << 15  # endings of lines: every line is looked at in several rounds, many stand on several pages
KEPT_LINES = 6  # below a heading that is kept with its list, at most
_SPEECH = "\"“”„«»‘'–—"  # how a line of speech begins
_SENTENCE_END = re.compile(r"[.!?…。！？．｡।॥؟۔:;;·][\"'”’»«)\]」』）】\s\d]*$")
_BULLET = re.compile(r"(?:[•*·▪◦‣⁃–—+o-]|\d{1,3}[.)])\s")
_STRENGTH = {"keep": 0, "sure": 1, "likely": 2, "hint": 3}
_SCOPES = {"tail": 0, "block": 1, "line": 2, "match": 3}


@dataclass(frozen=True, slots=True)
class Reading:
    """A page's lines and what is known of each. Lists run parallel to `lines`."""

    text: str
    lines: list[Line]
    found: list[tuple[Finding, ...]]
    flag: list[Finding | None]  # the strongest finding that may remove the line
    kept: list[bool]  # a keep rule protects the line
    ends: list[bool]  # the line ends like a sentence
    prose: list[bool]  # not flagged, long, ends like a sentence; pieces of one sentence are judged together
    joined: list[int]  # words of the line with the lines that continue its sentence
    first: int  # first prose line; len(lines) if there is none
    last: int  # last prose line; -1 if there is none


def assess(text: str, lines: list[Line], found: list[tuple[Finding, ...]]) -> Reading:
    """Return what lines and findings come to: flags by zone, prose, where it begins and ends."""
    flag = [_strongest(fs, ("any",)) if fs else None for fs in found]
    ends = [_ends_like_sentence(line.text[-ENDING_CHARS:]) for line in lines]
    _doubt(lines, found, flag, ends)
    joined, prose = _prose(lines, flag, ends)
    first, last = _bounds(prose)
    zoned = [i for i, fs in enumerate(found) if fs and any(f.where != "any" for f in fs)]
    if zoned:
        for i in zoned:
            flag[i] = _strongest(found[i], _zones(i, first, last))
        _doubt(lines, found, flag, ends)
        joined, prose = _prose(lines, flag, ends)
        first, last = _bounds(prose)
    return Reading(text, lines, found, flag, protected_lines(lines, found, flag), ends, prose, joined, first, last)


@lru_cache(maxsize=REMEMBERED)
def _ends_like_sentence(ending: str) -> bool:
    return _SENTENCE_END.search(ending) is not None


def protected_lines(
    lines: Sequence[Line], found: Sequence[tuple[Finding, ...]], flag: Sequence[Finding | None]
) -> list[bool]:
    """Return which lines keep rules protect.

    Those they name, and the list below up to a blank line or a line that is chrome.
    """
    kept = [bool(fs) and any(f.action == "keep" for f in fs) for fs in found]
    for i in [i for i, fs in enumerate(found) if fs and any(f.below for f in fs)]:
        for j in range(i + 1, min(len(lines), i + 1 + KEPT_LINES)):
            if _chrome(flag[j]) or (lines[j].gap and j > i + 1):
                break
            kept[j] = True
    return kept


def _doubt(lines: list[Line], found: list[tuple[Finding, ...]], flag: list[Finding | None], ends: list[bool]) -> None:
    """Turn flags into hints where a run of flagged lines holds none that is certain.

    A line is certain when it is short and no speech, or when two rules or one of the user's own name it: a paragraph or
    a quotation that begins with a phrase of site software may well be about it. A rule that stands alone is certain of
    its own line, not of those beside it.
    """
    start = 0
    for i in range(len(lines) + 1):
        if i < len(lines) and _chrome(flag[i]):
            continue
        if start < i and not any(
            (lines[k].words <= LONG_WORDS and not (ends[k] and lines[k].text[0] in _SPEECH))
            or sum(f.action != "keep" for f in found[k]) > 1
            or any(f.rule.startswith(OWN) for f in found[k])
            for k in range(start, i)
        ):
            for k in range(start, i):
                own = flag[k]
                if own is not None and not own.alone:
                    flag[k] = own._replace(strength="hint", action="line")
        start = i + 1


def _prose(lines: list[Line], flag: list[Finding | None], ends: list[bool]) -> tuple[list[int], list[bool]]:
    """Return for every line the words of its sentence, joined over line breaks, and whether that is prose.

    A line goes on in the next where it does not end like a sentence and the next begins small or with a comma:
    dumps of some extractors break lines at every link.
    """
    joined, prose = [0] * len(lines), [False] * len(lines)
    chrome = [_chrome(f) for f in flag]
    start = 0
    for i in range(1, len(lines) + 1):
        if i < len(lines) and not (ends[i - 1] or chrome[i] or chrome[i - 1]) and _goes_on(lines[i]):
            continue
        words = lines[start].words if i == start + 1 else sum(line.words for line in lines[start:i])
        good = words >= PROSE_WORDS and (words >= PROSE_WORDS_OPEN or any(ends[start:i]))
        for k in range(start, i):
            joined[k], prose[k] = words, good and not chrome[k]
        start = i
    return joined, prose


def _goes_on(following: Line) -> bool:
    first = following.text[0]
    return following.gap == 0 and (first.islower() or first in ",.;:)!?，。、；：）")


def _chrome(flag: Finding | None) -> bool:
    return flag is not None and flag.strength != "hint" and flag.action != "match"


def _bounds(prose: list[bool]) -> tuple[int, int]:
    """First and last prose line."""
    first = next((i for i, p in enumerate(prose) if p), len(prose))
    return first, next((i for i in range(len(prose) - 1, -1, -1) if prose[i]), -1)


def is_item(line: Line) -> bool:
    """Return whether the line looks like an item of a list."""
    return bool(_BULLET.match(line.text))


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
    return min(usable, key=lambda f: (not f.alone, _STRENGTH[f.strength], _SCOPES[f.action]), default=None)
