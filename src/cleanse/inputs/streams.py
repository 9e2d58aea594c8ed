"""Bytes of a file or of a member of an archive: decompressed, looked at before they are read, cut into lines."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from cleanse.inputs.compressed_blocks import MAX_RATIO, RATIO_FROM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMPRESSIONS = {".gz": "gz", ".zst": "zst"}  # of any format
MAGIC = {b"\x1f\x8b\x08": "gz", b"\x28\xb5\x2f\xfd": "zst"}
MAX_COMPRESSIONS = 2  # a file that was compressed twice has been seen
BLOCK_BYTES = 1 << 20  # what is read at once
SHOWN_BYTES = 64 << 10  # of a line that is longer than it may be
ZSTD_BYTES = 16 << 10  # likewise from zstd, which gives nothing of a portion that is damaged further on


class TooLargeError(ValueError):
    """A limit of bytes is passed."""


class Stream(io.BufferedIOBase):
    """A stream that can be looked at before it is read; an error comes after the bytes that stand before it."""

    def __init__(self, source: Callable[[int], bytes]) -> None:
        """Take a function that returns up to a number of bytes, none at the end."""
        self._source = source
        self._ahead = b""
        self._error: Exception | None = None

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def look_ahead(self, size: int) -> bytes:
        """Return the next bytes, up to `size` of them, and leave them to be read."""
        while len(self._ahead) < size and self._error is None:
            try:
                block = self._source(size - len(self._ahead))
            except Exception as error:  # noqa: BLE001  raised again where the reader comes to it
                self._error = error
                break
            if not block:
                break
            self._ahead += block
        return self._ahead[:size]

    def read1(self, size: int | None = -1, /) -> bytes:
        """Return some of the next bytes, none at the end."""
        size = BLOCK_BYTES if size is None or size < 0 else size
        if self._ahead:
            block, self._ahead = self._ahead[:size], self._ahead[size:]
            return block
        if self._error is not None:
            raise self._error
        return self._source(size) if size else b""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes: as many as wanted, or all that there are."""
        wanted = None if size is None or size < 0 else size
        blocks, length = [], 0
        while wanted is None or length < wanted:
            block = self.read1(BLOCK_BYTES if wanted is None else min(BLOCK_BYTES, wanted - length))
            if not block:
                break
            blocks.append(block)
            length += len(block)
        return b"".join(blocks)

    def readinto(self, buffer: Any, /) -> int:
        """Put some of the next bytes into a buffer; returns how many."""
        block = self.read1(len(buffer))
        buffer[: len(block)] = block
        return len(block)


def open_file(path: str) -> BinaryIO:
    """Return the content of a file, or of one that a URL names."""
    from cleanse import remote

    return remote.open_input(path) if remote.is_url(path) else open(path, "rb")


def blocks(path: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """Yield the bytes of a file, or of a range of it, a block at a time."""
    with open(path, "rb") as file:
        file.seek(start)
        left = None if stop is None else stop - start
        while block := file.read(BLOCK_BYTES if left is None else min(BLOCK_BYTES, left)):
            left = None if left is None else left - len(block)
            yield block


def can_seek(stream: BinaryIO) -> bool:
    """Return whether a stream can go back: a file, or content held in memory."""
    return isinstance(stream, (io.BufferedReader, io.BytesIO)) and stream.seekable()


def look_ahead(stream: BinaryIO, size: int) -> bytes:
    """Return the next bytes of what `open_stream` gave, and leave them to be read."""
    if isinstance(stream, Stream):
        return stream.look_ahead(size)
    at = stream.tell()
    head = stream.read(size)
    stream.seek(at)
    return head


def open_stream(stream: BinaryIO) -> BinaryIO:
    """Return a stream's bytes behind whatever compression they begin with, whatever the file is called."""
    opened = as_stream(stream)
    for _ in range(MAX_COMPRESSIONS):
        head = look_ahead(opened, 4)
        compression = next((name for magic, name in MAGIC.items() if head.startswith(magic)), None)
        if compression is None:
            break
        opened = _decompressed(opened, compression)
    return opened


def as_stream(stream: BinaryIO) -> BinaryIO:
    """Return a stream that can be looked at before it is read."""
    if can_seek(stream) or isinstance(stream, Stream):
        return stream
    return cast("BinaryIO", Stream(getattr(stream, "read1", stream.read)))


def _decompressed(stream: BinaryIO, compression: str) -> BinaryIO:
    counted = _Counted(stream)
    if compression == "gz":
        import gzip

        return cast("BinaryIO", Stream(counted.bounded(gzip.GzipFile(fileobj=cast("BinaryIO", counted)).read1)))
    import pyarrow as pa

    inner = pa.CompressedInputStream(pa.PythonFile(counted, "r"), "zstd")
    return cast("BinaryIO", Stream(counted.bounded(lambda size: cast("bytes", inner.read(min(size, ZSTD_BYTES))))))


class _Counted(io.RawIOBase):
    """Compressed bytes, counted, so that what expands without measure is not read to its end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._read = cast("Callable[[int], bytes]", getattr(stream, "read1", stream.read))
        self._taken = self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        block = self._read(len(buffer))
        buffer[: len(block)] = block
        self._taken += len(block)
        return len(block)

    def bounded(self, read: Callable[[int], bytes]) -> Callable[[int], bytes]:
        """Return a function that reads what is behind the compression, within the limits of expansion."""

        def read_bounded(size: int) -> bytes:
            block = read(size)
            self._given += len(block)
            if self._given > RATIO_FROM and self._given > MAX_RATIO * self._taken:
                raise TooLargeError(f"expands more than {MAX_RATIO} times")
            return block

        return read_bounded


def read_lines(
    stream: BinaryIO, limit: int, size: int | None = None, end: bytes = b"\n"
) -> Iterator[tuple[int, bytes, bool]]:
    """Yield the lines of a stream: length with its end, the line without it, and whether it is whole.

    Args:
        stream: What to read, from where it stands.
        limit: Bytes of a line; of a longer one the first are yielded, and it is never held.
        size: Bytes to read; None: all.
        end: What ends a line.

    """
    read = cast("Callable[[int], bytes]", getattr(stream, "read1", stream.read))
    parts: list[bytes] = []
    length = held = 0
    while block := read(BLOCK_BYTES if size is None else min(BLOCK_BYTES, size)):
        size = None if size is None else size - len(block)
        first, *others = block.split(end)
        length += len(first)
        if held <= limit:
            parts.append(first)
            held += len(first)
        if held > limit:
            parts = [b"".join(parts)[:SHOWN_BYTES]]
        if not others:
            continue
        yield length + len(end), b"".join(parts), held <= limit
        for line in others[:-1]:
            yield len(line) + len(end), line if len(line) <= limit else line[:SHOWN_BYTES], len(line) <= limit
        parts, length = [others[-1]], len(others[-1])
        held = length
    if length:
        yield length, b"".join(parts), held <= limit


def hold(stream: BinaryIO, limit: int) -> BinaryIO:
    """Return a stream that can seek: the stream itself, or its content, held in memory.

    Raises:
        TooLargeError: The content is longer than `limit` bytes.

    """
    if can_seek(stream):
        return stream
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise TooLargeError(f"over {limit:,} bytes, where it cannot be read in parts")
    return io.BytesIO(content)
