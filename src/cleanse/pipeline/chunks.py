"""Cut the input into segments, each of which one worker reads.

What a segment holds is cached as one or more chunks, the units of all later stages.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cleanse import inputs

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from cleanse.inputs import Listing, Piece
    from cleanse.pipeline.cache import Cache

SEGMENT_BYTES = (
    4 << 20
)  # of small files together: seconds of work for HTML, so that a folder keeps several workers busy
SEGMENT_FILES = 200  # the same for many tiny files
SEGMENTS = (
    10_000  # of a run: of a larger input the segments are twice as large, or four times; each is a few cached files
)
CHUNK_CHARS = 32 << 20  # page text in one chunk, which later stages read in portions; bounds a file that cannot be cut
ROW_GROUP_CHARS = 4 << 20  # page text held in memory at once
ROW_GROUP_ROWS = 2048  # documents held in memory at once


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive pieces of the input that one worker reads."""

    number: int
    pieces: tuple[Piece, ...]

    @property
    def bytes(self) -> int:
        """Size of its pieces."""
        return sum(piece.size for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Documents that stages work on together, and where the results about them are cached."""

    segment: int
    rows: int
    chars: int  # of page text
    results: dict[str, str] = field(default_factory=dict)  # stage → key of what it found, or of what stands in for that
    replaced: tuple[str, ...] = ()  # keys of results that others stand in for
    origins: tuple[tuple[str, int], ...] = ()  # of each piece: source id, and records of that source before it

    def with_result(self, stage: str, key: str) -> Chunk:
        """Return the chunk with one more result, which stands in for an earlier one of that name."""
        before = self.results.get(stage)
        replaced = (*self.replaced, before) if before is not None and before != key else self.replaced
        return replace(self, results={**self.results, stage: key}, replaced=replaced)


@dataclass(frozen=True, slots=True)
class Results:
    """Reads what stages found about the documents of a chunk, row for row."""

    chunk: Chunk
    cache: Cache

    def tables(self, stage: str, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """Yield the table of a stage, a row group at a time: the same rows for every stage that has a row a document."""
        return self.cache.tables(stage, self.chunk.results[stage], columns)

    def has(self, stage: str) -> bool:
        """Return whether there is a table of a stage."""
        key = self.chunk.results.get(stage)
        return key is not None and self.cache.path(stage, key).exists()


def cut_input(listing: Listing) -> tuple[Segment, ...]:
    """Return the segments of a listing: the same for the same files, whoever cuts and however many workers there are."""
    segments: list[Segment] = []
    pieces: list[Piece] = []
    size, times = 0, _times(listing)
    for source in listing.sources:
        for piece in inputs.cut(source):
            if pieces and (size + piece.size > times * SEGMENT_BYTES or len(pieces) >= times * SEGMENT_FILES):
                segments.append(Segment(len(segments), tuple(pieces)))
                pieces, size = [], 0
            pieces.append(piece)
            size += piece.size
    if pieces:
        segments.append(Segment(len(segments), tuple(pieces)))
    return tuple(segments)


def _times(listing: Listing) -> int:
    """Return how many times the usual size a segment has: a power of two, so that growth rarely cuts an input anew."""
    size, files = sum(source.size for source in listing.sources), len(listing.sources)
    wanted = max(size / SEGMENT_BYTES, files / SEGMENT_FILES) / SEGMENTS
    return 1 << max(0, math.ceil(math.log2(wanted))) if wanted > 1 else 1
