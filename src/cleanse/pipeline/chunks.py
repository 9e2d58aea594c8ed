"""Cut the input into segments, each of which one worker reads.

The documents of a segment are cached as one or more chunks, on which all later stages work.
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

# Bytes of files in a segment: seconds of work for HTML, so that even a small folder keeps several workers busy.
SEGMENT_BYTES = 4 << 20
SEGMENT_FILES = 200  # files in a segment, where they are tiny
SEGMENTS = 10_000  # segments of a run; for a larger input, segments are larger, since each has several cached files
CHUNK_CHARS = 32 << 20  # characters of page text in a chunk, which later stages read row group by row group
ROW_GROUP_CHARS = 4 << 20  # characters of page text in memory at once
ROW_GROUP_ROWS = 2048  # documents in memory at once


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive pieces of the input that one worker reads.

    Attributes:
        number: Its place among all segments, from 0.
        pieces: The pieces: files, or parts of large files.
    """

    number: int
    pieces: tuple[Piece, ...]

    @property
    def bytes(self) -> int:
        """Return the size of its pieces, in bytes."""
        return sum(piece.size for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Documents that stages work on together.

    Attributes:
        segment: Number of the segment that it was read from.
        rows: Number of documents.
        chars: Size of their page texts, in characters.
        results: Stage → cache key of its result, or of the result that replaces it.
        replaced: Cache keys of results that were replaced.
        origins: For each piece of the segment: id of its source, and number of records of that source in earlier
            pieces.
        masked: Kinds of personal data that stand in no id.
    """

    segment: int
    rows: int
    chars: int
    results: dict[str, str] = field(default_factory=dict)
    replaced: tuple[str, ...] = ()
    origins: tuple[tuple[str, int], ...] = ()
    masked: tuple[str, ...] = ()

    def with_result(self, stage: str, key: str) -> Chunk:
        """Return the chunk with one more result, which replaces an earlier one of the same stage.

        Args:
            stage: Name of the stage.
            key: Cache key of the result.
        """
        before = self.results.get(stage)
        replaced = (*self.replaced, before) if before is not None and before != key else self.replaced
        return replace(self, results={**self.results, stage: key}, replaced=replaced)


@dataclass(frozen=True, slots=True)
class Results:
    """Reads the results of stages for one chunk.

    Attributes:
        chunk: The chunk.
        cache: The cache that holds the results.
    """

    chunk: Chunk
    cache: Cache

    def tables(self, stage: str, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """Yield the table of a stage, one row group at a time.

        Stages with a row for each document have the same rows in the same order, in the same row groups.

        Args:
            stage: Name of the stage.
            columns: Columns to read; None: all.
        """
        return self.cache.tables(stage, self.chunk.results[stage], columns)

    def has(self, stage: str) -> bool:
        """Return whether a stage has a table for this chunk."""
        key = self.chunk.results.get(stage)
        return key is not None and self.cache.path(stage, key).exists()


def cut_input(listing: Listing) -> tuple[Segment, ...]:
    """Return the segments of the input. They depend on the files alone, not on the number of workers."""
    segments: list[Segment] = []
    pieces: list[Piece] = []
    size, growth = 0, _growth(listing)
    for source in listing.sources:
        for piece in inputs.cut(source):
            if pieces and (size + piece.size > growth * SEGMENT_BYTES or len(pieces) >= growth * SEGMENT_FILES):
                segments.append(Segment(len(segments), tuple(pieces)))
                pieces, size = [], 0
            pieces.append(piece)
            size += piece.size
    if pieces:
        segments.append(Segment(len(segments), tuple(pieces)))
    return tuple(segments)


def _growth(listing: Listing) -> int:
    """Return the factor by which segments of a large input are larger: a power of two, so that it rarely changes."""
    size, files = sum(source.size for source in listing.sources), len(listing.sources)
    times = max(size / SEGMENT_BYTES, files / SEGMENT_FILES) / SEGMENTS
    return 1 << max(0, math.ceil(math.log2(times))) if times > 1 else 1
