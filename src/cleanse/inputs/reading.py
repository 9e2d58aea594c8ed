"""The one place where formats are read, and where what goes wrong becomes a record with a reason."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from cleanse.documents import Reason, Record
from cleanse.inputs import rich_text, warc, xml_records
from cleanse.inputs.file_types import HEAD_BYTES, tell_format, tell_records
from cleanse.inputs.formats import FORMATS, SUFFIXES, Format
from cleanse.inputs.records import MAX_DOCUMENT_BYTES, Fields, Piece, Source
from cleanse.inputs.streams import COMPRESSIONS, TooLargeError, as_stream, hold, look_ahead, open_file, open_stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r"(?:[_.]|[- ]?[0-9]).*", re.DOTALL)  # `ouest-france_2023-05.txt`, `lemonde 12.txt`

_QUERY = re.compile(r"[?@].*", re.DOTALL)  # `style.css?v=3`, `page.html@id=7`: how mirrors name what a query gave

ARCHIVES = ("zip", "tar")
LEVELS = 2  # archives within each other that are read: people zip folders of zips; bombs go five levels deep
PAGES = ("text", "html")  # formats of one page a file
ENVIRONMENT_REASONS = ("unreadable",)  # what the machine did, not what the content is: another run may read it


def read(piece: Piece, fields: Fields) -> Iterator[Record]:
    """Yield the records of a piece, in order. What cannot be read is a record with a reason; nothing raises."""
    source = piece.source
    if source.reason is not None:
        yield Record(source.id, b"", reason=source.reason)
        return
    yield from _guarded(piece, _open(piece, fields), fields)


def read_stream(name: str, stream: BinaryIO, fields: Fields) -> Iterator[Record]:
    """Yield the records of one member of an archive; an error becomes a record with its reason, and ends the member.

    Args:
        name: Id of the member, such as `archive.zip!/page.csv.gz`. Its suffix says what it is, else its content.
        stream: The member's bytes; they are read in order and once.
        fields: Which fields of records are used.
    """
    form, compression, suffix = format_of(name)
    stream = as_stream(stream)
    try:
        reason = None
        if form == "unknown":
            form, reason = tell_unknown(look_ahead(stream, HEAD_BYTES), suffix)
        if form in ARCHIVES and name.count("!/") >= LEVELS:
            reason = Reason("nested-archive", f"archives over {LEVELS} deep are not read")
    except Exception as error:  # noqa: BLE001  the first bytes cannot be had
        reason = reason_for(error)
    if reason is not None:
        yield Record(name, b"", reason=reason)
        return
    piece = Piece(Source(name, "", form, 0, compression), 0)
    yield from _guarded(piece, _records(stream, piece, fields), fields)


def format_of(name: str) -> tuple[str, str | None, str]:
    """Return the format that a file's name says ("unknown": none), its compression, and the suffix that was looked at."""
    stem, suffix = os.path.splitext(name.lower())
    compression = COMPRESSIONS.get(suffix)
    if compression:
        suffix = os.path.splitext(stem)[1]
    suffix = _QUERY.sub("", suffix)
    return SUFFIXES.get(suffix, "unknown"), compression, suffix


def tell_unknown(head: bytes, suffix: str) -> tuple[str, Reason | None]:
    """Return the format of a file whose name says none, or why it is not read, by its first bytes."""
    form, words = tell_format(head, suffix)
    if form in FORMATS:
        return form, None
    known = " ".join(SUFFIXES)
    return "unknown", Reason("unknown-format", f"{words} ({suffix or 'no suffix'}); known: {known}, .gz .zst of them")


def reason_for(error: Exception) -> Reason:
    """Return what an error means: `unreadable` is what the environment did, `damaged` what the content is."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno):
        return Reason("unreadable", plain_error(error))
    return Reason("too-large" if isinstance(error, TooLargeError) else "damaged", plain_error(error))


def plain_error(error: BaseException) -> str:
    """Return an error's own words, without the path (which differs between machines)."""
    words = str(getattr(error, "strerror", None) or error) or type(error).__name__
    return words.encode("utf-8", "replace").decode()[:300]


def _open(piece: Piece, fields: Fields) -> Iterator[Record]:
    with open_file(piece.source.path) as file:
        yield from _records(file, piece, fields)


def _records(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    form = FORMATS[piece.source.format]
    content = stream if form.compressed else open_stream(stream)
    if form.name in PAGES:
        form = _renamed(look_ahead(content, HEAD_BYTES)) or form
    yield from form.read(hold(content, MAX_DOCUMENT_BYTES) if form.seeks else content, piece, fields)


def _renamed(head: bytes) -> Format | None:
    """Return the format of a file that is called a page and surely is none: a crawl, a feed, rich text."""
    if warc.is_warc(head):
        return FORMATS["warc"]
    if head.startswith(rich_text.MAGIC):
        return FORMATS["rtf"]
    if xml_records.is_known(head):
        return FORMATS["xml"]
    records = tell_records(head)
    return FORMATS[records] if records else None


def _guarded(piece: Piece, records: Iterator[Record], fields: Fields) -> Iterator[Record]:
    """Yield the records up to an error, and one with its reason in place of the rest."""
    container = FORMATS[piece.source.format].container
    name, n, empty = piece.source.id, 0, True
    site = _site_of(name, fields.site_from)
    try:
        for record in records:
            if record.id == name:
                n = record.number
            empty = False
            yield replace(record, site=site) if site and not record.site else record
    except Exception as error:  # noqa: BLE001  a bad file is data, whatever a reader stumbles over
        reason = reason_for(error)
        if n:
            reason = Reason(reason.rule, f"after record {n}: {reason.evidence}")
        yield Record(name, b"", n + 1 if container else 0, reason=reason)
        return
    if empty and piece.stop is None:
        yield Record(name, b"", reason=Reason("empty", "no record in it"))


def _site_of(name: str, site_from: str | None) -> str | None:
    """Return what a source's path says of its site: its first folder, or its name up to a number."""
    path = name.partition("!/")[0]
    if site_from == "folder":
        return path.partition("/")[0] if "/" in path else None
    if site_from == "name":
        return _NAME.sub("", path.rpartition("/")[2]) or None
    return None
