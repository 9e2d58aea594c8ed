"""Cut a text into the blocks whose language is judged, and a block down to the window that a detector sees. Pure."""

from __future__ import annotations

import re
import unicodedata

WINDOW = 300  # characters of a block that a detector sees
SHORT_LINE = 60  # characters; shorter lines are judged together with the lines that follow
BLOCK = 1500  # characters; longer paragraphs are cut
MAX_BLOCKS = 48  # blocks of one text that are judged, evenly spread
MAX_CHARS = 150_000  # characters; longer texts are judged by evenly spread slices of SLICE characters
SLICE = 3_000

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+|\S+/\S+/\S+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def cut_blocks(text: str) -> list[str]:
    """Return the paragraphs, long ones cut, short ones joined with what follows; at most MAX_BLOCKS, evenly spread."""
    if len(text) > MAX_CHARS:
        step = len(text) // MAX_BLOCKS
        text = "\n".join(text[at : at + SLICE] for at in range(0, step * MAX_BLOCKS, step))
    blocks, short = [], ""
    for line in text.splitlines():
        line = line.strip()  # noqa: PLW2901
        if not line:
            continue
        short = f"{short}\n{line}" if short else line
        if len(line) >= SHORT_LINE or len(short) >= WINDOW:
            blocks += [short[at : at + BLOCK] for at in range(0, len(short), BLOCK)]
            short = ""
    if short:
        blocks.append(short)
    if len(blocks) > MAX_BLOCKS:
        blocks = [blocks[i * len(blocks) // MAX_BLOCKS] for i in range(MAX_BLOCKS)]
    return blocks


def window_of(block: str) -> str:
    """Return the start of a block without addresses, on one line."""
    start = block[: 2 * WINDOW]
    if not start.isascii():
        start = unicodedata.normalize("NFC", _INVISIBLE.sub("", start))
    if "/" in start or "@" in start or "www." in start:
        start = _ADDRESS.sub(" \ufffc ", start)
    window = " ".join(start.split())[:WINDOW]
    return window.lower() if window.isupper() else window
