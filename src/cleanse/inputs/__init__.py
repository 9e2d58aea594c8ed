"""Where documents come from: the files of an input, cut into pieces, each piece read as records.

`list_sources` finds the files, `cut` divides a file into pieces, `read` yields the records of a piece, and `fingerprint`
is a digest of what a piece holds. A piece is what one worker reads in one go: a whole file, a byte range, a range of row
groups or of an archive's members. Records are numbered from 1 within their piece; the pipeline adds what came before, so
that no worker has to know it. A record whose id is not its source's (`archive.zip!/page.html`) is numbered within itself.

Add a format:

1. Write a module with `read(stream, piece, fields)`. It yields records called `piece.source.id`, numbered from 1, or one
   record with the number 0 where a file is one document. `stream` holds decompressed bytes: of a file or of a member of
   an archive. It can seek only where it is an uncompressed file.
2. Add a line to `formats.FORMATS`: name, suffixes, `read`, and whether it is a container. Compression (.gz, .zst) and
   members of archives come of themselves.
3. Where one file is work for several workers, add `cut(source)`, which returns pieces with `start` and `stop`, and
   `content(piece)`, which yields the bytes that a piece's records come from. Only then `piece.stop` is not None.
4. Make records of fields with `records.make_record(name, number, values, fields)`, so that names, dates, encodings and
   limits are the same in every format.
5. Read members of an archive with `reading.read_stream(id, stream, fields)`. Import it inside the function: the table of
   formats imports the formats.
6. Raise nothing and catch little. `reading` turns any exception into one record with a reason, after the records before
   it; a reader handles only what it can read on after. Reasons are of two kinds: those in `ENVIRONMENT_REASONS`
   (`unreadable`) are what the machine did, and must not be cached; all others are what the content is.

No format holds more in memory than a record: see `records.MAX_DOCUMENT_BYTES`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cleanse.inputs.formats import CONTAINERS, FORMATS, SUFFIXES, Format
from cleanse.inputs.listing import Listing, check_input, list_sources
from cleanse.inputs.reading import ENVIRONMENT_REASONS, plain_error, read, read_stream
from cleanse.inputs.records import Fields, Piece, Source
from cleanse.inputs.streams import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "CONTAINERS",
    "ENVIRONMENT_REASONS",
    "FORMATS",
    "SUFFIXES",
    "Fields",
    "Format",
    "Listing",
    "Piece",
    "Source",
    "check_input",
    "cut",
    "fingerprint",
    "list_sources",
    "read",
    "read_stream",
]


def cut(source: Source) -> tuple[Piece, ...]:
    """Return the pieces of a source, in order: the same for the same file, whoever reads it. Never raises."""
    if source.reason is None and source.version is None and (divide := FORMATS[source.format].cut) is not None:
        try:
            if pieces := divide(source):
                return pieces
        except Exception:  # noqa: BLE001  whatever is wrong with a file, reading it says so
            return (Piece(source, source.size),)
    return (Piece(source, source.size),)


def fingerprint(piece: Piece) -> str:
    """Return a digest of what a piece holds: name, format, range and content. An unreadable file has one too."""
    digest = hashlib.blake2b(digest_size=16)
    source = piece.source
    digest.update(repr((source.id, source.format, source.reason, piece.start, piece.stop)).encode("utf-8", "replace"))
    if source.reason is None:
        try:
            for block in _content(piece):
                digest.update(block)
        except Exception as error:  # noqa: BLE001  whatever is wrong with a file, reading it says so
            digest.update(plain_error(error).encode())
    return digest.hexdigest()


def _content(piece: Piece) -> Iterator[bytes]:
    if piece.source.version is not None:  # a file of a store is not read twice: its version stands for it
        yield piece.source.version.encode()
        return
    content = FORMATS[piece.source.format].content
    yield from blocks(piece.source.path) if content is None or piece.stop is None else content(piece)
