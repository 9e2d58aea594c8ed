"""What a file is by its content, where its name does not say: pages of a mirror without a suffix, and binary files by name."""

from __future__ import annotations

import io
import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from cleanse.encoding.decoding import decode
from cleanse.inputs.csv_dialect import DELIMITERS, PROSE
from cleanse.inputs.field_names import columns_by_name, key_of
from cleanse.inputs.fields import has_text_field
from cleanse.inputs.json_values import parse_values
from cleanse.inputs.streams import look_ahead, open_stream

HEAD_BYTES = 16 << 10  # by which a file is told
LINE_BYTES = 1 << 10  # of it, in which the names of a table's columns stand
_RECORD_MARKS = (b"\t", b";", b"|", b",", b"{")
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
    records = tell_records(head)
    if records is None and suffix in _not_pages():
        return "unknown", "no page"
    form = records or ("json" if _JSON.match(text) else "xml" if _XML.match(text) else "text")
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


def tell_records(head: bytes) -> str | None:
    """Return "csv" or "json" for a text file that is a table or lines of objects by its first lines, else None.

    Spreadsheets save "Unicode text" as `.txt`. A table names its text and another column, by known names; the object on a
    first line of JSON names its text.
    """
    first, _, rest = head.partition(b"\n")
    if not any(mark in first[:LINE_BYTES] for mark in _RECORD_MARKS):
        return None  # most pages: to decode them costs more than all that is done here
    top = head if b"\0" in head else first + b"\n" + rest.partition(b"\n")[0]  # UTF-16 is not cut at a byte
    lines = (decode(top).text or "").lstrip("\ufeff").split("\n", 2)
    header, second = lines[0].strip(), lines[1] if len(lines) > 1 else ""
    if header.startswith("{"):
        values, fault, _ = parse_values(header)
        named = not fault and values and isinstance(values[0], dict) and has_text_field(values[0], ())
        return "json" if named else None
    for delimiter in DELIMITERS:
        names = header.split(delimiter)
        if 1 < len(names) <= second.count(delimiter) + 1 and max(map(len, names)) < PROSE and _names_text(names):
            return "csv"
    return None


def _names_text(names: list[str]) -> bool:
    """Return whether a text and another column are among the names of columns."""
    lexicon = columns_by_name()
    keys = [key_of(name) for name in names]
    known = [key for key in keys if any(key in column for column in lexicon.values())]
    return len(known) > 1 and any(key in lexicon["text"] for key in known)
