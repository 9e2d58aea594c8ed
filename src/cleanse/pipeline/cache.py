"""Cache the results of stages for later runs, in files named by the hash of all that a result depends on.

A result is written under a temporary name and then renamed. A note beside it records the digests of its files. A result
can be reused if its note exists and its files still have these digests.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cleanse.atomic_write import new_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

log = logging.getLogger(__name__)


def hash_of(*values: object) -> str:
    """Return a short digest of values such as options and keys, for names of files."""
    text = json.dumps(values, default=str, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def digest_of(path: Path) -> str:
    """Return the digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


@dataclass(frozen=True, slots=True)
class Note:
    """The record of a cached result.

    Attributes:
        files: Names of its files, with their digests.
        facts: What its stage recorded about it, such as counts.
    """

    files: dict[str, str]
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cache:
    """The folder of cached results: `<stage>/<key>.parquet`, and the note `<stage>/<key>.json`.

    Attributes:
        folder: The folder.
    """

    folder: Path

    def path(self, stage: str, key: str) -> Path:
        """Return the path of the table of a result.

        Args:
            stage: Name of the stage.
            key: Key of the result.
        """
        return self.folder / stage / f"{key}.parquet"

    def note(self, stage: str, key: str, place: Path | None = None) -> Note | None:
        """Return the note of a result; None if the result cannot be reused.

        Args:
            stage: Name of the stage.
            key: Key of the result.
            place: The folder that holds its files under their names; None: they are tables in the cache.
        """
        try:
            content = json.loads((self.folder / stage / f"{key}.json").read_bytes())
            note = Note(dict(content["files"]), dict(content["facts"]))
            paths = {place / name if place else self.path(stage, name): digest for name, digest in note.files.items()}
            is_whole = all(digest_of(path) == digest for path, digest in paths.items())
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return note if is_whole else None

    def once(self, stage: str, key: str, make: Callable[[], tuple[Note, bool]], place: Path | None = None) -> Note:
        """Return the note of a result, which is made only if it cannot be reused.

        Args:
            stage: Name of the stage.
            key: Key of the result.
            make: Writes the result; returns its note, and whether a later run may reuse it.
            place: As for `note`.
        """
        note = self.note(stage, key, place)
        if note is not None:
            log.debug("%s: reused from an earlier run: %s", stage, key)
            return note
        if (self.folder / stage / f"{key}.json").exists():
            log.warning("%s: the result of an earlier run is damaged and is made again: %s", stage, key)
        note, is_reusable = make()
        if is_reusable:
            self.conclude(stage, key, note)
        return note

    def conclude(self, stage: str, key: str, note: Note) -> None:
        """Write the note of a result. From now on the result can be reused.

        Args:
            stage: Name of the stage.
            key: Key of the result.
            note: The note.
        """
        path = self.folder / stage / f"{key}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        with new_file(path, durable=False) as temporary:
            temporary.write_text(json.dumps({"files": note.files, "facts": note.facts}), encoding="utf-8")

    def tables(self, stage: str, key: str, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """Yield a cached table, one row group at a time.

        Args:
            stage: Name of the stage.
            key: Key of the result.
            columns: Columns to read; None: all.
        """
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path(stage, key), pre_buffer=False) as file:  # with a buffer, it starts threads
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, columns=columns, use_threads=False)

    def write(self, stage: str, key: str, tables: Iterable[pa.Table], schema: pa.Schema) -> str:
        """Write a table, and return the digest of its file.

        Args:
            stage: Name of the stage.
            key: Key of the result.
            tables: The rows, as tables that follow each other.
            schema: Their schema.
        """
        import pyarrow.parquet as pq

        def fill(path: Path) -> None:
            with pq.ParquetWriter(path, schema, compression="zstd", write_statistics=False) as writer:
                for table in tables:
                    writer.write_table(table)

        return self.place(stage, key, fill)

    def place(self, stage: str, key: str, fill: Callable[[Path], None]) -> str:
        """Let a function write a file under a temporary name, rename it, and return its digest.

        Args:
            stage: Name of the stage.
            key: Key of the result.
            fill: Writes the file at the path it is given.
        """
        path = self.path(stage, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with new_file(path, durable=False) as temporary:
            fill(temporary)
        return digest_of(path)

    def prune(self, keys: Iterable[str]) -> None:
        """Delete the results of earlier runs, that is, all files whose key is not among `keys`."""
        used = set(keys)
        for path in self.folder.glob("*/*"):
            if path.name.split(".")[0] not in used and path.is_file():
                path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete all results."""
        self.prune([])
