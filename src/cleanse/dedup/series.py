"""The series guard (placeholder): two texts whose differing words are only numbers, dates and names. Pure."""

from __future__ import annotations


def is_series(one: str, other: str) -> bool:
    """Whether two near-duplicates are two documents of one form rather than copies."""
    return False
