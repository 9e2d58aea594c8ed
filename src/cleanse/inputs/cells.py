"""Bytes of record files as text: the charset of a file by the ladder that pages go down, and cells that are an exception to it.

A file is read as UTF-8 with surrogate escapes, so that its structure is seen whatever its letters are; then each text that is
not UTF-8 is decoded on its own, with the charset of the file as a hint. UTF-16 and UTF-32 are rewritten as UTF-8 first.
"""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO

from cleanse.encoding.charsets import codec_of, read
from cleanse.encoding.decoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SAMPLE_BYTES = 256 << 10  # of the head of a file by which its charset and its shape are judged
MIN_OWN_BYTES = 200  # bytes of a text from which on it may be of another charset than its file says
WIDE = ("utf-16", "utf-32")
MULTI_BYTE = (
    "shift_jis",
    "gbk",
    "gb18030",
    "big5",
    "euc-jp",
    "euc-kr",
    "iso-2022-jp",
)  # a byte of a letter may be ASCII
SURROGATE = re.compile("[\ud800-\udfff]")
_BLOCK_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Charset:
    """What the head of a file shows of its charset, by its WHATWG label."""

    label: str | None = None  # of bytes that are not UTF-8; None: nothing seen
    wide: bool = False  # UTF-16 or UTF-32
    binary: str | None = None  # why it is no text


UTF8 = Charset()


@lru_cache(maxsize=4)  # the pieces of one file have one head
def charset_of(head: bytes) -> Charset:
    """Return the charset that the head of a record file shows."""
    if not head.strip():
        return Charset()
    decoded = decode(head)
    if decoded.rejected is not None:
        return Charset(binary=decoded.rejected.evidence if decoded.rejected.rule == "not-text" else None)
    label = decoded.encoding or "utf-8"
    if label.startswith(WIDE):
        return Charset(label, wide=True)
    return Charset() if (decoded.source or "").startswith(("utf-8", "bom")) else Charset(label)


def narrowed(head: bytes, charset: Charset) -> bytes:
    """Return the head of a file as UTF-8 where it is UTF-16 or UTF-32, else the head itself."""
    if not charset.wide:
        return head
    return head.decode(codec_of(charset.label or "utf-16-le"), "replace").encode("utf-8", "replace")


def narrow(stream: BinaryIO, charset: Charset) -> BinaryIO:
    """Return the stream as UTF-8 where it is UTF-16 or UTF-32, else the stream itself."""
    if not charset.wide:
        return stream
    return io.BufferedReader(_Narrowed(stream, codec_of(charset.label or "utf-16-le")))


class _Narrowed(io.RawIOBase):
    """UTF-16 or UTF-32 rewritten as UTF-8 while it is read."""

    def __init__(self, stream: BinaryIO, codec: str) -> None:
        self._blocks = self._decoded(stream, codecs.getincrementaldecoder(codec)("replace"))
        self._rest = b""

    @staticmethod
    def _decoded(stream: BinaryIO, decoder: codecs.IncrementalDecoder) -> Iterator[bytes]:
        while block := stream.read(_BLOCK_BYTES):
            if text := decoder.decode(block):
                yield text.encode("utf-8", "replace")
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = block
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def read_line(raw: bytes, charset: Charset) -> tuple[str, bool]:
    """Return a line's text (UTF-8, else a multi-byte `charset`), and whether other bytes stand in it as surrogate escapes."""
    try:
        return raw.decode(), False
    except UnicodeDecodeError:
        if charset.label in MULTI_BYTE:
            try:
                return raw.decode(codec_of(charset.label)), False
            except UnicodeDecodeError:
                pass
        return raw.decode("utf-8", "surrogateescape"), True


def bytes_of(text: str) -> bytes | None:
    """Return the bytes of a text that was read with surrogate escapes, None where it has none."""
    if not SURROGATE.search(text):
        return None
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate of the record's own
        return None


def without_surrogates(text: str) -> str:
    """Return a text that can be written: pairs of surrogates are joined, a lone one becomes U+FFFD."""
    if not SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def decode_values(values: Mapping[str, Any], charset: Charset) -> dict[str, Any]:
    """Return a record's values with their surrogate escapes decoded: by the charset that all of them together show."""
    escaped = b"\n".join(_escaped_bytes(values))
    if not escaped:
        return dict(values)
    label = decode(escaped, charset.label).encoding or charset.label or "windows-1252"
    return {_decode_text(name, label): _decode_value(value, label) for name, value in values.items()}


def _escaped_bytes(value: Any) -> Iterator[bytes]:
    if isinstance(value, str):
        raw = bytes_of(value)
        if raw is not None:
            yield raw
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _escaped_bytes(name)
            yield from _escaped_bytes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _escaped_bytes(inner)


def _decode_value(value: Any, label: str) -> Any:
    if isinstance(value, str):
        return _decode_text(value, label)
    if isinstance(value, dict):
        return {_decode_text(name, label): _decode_value(inner, label) for name, inner in value.items()}
    if isinstance(value, list):
        return [_decode_value(inner, label) for inner in value]
    return value


def _decode_text(text: str, label: str) -> str:
    """Return a text by its own charset where it is long enough to show one, or partly UTF-8; else by the record's."""
    raw = bytes_of(text)
    if raw is None:
        return text
    decoded = decode(raw, label)
    utf8 = (decoded.source or "").startswith("utf-8")
    if decoded.text is not None and (utf8 or len(raw) >= MIN_OWN_BYTES):
        return decoded.text
    return read(raw, codec_of(label) if label != "utf-8" else "cp1252")
