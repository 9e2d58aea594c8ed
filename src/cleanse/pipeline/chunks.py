"""Cutting the input into shards, and staging what a step found for one, so that a later run can take it up.

A stage's result is a file named by the hash of all that went into it: content, settings, versions. It is written to a
temporary name and renamed; a sidecar holds size and digest. So resume is: is it there, and whole?
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cleanse import inputs
from cleanse.atomic_write import new_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from cleanse.inputs import Listing, Piece

log = logging.getLogger(__name__)

SHARD_BYTES = 4 << 20  # of small files together: seconds of work for HTML, so that a folder keeps several workers busy
SHARD_FILES = 200  # the same for many tiny files
SHARDS = 10_000  # of a run: of a larger input the shards are twice as large, or four times; each is a few staged files
PART_CHARS = (
    32 << 20
)  # page text in one staged file: what a later step reads in portions; bounds a file that cannot be cut
ROW_GROUP_CHARS = 4 << 20  # page text held in memory at once
ROW_GROUP_ROWS = 2048  # documents held in memory at once


@dataclass(frozen=True, slots=True)
class Shard:
    """Consecutive pieces of the input that one worker reads."""

    number: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One staged file of a shard's drafts: the unit of all later steps."""

    key: str  # names the staged file
    shard: int
    rows: int
    chars: int  # of page text


def cut_input(listing: Listing) -> tuple[Shard, ...]:
    """Shards of a listing: the same for the same files, whoever cuts and however many workers there are."""
    shards: list[Shard] = []
    pieces: list[Piece] = []
    size, times = 0, _times(listing)
    for source in listing.sources:
        for piece in inputs.cut(source):
            if pieces and (size + piece.size > times * SHARD_BYTES or len(pieces) >= times * SHARD_FILES):
                shards.append(Shard(len(shards), tuple(pieces)))
                pieces, size = [], 0
            pieces.append(piece)
            size += piece.size
    if pieces:
        shards.append(Shard(len(shards), tuple(pieces)))
    return tuple(shards)


def _times(listing: Listing) -> int:
    """How many times the usual size a shard has. A power of two: an input that grows a little is not cut anew for it."""
    bytes_, files = sum(source.size for source in listing.sources), len(listing.sources)
    wanted = max(bytes_ / SHARD_BYTES, files / SHARD_FILES) / SHARDS
    return 1 << max(0, math.ceil(math.log2(wanted))) if wanted > 1 else 1


def hash_of(*values: object) -> str:
    """A short digest of settings and keys, for file names."""
    return hashlib.blake2b(json.dumps(values, default=str).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Staging:
    """The folder of staged results: `<stage>/<key>.parquet` and `<stage>/<key>.json` beside it."""

    folder: Path

    def path(self, stage: str, key: str) -> Path:
        """Where a staged table lies."""
        return self.folder / stage / f"{key}.parquet"

    def note(self, stage: str, key: str, place: Path | None = None) -> dict[str, Any] | None:
        """The sidecar of a staged result, if all files it speaks of are there and whole.

        `place`: the folder that its files lie in, by their names there, if they are no staged tables.
        """
        try:
            note: dict[str, Any] = json.loads((self.folder / stage / f"{key}.json").read_bytes())
            paths = {place / name if place else self.path(stage, name): d for name, d in note["files"].items()}
            whole = all(digest_of(path) == digest for path, digest in paths.items())
        except (OSError, ValueError, KeyError, AttributeError):
            return None
        return note if whole else None

    def table(self, stage: str, key: str, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """A staged table, a row group at a time."""
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path(stage, key)) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, columns=columns, use_threads=False)

    def write(self, stage: str, key: str, tables: Iterable[pa.Table], schema: pa.Schema) -> str:
        """Write a staged table; returns the digest of the file."""
        import pyarrow.parquet as pq

        def fill(path: Path) -> None:
            with pq.ParquetWriter(path, schema, compression="zstd", write_statistics=False) as writer:
                for table in tables:
                    writer.write_table(table)

        return self.place(stage, key, fill)

    def place(self, stage: str, key: str, fill: Callable[[Path], None]) -> str:
        """Have a staged file written under a temporary name, and name it; returns its digest."""
        path = self.path(stage, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with new_file(path) as temporary:
            fill(temporary)
        return digest_of(path)

    def conclude(self, stage: str, key: str, files: dict[str, str], **note: Any) -> dict[str, Any]:
        """Write the sidecar: from now on the result counts as there."""
        whole = {"files": files, **note}
        path = self.folder / stage / f"{key}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        with new_file(path) as temporary:
            temporary.write_text(json.dumps(whole), encoding="utf-8")
        return whole

    def prune(self, keys: Iterable[str]) -> None:
        """Delete staged files of earlier runs: all but those whose names start with one of the keys."""
        used = set(keys)
        for path in self.folder.glob("*/*"):
            if path.name.split(".")[0] not in used and path.is_file():
                path.unlink(missing_ok=True)


def stage_once(
    staging: Staging,
    stage: str,
    key: str,
    make: Callable[[], tuple[dict[str, str], dict[str, Any]]],
    place: Path | None = None,
) -> dict[str, Any]:
    """The note of a staged result; `make` (files with digests, and facts for the note) is called only where it is missing.

    `place` is that of `Staging.note`.
    """
    note = staging.note(stage, key, place)
    if note is not None:
        log.debug("%s of an earlier run taken up: %s", stage, key)
        return note
    if (staging.folder / stage / f"{key}.json").exists():
        log.warning("what an earlier run left is not whole, and is made again: %s %s", stage, key)
    files, facts = make()
    return staging.conclude(stage, key, files, **facts)


def digest_of(path: Path) -> str:
    """Digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
