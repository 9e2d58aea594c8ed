"""One JSON object a line. Uncompressed files are cut into byte ranges; a line belongs to the piece in which it starts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

from cleanse.documents import Reason, Record
from cleanse.inputs.records import MAX_DOCUMENT_BYTES, Fields, Piece, Source, make_record

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE_BYTES = 16 << 20  # a worker's portion: seconds of work, and one worker's texts stay far below its memory
_LINE_LIMIT = 2 * MAX_DOCUMENT_BYTES  # a text in JSON escapes is longer than the text; a longer line is passed over


def cut(source: Source) -> tuple[Piece, ...]:
    """Byte ranges of an uncompressed file; a compressed one is read in one go."""
    if source.compression or source.size <= PIECE_BYTES:
        return (Piece(source, size=source.size),)
    starts = range(0, source.size, PIECE_BYTES)
    return tuple(Piece(source, min(PIECE_BYTES, source.size - a), a, min(a + PIECE_BYTES, source.size)) for a in starts)


def content(piece: Piece) -> Iterator[bytes]:
    """Yield the bytes that a piece's records come from."""
    with open(piece.source.path, "rb") as file:
        yield from (line or b"" for line in _lines(file, piece))


def read(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    """Yield the records of a piece: a line that cannot be read is a record with the reason. Blank lines do not count."""
    n = 0
    for line in _lines(stream, piece):
        if line is not None and line.isspace():
            continue
        n += 1
        yield _record(piece.source.id, n, line, fields)


def _record(name: str, n: int, line: bytes | None, fields: Fields) -> Record:
    if line is None:
        return Record(name, b"", n, reason=Reason("too-large", f"a line of over {_LINE_LIMIT:,} bytes"))
    try:
        try:
            values = json.loads(line)
        except UnicodeDecodeError:  # not UTF-8: keep the bytes for the decoder
            values = json.loads(line.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as error:
        return Record(name, line, n, reason=Reason("malformed-json", str(error).removesuffix(" (char 0)")))
    if not isinstance(values, dict):
        return Record(name, line, n, reason=Reason("malformed-json", f"{type(values).__name__}, not an object"))
    return make_record(name, n, values, fields)


def _lines(file: BinaryIO, piece: Piece) -> Iterator[bytes | None]:
    """Yield the lines that start in the piece, None for one that is too long to be held."""
    at = piece.start
    if at:
        file.seek(at - 1)
        at = at - 1 + _skip(file)
    first = at == 0
    while piece.stop is None or at < piece.stop:
        line = file.readline(_LINE_LIMIT + 1)
        if not line:
            return
        at += len(line)
        if len(line) > _LINE_LIMIT:
            at += 0 if line.endswith(b"\n") else _skip(file)
            yield None
        else:
            yield line.removeprefix(b"\xef\xbb\xbf") or b"\n" if first else line
        first = False


def _skip(file: BinaryIO) -> int:
    """Read to the end of the line without holding it; returns the bytes passed."""
    passed = 0
    while line := file.readline(_LINE_LIMIT):
        passed += len(line)
        if line.endswith(b"\n"):
            break
    return passed
