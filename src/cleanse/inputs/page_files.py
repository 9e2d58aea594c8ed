"""One page per file: text, Markdown, HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from cleanse.documents import Reason, Record
from cleanse.inputs.press_exports import read_export
from cleanse.inputs.records import MAX_DOCUMENT_BYTES, Fields, Piece

if TYPE_CHECKING:
    from collections.abc import Iterator


def read(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    """Yield the one record of a file, or the articles where it is an export of a press database.

    A Markdown or text file is never taken for HTML unless it is a whole HTML page.
    """
    name = piece.source.id
    raw = stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(raw) > MAX_DOCUMENT_BYTES:
        yield Record(name, b"", reason=Reason("too-large", f"over {MAX_DOCUMENT_BYTES:,} bytes"))
        return
    if articles := read_export(raw, name, fields):
        yield from articles
        return
    yield Record(name, raw, kind="html" if piece.source.format == "html" else _kind(name))


def _kind(name: str) -> str | None:
    """Return "text" for a Markdown file name, so that HTML inside it is not parsed as a page; else None."""
    return "text" if name.lower().removesuffix(".gz").removesuffix(".zst").endswith((".md", ".markdown")) else None
