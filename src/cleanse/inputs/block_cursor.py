"""A place in a stream of blocks: look ahead, take bytes, stop at damage and go on behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cleanse.inputs.compressed_blocks import Damage

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class BlockCursor:
    """Decompressed bytes at hand, and the damage that stands behind them."""

    blocks: Iterator[bytes | Damage]
    buffer: bytearray = field(default_factory=bytearray)
    offset: int = 0  # decompressed bytes taken
    damage: Damage | None = None  # what follows the buffer; nothing more is read until `resume`

    def fill(self) -> bool:
        """Add a block to the buffer; False at the end, or where damage stands."""
        if self.damage:
            return False
        block = next(self.blocks, b"")
        if isinstance(block, Damage):
            self.damage = block
            return False
        self.buffer += block
        return bool(block)

    def peek(self, size: int) -> bytes:
        """Return the next bytes without taking them; fewer before damage or the end."""
        while len(self.buffer) < size and self.fill():
            pass
        return bytes(memoryview(self.buffer)[:size])

    def take(self, size: int) -> bytes:
        """Return the next bytes; fewer before damage or the end."""
        taken = self.peek(size)
        self.drop(len(taken))
        return taken

    def drop(self, size: int) -> None:
        """Pass over bytes of the buffer."""
        del self.buffer[:size]
        self.offset += size

    def put_back(self, data: bytes) -> None:
        """Make bytes that were taken the next ones again."""
        self.buffer[:0] = data
        self.offset -= len(data)

    def resume(self) -> None:
        """Go on behind the damage: what is at hand before it is dropped."""
        self.drop(len(self.buffer))
        self.damage = None
