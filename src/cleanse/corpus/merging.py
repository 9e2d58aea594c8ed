"""Merge a person's changes to a text that cleanse wrote into the text that it would write now."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def merge_lines(base: str, theirs: str, ours: str) -> str:
    """Return a text with the changes of both sides, line by line.

    Where both changed the same lines, the person's stay. This is the three-way merge of version control (diff3; Khanna,
    Kunal, Pierce 2007).

    Args:
        base: The text that cleanse wrote before.
        theirs: The text as a person changed it.
        ours: The text that cleanse would write now.
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
    """Return the lines of the side that changed them; theirs if both did."""
    return ours if theirs == old else theirs


def _common(old: list[str], left: list[str], right: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield lines that are in all three texts: their place in each, and their number; at last the ends of the texts."""
    lefts, rights = _pairs(old, left), _pairs(old, right)
    for line in sorted(lefts.keys() & rights.keys()):
        yield line, lefts[line], rights[line], 1
    yield len(old), len(left), len(right), 0


def _pairs(old: list[str], new: list[str]) -> dict[int, int]:
    """Return for each line of the old text that is still in the new one its place there."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {a + n: b + n for a, b, size in blocks for n in range(size)}
