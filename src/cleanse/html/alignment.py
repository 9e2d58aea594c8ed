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
    from collections.abc import Container, Iterator, Sequence

GRAM = 3  # words by which a run is found
CANDIDATES = 4  # places considered for a run, the nearest to where the run before it ended
BACKWARD = 8.0  # cost of a jump back in the page, in doublings of the distance: a guess, flat between 2 and 16
MIN_SHARE = 0.3  # a run shorter than this share of its output line is chance, unless it has MIN_RUN words
MIN_RUN = 8
JOINED = 40  # output lines that may be one block of the page

_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_FORMAT = "\x80-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"  # shows nothing; extractors delete it
WORD = re.compile(f"[{_SPACELESS}]|[^\\W{_SPACELESS}](?:[^\\W{_SPACELESS}]|[{_FORMAT}])*")
_PLAIN_WORD = re.compile(r"\w+")  # finds the same words in a text without any of the characters above, faster
_SPECIAL = re.compile(f"[{_SPACELESS}{_FORMAT}]")
_FORMATS = re.compile(f"[{_FORMAT}]")


class _Run(NamedTuple):
    """A run of output words and the places in the page where it occurs."""

    length: int
    places: list[int]
    before: str = ""  # letters of the words of its line that stand between it and the run before it
    after: str = ""  # of those behind it, if it is the last of its line


class _Index(NamedTuple):
    """The words of a page, and where in it the output's lines stand as whole blocks, and else the grams of lines."""

    page: Sequence[str]
    blocks: dict[str, list[int]]  # places, by their letters
    sizes: dict[int, int]  # of the blocks, in words, by their places
    grams: dict[tuple[str, ...], list[int]]


def words_of(text: str) -> list[str]:
    """Return the words of a text, a character each in scripts without spaces, without format characters inside."""
    if not _SPECIAL.search(text):
        return _PLAIN_WORD.findall(text)
    return [_FORMATS.sub("", word) for word in WORD.findall(text)]


def split_words(lines: Sequence[str], text: str) -> list[list[str]]:
    """Return the words of each line of a text, as `words_of` finds them."""
    find = words_of if _SPECIAL.search(text) else _PLAIN_WORD.findall
    return [find(line) for line in lines]


def align(blocks: Sequence[list[str]], output: str) -> bytearray:
    """Return for each word of a page, given as the words of its blocks, 1 if the output has it, else 0."""
    page = [word for block in blocks for word in block]
    whole: dict[str, list[int]] = {}
    sizes: dict[int, int] = {}
    at = 0
    for block in blocks:
        if block:
            whole.setdefault("".join(block), []).append(at)
            sizes[at] = len(block)
            at += len(block)
    found = output.splitlines()
    lines = _joined([words for words in split_words(found, output) if words], whole)
    index = _Index(page, whole, sizes, _grams(page, [line for line in lines if "".join(line) not in whole]))
    runs: list[_Run] = []
    cursor = 0
    for line in lines:
        for run in _runs(index, line, cursor):
            runs.append(run)
            cursor = run.places[0] + run.length
    flags = bytearray(len(page))
    path = _path(runs)
    for run, place in zip(runs, path, strict=True):
        flags[place : place + run.length] = b"\1" * run.length
    for first, last in _glued(page, runs, path):
        flags[first:last] = b"\1" * (last - first)
    return flags


def kept_shares(blocks: Sequence[list[str]], output: str) -> list[float]:
    """Return for each block, given as its words, the share of them that the output has; -1 where it has no word."""
    flags = align(blocks, output)
    shares = []
    at = 0
    for block in blocks:
        shares.append(flags.count(1, at, at + len(block)) / len(block) if block else -1.0)
        at += len(block)
    return shares


def _joined(lines: list[list[str]], whole: Container[str]) -> list[list[str]]:
    """Return the output's lines, those joined that are only together a block.

    Some extractors break at inline elements.
    """
    keys = ["".join(line) for line in lines]
    joined: list[list[str]] = []
    at = 0
    while at < len(lines):
        end = at + 1
        if keys[at] not in whole:
            letters = keys[at]
            for stop in range(at + 1, min(at + JOINED, len(lines))):
                letters += keys[stop]
                if letters in whole:
                    end = stop + 1
                    break
        joined.append([word for line in lines[at:end] for word in line])
        at = end
    return joined


def _grams(page: Sequence[str], lines: list[list[str]]) -> dict[tuple[str, ...], list[int]]:
    """Return where in the page each gram of these lines stands."""
    grams: dict[tuple[str, ...], list[int]] = {}
    for line in lines:
        for gram in zip(line, line[1:], line[2:], strict=False):
            grams[gram] = []
    if grams:
        for place, gram in enumerate(zip(page, page[1:], page[2:], strict=False)):
            if gram in grams:
                grams[gram].append(place)
    return grams


def _runs(index: _Index, line: list[str], cursor: int) -> list[_Run]:
    """Return one line of the output: a whole block, or cut into the longest runs that the page has."""
    size = len(line)
    if whole := index.blocks.get("".join(line)):
        places = _nearest(whole, cursor)
        length = index.sizes[places[0]]
        return [_Run(length, [place for place in places if index.sizes[place] == length])]
    runs: list[_Run] = []
    at = end = 0
    while at <= size - GRAM:
        places = _nearest(index.grams[line[at], line[at + 1], line[at + 2]], cursor)
        if not places:
            at += 1
            continue
        lengths = [_extent(index.page, place, line, at) for place in places]
        longest = max(lengths)
        if longest >= MIN_RUN or longest >= MIN_SHARE * size:
            best = [p for p, length in zip(places, lengths, strict=True) if length == longest]
            runs.append(_Run(longest, best, "".join(line[end:at])))
            cursor, end = best[0] + longest, at + longest
        at += longest
    if runs:
        runs[-1] = runs[-1]._replace(after="".join(line[end:]))
    return runs


def _glued(page: Sequence[str], runs: list[_Run], path: list[int]) -> Iterator[tuple[int, int]]:
    """Yield words beside a run that differ only in where spaces stand (bold|ness), as the markup is read differently."""
    for run, place in zip(runs, path, strict=True):
        if run.before and (first := _reach(page, run.before, place, -1)) is not None:
            yield first, place
        end = place + run.length
        if run.after and (last := _reach(page, run.after, end, 1)) is not None:
            yield end, last


def _reach(page: Sequence[str], letters: str, place: int, step: int) -> int | None:
    """Return where words with just these letters end that begin (step 1) or end (step -1) at a place of the page."""
    length = 0
    at = place
    while length < len(letters) and 0 <= (at if step > 0 else at - 1) < len(page):
        length += len(page[at if step > 0 else at - 1])
        at += step
    found = "".join(page[place:at] if step > 0 else page[at:place])
    return at if found == letters else None


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
    """Return how many words are the same from these two places on."""
    length = GRAM
    limit = min(len(page) - place, len(line) - at)
    while length < limit and page[place + length] == line[at + length]:
        length += 1
    return length


def _jump(end: int, start: int) -> float:
    gap = start - end
    return log2(1 + gap) if gap >= 0 else BACKWARD + log2(1 - gap)


def _path(runs: list[_Run]) -> list[int]:
    """Return one place for each run, so that the jumps between them cost least."""
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
