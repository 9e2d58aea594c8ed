"""Find the records of a WARC or WET file, whole or damaged. Knows nothing of documents.

A record is a header, a blank line and `Content-Length` bytes (ISO 28500). Where the length lies, the next header decides;
where bytes are damaged, reading goes on at the next header. No record is held that is longer than a limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cleanse.inputs.block_cursor import BlockCursor
from cleanse.inputs.compressed_blocks import Damage, Stream, read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER_BYTES = 1 << 16  # of one record's header; the longest URLs of crawls have some thousand bytes
VERSION_BYTES = 16  # "WARC/1.0" and a line end
SCAN_BYTES = 128  # of a header's first two lines: what a search of the next block has to see again

_VERSION = re.compile(rb"WARC/\d\.\d{1,2}\r?\n")
_NEXT_HEADER = re.compile(rb"(?:(?<=\n)|\A)WARC/\d\.\d{1,2}\r?\n(?=(?i:WARC|Content)-[A-Za-z-]{3,40}:)")
_BLANK = re.compile(rb"[\r\n]*")
_HEADER_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """One record: its header, by lower-case names, its payload, and what is wrong with it."""

    headers: dict[str, str]
    payload: bytes = b""
    damage: str = ""  # why the payload is not whole
    too_large: bool = False  # it is longer than the limit, and was passed over
    length_mended: bool = False  # Content-Length was wrong: the payload ends at the next header


def is_warc(head: bytes) -> bool:
    """Return whether (decompressed) bytes begin a WARC or WET file."""
    return _VERSION.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()) is not None


def read_warc(stream: Stream, limit: int) -> Iterator[WarcRecord | Damage]:
    """Yield the records of a WARC file (plain, gzip or zstd), and the damage between them, in order.

    Args:
        stream: The file as it lies on the disk, compressed or not.
        limit: The longest payload that is held, in bytes.

    """
    cursor = BlockCursor(read_blocks(stream))
    while _skip_blank(cursor):
        if not cursor.buffer and cursor.damage:
            yield cursor.damage
            _resume(cursor)
        elif not _at_header(cursor):
            begin = cursor.offset
            _take_to_header(cursor, 0, first=1)
            yield Damage(begin, f"{cursor.offset - begin:,} bytes that are no record, at byte {begin:,} of the content")
        else:
            yield _read_record(cursor, limit)


def _read_record(cursor: BlockCursor, limit: int) -> WarcRecord | Damage:
    begin = cursor.offset
    head, whole = _take_header(cursor)
    headers = parse_headers(head)
    if not whole and cursor.damage:
        evidence = cursor.damage.evidence
        _resume(cursor)
        return WarcRecord(headers, damage=evidence)
    length = _length(headers)
    if length < 0:
        _take_to_header(cursor, 0, first=0 if whole else 1)
        return Damage(begin, f"a record without a length, at byte {begin:,} of the content")
    if length > limit:
        _skip_payload(cursor, length)
        return WarcRecord(headers, too_large=True)
    return _finish(cursor, WarcRecord(headers, cursor.take(length)), length, limit)


def _length(headers: dict[str, str]) -> int:
    """Return the length that a header tells, -1 where it tells none."""
    try:
        return int(headers.get("content-length", ""))
    except ValueError:
        return -1


def _finish(cursor: BlockCursor, record: WarcRecord, length: int, limit: int) -> WarcRecord:
    """Return a record after a look at what follows it: nothing, the next header, or proof that its length is wrong."""
    payload = record.payload
    missing = length - len(payload)
    if not missing and _at_boundary(cursor):
        return record
    if match := _NEXT_HEADER.search(payload, 1):  # too long: it reaches into the next record
        cursor.put_back(payload[match.start() :])
        return WarcRecord(record.headers, payload[: match.start()].rstrip(b"\r\n"), length_mended=True)
    if missing:
        evidence = cursor.damage.evidence if cursor.damage else "the file ends in it"
        if cursor.damage:
            _resume(cursor)
        return WarcRecord(record.headers, payload, f"{len(payload):,} of {length:,} bytes: {evidence}")
    rest = _take_to_header(cursor, limit - len(payload), first=1)
    if rest is None:
        return WarcRecord(record.headers, too_large=True)
    return WarcRecord(record.headers, (payload + rest).rstrip(b"\r\n"), length_mended=True)


def parse_headers(head: bytes) -> dict[str, str]:
    """Return the fields of a WARC or HTTP header below its first line, by lower-case names; the first of a name counts."""
    headers: dict[str, str] = {}
    name = ""
    for line in head.decode("utf-8", "replace").splitlines()[1:]:
        if line[:1] in (" ", "\t") and name:
            headers[name] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        name = name.strip().lower() if colon else ""
        if name in headers:
            name = ""
        elif name:
            headers[name] = value.strip()
    return headers


def _resume(cursor: BlockCursor) -> None:
    """Go on behind the damage, at the next header."""
    cursor.resume()
    _take_to_header(cursor, 0, first=0)


def _skip_blank(cursor: BlockCursor) -> bool:
    """Pass over line ends and a byte-order mark; False at the end of the file."""
    if not cursor.offset and cursor.peek(3) == b"\xef\xbb\xbf":
        cursor.drop(3)
    while cursor.buffer or cursor.fill():
        blank = _BLANK.match(cursor.buffer)
        cursor.drop(blank.end() if blank else 0)
        if cursor.buffer:
            return True
    return cursor.damage is not None


def _at_header(cursor: BlockCursor) -> bool:
    """Return whether a record begins here."""
    return _VERSION.match(cursor.peek(VERSION_BYTES)) is not None


def _at_boundary(cursor: BlockCursor) -> bool:
    """Return whether, blank lines aside, a record begins here, or nothing follows."""
    _skip_blank(cursor)
    return not cursor.buffer or _at_header(cursor)


def _take_header(cursor: BlockCursor) -> tuple[bytes, bool]:
    """Return all up to the blank line, and whether there is one in reach; if not, nothing is taken."""
    while not (match := _HEADER_END.search(cursor.buffer, 0, HEADER_BYTES)):
        if len(cursor.buffer) >= HEADER_BYTES or not cursor.fill():
            return bytes(cursor.buffer[:HEADER_BYTES]), False
    return cursor.take(match.end()), True


def _take_to_header(cursor: BlockCursor, limit: int, *, first: int) -> bytes | None:
    """Return what stands before the next header, damage or the end.

    Args:
        cursor: Where the search begins.
        limit: Bytes that may be held; None is returned where there are more.
        first: The first byte of the buffer at which a header may stand.
    """
    parts: list[bytes] = []
    length = 0
    while True:
        match = _NEXT_HEADER.search(cursor.buffer, first)
        keep = match.start() if match else max(0, len(cursor.buffer) - SCAN_BYTES)
        at_end = not match and not cursor.fill()
        keep = len(cursor.buffer) if at_end else keep
        length += keep
        if length <= limit:
            parts.append(bytes(cursor.buffer[:keep]))
        cursor.drop(keep)
        if match or at_end:
            return b"".join(parts) if length <= limit else None
        first = max(0, first - keep)


def _skip_payload(cursor: BlockCursor, size: int) -> None:
    """Pass over a payload that is not held, but not over a header in it: such a length is not to be trusted."""
    left = size
    while left > 0 and (len(cursor.buffer) > SCAN_BYTES or cursor.fill() or cursor.buffer):
        match = _NEXT_HEADER.search(cursor.buffer, 0, left)
        if match:
            cursor.drop(match.start())
            return
        done = min(left, max(len(cursor.buffer) - SCAN_BYTES, 1))
        cursor.drop(done)
        left -= done
