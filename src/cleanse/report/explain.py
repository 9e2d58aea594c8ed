"""Why a document, or parts of it, are gone: everything from the output folder's tables, without the original input."""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.corpus import read_manifest
from cleanse.corpus.reader import columns, parts, rows, spans, texts
from cleanse.errors import CleanseError
from cleanse.report.word_diff import differences
from cleanse.spans import restore

if TYPE_CHECKING:
    from cleanse.documents import Span

SUGGESTIONS = 5
_COMPARED = 200_000  # ids that a mistyped one is compared with, letter by letter
_OF_TEXTS = ("title", "author", "date", "url", "site", "words", "near_duplicates")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A document's row of `documents/`, its page text with the removed spans, and its kept twin's text if it has one."""

    row: dict[str, Any]
    text: str  # as in corpus/ or withheld/
    page_text: str
    removed: tuple[Span, ...]
    about: dict[str, Any]  # title, author, date, url … as in corpus/ or withheld/; empty if not decoded
    twin_text: str | None = None  # of the kept document that this one is a duplicate of


def explain(output: Path, name: str) -> Explanation:
    """Return the whole story of one document. A part of an id will do where only one id holds it.

    Raises CleanseError where the output holds no such id, with the closest ones.
    """
    read_manifest(output)
    row = next(rows(output, "documents", [name]), None)
    if row is None:
        name = _completed(output, name)
        row = next(rows(output, "documents", [name]))
    removed = tuple(spans(output, [name])[name])
    row_texts = texts(output, [name]).get(name)
    text = (row_texts or {}).get("text") or ""
    about = {key: row_texts[key] for key in _OF_TEXTS} if row_texts else {}
    # a dry run keeps no text of kept documents: without it, the removed spans alone are told
    page_text = restore(text, removed) if row_texts else "".join(span.text for span in removed)
    return Explanation(row, text, page_text, removed, about, _twin_text(output, row))


def as_dict(found: Explanation) -> dict[str, Any]:
    """Return an explanation for programs: plain data that JSON can hold."""
    out = {**found.row, **found.about, "text": found.text, "page_text": found.page_text}
    out["removed"] = [asdict(span) for span in found.removed]
    if found.twin_text is not None:
        out["differences"] = [
            {"here": change.here, "twin": change.there}
            for change in differences(found.text, found.twin_text)
            if not change.same
        ]
    return out


def _twin_text(output: Path, row: dict[str, Any]) -> str | None:
    """Return the text of the kept twin, from this corpus or the earlier one that it stands in."""
    if not row["duplicate_of"]:
        return None
    place = Path(row["duplicate_corpus"]) if row["duplicate_corpus"] else output
    twin = texts(place, [row["duplicate_of"]]).get(row["duplicate_of"])
    return None if twin is None else twin["text"] or ""


def _completed(output: Path, name: str) -> str:
    """Return the one id that holds the name. Raises CleanseError with suggestions where there is not exactly one."""
    import pyarrow.compute as pc

    inside: list[str] = []
    others: list[str] = []
    records = 0  # of the container that the name names
    for path in parts(output, "documents"):
        ids = columns(path, ("id",))["id"]
        holds = pc.match_substring(ids, name, ignore_case=True)
        inside += ids.filter(holds).slice(0, 1000).to_pylist()
        others += ids.slice(0, max(0, _COMPARED - len(others))).to_pylist()
        records += pc.sum(pc.starts_with(ids, name.rpartition("#")[0] + "#")).as_py() or 0 if "#" in name else 0
    ends = [one for one in inside if one.endswith((f"/{name}", f"#{name}"))]
    for matches in (inside, ends):
        if len(matches) == 1:
            return matches[0]
    close = (ends or inside)[:SUGGESTIONS] or difflib.get_close_matches(name, others, SUGGESTIONS, 0.5)
    hint = f" Did you mean {', '.join(map(repr, close))}?" if close else ""
    if records:
        hint = f" {name.rpartition('#')[0]!r} has {records:,} records, counted from #1."
    raise CleanseError(f"{str(output)!r} holds {'no' if not inside else 'more than one'} document {name!r}.{hint}")
