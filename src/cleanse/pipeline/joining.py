"""Join the results of stages to documents."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cleanse.documents import Cleaned, Document, Draft, site_of
from cleanse.pipeline.rows import cleaned_of, draft_of, ids_of
from cleanse.text import count_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cleanse.pipeline.chunks import Results


def documents_of(results: Results, stages: Iterable[str]) -> Iterator[tuple[Document, bool]]:
    """Yield the documents of a chunk as stages left them, and whether each was decoded.

    Args:
        results: Results of the stages for a chunk.
        stages: Names of the stages: `read`, `chrome`, then others with a row for each document. One that was not part
            of the run is left out.
    """
    names = ids_of(results)
    _, _, *others = there = [stage for stage in stages if stage in results.chunk.results]
    for group in zip(*(results.tables(stage) for stage in there), strict=True):
        for draft, cleaned, *rows in zip(*(table.to_pylist() for table in group), strict=True):
            document = make_document(
                draft_of(draft), cleaned_of(cleaned, draft["text"] or ""), next(names), cleaned["words"]
            )
            for stage, row in zip(others, rows, strict=True):
                document = _reject(_ADDERS.get(stage, _add_fields)(document, row), row)
            yield document, draft["text"] is not None


def _reject(document: Document, row: dict[str, Any]) -> Document:
    """Return a document with the reason that a stage gave, if it had none before."""
    if row.get("reason") is None or document.status != "kept":
        return document
    return replace(document, status="rejected", reason=row["reason"], evidence=row["evidence"])


def _add_fields(document: Document, row: dict[str, Any]) -> Document:
    """Return a document with the values of a stage whose columns are named as fields of `Document`."""
    return replace(document, **{name: value for name, value in row.items() if name not in _NO_FIELDS})


def _add_language(document: Document, row: dict[str, Any]) -> Document:
    minor = tuple(row["minor"] or ())
    return replace(document, language=row["code"], language_confidence=row["confidence"], minor_languages=minor)


def _add_filter(document: Document, row: dict[str, Any]) -> Document:
    if row["filtered"] is None or document.status != "kept":
        return document
    return replace(document, status="filtered", reason=row["filtered"], evidence=row["filter_evidence"])


_NO_FIELDS = ("id", "reason", "evidence")  # columns of stages that `_reject` reads, or that the document has already
# functions that add the results of stages whose columns are not named as fields of `Document`
_ADDERS: dict[str, Callable[[Document, dict[str, Any]], Document]] = {
    "language": _add_language,
    "signals": lambda document, row: replace(document, signals=row),
    "filter": _add_filter,
}


def make_document(draft: Draft, cleaned: Cleaned, name: str, words: int | None = None) -> Document:
    """Return the document that reading and chrome removal made, before its language and near-duplicates are known.

    Args:
        draft: The document as read.
        cleaned: The document as chrome removal left it.
        name: Id of the document.
        words: Number of words of the cleaned text; None: they are counted.
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
        doubt=cleaned.doubt,
        bytes=draft.bytes,
        chars_in=len(page.text) if page else 0,
        words=count_words(cleaned.text) if words is None else words,
        sha256=draft.sha256,
        fields=record.fields,
        fetched=record.fetched,
        rights=page.rights if page else None,
    )
