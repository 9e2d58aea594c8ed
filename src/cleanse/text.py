r"""Find and count words, cut texts into batches, make texts writable. Imports nothing of ours.

A word is a run of `\w`, or a character of a script without spaces.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Scripts written without spaces: each word character counts as a word of its own. Unicode 15 blocks, half-open.
UNSPACED_BLOCKS = (
    (0x0E00, 0x0F00),  # Thai, Lao
    (0x1000, 0x10A0),  # Myanmar
    (0x1780, 0x1800),  # Khmer
    (0x2E80, 0x2FE0),  # CJK and Kangxi radicals
    (0x3005, 0x3008),  # 々 〆 〇
    (0x3021, 0x302A),  # Hangzhou numerals
    (0x3031, 0x3130),  # Kana repeat marks, Hiragana, Katakana, Bopomofo
    (0x31A0, 0x3200),  # Bopomofo extended, strokes, Katakana extensions
    (0x3400, 0x4DC0),  # CJK extension A
    (0x4E00, 0xA000),  # CJK
    (0xA9E0, 0xAA00),  # Myanmar extended B
    (0xAA60, 0xAA80),  # Myanmar extended A
    (0xF900, 0xFB00),  # CJK compatibility
    (0xFF66, 0xFFA0),  # half-width Katakana
    (0x1AFF0, 0x1B170),  # Kana supplements
    (0x1F200, 0x1F201),  # square Hiragana
    (0x20000, 0x3FFFE),  # CJK extensions B and later
)
UNSPACED = "".join(f"{chr(first)}-{chr(end - 1)}" for first, end in UNSPACED_BLOCKS)  # for a class of `re`
WORD = re.compile(rf"[^\W{UNSPACED}]+|(?=\w)[{UNSPACED}]")
BATCH_CHARS = 1 << 19  # characters of a batch: 75 to 150 web pages, whose arrays stay in a cache of a few MB
BATCH_TEXTS = 1 << 12  # texts of a batch
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONG = 200  # characters from which a table counts words faster than the regular expression: ten times, in articles
_INSIDE, _ALONE = 1, 2


def is_unspaced(code: int) -> bool:
    """Return whether a code point belongs to a script without spaces, such as Chinese, Japanese or Thai."""
    return any(first <= code < end for first, end in UNSPACED_BLOCKS)


def count_words(text: str) -> int:
    """Return the number of words of a text."""
    if len(text) >= _LONG:
        import numpy as np

        units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)
        if len(units) == len(text):  # no character beyond 2^16, which would take two units
            kinds = _kinds().take(units)
            inside = kinds == _INSIDE
            begins = np.count_nonzero(inside[1:] & ~inside[:-1]) + int(inside[0])
            return int(begins + np.count_nonzero(kinds == _ALONE))
    return sum(1 for _ in WORD.finditer(text))


@cache
def _kinds() -> Any:
    """Return a table of the kinds of code points below 2^16: of no word, inside a word, or a word alone."""
    import numpy as np

    words = re.sub(r"\W", "\0", "".join(map(chr, range(1 << 16))))
    kinds = (np.frombuffer(words.encode("utf-16-le", "surrogatepass"), np.uint16) != 0).astype(np.uint8)
    for first, end in UNSPACED_BLOCKS:
        kinds[first:end] *= _ALONE
    return kinds


def split_words(text: str) -> list[str]:
    """Return the words of a text in order, as they are written."""
    return WORD.findall(text)


def batches(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield half-open ranges of texts of about `BATCH_CHARS` characters together, at least one text each."""
    first = size = 0
    for i, text in enumerate(texts):
        if i > first and (size + len(text) > BATCH_CHARS or i - first >= BATCH_TEXTS):
            yield first, i
            first, size = i, 0
        size += len(text) + 1
    if first < len(texts):
        yield first, len(texts)


def replace_surrogates(text: str) -> str:
    """Return a text with U+FFFD for halves of characters, which no file can hold."""
    try:
        text.encode()  # quicker than a search, and most texts have none
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text
