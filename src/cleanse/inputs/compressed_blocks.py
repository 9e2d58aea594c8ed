"""Decompress a stream block by block, and go on after damage.

The readers of the standard library end at the first damaged gzip member. A crawl archive is a row of members, one a record,
so here damage is an item of the result, and reading goes on at the next member. Memory is bounded by a few blocks.
"""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

BLOCK_BYTES = 1 << 16  # compressed bytes read at once
OUTPUT_BYTES = 1 << 18  # decompressed bytes handed on at once
HISTORY_BYTES = 1 << 20  # compressed bytes kept: damage may be noticed only after the next member has begun
MAX_RATIO = 200  # decompressed bytes for one compressed byte ...
RATIO_FROM = 64 << 20  # ... in a member longer than this: a bomb. Sonar's rule S5042 takes 10, text reaches 30

GZIP_MAGIC = b"\x1f\x8b\x08"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = (0x184D2A50, 0x184D2A5F)  # magic numbers of zstd frames that hold no data of the stream
_DICTIONARY = 0x184D2A5D  # the one that holds the dictionary of a .warc.zst file: IIPC, "WARC zstd compression" 1.0
DICTIONARY_BYTES = 64 << 20  # of a dictionary, at most
NEEDS_ZSTANDARD = "compressed with a dictionary of its own; run: pip install 'cleanse-corpus[zstd]'"


class Stream(Protocol):
    """What is read: only `read` is needed, so that a member of an archive or a remote file will do."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of a compressed stream that cannot be read, and why."""

    offset: int  # compressed bytes before it
    evidence: str


def read_blocks(stream: Stream) -> Iterator[bytes | Damage]:
    """Yield the decompressed content of a gzip, zstd or plain stream; its first bytes decide which. Never raises."""
    window = _Window(stream)
    head = window.peek(4)
    if head.startswith(GZIP_MAGIC):
        yield from _gzip_blocks(window)
    elif head == ZSTD_MAGIC or _is_skippable(head):
        yield from _zstd_blocks(window)
    else:
        while block := window.take_block():
            yield block
    if window.error:
        yield Damage(window.offset, window.error)


@dataclass(slots=True)
class _Window:
    """A stream with its last bytes kept, so that a reader can go back to them."""

    stream: Stream
    data: bytearray = field(default_factory=bytearray)
    at: int = 0  # of `data`: the next byte
    base: int = 0  # offset of `data[0]` in the stream
    error: str = ""  # why the stream ended early, if it did

    @property
    def offset(self) -> int:
        """Bytes of the stream that were taken."""
        return self.base + self.at

    def peek(self, size: int) -> bytes:
        """Return the next bytes without taking them; fewer at the end."""
        while len(self.data) - self.at < size and self._fill():
            pass
        return bytes(self.data[self.at : self.at + size])

    def take(self, size: int) -> bytes:
        """Return the next bytes; fewer at the end."""
        taken = self.peek(size)
        self.at += len(taken)
        return taken

    def take_block(self) -> bytes:
        """Return the bytes at hand, or the next block; none at the end."""
        if self.at == len(self.data):
            self._fill()
        block = bytes(self.data[self.at :])
        self.at = len(self.data)
        return block

    def go_back(self, offset: int) -> None:
        """Go back to an offset, or as near as the kept bytes allow."""
        self.at = max(0, min(offset - self.base, len(self.data)))

    def find(self, magic: bytes) -> bool:
        """Go on to the next place where `magic` stands; False, at the end, where there is none."""
        while True:
            place = self.data.find(magic, self.at)
            if place >= 0:
                self.at = place
                return True
            self.at = max(self.at, len(self.data) - len(magic) + 1)
            if not self._fill():
                self.at = len(self.data)
                return False

    def _fill(self) -> bool:
        if self.error:
            return False
        try:
            block = self.stream.read(BLOCK_BYTES)
        except (OSError, EOFError, ValueError, zlib.error) as error:
            self.error = str(error) or type(error).__name__
            return False
        if (surplus := self.at - HISTORY_BYTES) > BLOCK_BYTES:
            del self.data[:surplus]
            self.at -= surplus
            self.base += surplus
        self.data += block
        return bool(block)


def _gzip_blocks(window: _Window) -> Iterator[bytes | Damage]:
    while _at_magic(window, GZIP_MAGIC) or (yield from _skip_to(window, GZIP_MAGIC)):
        begin = window.offset
        damage = yield from _inflate(window)
        if damage:
            yield Damage(begin, damage)
            window.go_back(begin + 1)
            while window.find(GZIP_MAGIC) and not _is_gzip_header(window.peek(10)):
                window.at += 1


def _at_magic(window: _Window, magic: bytes) -> bool:
    return window.peek(len(magic)) == magic


def _is_gzip_header(header: bytes) -> bool:
    """Return whether ten bytes, found by their magic, begin a gzip member: in compressed data the magic occurs by chance."""
    return (
        len(header) == 10 and header[3] & 0xE0 == 0 and header[8] in (0, 2, 4) and (header[9] < 14 or header[9] == 255)
    )


def _skip_to(window: _Window, magic: bytes) -> Generator[Damage, None, bool]:
    """Pass over what is no member: zeros that pad a file are none, anything else is damage. Returns whether one follows."""
    begin = window.offset
    padding = True
    while (block := window.peek(BLOCK_BYTES)) and not block.strip(b"\0"):
        window.at += len(block)
    if block:
        window.at += len(block) - len(block.lstrip(b"\0"))
        padding = _at_magic(window, magic)
    followed = window.find(magic)
    if not padding:
        yield Damage(begin, f"{window.offset - begin:,} bytes that are no compressed member, at byte {begin:,}")
    return followed


