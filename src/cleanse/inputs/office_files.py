"""Documents that are a ZIP of XML: .docx, .odt, .epub. One file is one document; its markup is read, never run."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote

from cleanse.documents import Reason, Record
from cleanse.inputs.carrying import carry_json
from cleanse.inputs.press_exports import read_text
from cleanse.inputs.record_dates import read_date
from cleanse.inputs.records import MAX_DOCUMENT_BYTES
from cleanse.inputs.tree_text import HTML, Layout, local_name, text_of
from cleanse.inputs.xml_stream import XmlError, read_elements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from xml.etree.ElementTree import Element

    from cleanse.inputs.records import Fields, Piece

OLE_MAGIC = b"\xd0\xcf\x11\xe0"  # what office programs write around a document with a password, and before 2007
CHAPTERS = 10_000  # of a book
# WordprocessingML (ISO/IEC 29500) and OpenDocument (ISO/IEC 26300). Deleted text of tracked changes is no text.
DOCX = Layout(
    paragraphs=frozenset(["p", "tbl"]),
    lines=frozenset(["tr"]),
    breaks=frozenset(["br", "cr"]),
    spaces=frozenset(["tc", "tab"]),
    hidden=frozenset(["del", "moveFrom", "instrText", "pPr", "rPr", "Fallback", "footnoteReference", "posOffset"]),
)
ODT = Layout(
    paragraphs=frozenset(["p", "h", "table"]),
    lines=frozenset(["table-row"]),
    breaks=frozenset(["line-break"]),
    spaces=frozenset(["table-cell", "tab", "s"]),
    hidden=frozenset(["tracked-changes", "annotation", "sequence-decls", "forms", "note-citation"]),
)


class NotReadableError(Exception):
    """A document has a password, or a part that it must have is missing or too long."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a document holds and says of itself."""

    text: str = ""
    title: str | None = None
    author: str | None = None
    date: str | None = None
    url: str | None = None
    carried: tuple[tuple[str, object], ...] = ()


