"""Why a document, or parts of it, are gone: everything from the output folder's tables, without the original input."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cleanse.corpus import TABLES, read_manifest
from cleanse.documents import Span
from cleanse.errors import CleanseError
from cleanse.marks import restore

if TYPE_CHECKING:
    from pathlib import Path

_SUGGESTIONS = 5


@dataclass(frozen=True, slots=True)
class Explanation:
    """A document's row of `documents/`, its page text with the removed spans, and its kept twin's text if it has one."""

    row: dict[str, Any]
    text: str  # as in corpus/ or withheld/
    page_text: str
    removed: tuple[Span, ...]
    twin_text: str | None = None  # of the kept document that this one is a duplicate of


def explain(output: Path, name: str) -> Explanation:
    """The whole story of one document. Raises CleanseError where the output holds no such id, with the closest ones."""
    read_manifest(output)
    rows = _rows(output, "documents", name)
    if not rows:
        raise CleanseError(f"{str(output)!r} holds no document {name!r}.{_suggest(output, name)}")
    row = rows[0]
    spans = tuple(
        Span(s["start"], s["end"], s["text"], s["step"], s["rule"], s["evidence"])
        for s in sorted(_rows(output, "removed", name), key=lambda s: s["start"])
    )
    text = _text(output, name)
    twin = None
    if row["duplicate_of"] and not row["duplicate_corpus"]:
        twin = _text(output, row["duplicate_of"])
    return Explanation(row, text, restore(text, spans), spans, twin)


def _text(output: Path, name: str) -> str:
    for table in ("corpus", "withheld"):
        found = _rows(output, table, name, ["text"])
        if found:
            return found[0]["text"] or ""
    return ""


def _rows(output: Path, table: str, name: str, columns: list[str] | None = None) -> list[dict[str, Any]]:
    import pyarrow.dataset as ds

    if table not in TABLES or not (output / table).is_dir():
        return []
    parts = sorted(str(p) for p in (output / table).glob("part-*.parquet"))
    rows: list[dict[str, Any]] = (
        ds.dataset(parts, format="parquet").to_table(columns=columns, filter=ds.field("id") == name).to_pylist()
        if parts
        else []
    )
    return rows


def _suggest(output: Path, name: str) -> str:
    import pyarrow.dataset as ds

    parts = sorted(str(p) for p in (output / "documents").glob("part-*.parquet"))
    ids = ds.dataset(parts, format="parquet").to_table(columns=["id"])["id"].to_pylist() if parts else []
    inside = [i for i in ids if name.lower() in i.lower()][:_SUGGESTIONS]
    close = inside or difflib.get_close_matches(name, ids[:200_000], _SUGGESTIONS, 0.5)
    return f" Did you mean {', '.join(map(repr, close))}?" if close else ""
