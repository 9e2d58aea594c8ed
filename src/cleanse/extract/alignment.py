"""Which words of a page an extractor kept: its output, aligned with the page's words in order. Pure; knows only text.

An extractor returns text, not positions; most of its lines are runs of the page's words, in the page's order, but it
drops inline elements, appends late finds at the end, and a page says some things twice. So: each line of the output
is cut into runs that occur in the page, and of the places where a run occurs the path through all runs is chosen that
jumps least (Viterbi). Linear in the number of words: the candidates of a run are bounded.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise
from math import log2
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GRAM = 3  # words by which a run is found
CANDIDATES = 8  # places considered for a run, the nearest to where the run before it ended
BACKWARD = 8.0  # cost of a jump back in the page, in doublings of the distance: a guess, flat between 2 and 16
MIN_SHARE = 0.3  # a run shorter than this share of its output line is chance, unless it has MIN_RUN words
MIN_RUN = 8

_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_FORMAT = "\x80-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"  # shows nothing; extractors delete it
WORD = re.compile(f"[{_SPACELESS}]|[^\\W{_SPACELESS}](?:[^\\W{_SPACELESS}]|[{_FORMAT}])*")
_PLAIN_WORD = re.compile(r"\w+")  # finds the same words in a text without any of the characters above, faster
_SPECIAL = re.compile(f"[{_SPACELESS}{_FORMAT}]")
_FORMATS = re.compile(f"[{_FORMAT}]")


class _Run(NamedTuple):
    """A run of output words and the places in the page where it occurs."""

    length: int
    places: tuple[int, ...]


def words_of(text: str) -> list[str]:
    """The words of a text, a character each in scripts without spaces, without format characters inside."""
    if not _SPECIAL.search(text):
        return _PLAIN_WORD.findall(text)
    return [_FORMATS.sub("", word) for word in WORD.findall(text)]


def align(page: Sequence[str], blocks: Iterable[tuple[int, int]], output: str) -> bytearray:
    """For each word of the page 1 if the output has it, else 0. `blocks` are the page's lines as ranges of words."""
    lines = [words for line in output.splitlines() if (words := words_of(line))]
    grams = _grams(page, lines)
    short = _short_blocks(page, blocks)
    runs: list[_Run] = []
    cursor = 0
    for line in lines:
        for run in _runs(page, line, grams, short, cursor):
            runs.append(run)
            cursor = run.places[0] + run.length
    flags = bytearray(len(page))
    for run, place in zip(runs, _path(runs), strict=True):
        flags[place : place + run.length] = b"\1" * run.length
    return flags


def _grams(page: Sequence[str], lines: list[list[str]]) -> dict[tuple[str, ...], list[int]]:
    """Where in the page each gram of the output stands."""
    grams: dict[tuple[str, ...], list[int]] = {}
    for line in lines:
        for gram in zip(line, line[1:], line[2:], strict=False):
            grams[gram] = []
    for place, gram in enumerate(zip(page, page[1:], page[2:], strict=False)):
        if gram in grams:
            grams[gram].append(place)
    return grams


def _short_blocks(page: Sequence[str], blocks: Iterable[tuple[int, int]]) -> dict[tuple[str, ...], list[int]]:
    """Blocks too short to have a gram, by their words."""
    short: dict[tuple[str, ...], list[int]] = {}
    for first, last in blocks:
        if 0 < last - first < GRAM:
            short.setdefault(tuple(page[first:last]), []).append(first)
    return short


def _runs(
    page: Sequence[str],
    line: list[str],
    grams: dict[tuple[str, ...], list[int]],
    short: dict[tuple[str, ...], list[int]],
    cursor: int,
) -> list[_Run]:
    """One line of the output, cut into the longest runs that the page has."""
    size = len(line)
    if size < GRAM:
        places = _nearest(short.get(tuple(line), []), cursor)
        return [_Run(size, tuple(places))] if places else []
    runs: list[_Run] = []
    at = 0
    while at <= size - GRAM:
        places = _nearest(grams[line[at], line[at + 1], line[at + 2]], cursor)
        if not places:
            at += 1
            continue
        lengths = [_extent(page, place, line, at) for place in places]
        longest = max(lengths)
        run = _Run(longest, tuple(p for p, length in zip(places, lengths, strict=True) if length == longest))
        if longest >= MIN_RUN or longest >= MIN_SHARE * size:
            runs.append(run)
            cursor = run.places[0] + longest
        at += longest
    return runs


def _nearest(places: list[int], cursor: int) -> list[int]:
    """Up to CANDIDATES of the places, those after the cursor first."""
    if len(places) <= CANDIDATES:
        middle = bisect_left(places, cursor)
        return places[middle:] + places[:middle][::-1]
    middle = bisect_left(places, cursor)
    after = places[middle : middle + CANDIDATES // 2]
    before = places[max(0, middle - CANDIDATES + len(after)) : middle]
    return after + before[::-1]


def _extent(page: Sequence[str], place: int, line: list[str], at: int) -> int:
    """How many words are the same from these two places on."""
    length = GRAM
    limit = min(len(page) - place, len(line) - at)
    while length < limit and page[place + length] == line[at + length]:
        length += 1
    return length


def _jump(end: int, start: int) -> float:
    gap = start - end
    return log2(1 + gap) if gap >= 0 else BACKWARD + log2(1 - gap)


def _path(runs: list[_Run]) -> list[int]:
    """One place for each run, so that the jumps between them cost least."""
    if not runs:
        return []
    costs = [[0.0] * len(runs[0].places)]
    origins: list[list[int]] = []
    for before, run in pairwise(runs):
        cost: list[float] = []
        origin: list[int] = []
        for place in run.places:
            options = [
                known + _jump(start + before.length, place)
                for known, start in zip(costs[-1], before.places, strict=True)
            ]
            best = min(range(len(options)), key=options.__getitem__)
            origin.append(best)
            cost.append(options[best])
        costs.append(cost)
        origins.append(origin)
    choice = min(range(len(costs[-1])), key=costs[-1].__getitem__)
    path = [runs[-1].places[choice]]
    for run, origin in zip(reversed(runs[:-1]), reversed(origins), strict=True):
        choice = origin[choice]
        path.append(run.places[choice])
    return path[::-1]
