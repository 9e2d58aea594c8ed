"""The rows in which stages cache documents, and documents made of them again."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cleanse.documents import Cleaned, Document, Draft, Page, Reason, Record, Span, site_of
from cleanse.spans import cut
from cleanse.tables import Column
from cleanse.text import count_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from cleanse.pipeline.chunks import Results

_OF_RECORD = ("kind", "record_id", "url", "title", "author", "date", "fetched", "fields", "site")
DRAFT = (
    Column("piece", "int32"),
    Column("number", "int64"),
    Column("member", "string"),  # the record's id where it is not its source's: a member of an archive
    *(Column(name, "string") for name in _OF_RECORD),
    Column("bytes", "int64"),
    *(Column(name, "string") for name in ("sha256", "encoding", "encoding_source")),
    Column("repairs", "list<string>"),
    *(Column(name, "string") for name in ("reason", "evidence", "text", "spans")),
    *(Column(name, "string") for name in ("page_title", "page_author", "page_date", "page_url")),
)
CLEANED = (
    *(Column(name, "string") for name in ("spans", "title", "author", "date", "reason", "evidence")),
    Column("chars", "int64"),
    Column("words", "int64"),
)
LANGUAGE = (
    Column("code", "string"),
    Column("confidence", "float64"),
    Column("minor", "list<string>"),
    Column("reason", "string"),
    Column("evidence", "string"),
)
SITE = ["url", "page_url", "site"]  # what tells the site of a document
_SURROGATE = re.compile("[\ud800-\udfff]")  # what cannot be written


def sites_of(table: pa.Table) -> list[str | None]:
    """Return the site of each document, from the columns `SITE` of the drafts."""
    columns = (table[name].to_pylist() for name in SITE)
    return [site_of(own or shown) or given for own, shown, given in zip(*columns, strict=True)]


def row_of_draft(piece: int, source: str, draft: Draft) -> dict[str, Any]:
    """Return the row of a draft; `draft_of` reads it.

    Args:
        piece: The number of its piece in the segment.
        source: The id of the piece's source.
        draft: What was read.
    """
    record, page, reason = draft.record, draft.page, draft.reason
    row = {
        "piece": piece,
        "number": record.number,
        "member": record.id if record.id != source else None,
        **{name: getattr(record, name) for name in _OF_RECORD},
        "bytes": draft.bytes,
        "sha256": draft.sha256,
        "encoding": draft.encoding,
        "encoding_source": draft.encoding_source,
        "repairs": list(draft.repairs),
        "reason": reason.rule if reason else None,
        "evidence": reason.evidence if reason else None,
        "text": page.text if page else None,
        "spans": _pack_spans(page.removed) if page else None,
        "page_title": page.title if page else None,
        "page_author": page.author if page else None,
        "page_date": page.date if page else None,
        "page_url": page.url if page else None,
    }
    return {name: _writable(value) for name, value in row.items()}


def _writable(value: Any) -> Any:
    """Return a value without lone surrogates, wherever they came from: no table can hold them."""
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) and not value.isascii() else value


def draft_of(row: dict[str, Any], name: str = "") -> Draft:
    """Return the draft that a row stands for."""
    record = Record(
        row["member"] or name,
        b"",
        **{name: row[name] for name in ("number", *_OF_RECORD)},
    )
    page = None
    if row["text"] is not None:
        told = (row[name] for name in ("page_title", "page_author", "page_date", "page_url"))
        page = Page(row["text"], unpack_spans(row["spans"], row["text"]), *told)
    return Draft(
        record,
        row["bytes"],
        row["sha256"],
        row["encoding"],
        row["encoding_source"],
        tuple(row["repairs"]),
        page,
        _reason_of(row),
    )


def row_of_cleaned(cleaned: Cleaned) -> dict[str, Any]:
    """Return the row of a cleaned document; `cleaned_of` reads it."""
    return {
        "spans": _pack_spans(cleaned.removed),
        "title": _writable(cleaned.title),
        "author": _writable(cleaned.author),
        "date": cleaned.date,
        "reason": cleaned.reason.rule if cleaned.reason else None,
        "evidence": _writable(cleaned.reason.evidence) if cleaned.reason else None,
        "chars": len(cleaned.text),
        "words": count_words(cleaned.text),
    }


def cleaned_of(row: dict[str, Any], text: str) -> Cleaned:
    """Return the cleaned document of this page text, from its row."""
    removed = unpack_spans(row["spans"], text)
    return Cleaned(cut(text, removed), removed, row["title"], row["author"], row["date"], _reason_of(row))


def _reason_of(row: dict[str, Any]) -> Reason | None:
    return Reason(row["reason"], row["evidence"]) if row["reason"] else None


def _pack_spans(spans: tuple[Span, ...]) -> str:
    """Return spans as JSON, without their text, which is the page's."""
    packed = json.dumps([(s.start, s.end, s.step, s.rule, s.evidence) for s in spans], ensure_ascii=False)
    return str(_writable(packed))


