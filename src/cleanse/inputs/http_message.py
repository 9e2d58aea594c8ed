"""The body of a stored HTTP response: header read, chunks joined, content encodings undone, all of it bounded.

Crawlers store what came over the wire, or what they made of it, with the header of the wire either way. So an encoding that
the body does not bear out is no damage: the body is taken as it is.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache
from typing import TYPE_CHECKING

from cleanse.inputs.warc_framing import parse_headers

if TYPE_CHECKING:
    from collections.abc import Iterator

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})\b")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_CHUNK = re.compile(rb"(?:\r?\n)?([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,1000})?\r?\n")


class TooLargeError(Exception):
    """A body is longer than the limit."""


@dataclass(frozen=True, slots=True)
class HttpMessage:
    """A response: status (None: the payload had no HTTP header), header by lower-case names, body as it was stored."""

    status: int | None
    headers: dict[str, str]
    body: bytes


def parse_response(payload: bytes) -> HttpMessage:
    """Return the parts of a stored response; a payload without an HTTP header is all body."""
    status = _STATUS.match(payload)
    if not status:
        return HttpMessage(None, {}, payload)
    end = _HEADER_END.search(payload)
    head, body = (payload[: end.start()], payload[end.end() :]) if end else (payload, b"")
    return HttpMessage(int(status[1]), parse_headers(head), body)


@lru_cache(maxsize=4096)  # a crawl repeats few of them
def parse_content_type(value: str | None) -> tuple[str | None, str | None]:
    """Return the media type, in lower case, and the charset of a Content-Type; None for what it does not say."""
    if not value:
        return None, None
    message = Message()
    message["content-type"] = value.replace("\r", " ").replace("\n", " ")
    media, _, _ = value.partition(";")
    media = media.strip().lower()
    try:
        charset = message.get_param("charset")
    except (ValueError, LookupError):  # a damaged RFC 2231 value
        charset = None
    return media if "/" in media else None, charset.strip().lower() or None if isinstance(charset, str) else None


def decode_body(message: HttpMessage, limit: int) -> tuple[bytes, bool]:
    """Return the body without its transfer and content encodings, and whether it is whole.

    Args:
        message: The response as it was stored.
        limit: The longest body, in bytes, at every step.

    Raises:
        TooLargeError: A body is longer than `limit`.

    """
    body, whole = message.body, True
    if "chunked" in message.headers.get("transfer-encoding", "").lower():
        body, whole = _join_chunks(body)
    encodings = [name.strip().lower() for name in message.headers.get("content-encoding", "").split(",")]
    for name in reversed(encodings):
        body, decoded = _decode(body, name, limit)
        whole = whole and decoded
    if len(body) > limit:
        raise TooLargeError
    return body, whole


def _join_chunks(body: bytes) -> tuple[bytes, bool]:
    """Return the content of a chunked body, and whether it is whole; one that does not begin with a chunk was joined before."""
    chunks: list[bytes] = []
    at = 0
    while match := _CHUNK.match(body, at):
        size = int(match[1], 16)
        if size == 0:
            return b"".join(chunks), True
        chunk = body[match.end() : match.end() + size]
        if not chunks and not _ends_in_chunk(body, match.end() + size):
            return body, True
        chunks.append(chunk)
        at = match.end() + size
    return (b"".join(chunks), False) if chunks else (body, True)


def _ends_in_chunk(body: bytes, at: int) -> bool:
    """Return whether what looks like a first chunk is one: at its end another follows, or the body ends before or there."""
    return at >= len(body) or _CHUNK.match(body, at) is not None


def _decode(body: bytes, encoding: str, limit: int) -> tuple[bytes, bool]:
    """Return a body without one content encoding, and whether it is whole; unchanged where the encoding is not borne out."""
    if not body or encoding not in _DECODERS:
        return body, True
    decoded, length = [], 0
    whole = True
    blocks = _DECODERS[encoding](body)
    try:
        for block in blocks:
            length += len(block)
            if length > limit:
                raise TooLargeError
            decoded.append(block)
    except (zlib.error, OSError, EOFError):
        whole = False
    return (b"".join(decoded), whole) if length else (body, True)


def _inflate(body: bytes, wbits: int) -> Iterator[bytes]:
    """Yield what zlib makes of a body, member by member; EOFError where it is cut."""
    while body:
        inflater = zlib.decompressobj(wbits)
        data = body
        while not inflater.eof:
            block = inflater.decompress(data, 1 << 18)
            data = inflater.unconsumed_tail
            if not block and not data and not inflater.eof:
                raise EOFError
            yield block
        body = inflater.unused_data
        if not body.startswith(b"\x1f\x8b"):
            return


def _gunzip(body: bytes) -> Iterator[bytes]:
    return _inflate(body, 31)


def _undeflate(body: bytes) -> Iterator[bytes]:
    """Yield the content of "deflate", which servers send with and without zlib's header."""
    is_zlib = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    return _inflate(body, 15 if is_zlib else -15)


def _expand(body: bytes, codec: str) -> Iterator[bytes]:
    import pyarrow as pa

    with pa.CompressedInputStream(pa.BufferReader(body), codec) as stream:
        while block := stream.read(1 << 18):
            yield block


def _unbrotli(body: bytes) -> Iterator[bytes]:
    return _expand(body, "brotli")


def _unzstd(body: bytes) -> Iterator[bytes]:
    return _expand(body, "zstd")


_DECODERS = {"gzip": _gunzip, "x-gzip": _gunzip, "deflate": _undeflate, "br": _unbrotli, "zstd": _unzstd}
