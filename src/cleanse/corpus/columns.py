"""Declare the columns of the output tables: name, type, description, value.

Schema, writer, dataset card and documentation follow from these declarations.
"""

from __future__ import annotations

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
    from cleanse.documents import Document
    from cleanse.personal_data import PersonalSpan

MARK = {b"cleanse": b"1"}  # in the metadata of every Parquet file that cleanse writes, so that it can be recognized


def _removed_share(document: Document) -> float | None:
    """Return the share of the page text that was removed."""
    return removed_share(document.chars_in, len(document.text))


def _of_personal_span(name: str, document: Document, span: PersonalSpan) -> str | int:
    """Return a value of a span of personal data."""
    return document.id if name == "id" else getattr(span, name)


def _right(name: str, document: Document) -> str | bool | None:
    return getattr(document.rights, name, None)


def _signal(name: str, document: Document) -> float | int | None:
    """Return a signal of a document; None if it was not measured."""
    return document.signals[name] if document.signals else None


_TEXTS = (
    Column("id", "string", "path below the input, `#N` for record N of a container; unique and stable", lambda d: d.id),
    Column("text", "string", "the page text with the removed spans cut out, to the character", lambda d: d.text),
    Column("title", "string", "headline that the page or its record shows", lambda d: d.title),
    Column("author", "string", "author that the page or its record shows", lambda d: d.author),
    Column("date", "string", "date that the page or its record shows, ISO 8601, may be partial", lambda d: d.date),
    Column("url", "string", "address of the page, where known", lambda d: d.url),
    Column("site", "string", "host of the address, without `www.`", lambda d: d.site),
    Column("fetched", "string", "when a crawler fetched it, ISO 8601", lambda d: d.fetched),
    Column("language", "string", "ISO 639-1 code, else 639-3; `und` if unknown", lambda d: d.language),
    Column("language_confidence", "float64", "0 to 1", lambda d: d.language_confidence),
    Column("chars", "int64", "characters of `text`", lambda d: len(d.text)),
    Column("words", "int64", "words of `text`; of scripts without spaces, characters", lambda d: d.words),
    Column("near_duplicates", "int64", "other documents that this one stands for", lambda d: d.near_duplicates),
    Column("record_id", "string", "the record's own id", lambda d: d.record_id),
    Column("fields", "string", "the record's other fields, as JSON", lambda d: d.fields),
)
_DOCUMENTS = (
    Column("id", "string", "as in `corpus/`", lambda d: d.id),
    Column("record_id", "string", "the record's own id", lambda d: d.record_id),
    Column("status", "string", "`kept`, `duplicate`, `filtered` or `rejected`", lambda d: d.status),
    Column("reason", "string", "the rule that kept it out of the corpus; null if kept", lambda d: d.reason),
    Column("evidence", "string", "what the rule saw", lambda d: d.evidence),
    Column(
        "duplicate_of", "string", "id of the kept document that it is a near-duplicate of", lambda d: d.duplicate_of
    ),
    Column(
        "duplicate_corpus",
        "string",
        "the earlier output that it stands in; null: this one",
        lambda d: d.duplicate_corpus,
    ),
    Column("jaccard", "float64", "exact, with that document", lambda d: d.jaccard),
    Column("series_of", "string", "id of a kept document of the same form with other values", lambda d: d.series_of),
    Column("language", "string", "as in `corpus/`", lambda d: d.language),
    Column("language_confidence", "float64", "0 to 1", lambda d: d.language_confidence),
    Column("encoding", "string", "encoding of the bytes; null where text came as text", lambda d: d.encoding),
    Column("encoding_source", "string", "how the encoding was known", lambda d: d.encoding_source),
    Column("repairs", "list<string>", "what was mended in the text", lambda d: list(d.repairs)),
    Column("bytes", "int64", "size of the document as it came", lambda d: d.bytes),
    Column("chars_in", "int64", "characters of the page text", lambda d: d.chars_in),
    Column("chars_kept", "int64", "characters of `text`", lambda d: len(d.text)),
    Column("spans_removed", "int64", "number of removed spans", lambda d: len(d.removed)),
    Column("doubt", "string", "why chrome was left, or removed with more care than usual", lambda d: d.doubt),
    Column(
        "fields_from", "list<string>", "what it took from near-duplicates: `title: id`", lambda d: list(d.fields_from)
    ),
    Column("removed_share", "float64", "removed characters of the page text; null without text", _removed_share),
    Column(
        "minor_languages", "list<string>", "other languages of 5 % of it or more", lambda d: list(d.minor_languages)
    ),
    *(Column(c.name, c.type, c.about, attrgetter(c.name)) for c in (*PAGE_COLUMNS, *SHARING_COLUMNS)),
    *(Column(c.name, c.type, c.about, partial(_right, c.name)) for c in RIGHTS_COLUMNS),
    Column("sha256", "string", "of the raw bytes; of a record, of its text in UTF-8", lambda d: d.sha256),
)
_REMOVED = (
    Column("id", "string", "the document", lambda d, _: d.id),
    Column("start", "int64", "first character in the page text", lambda _, s: s.start),
    Column("end", "int64", "character behind the last", lambda _, s: s.end),
    Column("text", "string", "what was removed", lambda _, s: s.text),
    Column("step", "string", "the step that removed it: `extract`, `chrome`, `shared` or `pii`", lambda _, s: s.step),
    Column("rule", "string", "the rule that removed it, such as `fr.comment-form`", lambda _, s: s.rule),
    Column("evidence", "string", "what the rule saw", lambda _, s: s.evidence),
)

_SIGNALS = (
    Column("id", "string", "the document", lambda d: d.id),
    *(Column(c.name, c.type, c.about, partial(_signal, c.name)) for c in SIGNAL_COLUMNS[1:]),
)

COLUMNS: dict[str, tuple[Column, ...]] = {
    "corpus": _TEXTS,
    "withheld": (*_TEXTS, Column("status", "string", "`duplicate`, `filtered` or `rejected`", lambda d: d.status)),
    "documents": _DOCUMENTS,
    "removed": _REMOVED,  # a row for each span of a document
    "signals": _SIGNALS,
    "shared": PASSAGE_COLUMNS,  # rows as the search for passages returns them
    "pii": tuple(Column(c.name, c.type, c.about, partial(_of_personal_span, c.name)) for c in PERSONAL_COLUMNS),
}
TABLES = tuple(COLUMNS)
DIGESTED = ("corpus", "withheld", "documents", "removed")  # tables that the digest of a run covers
SCHEMAS = {name: make_schema(columns, MARK) for name, columns in COLUMNS.items()}
