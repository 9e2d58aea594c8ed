"""Find the records of a WARC or WET file, whole or damaged. Knows nothing of documents.

A record is a header, a blank line and `Content-Length` bytes (ISO 28500). Where the length lies, the next header decides;
where bytes are damaged, reading goes on at the next header. No record is held that is longer than a limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
    cursor = _Cursor(read_blocks(stream))
    while cursor.skip_blank():
        if not cursor.buffer and cursor.damage:
            yield cursor.damage
            cursor.resume()
        elif not cursor.at_header():
            begin = cursor.offset
            cursor.take_to_header(0, first=1)
            yield Damage(begin, f"{cursor.offset - begin:,} bytes that are no record, at byte {begin:,} of the content")
        else:
            yield _read_record(cursor, limit)


def _read_record(cursor: _Cursor, limit: int) -> WarcRecord | Damage:
    begin = cursor.offset
    head, whole = cursor.take_header()
    headers = parse_headers(head)
    if not whole and cursor.damage:
        evidence = cursor.damage.evidence
        cursor.resume()
        return WarcRecord(headers, damage=evidence)
    length = _length(headers)
    if length < 0:
        cursor.take_to_header(0, first=0 if whole else 1)
        return Damage(begin, f"a record without a length, at byte {begin:,} of the content")
    if length > limit:
        cursor.skip_payload(length)
        return WarcRecord(headers, too_large=True)
    return _finish(cursor, WarcRecord(headers, cursor.take(length)), length, limit)


def _length(headers: dict[str, str]) -> int:
    """Return the length that a header tells, -1 where it tells none."""
    try:
        return int(headers.get("content-length", ""))
    except ValueError:
        return -1


def _finish(cursor: _Cursor, record: WarcRecord, length: int, limit: int) -> WarcRecord:
    """Return a record after a look at what follows it: nothing, the next header, or proof that its length is wrong."""
    payload = record.payload
    missing = length - len(payload)
    if not missing and cursor.at_boundary():
        return record
    if match := _NEXT_HEADER.search(payload, 1):  # too long: it reaches into the next record
        cursor.put_back(payload[match.start() :])
        return WarcRecord(record.headers, payload[: match.start()].rstrip(b"\r\n"), length_mended=True)
    if missing:
        evidence = cursor.damage.evidence if cursor.damage else "the file ends in it"
        if cursor.damage:
            cursor.resume()
        return WarcRecord(record.headers, payload, f"{len(payload):,} of {length:,} bytes: {evidence}")
    rest = cursor.take_to_header(limit - len(payload), first=1)
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


@dataclass(slots=True)
class _Cursor:
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
        """Return the next bytes without taking them."""
        while len(self.buffer) < size and self.fill():
            pass
        return bytes(self.buffer[:size])

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
        """Go on behind the damage, at the next header."""
        self.drop(len(self.buffer))
        self.damage = None
        self.take_to_header(0, first=0)

    def skip_blank(self) -> bool:
        """Pass over line ends and a byte-order mark; False at the end of the file."""
        if not self.offset and self.peek(3) == b"\xef\xbb\xbf":
            self.drop(3)
        while self.buffer or self.fill():
            blank = _BLANK.match(self.buffer)
            self.drop(blank.end() if blank else 0)
            if self.buffer:
                return True
        return self.damage is not None

    def at_header(self) -> bool:
        """Return whether a record begins here."""
        return _VERSION.match(self.peek(VERSION_BYTES)) is not None

    def at_boundary(self) -> bool:
        """Return whether, blank lines aside, a record begins here, or nothing follows."""
        self.skip_blank()
        return not self.buffer or self.at_header()

    def take_header(self) -> tuple[bytes, bool]:
        """Return all up to the blank line, and whether there is one in reach; if not, nothing is taken."""
        while not (match := _HEADER_END.search(self.buffer, 0, HEADER_BYTES)):
            if len(self.buffer) >= HEADER_BYTES or not self.fill():
                return bytes(self.buffer[:HEADER_BYTES]), False
        return self.take(match.end()), True

    def take_to_header(self, limit: int, *, first: int) -> bytes | None:
        """Return what stands before the next header, damage or the end.

        Args:
            limit: Bytes that may be held; None is returned where there are more.
            first: The first byte of the buffer at which a header may stand.

        """
        parts: list[bytes] = []
        length = 0
        while True:
            match = _NEXT_HEADER.search(self.buffer, first)
            keep = match.start() if match else max(0, len(self.buffer) - SCAN_BYTES)
            at_end = not match and not self.fill()
            keep = len(self.buffer) if at_end else keep
            length += keep
            if length <= limit:
                parts.append(bytes(self.buffer[:keep]))
            self.drop(keep)
            if match or at_end:
                return b"".join(parts) if length <= limit else None
            first = max(0, first - keep)

    def skip_payload(self, size: int) -> None:
        """Pass over a payload that is not held, but not over a header in it: such a length is not to be trusted."""
        left = size
        while left > 0 and (len(self.buffer) > SCAN_BYTES or self.fill() or self.buffer):
            match = _NEXT_HEADER.search(self.buffer, 0, left)
            if match:
                self.drop(match.start())
                return
            done = min(left, max(len(self.buffer) - SCAN_BYTES, 1))
            self.drop(done)
            left -= done
