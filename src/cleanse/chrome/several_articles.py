"""Several articles in one text, such as an export of a press archive: each is a page of its own. Pure.

Told by what stands between them: a block of lines, a rights notice among them, that recurs with paragraphs in between
and other numbers in it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from cleanse.chrome.rule_matcher import RIGHTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.page_analysis import Reading
    from cleanse.chrome.rule_matcher import Finding
    from cleanse.documents import Span

BLOCK_LINES = 3  # lines of such a block, at least; numbers in them count as equal
KEY_CHARS = 6  # of a line that counts as recurring, at least
_NUMBER = re.compile(r"\d+")


def may_be_several(findings: Sequence[Sequence[Finding]]) -> bool:
    """Return whether a text holds two rights notices, as texts with several articles do."""
    return sum(any(finding.kind == RIGHTS for finding in several) for several in findings if several) > 1


def article_bounds(reading: Reading) -> list[tuple[int, int]]:
    """Return the half-open bounds, in characters, of the articles of a text; one if it does not hold several."""
    starts = _starts(reading)
    edges = [0, *(reading.lines[i].start for i in starts), len(reading.text)]
    return list(pairwise(edges))


def _starts(reading: Reading) -> list[int]:
    """Return the lines with which the second article and those below it begin."""
    lines = reading.lines
    if not may_be_several(reading.found):
        return []
    counts = Counter(line.key for line in lines)
    recurs = [counts[line.key] > 1 and len(line.key) >= KEY_CHARS for line in lines]
    blocks = _blocks(recurs)
    below_text = [b for b in blocks if b[0] > reading.first]
    marked = [b for b in below_text if any(f.kind == RIGHTS for i in range(*b) for f in reading.found[i])]
    if (
        len(marked) <= 1
        or not _counted(reading, marked)
        or not all(any(reading.prose[a:b]) for (_, a), (b, _) in pairwise(marked))
    ):
        return []
    head = {line.key for line, again in zip(lines[: reading.first], recurs, strict=False) if again}
    starts = []
    for first, stop in marked:
        if any(reading.prose[stop:]):
            starts.append(next((i for i in range(first, stop) if lines[i].key in head), stop))
    return [i for i in starts if i < len(lines) and any(reading.prose[:i])]


def _counted(reading: Reading, blocks: list[tuple[int, int]]) -> bool:
    """Return whether a line of the blocks recurs with other numbers, as a record's does; a repeated menu has the same ones."""
    numbers: dict[str, list[str]] = {}
    lines = [reading.lines[i] for block in blocks for i in range(*block)]
    own = [(line.key, _NUMBER.findall(line.text)) for line in lines]
    return any(numbers.setdefault(key, found) != found for key, found in own)


def _blocks(recurs: list[bool]) -> list[tuple[int, int]]:
    """Return the half-open bounds of the runs of recurring lines that are long enough."""
    edges = [i for i in range(len(recurs) + 1) if (i < len(recurs) and recurs[i]) != (i > 0 and recurs[i - 1])]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= BLOCK_LINES]


def move_span(span: Span, offset: int) -> Span:
    """Return a span of an article as one of the whole text, without the white space that went at the article's ends."""
    start = span.start + len(span.text) - len(span.text.lstrip())
    text = span.text.strip()
    return replace(span, start=start + offset, end=start + offset + len(text), text=text)
