"""TAR archives, plain or compressed as .gz or .zst: members in the order in which they stand, as the stream goes by.

An own reader, since that of the standard library ends without a word at the first damaged header, and holds any length of
extended header in memory. Formats: POSIX.1-2001 (ustar, pax) and GNU's long names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from cleanse.documents import Reason, Record
from cleanse.inputs.archive_members import Budget, Member, is_hidden, member_id, read_member, unique_id
from cleanse.inputs.block_cursor import BlockCursor
from cleanse.inputs.compressed_blocks import read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cleanse.inputs.compressed_blocks import Stream
    from cleanse.inputs.records import Fields, Piece

BLOCK = 512  # bytes: everything in a tar file is padded to this
EXTENDED_BYTES = 1 << 20  # of a header that extends the next one
MAGIC_AT = 257  # of a header: where "ustar" stands
COPY_BYTES = 1 << 16
MEMBERS = 1_000_000  # whose ids are kept, so that members of one name can be distinguished

_PAX_RECORD = re.compile(rb"(\d{1,7}) ([^=\n]{1,1000})=")
_TYPES = {b"1": "link", b"2": "link", b"3": "not-a-file", b"4": "not-a-file", b"6": "not-a-file", b"S": "sparse-file"}


@dataclass(frozen=True, slots=True)
class _Header:
    """What stands before a member's content."""

    path: bytes
    size: int
    type: bytes


@dataclass(slots=True)
class _Content:
    """The content of one member, as much of it as the stream still gives."""

    cursor: BlockCursor
    left: int

    def read(self, size: int, /) -> bytes:
        """Return the next bytes. Raises EOFError where the archive is cut or damaged."""
        block = self.cursor.take(min(size, self.left))
        self.left -= len(block)
        if size and not block and self.left:
            raise EOFError(self.cursor.damage.evidence if self.cursor.damage else "the archive ends in it")
        return block


@dataclass(slots=True)
class _Counted:
    """A stream that counts what was read of it."""

    stream: Stream
    length: int = 0

    def read(self, size: int, /) -> bytes:
        """Return the next bytes."""
        block = self.stream.read(size)
        self.length += len(block)
        return block


def read(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    """Yield the documents of an archive's members. `stream` holds the file as it lies on the disk."""
    archive = piece.source.id
    counted = _Counted(stream)
    cursor = BlockCursor(read_blocks(counted))
    begin = 0
    budget = Budget(lambda: counted.length, lambda: counted.length - begin + COPY_BYTES)
    taken: set[str] = set()
    number = 0  # of rows that speak of the archive itself
    while (header := _next_header(cursor)) is not None:
        if isinstance(header, Reason):
            number += 1
            yield Record(archive, b"", number, reason=header)
            continue
        content = _Content(cursor, header.size)
        path = header.path.decode("utf-8", "surrogateescape")
        if header.type != b"5" and path and not path.endswith("/") and not is_hidden(path):
            begin = counted.length
            member = Member(unique_id(member_id(archive, path), taken), _reason_against(header))
            yield from read_member(member, content, budget, fields)
        _skip(cursor, content.left + -header.size % BLOCK)
        if (reason := _reason_to_stop(budget, taken)) is not None:
            yield Record(archive, b"", number + 1, reason=reason)
            return
    if not taken and not number:
        yield Record(archive, b"", reason=Reason("empty", "an archive without a file"))


def _reason_to_stop(budget: Budget, taken: set[str]) -> Reason | None:
    if budget.exceeded():
        return Reason("archive-ratio", "all members together expand too much: the rest is not read")
    if len(taken) >= MEMBERS:
        return Reason("archive-members", f"more than {MEMBERS:,} members: the rest is not read")
    return None


def _reason_against(header: _Header) -> Reason | None:
    rule = _TYPES.get(header.type)
    return Reason(rule, f"a member of the type {header.type.decode('latin-1')!r}") if rule else None


def _skip(cursor: BlockCursor, size: int) -> None:
    """Pass over bytes; fewer where damage stands."""
    while size > 0:
        step = min(size, len(cursor.buffer) or COPY_BYTES)
        taken = len(cursor.take(step))
        if not taken:
            return
        size -= taken


def _next_header(cursor: BlockCursor) -> _Header | Reason | None:
    """Return the next member's header, with its long path and size; a Reason where damage was passed over; None at the end."""
    path, size = b"", -1
    while block := cursor.peek(BLOCK):
        if not block.strip(b"\0"):
            cursor.drop(len(block))
            continue
        header = _parse_header(block)
        if header is None:
            return _pass_damage(cursor)
        cursor.drop(BLOCK)
        if header.type not in b"xgLK":
            return replace(header, path=path or header.path, size=header.size if size < 0 else size)
        extension = cursor.take(min(header.size, EXTENDED_BYTES))
        _skip(cursor, header.size - len(extension) + -header.size % BLOCK)
        if header.type == b"L":
            path = extension.rstrip(b"\0")
        elif header.type == b"x":
            pax = _parse_pax(extension)
            path = pax.get(b"path", path)
            size = _digits(pax.get(b"size", b""), size)
    if cursor.damage:
        reason = Reason("damaged", cursor.damage.evidence)
        cursor.resume()
        return reason
    return None


def _pass_damage(cursor: BlockCursor) -> Reason:
    """Go on to the next header, wherever it stands, and say what was passed over."""
    begin, at = cursor.offset, 1
    while True:
        place = cursor.buffer.find(b"ustar", at + MAGIC_AT)
        cursor.drop(place - MAGIC_AT if place >= 0 else max(0, len(cursor.buffer) - BLOCK))
        if place >= 0 and _parse_header(cursor.peek(BLOCK)):
            break
        at = 1
        if place < 0 and not cursor.fill():
            cursor.drop(len(cursor.buffer))
            break
    return Reason("damaged", f"{cursor.offset - begin:,} bytes that are no member, at byte {begin:,} of the content")


def _parse_header(block: bytes) -> _Header | None:
    """Return what a block says as a header, None where its checksum is wrong."""
    checksum = _octal(block[148:156])
    if len(block) < BLOCK or checksum != sum(block[:148]) + 8 * 0x20 + sum(block[156:]):
        return None
    size = _octal(block[124:136])
    path = block[:100].split(b"\0", 1)[0]
    prefix = block[345:500].split(b"\0", 1)[0] if block[MAGIC_AT : MAGIC_AT + 6] == b"ustar\0" else b""
    kind = block[156:157]
    if size < 0 or kind in (b"1", b"2", b"3", b"4", b"5", b"6"):  # these have no content
        size = 0
    return _Header(prefix + b"/" + path if prefix else path, size, kind)


def _octal(field: bytes) -> int:
    """Return a number as tar writes it: octal digits, or, by GNU, big-endian bytes after one with its top bit set; -1: none."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    return int(digits, 8) if digits and not digits.strip(b"01234567") else -1


def _parse_pax(extension: bytes) -> dict[bytes, bytes]:
    """Return the records of a pax header: each is its length, a name and a value."""
    records: dict[bytes, bytes] = {}
    at = 0
    while match := _PAX_RECORD.match(extension, at):
        end = at + int(match[1])
        if end <= match.end() or end > len(extension):
            break
        records[match[2]] = extension[match.end() : end - 1]
        at = end
    return records


def _digits(value: bytes, otherwise: int) -> int:
    return int(value) if value.isdigit() and len(value) < 20 else otherwise
