"""Fix encoding: from records of the input to page texts. The first stage; it also parses HTML."""

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
    """Yield a row for each record of a segment.

    Args:
        segment: The segment.
        facts: Receives `counts`, the number of records in each piece, and `slow`, the slowest documents.
        options: Options that the stage names.
    """
    facts["counts"] = counts = [0] * len(segment.pieces)
    slow: list[list[Any]] = []
    facts["slow"] = slow

    read = partial(
        read_document,
        extractor=options["extractor"],
        skip=_skipped(options["skip"]),
        markdown=options["format"] == "markdown",
    )

    def work(entry: Entry) -> dict[str, Any]:
        piece, source, record = entry
        started = time.perf_counter()
        row = row_of_draft(piece, source, read(record))
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
    """Return the row of a record that was not read, with the reason."""
    piece, source, record = entry
    return row_of_draft(piece, source, read_document(replace(record, reason=reason), "none"))


def _lose(piece: int, first: Record, done: int, reason: Reason) -> dict[str, Any]:
    """Return the row that stands for the rest of a piece, because reading the next record killed the process."""
    rest = replace(first, number=done + 1) if done else first
    return _give_up((piece, first.id, rest), reason)


def _entries(piece: int, part: Piece, options: dict[str, Any]) -> Iterator[Entry]:
    """Yield the records of a piece."""
    names = tuple((name, field) for name, _, field in (pair.partition("=") for pair in options["field"]))
    fields = inputs.Fields(options["text_field"], options["carry"], names, options["site_from"])
    for record in inputs.read(part, fields):
        yield piece, part.source.id, record


def _skipped(skip: Sequence[str]) -> tuple[str, ...]:
    """Return the skipped steps that matter here, sorted."""
    return tuple(sorted({"repair", "extract"} & set(skip)))


def counted_options(segment: Segment, options: dict[str, Any]) -> object:
    """Return what the result for a segment depends on of the options, and of the files.

    Args:
        segment: The segment.
        options: Options that the stage names.
    """
    fingerprints = [inputs.fingerprint(piece) for piece in segment.pieces]
    counted = {name: value for name, value in options.items() if name not in ("skip", "extractor")}
    return [fingerprints, sorted(counted.items()), _skipped(options["skip"])]


READ = Stage(
    name="read",
    title="fix encoding",
    run=read_segment,
    adds=DRAFT,
    options=("text_field", "field", "carry", "site_from", "format", "extractor", "skip"),
    plugins=("extractor",),
    libraries=("trafilatura", "lxml", "numpy", "ftfy", "chardet", "webencodings", "pyarrow"),
    scope="segment",
    counts=counted_options,
)
