"""ZIP archives without a directory, which stands at the end: of a file that was cut, the members before the cut are read.

Each member has a header of its own before its data (APPNOTE 4.3.7). Deflated data says itself where it ends.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from cleanse.documents import Reason
from cleanse.inputs.block_cursor import BlockCursor
from cleanse.inputs.streams import BLOCK_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = b"PK\x03\x04"
DIRECTORY = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06")  # what stands behind the members
STORED, DEFLATED = 0, 8
OUTPUT_BYTES = 1 << 18

_LAYOUT = struct.Struct("<4s2xHH4xLLLHH")  # magic, flags, method, checksum, sizes, lengths of name and extra
_SIZE_FOLLOWS = 0x8


@dataclass(slots=True)
class StreamedMember:
    """A member's name as bytes, its flags, its content, and why it is not read, if so."""

    name: bytes
    flags: int
    content: Content
    reason: Reason | None = None


@dataclass(slots=True)
class Content:
    """The content of a member, decompressed as it is read."""

    cursor: BlockCursor
    left: int  # compressed bytes; below 0: not known
    checksum: int  # below 0: not known
    inflater: zlib._Decompress | None = None  # None: it is stored as it is
    rest: bytes = field(default=b"")
    crc: int = 0
    taken: int = 0  # compressed bytes

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes. Raises EOFError where the archive is cut, ValueError where a checksum is wrong."""
        block = self._inflate(size) if self.inflater else self._take(size)
        self.crc = zlib.crc32(block, self.crc)
        if size and not block and self.checksum >= 0 and self.crc != self.checksum:
            raise ValueError("the checksum is wrong")
        return block

    def skip(self) -> None:
        """Pass over what was not read."""
        try:
            while self._inflate(OUTPUT_BYTES) if self.inflater else self._take(OUTPUT_BYTES):
                pass
        except (EOFError, zlib.error):
            return

    def _take(self, size: int) -> bytes:
        block = self.cursor.take(min(size, self.left))
        self.left -= len(block)
        self.taken += len(block)
        if size and not block and self.left > 0:
            raise EOFError("the archive ends in it")
        return block

    def _inflate(self, size: int) -> bytes:
        inflater = self.inflater
        while inflater is not None and not inflater.eof:
            data = inflater.unconsumed_tail or self.cursor.take(BLOCK_BYTES >> 4)
            if not data:
                raise EOFError("the archive ends in it")
            block = inflater.decompress(data, size)
            self.taken += len(data) - len(inflater.unconsumed_tail) - len(inflater.unused_data)
            if inflater.eof:
                self.cursor.put_back(inflater.unused_data)
            if block:
                return block
        return b""


def read_members(stream: BinaryIO) -> Iterator[StreamedMember]:
    """Yield the members of an archive in the order in which they stand; each is to be read before the next is asked for."""
    cursor = BlockCursor(iter(lambda: stream.read(BLOCK_BYTES), b""))
    while _find_header(cursor):
        header = cursor.take(_LAYOUT.size)
        if len(header) < _LAYOUT.size:
            return
        _, flags, method, checksum, size, whole, name_length, extra_length = _LAYOUT.unpack(header)
        name = cursor.take(name_length)
        size = _long_size(cursor.take(extra_length), size, whole)
        follows = bool(flags & _SIZE_FOLLOWS)
        inflater = zlib.decompressobj(-15) if method == DEFLATED else None
        content = Content(cursor, size, -1 if follows else checksum, inflater)
        yield StreamedMember(name, flags, content, _reason_against(flags, method, follows=follows))
        content.skip()


def _find_header(cursor: BlockCursor) -> bool:
    """Go on to the next member's header; False at the directory, or where there is none."""
    while True:
        head = cursor.peek(4)
        if head == HEADER:
            return True
        if len(head) < 4 or head in DIRECTORY:
            return False
        place = cursor.buffer.find(b"PK", 1)
        cursor.drop(place if place > 0 else max(1, len(cursor.buffer) - 1))


def _long_size(extra: bytes, size: int, whole: int) -> int:
    """Return the compressed size, from the extra field where it takes more than 32 bits."""
    at = 0
    while size == 0xFFFFFFFF and at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        place = at + 4 + (8 if whole == 0xFFFFFFFF else 0)
        if kind == 1 and place + 8 <= len(extra):
            return int(struct.unpack_from("<Q", extra, place)[0])
        at += 4 + length
    return size


def _reason_against(flags: int, method: int, *, follows: bool) -> Reason | None:
    if flags & 1:
        return Reason("encrypted", "a member that needs a password")
    if method not in (STORED, DEFLATED) or (method == STORED and follows):
        return Reason("damaged", "it cannot be read without the directory of the archive, which is missing")
    return None