def unpack_spans(packed: str, text: str) -> tuple[Span, ...]:
    """Return spans from JSON, with their text again."""
    return tuple(Span(a, b, text[a:b], step, rule, evidence) for a, b, step, rule, evidence in json.loads(packed))


def kept_texts(results: Results) -> Iterator[list[str]]:
    """Yield the kept texts of a chunk, a row group at a time; of a document that could not be decoded, the empty text."""
    groups = zip(results.tables("read", ["text"]), results.tables("chrome", ["spans"]), strict=True)
    for drafts, cleaned in groups:
        pairs = zip(drafts["text"].to_pylist(), cleaned["spans"].to_pylist(), strict=True)
        yield [cut(text, unpack_spans(packed, text)) if text is not None else "" for text, packed in pairs]


def ids_of(results: Results) -> Iterator[str]:
    """Yield the ids of a chunk's documents, in order."""
    origins = results.chunk.origins
    for table in results.tables("read", ["piece", "number", "member"]):
        for piece, number, member in zip(*(column.to_pylist() for column in table.columns), strict=True):
            source, before = origins[piece]
            name, first = (member, 0) if member is not None else (source, before)
            yield f"{name}#{first + number}" if number else name


# where stages say that a document is not to be kept
_REASONS = (
    ("read", "reason"),
    ("chrome", "reason"),
    ("language", "reason"),
    ("flags", "reason"),
    ("filter", "filtered"),
)


def passing_rows(results: Results) -> list[bool]:
    """Return which documents of a chunk are kept but for their near-duplicates."""
    reasons = [
        [reason for table in results.tables(stage, [name]) for reason in table[name].to_pylist()]
        for stage, name in _REASONS
    ]
    return [not any(row) for row in zip(*reasons, strict=True)]


def documents_of(results: Results) -> Iterator[tuple[Document, bool]]:
    """Yield the documents of a chunk as the stages left them, and whether each could be decoded."""
    names = ids_of(results)
    stages = [stage for stage in ("read", "chrome", *_ADDERS) if stage in results.chunk.results]
    for group in zip(*(results.tables(stage) for stage in stages), strict=True):
        for draft, cleaned, *rows in zip(*(table.to_pylist() for table in group), strict=True):
            document = make_document(
                draft_of(draft), cleaned_of(cleaned, draft["text"] or ""), next(names), cleaned["words"]
            )
            for stage, row in zip(stages[2:], rows, strict=True):
                document = _reject(_ADDERS[stage](document, row), row)
            yield document, draft["text"] is not None


def _reject(document: Document, row: dict[str, Any]) -> Document:
    """Return a document with the reason that a stage gave it, if it had none."""
    if row.get("reason") is None or document.status != "kept":
        return document
    return replace(document, status="rejected", reason=row["reason"], evidence=row["evidence"])


def _add_language(document: Document, row: dict[str, Any]) -> Document:
    minor = tuple(row["minor"] or ())
    return replace(document, language=row["code"], language_confidence=row["confidence"], minor_languages=minor)


def _add_flags(document: Document, row: dict[str, Any]) -> Document:
    names = ("page_type", "truncated", "agency", "page_evidence")
    return replace(document, **{name: row[name] for name in names})


def _add_filter(document: Document, row: dict[str, Any]) -> Document:
    if row["filtered"] is None or document.status != "kept":
        return document
    return replace(document, status="filtered", reason=row["filtered"], evidence=row["filter_evidence"])


def _add_sharing(document: Document, row: dict[str, Any]) -> Document:
    names = ("shared_share", "contained_in", "containment")
    return replace(document, **{name: row[name] for name in names})


# how the results of stages behind chrome removal come into a document
_ADDERS: dict[str, Callable[[Document, dict[str, Any]], Document]] = {
    "language": _add_language,
    "flags": _add_flags,
    "signals": lambda document, row: replace(document, signals=row),
    "filter": _add_filter,
    "personal": lambda document, row: replace(document, personal=row["personal"]),
    "shared": _add_sharing,
}


def make_document(draft: Draft, cleaned: Cleaned, name: str, words: int | None = None) -> Document:
    """Return one document of what reading and chrome removal found, before its language and neighbours are known.

    Args:
        draft: What was read.
        cleaned: What chrome removal left.
        name: The document's id.
        words: Words of the cleaned text, where they have been counted.
    """
    record, page = draft.record, draft.page
    reason = draft.reason or cleaned.reason
    url = record.url or (page.url if page else None)
    return Document(
        id=name,
        text=cleaned.text,
        status="rejected" if reason else "kept",
        reason=reason.rule if reason else None,
        evidence=reason.evidence if reason else None,
        record_id=record.record_id,
        url=url,
        site=site_of(url) or record.site,
        title=cleaned.title,
        author=cleaned.author,
        date=cleaned.date,
        encoding=draft.encoding,
        encoding_source=draft.encoding_source,
        repairs=draft.repairs,
        removed=cleaned.removed,
        bytes=draft.bytes,
        chars_in=len(page.text) if page else 0,
        words=count_words(cleaned.text) if words is None else words,
        sha256=draft.sha256,
        fields=record.fields,
        fetched=record.fetched,
    )
