"""A page's blocks, whole or in parts, as pieces that are kept or removed. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cleanse.html.alignment import WORD, align, split_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cleanse.html.visible_text import Block, Rendered

SMALL = 2  # words; so small a piece of a block goes where its neighbours go, as do the letters of a formula

_SENTENCE_END = re.compile(  # a run of marks is read once, from its first: leader dots are many
    r"""(?<![.!?…])[.!?…]++["'”’»)\]]*+\s++|(?<![。！？])[。！？]++["'”’»)\]』」]*+"""
)


class Piece(NamedTuple):
    """A part of a block that is kept or removed as a whole: offsets in the page text."""

    start: int
    end: int
    kept: bool
    block: Block
    number: int  # of the block


def pieces_of_choice(page: Rendered, kept: Sequence[bool]) -> list[Piece]:
    """Return the blocks of a page as pieces, one each."""
    return [
        Piece(block.start, block.end, bool(stays), block, i)
        for i, (block, stays) in enumerate(zip(page.blocks, kept, strict=True))
    ]


def pieces_of_output(page: Rendered, output: str) -> list[Piece]:
    """Return the pieces of a page of which an extractor's output has most words, and those of which it has not.

    A block of which only a part was kept is cut where sentences end or inline elements meet.
    """
    words = split_words([page.text[block.start : block.end] for block in page.blocks], page.text)
    return list(_pieces(page, words, align(words, output)))


def _pieces(page: Rendered, words: Sequence[list[str]], flags: bytearray) -> Iterator[Piece]:
    """Yield all blocks in order."""
    wordless: list[tuple[int, Block]] = []  # they stay where both neighbours stay
    kept = False
    last = 0
    for number, (block, own) in enumerate(zip(page.blocks, words, strict=True)):
        if not own:
            wordless.append((number, block))
            continue
        first, last = last, last + len(own)
        count = flags.count(1, first, last)
        if 0 < count < last - first:
            parts = _parts(page.text, block, number, flags[first:last])
        else:
            parts = [Piece(block.start, block.end, count > 0, block, number)]
        for i, bare in wordless:
            yield Piece(bare.start, bare.end, kept and parts[0].kept, bare, i)
        wordless.clear()
        yield from parts
        kept = parts[-1].kept
    for i, bare in wordless:
        yield Piece(bare.start, bare.end, False, bare, i)


def _parts(text: str, block: Block, number: int, flags: bytearray) -> list[Piece]:
    """Return the parts of a block of which the extractor kept some words: each stays if most of its words do."""
    line = text[block.start : block.end]
    ends = [block.start + match.end() for match in _SENTENCE_END.finditer(line)]
    cuts = sorted({*ends, *block.seams, block.start, block.end})
    starts = [block.start + match.start() for match in WORD.finditer(line)]
    votes: list[tuple[int, int]] = []  # words kept, words, of each part
    at = 0
    for cut in cuts[1:]:
        first = at
        while at < len(starts) and starts[at] < cut:
            at += 1
        votes.append((sum(flags[first:at]), at - first))
    verdicts = [2 * kept >= words if words > SMALL else None for kept, words in votes]
    if not any(verdict is not None for verdict in verdicts):
        verdicts = [2 * kept >= words for kept, words in votes]
    settled = _follow(verdicts, votes)
    return [
        Piece(start, end, verdict, block, number)
        for start, end, verdict in zip(cuts[:-1], cuts[1:], settled, strict=True)
    ]


def _follow(verdicts: Sequence[bool | None], votes: Sequence[tuple[int, int]]) -> list[bool]:
    """Small parts go where both neighbours go; between unlike neighbours by their own words, without any by the left."""
    following: list[bool | None] = []
    right: bool | None = None
    for verdict in reversed(verdicts):
        following.append(right)
        right = right if verdict is None else verdict
    settled: list[bool] = []
    left: bool | None = None
    for verdict, beyond, (kept, words) in zip(verdicts, reversed(following), votes, strict=True):
        if verdict is None:
            before = beyond if left is None else left
            after = before if beyond is None else beyond
            settled.append(bool(before) if before == after or not words else 2 * kept >= words)
        else:
            settled.append(verdict)
            left = verdict
    return settled
