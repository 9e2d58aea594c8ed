"""What all archives share: ids of members, what is left out, limits, and the reading of a member as its own file.

A member is read as a stream and never written to a disk, so its path is only a name: `archive.zip!/path/in/it`.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from cleanse.documents import Reason, Record
from cleanse.inputs.compressed_blocks import MAX_RATIO, RATIO_FROM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cleanse.inputs.records import Fields

MAX_TOTAL_RATIO = 200  # decompressed bytes for each byte of the archive, over all members ...
TOTAL_FROM = 4 << 30  # ... where they are more than this
READ_BYTES = 1 << 16

_ESCAPED = re.compile(r"[\x00-\x1f\x7f%\ud800-\udfff]")
_RECORD_NUMBER = re.compile(r"#(?=\d+\Z)")


class Readable(Protocol):
    """The content of a member."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an archive: its id, and why it is not read, if so."""

    id: str
    reason: Reason | None = None


@dataclass(slots=True)
class Budget:
    """How much an archive may expand: all of it, and its current member."""

    archive_bytes: Callable[[], int]  # compressed bytes of all members that are read, so far if they are not yet known
    member_bytes: Callable[[], int]  # the same of the current member
    spent: int = 0  # decompressed bytes

    def exceeded(self) -> bool:
        """Return whether all members together expand too much."""
        return self.spent > TOTAL_FROM and self.spent > MAX_TOTAL_RATIO * self.archive_bytes()


class MemberStream(io.RawIOBase):
    """A member's bytes, counted, up to the limits of expansion."""

    def __init__(self, content: Readable, budget: Budget) -> None:
        super().__init__()
        self.content = content
        self.budget = budget
        self.length = 0
        self.reason: Reason | None = None

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: object, /) -> int:
        """Fill a buffer with the next bytes. Raises ValueError where the member is a bomb."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        block = self.content.read(min(len(view), READ_BYTES))
        view[: len(block)] = block
        self.length += len(block)
        self.budget.spent += len(block)
        if self.length > RATIO_FROM and self.length > MAX_RATIO * self.budget.member_bytes():
            self.reason = Reason("archive-ratio", f"expands more than {MAX_RATIO} times")
        elif self.budget.exceeded():
            self.reason = Reason("archive-ratio", f"all members together expand more than {MAX_TOTAL_RATIO} times")
        if self.reason:
            raise ValueError(self.reason.evidence)
        return len(block)


def member_id(archive: str, path: str) -> str:
    """Return the id of a member. What cannot stand in an id, or could be taken for a record's number, is percent-escaped."""
    escaped = _ESCAPED.sub(lambda match: "".join(f"%{byte:02X}" for byte in _bytes_of(match[0])), path)
    return f"{archive}!/{_RECORD_NUMBER.sub('%23', escaped)}"


def _bytes_of(character: str) -> bytes:
    """Return the byte that a surrogate escapes, or a character's UTF-8."""
    code = ord(character)
    return bytes([code - 0xDC00]) if 0xDC80 <= code <= 0xDCFF else character.encode("utf-8", "surrogatepass")


def unique_id(wanted: str, taken: set[str]) -> str:
    """Return an id that no earlier member has: archives may hold several members of one name."""
    while wanted in taken:
        folder, slash, name = wanted.rpartition("/")
        wanted = f"{folder}{slash}%00{name}"  # no name holds a NUL; the suffix must stay what it is
    taken.add(wanted)
    return wanted


def is_hidden(path: str) -> bool:
    """Return whether a member is left out, as hidden files of a folder are: system folders of macOS, names with a dot."""
    parts = path.replace("\\", "/").split("/")
    return any(part == "__MACOSX" or (part.startswith(".") and part.strip(".")) for part in parts)


def read_member(member: Member, content: Readable | None, budget: Budget, fields: Fields) -> Iterator[Record]:
    """Yield the records of a member: of a page one, of a table or a crawl many. Nothing raises.

    Args:
        member: Its id, and why it is not read, if so.
        content: Its bytes; None where it has a reason.
        budget: What the archive may still expand to.
        fields: Which fields of records are used.

    """
    from cleanse.inputs.reading import read_stream

    if member.reason is not None or content is None:
        yield Record(member.id, b"", reason=member.reason)
        return
    stream = MemberStream(content, budget)
    for record in read_stream(member.id, cast("BinaryIO", io.BufferedReader(stream, READ_BYTES)), fields):
        yield replace(record, reason=stream.reason) if record.reason and stream.reason else record
