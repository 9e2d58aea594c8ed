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
MAX_DIGITS = 4000  # of a number; a longer one stays text (Python refuses 4,300)
MAX_IN_VAIN = 4 << 30  # bytes looked through for the ends of broken objects, after which the rest of a file is one
MAX_LINES = 100  # at the head of a file by which its shape is judged
KEPT_BYTES = 64 << 10  # of what is passed over
BETWEEN = " \t\r\n,\x1e[]\ufeff"  # what stands between values: RFC 7464 has a record separator, an array commas
_BETWEEN = BETWEEN.encode()
_TOKEN = re.compile(rb'["{}\[\]]')
_INSIDE = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)  # of a text
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
    end = _Scan().find_end(head[begin:])
    if end is not None and b"\n" in head[begin : begin + end] and _is_whole(head[begin : begin + end]):
        return True
    return not any(line.lstrip(_BETWEEN).startswith(b"{") and _is_whole(line) for line in lines)


def _is_whole(line: bytes) -> bool:
    return parse_values(line.decode("utf-8", "replace"))[1] is None


def split_values(stream: BinaryIO, limit: int) -> Iterator[Raw]:
    """Yield the objects of a stream that stand on several lines, and what stands between them and is none."""
    buffer = bytearray()
    indent, in_vain = b"", 0
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
        scan = _Scan()
        while (end := scan.find_end(buffer)) is None and len(buffer) <= limit and (block := stream.read(BLOCK_BYTES)):
            buffer += block
        if end is not None:
            yield Raw(bytes(buffer[:end]))
            del buffer[:end]
        elif len(buffer) > limit and scan.in_text:
            yield Raw(bytes(buffer[:KEPT_BYTES]), "too-large", f"an object of over {limit:,} bytes")
            buffer[:] = _skip_to_object(stream)
        else:  # not closed, or an object around all others: what is in it counts
            in_vain += len(buffer)
            at = _next_object(buffer, indent) if in_vain < MAX_IN_VAIN else len(buffer)
            yield Raw(bytes(buffer[: min(at, limit)]), "malformed-json", "an object that is not closed")
            del buffer[:at]


class _Scan:
    """A search for the end of an object that goes on where it stopped when more of it has been read."""

    def __init__(self) -> None:
        self._at = self._depth = 0
        self.in_text = False

    def find_end(self, buffer: bytes | bytearray) -> int | None:
        """Return where the object ends that begins the buffer, or None."""
        while True:
            if self.in_text:
                match = _INSIDE.match(buffer, self._at)
                self._at = match.end() if match else self._at
                if buffer[self._at : self._at + 1] != b'"':
                    return None
                self._at, self.in_text = self._at + 1, False
            token = _TOKEN.search(buffer, self._at)
            if token is None:
                self._at = len(buffer)
                return None
            self._at = token.end()
            mark = token[0]
            self.in_text = mark == b'"'
            self._depth += (mark in b"{[") - (mark in b"}]")
            if self._depth <= 0:
                return self._at


def _garbage(content: bytes, limit: int) -> Iterator[Raw]:
    if content.strip(_BETWEEN):
        yield Raw(content[:limit], "malformed-json", "no object")


def _next_object(buffer: bytearray, indent: bytes) -> int:
    """Return where the next object may begin: on a line of its own, as far in as the others; else anywhere."""
    at = buffer.find(b"\n" + indent + b"{")
    return at + 1 if at >= 0 else _or_end(buffer.find(b"{", 1), buffer)


def _or_end(at: int, buffer: bytearray) -> int:
    return len(buffer) if at < 0 else at


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
    for name, value in pairs:
        values[free_name(name, values)] = value
    return values


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _constant(name: str) -> str | None:
    return None if name == "NaN" else name


def _plain(error: ValueError) -> str:
    return str(error).removesuffix(" (char 0)")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, strict=False)