def _inflate(window: _Window) -> Generator[bytes, None, str]:
    """Yield the content of one gzip member. Returns what is wrong with it, or nothing."""
    inflater = zlib.decompressobj(31)
    begin, length = window.offset, 0
    try:
        while not inflater.eof:
            data = inflater.unconsumed_tail or window.take_block()
            if not data:
                return window.error or f"the file ends in the middle of the gzip member at byte {begin:,}"
            block = inflater.decompress(data, OUTPUT_BYTES)
            length += len(block)
            consumed = window.offset - begin - len(inflater.unconsumed_tail)
            if length > RATIO_FROM and length > MAX_RATIO * consumed:
                return f"the gzip member at byte {begin:,} expands more than {MAX_RATIO} times"
            if block:
                yield block
    except zlib.error as error:
        return f"damaged gzip member at byte {begin:,}: {_reason_of(error)}"
    window.go_back(window.offset - len(inflater.unused_data))
    return ""


def _reason_of(error: zlib.error) -> str:
    """Return the words of zlib's message, without its number."""
    return str(error).rpartition(": ")[2]


def _is_skippable(head: bytes) -> bool:
    return len(head) == 4 and _SKIPPABLE[0] <= int.from_bytes(head, "little") <= _SKIPPABLE[1]


def _zstd_blocks(window: _Window) -> Iterator[bytes | Damage]:
    dictionary = b""
    while head := window.peek(8):
        begin = window.offset
        if _is_skippable(head[:4]):
            size = int.from_bytes(head[4:8], "little")
            if int.from_bytes(head[:4], "little") != _DICTIONARY:
                _skip_bytes(window, 8 + size)
                continue
            dictionary = _read_dictionary(window.take(8 + min(size, DICTIONARY_BYTES))[8:])
            if fault := _fault_of(dictionary):
                yield Damage(begin, fault)
                return
        elif head.startswith(ZSTD_MAGIC):
            damage = yield from _expand(window, dictionary)
            if damage:
                yield Damage(begin, damage)
                window.go_back(begin + 1)
                window.find(ZSTD_MAGIC)
        elif not (yield from _skip_to(window, ZSTD_MAGIC)):
            return


def _read_dictionary(content: bytes) -> bytes:
    """Return a dictionary, which may be compressed itself; nothing if it is damaged."""
    if not content.startswith(ZSTD_MAGIC):
        return content
    blocks = list(_zstd_blocks(_Window(io.BytesIO(content))))
    return b"" if any(isinstance(block, Damage) for block in blocks) else b"".join(blocks)  # type: ignore[arg-type]


def _fault_of(dictionary: bytes) -> str:
    """Return why frames cannot be expanded with a dictionary; nothing if they can."""
    if not dictionary:
        return "the dictionary that the file is compressed with is damaged"
    return "" if find_spec("zstandard") else NEEDS_ZSTANDARD


def _skip_bytes(window: _Window, size: int) -> None:
    while size > 0 and (taken := len(window.take(min(size, BLOCK_BYTES)))):
        size -= taken


def _expand(window: _Window, dictionary: bytes) -> Generator[bytes, None, str]:
    """Yield the content of one zstd frame. Returns what is wrong with it, or nothing."""
    begin, length = window.offset, 0
    frame = _Frame(window)
    try:
        for block in _with_dictionary(frame, dictionary) if dictionary else _without_dictionary(frame):
            length += len(block)
            if length > RATIO_FROM and length > MAX_RATIO * (window.offset - begin):
                return f"the zstd frame at byte {begin:,} expands more than {MAX_RATIO} times"
            yield block
    except OSError:
        return window.error or (
            f"the file ends in the middle of the zstd frame at byte {begin:,}"
            if not window.peek(1)
            else f"damaged zstd frame at byte {begin:,}"
        )
    return ""


def _without_dictionary(frame: _Frame) -> Iterator[bytes]:
    import pyarrow as pa

    with pa.CompressedInputStream(pa.PythonFile(frame, "r"), "zstd") as stream:
        while block := stream.read(OUTPUT_BYTES):
            yield block


def _with_dictionary(frame: _Frame, dictionary: bytes) -> Iterator[bytes]:
    """Yield the content of a frame block by block; one holds 128 KiB at most. Raises OSError if it is damaged or cut."""
    import zstandard

    decompressor = zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(dictionary)).decompressobj()
    try:
        yield from filter(None, (decompressor.decompress(part) for part in frame.parts))
    except zstandard.ZstdError as error:
        raise OSError(str(error)) from error
    if not decompressor.eof:
        raise OSError("the frame is cut")


class _Frame(io.RawIOBase):
    """The bytes of one zstd frame: its header, its blocks and its checksum; format of RFC 8878, section 3.1.1."""

    def __init__(self, window: _Window) -> None:
        super().__init__()
        self.window = window
        self.parts = self._walk()
        self.rest = b""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes of the frame."""
        while not self.rest and (part := next(self.parts, b"")):
            self.rest = part
        taken, self.rest = (self.rest, b"") if size < 0 else (self.rest[:size], self.rest[size:])
        return taken

    def _walk(self) -> Iterator[bytes]:
        start = self.window.take(5)
        yield start
        if len(start) < 5:
            return
        flags = start[4]
        single = flags >> 5 & 1
        size = (1 - single) + (0, 1, 2, 4)[flags & 3] + (single, 2, 4, 8)[flags >> 6]
        if size:
            yield self.window.take(size)
        last = False
        while not last:
            header = self.window.take(3)
            yield header
            value = int.from_bytes(header, "little")
            last = bool(value & 1) or len(header) < 3
            size = 1 if value >> 1 & 3 == 1 else value >> 3
            if size and len(header) == 3:
                yield self.window.take(size)
        if flags & 4:
            yield self.window.take(4)
