"""Explain why a document, or parts of it, are gone, from the tables of the output folder alone."""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.corpus import read_manifest
from cleanse.corpus.reader import columns, parts, rows, spans, texts
from cleanse.errors import CleanseError
from cleanse.report.commands import keep_commands
from cleanse.report.word_diff import differences
from cleanse.spans import restore

if TYPE_CHECKING:
    from cleanse.documents import Span

SUGGESTIONS = 5  # similar ids in a message
_COMPARED = 200_000  # ids that a mistyped one is compared with
_ABOUT = ("title", "author", "date", "url", "site", "words", "near_duplicates")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known about one document.

    Attributes:
        row: Its row of `documents/`.
        text: Its text, as in `corpus/` or `withheld/`; empty where it was not decoded or a dry run kept no text.
        page_text: Its page text; where `text` is not known, its removed spans alone.
        removed: Its removed spans, sorted by offset.
        about: Title, author, date, url and the like, as in `corpus/` or `withheld/`; empty where it was not decoded.
        twin_text: Text of the kept document that it is a near-duplicate of; None if there is none, or it is not there.
        keeps: For each removed span the command lines that keep it, by where it is then kept.
    """

    row: dict[str, Any]
    text: str
    page_text: str
    removed: tuple[Span, ...]
    about: dict[str, Any]
    twin_text: str | None = None
    keeps: tuple[dict[str, str], ...] = ()


def explain(output: Path, name: str) -> Explanation:
    """Return what is known about one document.

    Args:
        output: The output folder.
        name: Id of the document, or a part of the id that occurs in no other.

    Raises:
        CleanseError: No document, or more than one, has this name; the message suggests similar ids.
        OutputError: The folder holds no finished run.
    """
    manifest = read_manifest(output)
    row = next(rows(output, "documents", [name]), None)
    if row is None:
        name = _complete_id(output, name)
        row = next(rows(output, "documents", [name]))
    removed = tuple(spans(output, [name])[name])
    texts_row = texts(output, [name]).get(name)
    text = (texts_row or {}).get("text") or ""
    about = {key: texts_row[key] for key in _ABOUT} if texts_row else {}
    # a dry run keeps no text of kept documents: then the removed spans are all that can be shown
    page_text = restore(text, removed) if texts_row else "".join(span.text for span in removed)
    place = {"id": name, "site": about.get("site")}
    keeps = tuple(keep_commands(manifest, output, place, span, n) for n, span in enumerate(removed, 1))
    return Explanation(row, text, page_text, removed, about, _twin_text(output, row), keeps if texts_row else ())


def as_dict(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as plain data that JSON can hold."""
    out = {**explanation.row, **explanation.about, "text": explanation.text, "page_text": explanation.page_text}
    keeps = explanation.keeps or ({},) * len(explanation.removed)
    out["removed"] = [{**asdict(span), "keep": keep} for span, keep in zip(explanation.removed, keeps, strict=True)]
    if explanation.twin_text is not None:
        out["differences"] = [
            {"here": change.here, "twin": change.there}
            for change in differences(explanation.text, explanation.twin_text)
            if not change.same
        ]
    return out


def _twin_text(output: Path, row: dict[str, Any]) -> str | None:
    """Return the text of the kept near-duplicate, from this corpus or from the earlier one that holds it."""
    if not row["duplicate_of"]:
        return None
    folder = Path(row["duplicate_corpus"]) if row["duplicate_corpus"] else output
    twin = texts(folder, [row["duplicate_of"]]).get(row["duplicate_of"])
    return None if twin is None else twin["text"] or ""


def _complete_id(output: Path, name: str) -> str:
    """Return the only id that contains the name. Raises CleanseError, with similar ids, if there is none or several."""
    import pyarrow.compute as pc

    containing: list[str] = []
    others: list[str] = []
    records = 0  # in the container file that the name points into
    for path in parts(output, "documents"):
        ids = columns(path, ("id",))["id"]
        contains = pc.match_substring(ids, name, ignore_case=True)
        containing += ids.filter(contains).slice(0, 1000).to_pylist()
        others += ids.slice(0, max(0, _COMPARED - len(others))).to_pylist()
        records += pc.sum(pc.starts_with(ids, name.rpartition("#")[0] + "#")).as_py() or 0 if "#" in name else 0
    ending = [id_ for id_ in containing if id_.endswith((f"/{name}", f"#{name}"))]
    for matches in (containing, ending):
        if len(matches) == 1:
            return matches[0]
    close = (ending or containing)[:SUGGESTIONS] or difflib.get_close_matches(name, others, SUGGESTIONS, 0.5)
    hint = f" Did you mean {', '.join(map(repr, close))}?" if close else ""
    if records:
        hint = f" {name.rpartition('#')[0]!r} has {records:,} records, counted from #1."
    raise CleanseError(f"{str(output)!r} holds {'no' if not containing else 'more than one'} document {name!r}.{hint}")
