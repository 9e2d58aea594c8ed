"""Where pages come from: the files of an input, cut into pieces, each piece read as records.

One module per format; `FORMATS` is the list. A piece is what one worker reads in one go: a whole file, a byte range of a
JSONL file, a range of row groups of a Parquet file. Records are numbered from 1 within their piece; the pipeline adds what
came before, so that no worker has to know it. A new kind of source (a crawl archive, a remote folder) is one more module
with `cut` and `read`, and a line in `FORMATS`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cleanse.documents import Reason, Record
from cleanse.inputs import csv_table, jsonl, page_files, parquet
from cleanse.inputs.listing import SUFFIXES, Listing, Source, list_sources
from cleanse.inputs.records import Fields, Piece

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FORMATS", "SUFFIXES", "Fields", "Listing", "Piece", "Source", "cut", "fingerprint", "list_sources", "read"]

FORMATS: dict[str, Any] = {"text": page_files, "html": page_files, "jsonl": jsonl, "parquet": parquet, "csv": csv_table}


def cut(source: Source) -> tuple[Piece, ...]:
    """The pieces of a source, in order; the same for the same file, whoever reads it."""
    if source.reason is not None:
        return (Piece(source, size=0),)
    pieces: tuple[Piece, ...] = FORMATS[source.format].cut(source)
    return pieces


def read(piece: Piece, fields: Fields) -> Iterator[Record]:
    """The records of a piece, in order. What cannot be read is a record with a reason; nothing raises."""
    source = piece.source
    if source.reason is not None:
        yield Record(source.id, b"", reason=source.reason)
        return
    try:
        yield from FORMATS[source.format].read(piece, fields)
    except (OSError, EOFError) as error:
        number = 0 if piece.stop is None else 1  # two pieces of one file may not claim the same id
        yield Record(source.id, b"", number, reason=Reason("unreadable", _plain(error)))


def fingerprint(piece: Piece) -> str:
    """Digest of what a piece holds: name, format, range and content. An unreadable file has one too."""
    digest = hashlib.blake2b(digest_size=16)
    source = piece.source
    digest.update(repr((source.id, source.format, source.reason, piece.start, piece.stop)).encode("utf-8", "replace"))
    if source.reason is None:
        try:
            for block in FORMATS[source.format].content(piece):
                digest.update(block)
        except OSError as error:
            digest.update(_plain(error).encode("utf-8", "replace"))
    return digest.hexdigest()


def _plain(error: BaseException) -> str:
    """An error's own words, without the path (which differs between machines)."""
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
