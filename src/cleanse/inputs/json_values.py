"""JSON values of a file, whatever stands between them: lines, arrays, one after the other, spread over many lines.

Each value is found by its brackets before it is parsed, so that neither its length nor its depth is a danger, and a broken
one costs only itself.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from cleanse.inputs.fields import free_name
from cleanse.inputs.streams import BLOCK_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NESTING = (
    100  # objects and lists within each other; judged here, since the parser's own limit depends on its caller
)
MAX_FOLLOWED = 1000  # brackets within each other that are followed to their ends; a text of 5 MB can hold 800,000
MAX_DIGITS = 4000  # of a number; a longer one stays text (Python refuses 4,300)
MAX_DESCENTS = 4  # objects of a file that are not closed within which others are looked for
MAX_LINES = 100  # at the head of a file by which its shape is judged
KEPT_BYTES = 64 << 10  # of what is passed over
BETWEEN = " \t\r\n,\x1e[]\ufeff"  # what stands between values: RFC 7464 has a record separator, an array commas
_BETWEEN = BETWEEN.encode()
_TOKEN = re.compile(rb'["{}\[\]]')
_INSIDE = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)  # of a text
_TRAILING_COMMA = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+")|,(?=\s*[}\]])', re.DOTALL)
_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of one value as they stand in a file, and why they are none."""

    content: bytes
    fault: str | None = None  # "too-large" or "malformed-json"
    evidence: str = ""


def parse_values(text: str) -> tuple[list[Any], str | None, str]:
    """Return the values that stand in a text one after the other, what is wrong with the rest, and the rest."""
    text = text.strip(BETWEEN) if text[:1] not in "{[" or text[-1:] not in "}]" else text
    if _is_too_deep(text):
        return [], f"nested over {MAX_NESTING} deep", text
    try:
        return [_DECODER.decode(text)], None, ""
    except ValueError as error:
        fault = _plain(error)
        text = _TRAILING_COMMA.sub(lambda match: match[1] or "", text)
    values: list[Any] = []
    at = 0
    while True:
        while at < len(text) and text[at] in BETWEEN:
            at += 1
        if at == len(text):
            return values, None, ""
        try:
            value, at = _DECODER.raw_decode(text, at)
        except ValueError as error:
            return values, _plain(error) if values else fault, text[at:]
        values.append(value)


def spans_lines(head: bytes) -> bool:
    """Return whether the values at the head of a file each stand on several lines."""
    lines = [line for line in head.split(b"\n")[:MAX_LINES] if line.strip(_BETWEEN)]
    begin = head.find(b"{")
    if not lines or begin < 0:
        return False
    scan = _Scan()
    if scan.look(head[begin:]) and not scan.broken:
        first = head[begin : begin + scan.end]
        if b"\n" in first and _is_whole(first):
            return True
    return not any(line.lstrip(_BETWEEN).startswith(b"{") and _is_whole(line) for line in lines)


def _is_whole(line: bytes) -> bool:
    return parse_values(line.decode("utf-8", "replace"))[1] is None


def split_values(stream: BinaryIO, limit: int) -> Iterator[Raw]:
    """Yield the objects of a stream that stand on several lines, and what stands between them and is none."""
    buffer = bytearray()
    indent, descents = b"", 0
    while True:
        begin = buffer.find(b"{")
        if begin < 0:
            yield from _garbage(bytes(buffer), limit)
            buffer[:] = stream.read(BLOCK_BYTES)
            if not buffer:
                return
            continue
        before = bytes(buffer[:begin])
        yield from _garbage(before, limit)
        indent = before[len(before.rstrip(b" \t")) :] if before else indent
        del buffer[:begin]
        scan = _Scan(indent)
        while not scan.look(buffer) and len(buffer) <= limit and (block := stream.read(BLOCK_BYTES)):
            buffer += block
        if scan.too_deep:
            scan.end = scan.end or len(buffer)
            yield Raw(bytes(buffer[: min(scan.end, limit)]), "malformed-json", f"nested over {MAX_FOLLOWED} deep")
        elif scan.end and not scan.broken:
            yield Raw(bytes(buffer[: scan.end]))
        elif len(buffer) > limit and scan.in_text:
            yield Raw(bytes(buffer[:KEPT_BYTES]), "too-large", f"an object of over {limit:,} bytes")
            buffer[:] = _skip_to_object(stream)
        else:
            if not scan.end:  # not closed, or an object around all others: what is in it counts
                descents += 1
                inner = buffer.find(b"{", 1) if descents <= MAX_DESCENTS else -1
                scan.end = inner if inner > 0 else len(buffer)
            yield Raw(bytes(buffer[: min(scan.end, limit)]), "malformed-json", "an object that is not closed")
        del buffer[: scan.end]


