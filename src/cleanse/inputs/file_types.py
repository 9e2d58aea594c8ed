"""What a file is by its content, where its name does not say: pages of a mirror without a suffix, and binary files by name."""

from __future__ import annotations

import io
import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from cleanse.encoding.decoding import decode
from cleanse.inputs.streams import look_ahead, open_stream

HEAD_BYTES = 16 << 10  # by which a file is told
_MARKS = (  # where they stand, and the format whose files have them there
    (0, b"WARC/1.", "warc"),
    (0, b"WARC/0.", "warc"),
    (0, b"PAR1", "parquet"),
    (257, b"ustar", "tar"),
    (0, b"{\\rtf", "rtf"),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_HTML = re.compile(
    r"(?:<\?xml[^<>]{0,500}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*(?:<!doctype\s+html|<html|<head|<body)\b",
    re.IGNORECASE | re.DOTALL,
)
_JSON = re.compile(r'[\[\s\x1e]*\{\s*(?:"(?:[^"\\]|\\.)*"\s*:|\})')
_XML = re.compile(r"<\?xml\s|<(?:rss|feed|rdf:RDF|TEI|nitf|newsItem|newsMessage)\b")


def tell_format(head: bytes, suffix: str) -> tuple[str, str]:
    """Return the format of a file, "unknown" if it is none that is read, and what it is.

    Args:
        head: Its first bytes.
        suffix: Of its name, in lower case with the dot.
    """
    head = look_ahead(open_stream(io.BytesIO(head)), HEAD_BYTES)
    for at, mark, form in _MARKS:
        if head.startswith(mark, at):
            return form, f"{form} file"
    if head.startswith(_ZIP):
        return _tell_zip(head)
    decoded = decode(head)
    if decoded.rejected is not None and decoded.rejected.rule == "not-text":
        return "unknown", decoded.rejected.evidence
    text = (decoded.text or "").lstrip("\ufeff \t\r\n")
    if _HTML.match(text):
        return "html", "HTML page"
    if suffix in _not_pages():
        return "unknown", "no page"
    form = "json" if _JSON.match(text) else "xml" if _XML.match(text) else "text"
    return form, form


def _tell_zip(head: bytes) -> tuple[str, str]:
    names = head.replace(b"PK\x03\x04", b"")
    members: dict[str, str] = _types()["zip_members"]
    for mark, name in members.items():
        if mark.encode() in names:
            return name, f"{name} document"
    return "zip", "ZIP archive"


@cache
def _not_pages() -> frozenset[str]:
    suffixes: str = _types()["not_pages"]
    return frozenset(suffixes.split())


@cache
def _types() -> dict[str, Any]:
    return tomllib.loads((files("cleanse.inputs") / "file_types.toml").read_text(encoding="utf-8"))
