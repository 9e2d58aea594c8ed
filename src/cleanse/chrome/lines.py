"""Page text as lines with offsets, and the folded form in which phrases are looked up. Pure; imports nothing of ours."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY_CHARS = 240  # characters of a line that are folded; phrases of site software stand at the start of a line
LONG_CHARS = 500  # of a line this long, a paragraph, only
LONG_KEY_CHARS = 100  # characters are

MAX_BREAKS = (
    50_000  # line breaks of a text that is looked at: a line takes 3 KB of memory, 2 MB of one-letter lines 3 GB
)
_MARKS = re.compile(
    "[\u0300-\u036f\u064b-\u065f\u0670\u00ad\u200b-\u200f\u2060\ufe0f]+"
)  # accents, harakat, invisibles
_LOOKALIKES = tuple((c, plain) for chars, plain in (("‘’ʼ´", "'"), ("“”„«»", '"'), ("–—−‐‑", "-")) for c in chars)
_SPACED = tuple((" " + c, c) for c in ":;!?,.")  # French sets a space before a colon
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_SPACE = re.compile(r"[ \t\r\f\v]{2,}|[\t\r\f\v]")
_EDGE = " \t!\"$%&'()*+,-./:;<=>?@[\\]^_`{|}~©®™°·•●■□▪▫◆◇○►▶▸▹▻▼▾▲△→←↑↓⇒➜➤❯❮›‹…¡¿§¶†‡¦¨¯´¸×÷✓✔✕✖★☆♥❤、。·「」『』【】《》〈〉〔〕・।؟،؛"
# Scripts that put no spaces between words: Thai to Lao, Myanmar, Khmer, Kana, Han
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNSPACED = re.compile(f"[{UNSPACED}]")
SLICE = (
    1 << 16
)  # characters of a line whose words are counted at once: a list of all words of a huge line takes gigabytes
CHARS_PER_WORD = 2  # of an unspaced script; Chinese words have 1.6 characters on average, Thai ones more


class Line(NamedTuple):
    """One line that is not blank. `text == page_text[start:end]`: white space at both ends is left out."""

    number: int  # from 0, as in page_text.split("\n")
    start: int
    end: int
    text: str
    key: str  # folded start of the line, see `fold`; no punctuation at the ends
    words: int  # words; of unspaced scripts every two characters count as one
    gap: int  # blank lines just above


def has_too_many_lines(text: str) -> bool:
    """Return whether a text has more lines than a page can have; such a text is left as it is."""
    return text.count("\n") > MAX_BREAKS


def split_lines(text: str) -> list[Line]:
    """Return the lines of a page text that are not blank, in order. Linear in the text."""
    rows = text.split("\n")
    bares = [row.strip() for row in rows]
    heads = [
        bare[: KEY_CHARS if len(row) < LONG_CHARS else LONG_KEY_CHARS] for row, bare in zip(rows, bares, strict=True)
    ]
    folded = fold("\n".join(heads)).split("\n")
    lines: list[Line] = []
    at, gap = 0, 0
    for number, bare in enumerate(bares):
        size = len(rows[number])
        if bare:
            start = at if size == len(bare) else at + size - len(rows[number].lstrip())
            key = folded[number].strip(_EDGE)
            lines.append(Line(number, start, start + len(bare), bare, key, count_words(bare), gap))
            gap = 0
        else:
            gap += 1
        at += size + 1
    return lines


def fold(text: str) -> str:
    """Case, accents, quotes, dashes, widths and spacing folded; every number becomes "#". Line breaks stay."""
    text = text.replace("`", "'")  # ASCII, unlike the others: what a line becomes does not depend on those beside it
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
        text = unicodedata.normalize("NFC", text)
        for lookalike, plain in _LOOKALIKES:
            text = text.replace(lookalike, plain)
    text = _NUMBER.sub("#", text.casefold())
    if "\t" in text or "  " in text:
        text = _SPACE.sub(" ", text)
    for spaced, plain in _SPACED:
        text = text.replace(spaced, plain)
    return text


def fold_phrase(phrase: str, *, open_end: bool = False) -> str:
    """Return a phrase of a rule in the form of `Line.key`; with an open end punctuation after its last word counts."""
    return fold_phrases([phrase], open_end=open_end)[0]


def fold_phrases(phrases: Sequence[str], *, open_end: bool = False) -> list[str]:
    """Return what `fold_phrase` does of each phrase, in less time: folding leaves line breaks where they are."""
    if not phrases:
        return []
    folded = fold("\n".join([phrase.replace("\n", " ").strip() for phrase in phrases])).split("\n")
    return [phrase.lstrip(_EDGE) if open_end else phrase.strip(_EDGE) for phrase in folded]


def shorten(text: str, most: int = 60) -> str:
    """Return a line as evidence quotes it: of a long one the first characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def count_words(text: str) -> int:
    """Return words between white space; of scripts without spaces every `CHARS_PER_WORD` characters count as one."""
    if len(text) <= SLICE:
        words = len(text.split())
        unspaced = 0 if text.isascii() else len(_UNSPACED.findall(text))
    else:
        slices = [text[at : at + SLICE] for at in range(0, len(text), SLICE)]
        words = sum(len(part.split()) for part in slices)
        words -= sum(not (left[-1].isspace() or right[0].isspace()) for left, right in pairwise(slices))
        unspaced = sum(len(_UNSPACED.findall(part)) for part in slices)
    return words + unspaced // CHARS_PER_WORD if unspaced else words
