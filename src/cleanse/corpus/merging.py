"""Merge what a person changed in a text that we wrote with what we would write now."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def merge_lines(base: str, theirs: str, ours: str) -> str:
    """Return a text with the changes of both sides, line by line.

    Where both changed the same lines, theirs stay. This is the merge of version control (diff3; Khanna, Kunal, Pierce 2007).

    Args:
        base: What we wrote before.
        theirs: What a person made of it.
        ours: What we would write now.
    """
    old, left, right = (text.splitlines(keepends=True) for text in (base, theirs, ours))
    merged: list[str] = []
    at = (0, 0, 0)
    for a, b, c, size in _common(old, left, right):
        merged += _choose(old[at[0] : a], left[at[1] : b], right[at[2] : c])
        merged += old[a : a + size]
        at = (a + size, b + size, c + size)
    return "".join(merged)


def _choose(old: list[str], theirs: list[str], ours: list[str]) -> list[str]:
    return ours if theirs == old else theirs


def _common(old: list[str], left: list[str], right: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the runs of lines that stand in all three texts: where they begin in each, and how many lines they have."""
    lefts, rights = _pairs(old, left), _pairs(old, right)
    for line in sorted(lefts.keys() & rights.keys()):
        yield line, lefts[line], rights[line], 1
    yield len(old), len(left), len(right), 0


def _pairs(old: list[str], new: list[str]) -> dict[int, int]:
    """Return which line of the new text each line of the old one became."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {a + n: b + n for a, b, size in blocks for n in range(size)}
