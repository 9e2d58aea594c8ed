"""Declare the columns of the output tables: name, type, description, value.

Schema, writer, dataset card and documentation follow from these declarations.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from cleanse.page_kinds import PAGE_COLUMNS, removed_share
from cleanse.passages import PASSAGE_COLUMNS, SHARING_COLUMNS
from cleanse.personal_data import PERSONAL_COLUMNS
from cleanse.rights import RIGHTS_COLUMNS
from cleanse.signals.definitions import SIGNAL_COLUMNS
from cleanse.tables import Column, make_schema

if TYPE_CHECKING:
    from cleanse.documents import Document, Span
    from cleanse.personal_data import PersonalSpan

MARK = {b"cleanse": b"1"}  # in the metadata of every Parquet file that cleanse writes, so that it can be recognized


def _removed_share(document: Document) -> float | None:
    """Return the share of the page text that was removed."""
    return removed_share(document.chars_in, len(document.text))


def _of_documents(*columns: Column) -> tuple[Column, ...]:
    """Return columns of documents; one without a value of its own holds the document's field of its name."""
    return tuple(column if column.value else replace(column, value=attrgetter(column.name)) for column in columns)


def _of_spans(*columns: Column) -> tuple[Column, ...]:
    """Return columns of spans: each holds the span's field of its name, `id` that of the document."""
    return tuple(replace(column, value=partial(_of_span, column.name)) for column in columns)


def _of_span(name: str, document: Document, span: Span | PersonalSpan) -> str | int:
    return document.id if name == "id" else getattr(span, name)


def _right(name: str, document: Document) -> str | bool | None:
    return getattr(document.rights, name, None)


def _signal(name: str, document: Document) -> float | int | None:
    """Return a signal of a document; None if it was not measured."""
    return document.signals[name] if document.signals else None


_TEXTS = _of_documents(
    Column("id", "string", "path below the input, with `#N` for record N of a container; unique and stable"),
    Column("text", "string", "the page text with the removed spans cut out, to the character"),
    Column("title", "string", "headline that the page or its record shows"),
    Column("author", "string", "author that the page or its record shows"),
    Column("date", "string", "date that the page or its record shows, ISO 8601, may be partial"),
    Column("url", "string", "address of the page, where known"),
    Column("site", "string", "host of the address, without `www.`"),
    Column("fetched", "string", "when a crawler fetched it, ISO 8601"),
    Column("language", "string", "ISO 639-1 code, else 639-3; `und` if unknown"),
    Column("language_confidence", "float64", "confidence in `language`, 0 to 1"),
    Column("chars", "int64", "characters of `text`", lambda d: len(d.text)),
    Column("words", "int64", "words of `text`; in scripts without spaces each character counts"),
    Column("near_duplicates", "int64", "number of near-duplicates that this document stands for"),
    Column("record_id", "string", "the record's own id"),
    Column("fields", "string", "the record's other fields, as JSON"),
)
_DOCUMENTS = _of_documents(
    Column("id", "string", "as in `corpus/`"),
    Column("record_id", "string", "the record's own id"),
    Column("status", "string", "`kept`, `duplicate`, `filtered` or `rejected`"),
    Column("reason", "string", "the rule that kept it out of the corpus; null if kept"),
    Column("evidence", "string", "what the rule saw"),
    Column("duplicate_of", "string", "id of the kept document that it is a near-duplicate of"),
    Column("duplicate_corpus", "string", "the earlier output that holds that document; null: this output"),
    Column("jaccard", "float64", "exact Jaccard similarity with that document"),
    Column("series_of", "string", "id of a kept document of the same form with other values"),
    Column("language", "string", "as in `corpus/`"),
    Column("language_confidence", "float64", "confidence in `language`, 0 to 1"),
    Column("encoding", "string", "encoding of the bytes; null where text came as text"),
    Column("encoding_source", "string", "how the encoding was found out, see below"),
    Column("repairs", "list<string>", "what was repaired in the text, see below"),
    Column("bytes", "int64", "size of the document as it was read, in bytes"),
    Column("chars_in", "int64", "characters of the page text"),
    Column("chars_kept", "int64", "characters of `text`", lambda d: len(d.text)),
    Column("spans_removed", "int64", "number of removed spans", lambda d: len(d.removed)),
    Column("doubt", "string", "why chrome was left, or removed with more care than usual"),
    Column("fields_from", "list<string>", "metadata that it took from near-duplicates, such as `title: id`"),
    Column(
        "removed_share",
        "float64",
        "removed characters ÷ characters of the page text; null without text",
        _removed_share,
    ),
    Column("minor_languages", "list<string>", "other languages that make 5 % of the text or more"),
    *PAGE_COLUMNS,
    *SHARING_COLUMNS,
    *(replace(column, value=partial(_right, column.name)) for column in RIGHTS_COLUMNS),
    Column("sha256", "string", "SHA-256 of the raw bytes; for a record, of its text in UTF-8"),
)
_REMOVED = _of_spans(
    Column("id", "string", "id of the document"),
    Column("start", "int64", "offset of the first character in the page text"),
    Column("end", "int64", "offset behind the last character"),
    Column("text", "string", "the removed text"),
    Column("step", "string", "the step that removed it: `extract`, `chrome`, `shared` or `pii`"),
    Column("rule", "string", "the rule that removed it, such as `fr.comment-form`"),
    Column("evidence", "string", "what the rule saw"),
)

_SIGNALS = _of_documents(
    Column("id", "string", "id of the document"),
    *(replace(column, value=partial(_signal, column.name)) for column in SIGNAL_COLUMNS[1:]),
)

COLUMNS: dict[str, tuple[Column, ...]] = {
    "corpus": _TEXTS,
    "withheld": (*_TEXTS, *_of_documents(Column("status", "string", "`duplicate`, `filtered` or `rejected`"))),
    "documents": _DOCUMENTS,
    "removed": _REMOVED,  # a row for each span of a document
    "signals": _SIGNALS,
    "shared": PASSAGE_COLUMNS,  # rows as the search for passages returns them
    "pii": _of_spans(*PERSONAL_COLUMNS),
}
TABLES = tuple(COLUMNS)
DIGESTED = ("corpus", "withheld", "documents", "removed")  # tables that the digest of a run covers
SCHEMAS = {name: make_schema(columns, MARK) for name, columns in COLUMNS.items()}
