"""What a flag is; flags that are arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

MINOR_SHARE = 0.05  # of the characters: below, a language is a quotation or a misreading
UNKNOWN = "und"


class Flag(NamedTuple):
    """A value, and what was seen."""

    value: str
    evidence: str


def minor_languages(shares: Mapping[str, float], language: str) -> tuple[str, ...]:
    """Return the other languages of a text, the most frequent first.

    Args:
        shares: Share of the characters by language code, as `detect_language` gives them.
        language: The text's language.
    """
    minor = [code for code, share in shares.items() if share >= MINOR_SHARE and code not in (language, UNKNOWN)]
    return tuple(sorted(minor, key=lambda code: (-shares[code], code)))


def removed_share(chars_in: int, chars_kept: int) -> float | None:
    """Return which share of a page's characters was removed; None for a page without text."""
    return (chars_in - chars_kept) / chars_in if chars_in else None
