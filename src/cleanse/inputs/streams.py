"""Bytes of a file or of a member of an archive, decompressed where a suffix says so."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPRESSIONS = {".gz": "gz", ".zst": "zst"}  # of any format
BLOCK_BYTES = 1 << 20  # what is read at once


def blocks(path: str) -> Iterator[bytes]:
    """Yield the bytes of a file, a block at a time."""
    with open(path, "rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def decompress(stream: BinaryIO, compression: str | None) -> BinaryIO:
    """Return the bytes behind a compression ("gz" or "zst"; None: as they are), read as they are needed."""
    if compression == "gz":
        import gzip

        return cast("BinaryIO", gzip.GzipFile(fileobj=stream))
    if compression == "zst":
        import pyarrow as pa

        inner = pa.CompressedInputStream(pa.PythonFile(stream, "r"), "zstd")
        return cast("BinaryIO", io.BufferedReader(inner, BLOCK_BYTES))
    return stream


def hold(stream: BinaryIO, limit: int) -> BinaryIO:
    """Return a stream that can seek: the stream itself, or its content, held in memory.

    Raises:
        ValueError: The content is longer than `limit` bytes.

    """
    if isinstance(stream, io.BufferedReader) and stream.seekable():
        return stream
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"over {limit:,} bytes, where it cannot be read in parts")
    return io.BytesIO(content)
