"""The words of a block as keys of the word model: words and pairs of words, its length, its ends, a short block whole. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORT = 4  # words up to which a block as a whole is a key
COUNTED = 12  # words up to which every length is a key of its own
LONGEST = 150  # words of a block that are read; more tell nothing new

_NO_DIGITS = str.maketrans("123456789", "000000000")


def plain(text: str) -> str:
    """Return a text in lower case with its digits made equal, of the same length where Unicode allows it."""
    return text.lower().translate(_NO_DIGITS)


def word_keys(words: Sequence[str]) -> list[str]:
    """Return the keys of one block, given its words as `plain` leaves them; one that occurs twice stands there twice."""
    if not words:
        return []
    words = words[:LONGEST]
    size = len(words)
    length = size if size <= COUNTED else COUNTED + size // COUNTED
    keys = [*words, f"#{length}", "^" + words[0], words[-1] + "$", *map("{} {}".format, words, words[1:])]
    if len(words) <= SHORT:
        keys.append("=" + " ".join(words))
    return keys