class _Scan:
    """A search for the end of an object that goes on where it stopped when more of it has been read."""

    def __init__(self, indent: bytes = b"") -> None:
        """Take what stands before the object on its line: another that stands as far in is a next one."""
        self.end = 0  # where the object ends; 0: not yet known
        self.broken = False  # another one begins there, and it was not closed
        self.too_deep = False  # it ends where the next line begins with an object
        self.in_text = False
        self._next = b"\n" + indent + b"{"
        self._at = 0
        self._open = bytearray()  # brackets that are open

    def look(self, buffer: bytes | bytearray) -> bool:
        """Look for the end in the object's bytes so far; returns whether it was there."""
        while not self.end:
            if self.too_deep:
                self.end = buffer.find(self._next, self._at) + 1
                self._at = max(self._at, len(buffer) - len(self._next))
                return self.end > 0
            if self.in_text and not self._leave_text(buffer):
                return False
            if self.end:
                break
            token = _TOKEN.search(buffer, self._at)
            if token is None:
                self._at = len(buffer)
                return False
            self._take(token[0], token.start(), buffer)
        return True

    def _leave_text(self, buffer: bytes | bytearray) -> bool:
        """Go to the end of a text, if it is there."""
        match = _INSIDE.match(buffer, self._at)
        at = match.end() if match else self._at
        following = buffer.find(self._next, max(0, self._at - len(self._next)), at)
        if following >= 0:  # a text that was never closed
            self.end, self.broken = following + 1, True
            return True
        if buffer[at : at + 1] != b'"':
            self._at = at
            return False
        self._at, self.in_text = at + 1, False
        return True

    def _take(self, mark: bytes, at: int, buffer: bytes | bytearray) -> None:
        """Take a bracket or a quote into account."""
        self._at = at + 1
        if mark == b'"':
            self.in_text = True
        elif mark in b"}]":
            del self._open[-1:]
            self.end = 0 if self._open else at + 1
        elif mark == b"{" and self._open[-1:] == b"{" and _before(buffer, at) != b":":
            self.end, self.broken = at, True  # no object stands in another without a name
        else:
            self._open += mark
            self.too_deep = len(self._open) > MAX_FOLLOWED


def _before(buffer: bytes | bytearray, at: int) -> bytes:
    """Return the last byte before a place that is no white space."""
    while at and buffer[at - 1] in b" \t\r\n":
        at -= 1
    return bytes(buffer[at - 1 : at])


def _garbage(content: bytes, limit: int) -> Iterator[Raw]:
    if content.strip(_BETWEEN):
        yield Raw(content[:limit], "malformed-json", "no object")


def _skip_to_object(stream: BinaryIO) -> bytes:
    """Return what follows from the next line that begins with an object."""
    rest = b""
    while block := stream.read(BLOCK_BYTES):
        rest += block
        if match := re.search(rb"\n[ \t]*\{", rest):
            return rest[match.start() :]
        rest = rest[-KEPT_BYTES:]
    return b""


def _is_too_deep(text: str) -> bool:
    """Return whether objects and lists lie too deep in each other."""
    depth = 0
    if text.count("{") + text.count("[") > MAX_NESTING:
        for match in _BRACKET.finditer(text):
            depth += (match[0] in "{[") - (match[0] in "}]")
            if depth > MAX_NESTING:
                return True
    return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object in which a name that comes twice keeps both values."""
    values = dict(pairs)
    if len(values) == len(pairs):
        return values
    values = {}
    counts: dict[str, int] = {}
    for name, value in pairs:
        counts[name] = counts.get(name, 0) + 1
        free = name if counts[name] == 1 else f"{name} ({counts[name]})"
        values[free_name(free, values)] = value
    return values


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _constant(name: str) -> str | None:
    return None if name == "NaN" else name


def _plain(error: ValueError) -> str:
    return str(error).removesuffix(" (char 0)")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, strict=False)
