"""The words of a block as keys of the word model: words and pairs of words, its length, its ends, a short block whole. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WHOLE = "="  # how the key of a whole block begins
SHORT = 4  # words up to which a block as a whole is a key
COUNTED = 12  # words up to which every length is a key of its own
LONGEST = 150  # words of a block that are read; more tell nothing new

_EQUAL_DIGITS = bytes.maketrans(b"123456789", b"000000000")


def plain(text: str) -> str:
    """Return a text in lower case with its digits made equal, of the same length where Unicode allows it."""
    coded = text.lower().encode("utf-8", "surrogatepass")  # bytes are translated many times faster than characters
    return coded.translate(_EQUAL_DIGITS).decode("utf-8", "surrogatepass")


def word_keys(words: Sequence[str]) -> list[str]:
    """Return the keys of one block, given its words as `plain` leaves them; one that occurs twice stands there twice."""
    read = words[:LONGEST]
    return [*read, *whole_keys(read), *map("{} {}".format, read, read[1:])]


def whole_keys(words: Sequence[str]) -> list[str]:
    """Return the keys of a block as a whole: its length, its ends, and all of it if it is short."""
    if not words:
        return []
    keys = [length_key(len(words)), "^" + words[0], words[-1] + "$"]
    if len(words) <= SHORT:
        keys.append(WHOLE + " ".join(words))
    return keys


def length_key(size: int) -> str:
    """Return the key of a block of so many words."""
    return f"#{size if size <= COUNTED else COUNTED + size // COUNTED}"
