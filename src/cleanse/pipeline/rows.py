"""What the steps staged of a part, row for row: the form of the rows, and documents made of them again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cleanse.documents import Document, Page, Reason, Record, Span
from cleanse.language import Language
from cleanse.pipeline import document_steps
from cleanse.spans import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cleanse.pipeline.chunks import Part, Staging

DRAFTS = pa.schema(
    [
        ("piece", pa.int32()),
        ("number", pa.int64()),
        *[(name, pa.string()) for name in ("kind", "record_id", "url", "title", "date", "fields")],
        ("bytes", pa.int64()),
        *[(name, pa.string()) for name in ("sha256", "encoding", "encoding_source")],
        ("repairs", pa.list_(pa.string())),
        *[(name, pa.string()) for name in ("reason", "evidence", "text", "marks")],
        *[(name, pa.string()) for name in ("page_title", "page_author", "page_date", "page_url")],
    ]
)
CLEANED = pa.schema(
    [
        *[(name, pa.string()) for name in ("marks", "title", "author", "date", "reason", "evidence")],
        ("chars", pa.int64()),
        ("words", pa.int64()),
    ]
)
LANGUAGES = pa.schema([("code", pa.string()), ("confidence", pa.float64())])


@dataclass(frozen=True, slots=True)
class Staged:
    """A part, where its ids come from, and the names of what each step staged for it."""

    part: Part
    origins: tuple[tuple[str, int], ...]  # of each piece of its shard: source id, records of that source before it
    chrome: str = ""
    notes: str = ""  # of its pages, to learn its sites' lines from
    learned: str = ""  # lines of its sites
    stripped: str = ""  # its chrome without these lines, if there are any
    language: str = ""
    signatures: str = ""


def draft_row(piece: int, draft: document_steps.Draft) -> dict[str, Any]:
    """The staged row of what was read; `draft_of` reads it. piece: the number of its piece in the shard."""
    record, page, reason = draft.record, draft.page, draft.reason
    return {
        "piece": piece,
        "number": record.number,
        "kind": record.kind,
        "record_id": record.record_id,
        "url": record.url,
        "title": record.title,
        "date": record.date,
        "fields": record.fields,
        "bytes": draft.bytes,
        "sha256": draft.sha256,
        "encoding": draft.encoding,
        "encoding_source": draft.encoding_source,
        "repairs": list(draft.repairs),
        "reason": reason.rule if reason else None,
        "evidence": reason.evidence if reason else None,
        "text": page.text if page else None,
        "marks": _pack(page.removed) if page else None,
        "page_title": page.title if page else None,
        "page_author": page.author if page else None,
        "page_date": page.date if page else None,
        "page_url": page.url if page else None,
    }


def draft_of(row: dict[str, Any], name: str = "") -> document_steps.Draft:
    """The draft that a staged row stands for."""
    record = Record(
        name,
        b"",
        row["number"],
        row["kind"],
        row["url"],
        row["record_id"],
        row["title"],
        row["date"],
        row["fields"],
    )
    page = None
    if row["text"] is not None:
        text = row["text"]
        page = Page(
            text, spans_of(row["marks"], text), row["page_title"], row["page_author"], row["page_date"], row["page_url"]
        )
    return document_steps.Draft(
        record,
        row["bytes"],
        row["sha256"],
        row["encoding"],
        row["encoding_source"],
        tuple(row["repairs"]),
        page,
        Reason(row["reason"], row["evidence"]) if row["reason"] else None,
    )


def cleaned_row(cleaned: document_steps.Cleaned) -> dict[str, Any]:
    """The staged row of what the chrome step found in a document; `cleaned_of` reads it."""
    return {
        "marks": _pack(cleaned.removed),
        "title": cleaned.title,
        "author": cleaned.author,
        "date": cleaned.date,
        "reason": cleaned.reason.rule if cleaned.reason else None,
        "evidence": cleaned.reason.evidence if cleaned.reason else None,
        "chars": len(cleaned.text),
        "words": document_steps.count_words(cleaned.text),
    }


def cleaned_of(row: dict[str, Any], text: str) -> document_steps.Cleaned:
    """What the chrome step found in the document of this page text, from its staged row."""
    removed = spans_of(row["marks"], text)
    reason = Reason(row["reason"], row["evidence"]) if row["reason"] else None
    return document_steps.Cleaned(cut(text, removed), removed, row["title"], row["author"], row["date"], reason)


def _pack(spans: tuple[Span, ...]) -> str:
    """Spans as JSON, without their text, which is the page's."""
    return json.dumps([(s.start, s.end, s.step, s.rule, s.evidence) for s in spans], ensure_ascii=False)


def spans_of(marks: str, text: str) -> tuple[Span, ...]:
    """Spans from staged JSON, with their text again."""
    return tuple(Span(a, b, text[a:b], step, rule, evidence) for a, b, step, rule, evidence in json.loads(marks))


def kept_texts(staging: Staging, part_key: str, chrome: str) -> Iterator[list[str]]:
    """The kept texts of a part, a row group at a time; of a document that could not be decoded, the empty text."""
    marks = staging.table("chrome", chrome, ["marks"])
    for drafts, found in zip(staging.table("read", part_key, ["text"]), marks, strict=True):
        pairs = zip(drafts["text"].to_pylist(), found["marks"].to_pylist(), strict=True)
        yield [cut(text, spans_of(marked, text)) if text is not None else "" for text, marked in pairs]


def names_of(staged: Staged, staging: Staging) -> Iterator[str]:
    """The ids of a part's documents, in order."""
    for batch in staging.table("read", staged.part.key, ["piece", "number"]):
        for piece, number in zip(batch["piece"].to_pylist(), batch["number"].to_pylist(), strict=True):
            source, before = staged.origins[piece]
            yield f"{source}#{before + number}" if number else source


def documents_of(staged: Staged, staging: Staging) -> Iterator[tuple[Document, bool]]:
    """The documents of a part as the steps left them, and whether each could be decoded."""
    names = names_of(staged, staging)
    tables = (
        staging.table("read", staged.part.key),
        staging.table("chrome", staged.chrome),
        staging.table("language", staged.language),
    )
    for drafts, marked, told in zip(*tables, strict=True):
        for row, found, spoken in zip(drafts.to_pylist(), marked.to_pylist(), told.to_pylist(), strict=True):
            text = row["text"] or ""
            cleaned = cleaned_of(found, text)
            language = Language(spoken["code"], spoken["confidence"], {})
            document = document_steps.finish(draft_of(row), cleaned, language, next(names), found["words"])
            yield document, row["text"] is not None
