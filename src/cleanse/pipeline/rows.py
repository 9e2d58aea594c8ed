"""Convert documents to the rows in which stages cache them, and back."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any

from cleanse.documents import Cleaned, Draft, Page, Reason, Record, Rights, Span, site_of
from cleanse.personal_data import mask_paths
from cleanse.spans import cut, places_outside
from cleanse.tables import Column
from cleanse.text import count_words, replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from cleanse.pipeline.chunks import Chunk, Results

_OF_RECORD = ("kind", "record_id", "url", "title", "author", "date", "fetched", "fields", "site")
DRAFT = (
    Column("piece", "int32"),
    Column("number", "int64"),
    Column("member", "string"),  # id of a member of an archive; null: the id of the source
    *(Column(name, "string") for name in _OF_RECORD),
    Column("bytes", "int64"),
    *(Column(name, "string") for name in ("sha256", "encoding", "encoding_source")),
    Column("repairs", "list<string>"),
    *(Column(name, "string") for name in ("reason", "evidence", "text", "spans")),
    *(Column(name, "string") for name in ("page_title", "page_author", "page_date", "page_url")),
    Column("rights", "string"),  # JSON; null where no HTML was read
    Column("links", "list<int64>"),  # start, end, start, end …; null where no links were read
    Column("judged", "bool"),  # by the HTML engine
)
CLEANED = (
    *(Column(name, "string") for name in ("spans", "title", "author", "date", "reason", "evidence", "doubt")),
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
SITE = ["url", "page_url", "site"]  # columns from which the site of a document follows


def sites_of(table: pa.Table) -> list[str | None]:
    """Return the site of each document, from the columns `SITE` of the drafts; None if unknown."""
    columns = (table[name].to_pylist() for name in SITE)
    return [site_of(url or page_url) or site for url, page_url, site in zip(*columns, strict=True)]


def row_of_draft(piece: int, source: str, draft: Draft) -> dict[str, Any]:
    """Return the row of a draft; `draft_of` is the inverse.

    Args:
        piece: Number of its piece in the segment.
        source: Id of the source of the piece.
        draft: The draft.
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
        "rights": json.dumps(page.rights) if page and page.rights else None,
        "links": list(chain.from_iterable(page.links)) if page and page.links is not None else None,
        "judged": page.judged if page else None,
    }
    return {name: _writable(value) for name, value in row.items()}


def _writable(value: Any) -> Any:
    """Return a value without lone surrogates, which no table can hold."""
    return replace_surrogates(value) if isinstance(value, str) else value


def draft_of(row: dict[str, Any], name: str = "") -> Draft:
    """Return the draft that a row stands for.

    Args:
        row: The row.
        name: Id of the document, for a document that is no member of an archive.
    """
    record = Record(
        row["member"] or name,
        b"",
        **{name: row[name] for name in ("number", *_OF_RECORD)},
    )
    page = None
    if row["text"] is not None:
        page = Page(
            row["text"],
            unpack_spans(row["spans"], row["text"]),
            title=row["page_title"],
            author=row["page_author"],
            date=row["page_date"],
            url=row["page_url"],
            rights=Rights(*json.loads(row["rights"])) if row["rights"] else None,
            links=None if row["links"] is None else _pairs(row["links"]),
            judged=row["judged"],
        )
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
    """Return the row of a cleaned document; `cleaned_of` is the inverse."""
    return {
        "spans": _pack_spans(cleaned.removed),
        "title": _writable(cleaned.title),
        "author": _writable(cleaned.author),
        "date": cleaned.date,
        "reason": cleaned.reason.rule if cleaned.reason else None,
        "evidence": _writable(cleaned.reason.evidence) if cleaned.reason else None,
        "doubt": cleaned.doubt,
        "chars": len(cleaned.text),
        "words": count_words(cleaned.text),
    }


