"""Fix encoding: from a source's records to page texts. The first stage; HTML is rendered here too."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from cleanse import inputs
from cleanse.document_reading import read_document
from cleanse.documents import Record
from cleanse.pipeline import guard
from cleanse.pipeline.rows import DRAFT, row_of_draft
from cleanse.pipeline.slowest import keep_slowest
from cleanse.pipeline.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cleanse.documents import Reason
    from cleanse.inputs import Piece
    from cleanse.pipeline.chunks import Segment

Entry = tuple[int, str, Record]  # number of the piece, id of its source, record


def read_segment(segment: Segment, facts: dict[str, Any], **options: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a segment's records, and note how many records each of its pieces has.

    Args:
        segment: What is to be read.
        facts: Receives `counts`, records by piece, and `slow`, the slowest documents.
        options: The stage's.
    """
    facts["counts"] = counts = [0] * len(segment.pieces)
    slow: list[list[Any]] = []
    facts["slow"] = slow

    def work(entry: Entry) -> dict[str, Any]:
        piece, source, record = entry
        started = time.perf_counter()
        row = row_of_draft(piece, source, read_document(record, options["extractor"], _skipped(options["skip"])))
        return row | {"_seconds": time.perf_counter() - started}

    for piece, part in enumerate(segment.pieces):
        source = part.source.id
        lose = partial(_lose, piece, Record(source, b"", 0 if part.stop is None else 1))
        entries = partial(_entries, piece, part, options)
        for row in guard.each(entries, work, _give_up, lose):
            if row["member"] is None:
                counts[piece] = max(counts[piece], row["number"])
            keep_slowest(slow, row.pop("_seconds", 0.0), piece, row["number"])
            yield row


def _give_up(entry: Entry, reason: Reason) -> dict[str, Any]:
    """Return the row of a record that was not read, and why."""
    piece, source, record = entry
    return row_of_draft(piece, source, read_document(replace(record, reason=reason), "none"))


def _lose(piece: int, first: Record, done: int, reason: Reason) -> dict[str, Any]:
    """Return the row for what a piece holds after so many records, where getting the next one killed the process."""
    rest = replace(first, number=done + 1) if done else first
    return _give_up((piece, first.id, rest), reason)


def _entries(piece: int, part: Piece, options: dict[str, Any]) -> Iterator[Entry]:
    names = tuple((name, field) for name, _, field in (pair.partition("=") for pair in options["field"]))
    fields = inputs.Fields(options["text_field"], options["carry"], names, options["site_from"])
    for record in inputs.read(part, fields):
        yield piece, part.source.id, record


def _skipped(skip: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({"repair", "extract"} & set(skip)))


def counted_options(segment: Segment, options: dict[str, Any]) -> object:
    """Return what of the options, and of the files, a segment's result depends on."""
    prints = [inputs.fingerprint(piece) for piece in segment.pieces]
    named = {name: value for name, value in options.items() if name not in ("skip", "extractor")}
    return [prints, sorted(named.items()), _skipped(options["skip"])]


READ = Stage(
    name="read",
    title="fix encoding",
    run=read_segment,
    adds=DRAFT,
    options=("text_field", "field", "carry", "site_from", "extractor", "skip"),
    plugins=("extractor",),
    libraries=("trafilatura", "lxml", "ftfy", "chardet", "webencodings", "pyarrow"),
    scope="segment",
    counts=counted_options,
)