def read_docx(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    """Yield the document of a .docx file, or the articles where it is an export of a press database."""
    record = _read(stream, piece, fields, _docx)
    articles = read_text(record.raw, record.id, fields) if isinstance(record.raw, str) else []
    yield from articles or [record]


def read_odt(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    """Yield the document of an .odt file."""
    yield _read(stream, piece, fields, _odt)


def read_epub(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    """Yield the document of an .epub file: its chapters, one after the other."""
    yield _read(stream, piece, fields, _epub)


def _read(stream: BinaryIO, piece: Piece, fields: Fields, parse: Callable[[zipfile.ZipFile], Content]) -> Record:
    record = Record(piece.source.id, b"")
    try:
        with zipfile.ZipFile(stream) as parts:
            content = parse(parts)
    except zipfile.BadZipFile as error:
        stream.seek(0)
        if stream.read(4) == OLE_MAGIC:
            return replace(record, reason=Reason("encrypted", "an office document with a password, or of before 2007"))
        return replace(record, reason=Reason("damaged", str(error)))
    except (NotReadableError, XmlError, zlib.error, OSError, ValueError, EOFError, NotImplementedError) as error:
        rule = "encrypted" if "password" in str(error) else "damaged"
        return replace(record, reason=Reason(rule, str(error)))
    return replace(
        record,
        raw=content.text,
        kind="text",
        title=content.title,
        author=content.author,
        date=content.date,
        url=content.url,
        fields=carry_json(dict(content.carried), fields),
        reason=None if content.text else Reason("empty", "a document without a text"),
    )


def _part(parts: zipfile.ZipFile, name: str) -> bytes:
    """Return a part of a document, within the limit."""
    try:
        info = parts.getinfo(name)
    except KeyError:
        raise NotReadableError(f"it has no {name}") from None
    if info.flag_bits & 1:
        raise NotReadableError("a document with a password")
    with parts.open(info) as file:
        content = file.read(MAX_DOCUMENT_BYTES + 1)
    if len(content) > MAX_DOCUMENT_BYTES:
        raise NotReadableError(f"{name} is longer than {MAX_DOCUMENT_BYTES:,} bytes")
    return content


def _elements(content: bytes, *names: str) -> list[Element]:
    """Return the elements of these names; one inside another is not part of it."""
    return list(read_elements(io.BytesIO(content), lambda name, _: local_name(name) in names))


def _text_by_name(content: bytes, *names: str) -> dict[str, list[str]]:
    """Return name → texts of the elements of these names, such as those of the Dublin Core."""
    texts: dict[str, list[str]] = {}
    for element in _elements(content, *names):
        if text := " ".join("".join(element.itertext()).split()):
            texts.setdefault(local_name(element.tag), []).append(text)
    return texts


def _docx(parts: zipfile.ZipFile) -> Content:
    body = _elements(_part(parts, "word/document.xml"), "body")
    _write_signs(body, {"noBreakHyphen": "\N{NON-BREAKING HYPHEN}"})
    text = "\n\n".join(text_of(element, DOCX) for element in body).strip()
    if "word/footnotes.xml" in parts.namelist():
        notes = _elements(_part(parts, "word/footnotes.xml"), "footnotes")
        text = "\n\n".join(filter(None, [text, *(text_of(element, DOCX).strip() for element in notes)]))
    core = _text_by_name(_part(parts, "docProps/core.xml"), *_CORE) if "docProps/core.xml" in parts.namelist() else {}
    headline = next((t for e in body for p in e.iter() if _is_title(p) and (t := text_of(p, DOCX).strip())), None)
    return _described(Content(text, title=headline), core)


def _write_signs(bodies: list[Element], signs: dict[str, str]) -> None:
    """Write the characters that elements stand for."""
    for element in (element for body in bodies for element in body.iter()):
        if sign := signs.get(local_name(element.tag)):
            element.text = sign


def _is_title(paragraph: Element) -> bool:
    """Return whether a paragraph has the style of a document's title."""
    if local_name(paragraph.tag) != "p":
        return False
    styles = [value for e in paragraph.iter() if local_name(e.tag) == "pStyle" for value in e.attrib.values()]
    return any(style.lower() in ("title", "titre", "titel", "título", "titolo") for style in styles)


_CORE = ("title", "creator", "initial-creator", "created", "creation-date", "modified", "date", "subject")


def _described(content: Content, core: dict[str, list[str]]) -> Content:
    """Return a content with what the program wrote about it. Its dates are those of the file, and so no dates of publication.

    A title there is often a template's; it counts where the text begins with it.
    """
    title = next(iter(core.get("title", [])), None)
    begin = " ".join(content.text[:2000].split())
    creators = core.get("creator") or core.get("initial-creator") or []
    created = core.get("created") or core.get("creation-date") or []
    carried = (("file_title", title), ("file_created", next(iter(created), None)))
    return replace(
        content,
        title=content.title or (title if title and title in begin else None),
        author=", ".join(dict.fromkeys(creators)) or None,
        carried=carried,
    )


def _odt(parts: zipfile.ZipFile) -> Content:
    if b"encryption-data" in (
        _part(parts, "META-INF/manifest.xml") if "META-INF/manifest.xml" in parts.namelist() else b""
    ):
        raise NotReadableError("a document with a password")
    body = _elements(_part(parts, "content.xml"), "body")
    _write_signs(body, {"s": " ", "tab": " "})
    text = "\n\n".join(text_of(element, ODT) for element in body).strip()
    core = _text_by_name(_part(parts, "meta.xml"), *_CORE) if "meta.xml" in parts.namelist() else {}
    return _described(Content(text), core)


def _epub(parts: zipfile.ZipFile) -> Content:
    container = _part(parts, "META-INF/container.xml")
    path = next((e.get("full-path") or "" for e in _elements(container, "rootfile")), "")
    package = _part(parts, path)
    manifest = {e.get("id"): e for e in _elements(package, "item")}
    spine = [manifest.get(e.get("idref")) for e in _elements(package, "itemref")]
    chapters, length = [], 0
    for item in spine[:CHAPTERS]:
        if item is None or "nav" in (item.get("properties") or "").split():
            continue
        name = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(item.get("href") or "")))
        if name not in parts.namelist() or "html" not in (item.get("media-type") or "html"):
            continue
        chapter = _chapter_text(_part(parts, name))
        length += len(chapter)
        if length > MAX_DOCUMENT_BYTES:
            raise NotReadableError(f"a book of more than {MAX_DOCUMENT_BYTES:,} characters")
        if chapter:
            chapters.append(chapter)
    facts = _text_by_name(package, "title", "creator", "date", "publisher", "identifier", "source")
    first = {name: texts[0] for name, texts in facts.items()}
    return Content(
        "\n\n".join(chapters),
        title=first.get("title"),
        author=", ".join(dict.fromkeys(facts.get("creator", []))) or None,
        date=read_date(first.get("date")).iso,
        url=source if (source := first.get("source", "")).startswith("http") else None,
        carried=(("publisher", first.get("publisher")), ("identifier", first.get("identifier"))),
    )


def _chapter_text(chapter: bytes) -> str:
    """Return the text of a chapter, which is XHTML, or ought to be."""
    try:
        bodies = _elements(chapter, "body")
    except XmlError:
        import lxml.etree
        import lxml.html

        try:
            bodies = [lxml.html.document_fromstring(chapter, parser=lxml.html.HTMLParser(encoding="utf-8"))]
        except (lxml.etree.LxmlError, ValueError):
            return ""
    return "\n\n".join(text_of(body, HTML) for body in bodies).strip()