def cleaned_of(row: dict[str, Any], text: str) -> Cleaned:
    """Return the cleaned document that a row stands for.

    Args:
        row: The row.
        text: The page text.
    """
    removed = unpack_spans(row["spans"], text)
    return Cleaned(cut(text, removed), removed, row["title"], row["author"], row["date"], _reason_of(row), row["doubt"])


def _reason_of(row: dict[str, Any]) -> Reason | None:
    return Reason(row["reason"], row["evidence"]) if row["reason"] else None


def _pack_spans(spans: tuple[Span, ...]) -> str:
    """Return spans as JSON, without their text, which is part of the page text."""
    packed = json.dumps([(s.start, s.end, s.step, s.rule, s.evidence) for s in spans], ensure_ascii=False)
    return str(_writable(packed))


def unpack_spans(packed: str, text: str) -> tuple[Span, ...]:
    """Return spans from JSON, with their text.

    Args:
        packed: The JSON.
        text: The page text.
    """
    return tuple(Span(a, b, text[a:b], step, rule, evidence) for a, b, step, rule, evidence in json.loads(packed))


def kept_texts(results: Results) -> Iterator[list[str]]:
    """Yield the kept texts of a chunk, one row group at a time; an empty text for a document that was not decoded."""
    groups = zip(results.tables("read", ["text"]), results.tables("chrome", ["spans"]), strict=True)
    for drafts, cleaned in groups:
        pairs = zip(drafts["text"].to_pylist(), cleaned["spans"].to_pylist(), strict=True)
        yield [cut(text, unpack_spans(packed, text)) if text is not None else "" for text, packed in pairs]


def kept_link_chars(results: Results) -> Iterator[list[int | None]]:
    """Yield how many characters of each kept text are in links, as `kept_texts`; None where no links were read."""
    groups = zip(results.tables("read", ["links"]), results.tables("chrome", ["spans"]), strict=True)
    for drafts, cleaned in groups:
        pairs = zip(drafts["links"].to_pylist(), cleaned["spans"].to_pylist(), strict=True)
        yield [None if links is None else _length_outside(_pairs(links), packed) for links, packed in pairs]


def _length_outside(places: tuple[tuple[int, int], ...], packed: str) -> int:
    """Return how many characters of places lie outside the packed spans."""
    return sum(end - start for start, end in places_outside(places, unpack_spans(packed, ""))) if places else 0


def _pairs(offsets: list[int]) -> tuple[tuple[int, int], ...]:
    """Return offsets as pairs of start and end."""
    return tuple(zip(offsets[::2], offsets[1::2], strict=True))


def ids_of(results: Results) -> Iterator[str]:
    """Yield the ids of a chunk's documents, in order."""
    chunk, row = results.chunk, 0
    for table in results.tables("read", ["piece", "number", "member"]):
        for piece, number, member in zip(*(column.to_pylist() for column in table.columns), strict=True):
            source, before = chunk.origins[piece]
            name, first = (_masked_member(chunk, member, row), 0) if member is not None else (source, before)
            yield f"{name}#{first + number}" if number else name
            row += 1


def _masked_member(chunk: Chunk, member: str, row: int) -> str:
    """Return the id of a member of an archive without personal data; where it held any, its place makes it unique."""
    masked = mask_paths(member, chunk.masked) if chunk.masked else member
    if masked == member:
        return member
    part = chunk.results["read"].rpartition("-")[2]  # of the segment
    return f"{masked}~{chunk.segment}.{part}.{row}"


# columns in which stages give a reason against a document
_REASONS = (
    ("read", "reason"),
    ("chrome", "reason"),
    ("language", "reason"),
    ("flags", "reason"),
    ("filter", "filtered"),
)


def passing_rows(results: Results) -> list[bool]:
    """Return for each document of a chunk whether no stage gave a reason against it, near-duplicates aside."""
    reasons = [
        [reason for table in results.tables(stage, [name]) for reason in table[name].to_pylist()]
        for stage, name in _REASONS
    ]
    return [not any(row) for row in zip(*reasons, strict=True)]
