"""One page per file: text, Markdown, HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanse.documents import Reason, Record
from cleanse.inputs.records import MAX_DOCUMENT_BYTES, Fields, Piece, blocks, open_stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cleanse.inputs.listing import Source


def cut(source: Source) -> tuple[Piece, ...]:
    """A page is never split."""
    return (Piece(source, size=source.size),)


def content(piece: Piece) -> Iterator[bytes]:
    """The bytes that a piece's records come from."""
    return blocks(piece.source.path)


def read(piece: Piece, fields: Fields) -> Iterator[Record]:  # noqa: ARG001  the same call for every format
    """The one record of a file; a Markdown or text file is never taken for HTML unless it is a whole HTML page."""
    with open_stream(piece.source) as file:
        raw = file.read(MAX_DOCUMENT_BYTES + 1)
    if len(raw) > MAX_DOCUMENT_BYTES:
        yield Record(piece.source.id, b"", reason=Reason("too-large", f"over {MAX_DOCUMENT_BYTES:,} bytes"))
        return
    yield Record(piece.source.id, raw, kind="html" if piece.source.format == "html" else _kind(piece.source.id))


def _kind(name: str) -> str | None:
    """Markdown may hold HTML and is text all the same; a text file may turn out to be a whole HTML page."""
    return "text" if name.lower().removesuffix(".gz").removesuffix(".zst").endswith((".md", ".markdown")) else None
