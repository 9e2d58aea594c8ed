"""Files of lines cut into byte ranges that several workers read."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from cleanse.inputs.cells import SAMPLE_BYTES
from cleanse.inputs.records import Piece, Source
from cleanse.inputs.streams import BLOCK_BYTES, MAGIC, blocks, look_ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PIECE_BYTES = 512 << 10  # of a file of a megabyte: two pieces; ...
MAX_PIECE_BYTES = 16 << 20  # ... of a huge one: seconds of work, and one worker's texts stay far below its memory
PIECES = 64  # of a file between the two


def piece_bytes(size: int) -> int:
    """Return how many bytes the pieces of a file of a size have, the last aside."""
    return max(PIECE_BYTES, min(MAX_PIECE_BYTES, size // PIECES))


def cut_at_lines(source: Source, is_cut: Callable[[bytes], bool]) -> tuple[Piece, ...]:
    """Return the pieces of a file, each from the beginning of a line; none where it is small or has to be read in one go.

    Args:
        source: The file.
        is_cut: Whether a file with this head may be cut at any line.

    """
    length = piece_bytes(source.size)
    if source.size <= length:
        return ()
    with open(source.path, "rb") as file:
        head = file.read(SAMPLE_BYTES)
        if head.startswith(tuple(MAGIC)) or not is_cut(head):
            return ()
        starts = [0]
        while (start := _next_line(file, starts[-1] + length)) < source.size:
            starts.append(start)
    return pieces_from(source, starts) if len(starts) > 1 else ()


def pieces_from(source: Source, starts: list[int]) -> tuple[Piece, ...]:
    """Return the pieces that begin at these bytes."""
    stops = [*starts[1:], source.size]
    return tuple(Piece(source, stop - start, start, stop) for start, stop in zip(starts, stops, strict=True))


def _next_line(file: BinaryIO, at: int) -> int:
    """Return where the first line begins at or after a byte; the end of the file where none does."""
    file.seek(at - 1)
    at -= 1
    while block := file.read(BLOCK_BYTES):
        end = block.find(b"\n")
        if end >= 0:
            return at + end + 1
        at += len(block)
    return at


def head_of(stream: BinaryIO, piece: Piece) -> bytes:
    """Return the head of the file that a piece is of, and leave the stream where the piece begins."""
    if piece.stop is None:
        return look_ahead(stream, SAMPLE_BYTES)
    stream.seek(0)
    head = stream.read(SAMPLE_BYTES)
    stream.seek(piece.start)
    return head


def content(piece: Piece) -> Iterator[bytes]:
    """Yield the bytes that a piece's records come from: the head of the file, by which it is understood, and its range."""
    yield from blocks(piece.source.path, 0, SAMPLE_BYTES)
    yield from blocks(piece.source.path, piece.start, piece.stop)
