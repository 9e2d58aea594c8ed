"""The table of formats: which suffixes each has, whether one file holds many documents, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from cleanse.inputs import (
    csv_table,
    json_records,
    mhtml,
    office_files,
    page_files,
    parquet_table,
    rich_text,
    tar_archive,
    warc,
    xml_records,
    zip_archive,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cleanse.documents import Record
    from cleanse.inputs.records import Fields, Piece, Source

__all__ = ["CONTAINERS", "FORMATS", "SUFFIXES", "Format", "Reader"]


class Reader(Protocol):
    """What reads a format. `stream` holds decompressed bytes; it can seek only where it is an uncompressed file."""

    def __call__(self, stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
        """Yield the records of a piece, named `piece.source.id` and numbered from 1 (0: the file is one document)."""


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file. See the package's docstring for what its functions are given."""

    name: str
    suffixes: tuple[str, ...]  # lower case, with the dot; the longest that a name ends with decides
    read: Reader
    container: bool = True  # one file holds many documents: records are numbered
    compressed: bool = False  # the reader is given a compressed file as it is
    seeks: bool = False  # the reader goes back and forth; a stream that cannot is held in memory, within the limit
    cut: Callable[[Source], tuple[Piece, ...]] | None = None  # None: a file is one piece
    content: Callable[[Piece], Iterator[bytes]] | None = None  # None: all bytes of the file


FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format("text", (".txt", ".text", ".md", ".markdown"), page_files.read, container=False),
        Format("html", (".html", ".htm", ".xhtml"), page_files.read, container=False),
        Format(
            "json",
            (".jsonl", ".ndjson", ".jl", ".json"),
            json_records.read,
            cut=json_records.cut,
            content=json_records.content,
        ),
        Format("csv", (".csv", ".tsv", ".tab"), csv_table.read, cut=csv_table.cut, content=csv_table.content),
        Format(
            "parquet",
            (".parquet",),
            parquet_table.read,
            seeks=True,
            cut=parquet_table.cut,
            content=parquet_table.content,
        ),
        Format("xml", (".xml", ".rss", ".atom", ".rdf", ".wxr", ".tei", ".nitf", ".newsml"), xml_records.read),
        Format("mhtml", (".mhtml", ".mht"), mhtml.read, container=False),
        Format("docx", (".docx",), office_files.read_docx, container=False, seeks=True),
        Format("odt", (".odt",), office_files.read_odt, container=False, seeks=True),
        Format("epub", (".epub",), office_files.read_epub, container=False, seeks=True),
        Format("rtf", (".rtf",), rich_text.read, container=False),
        Format("warc", (".warc", ".wet"), warc.read, compressed=True),
        Format(
            "zip", (".zip", ".wacz"), zip_archive.read, seeks=True, cut=zip_archive.cut, content=zip_archive.content
        ),
        Format("tar", (".tar", ".tgz"), tar_archive.read, compressed=True),
    )
}

SUFFIXES = {suffix: form.name for form in FORMATS.values() for suffix in form.suffixes}
CONTAINERS = tuple(form.name for form in FORMATS.values() if form.container)
