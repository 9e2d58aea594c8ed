"""Results that a later run can take up: files named by the hash of all that went into them.

A result is written to a temporary name and renamed; a note beside it holds its digest. So whether a result can be taken up
is whether its note is there and its files are whole.
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
    """Return a short digest of options and keys, for file names."""
    text = json.dumps(values, default=str, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def digest_of(path: Path) -> str:
    """Return the digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of a result: its files with their digests, and facts that its stage noted."""

    files: dict[str, str]
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cache:
    """The folder of cached results: `<stage>/<key>.parquet`, and `<stage>/<key>.json` beside it."""

    folder: Path

    def path(self, stage: str, key: str) -> Path:
        """Return where the table of a result lies."""
        return self.folder / stage / f"{key}.parquet"

    def note(self, stage: str, key: str, place: Path | None = None) -> Note | None:
        """Return the note of a result, if it can be taken up.

        Args:
            stage: The stage's name.
            key: The result's.
            place: The folder that its files lie in, by their names there, where they are no cached tables.
        """
        try:
            said = json.loads((self.folder / stage / f"{key}.json").read_bytes())
            note = Note(dict(said["files"]), dict(said["facts"]))
            paths = {place / name if place else self.path(stage, name): digest for name, digest in note.files.items()}
            whole = all(digest_of(path) == digest for path, digest in paths.items())
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return note if whole else None

    def once(self, stage: str, key: str, make: Callable[[], tuple[Note, bool]], place: Path | None = None) -> Note:
        """Return the note of a result, which is made only where it cannot be taken up.

        `make` returns the note of what it wrote, and whether a later run may take it up. `place` is that of `note`.
        """
        note = self.note(stage, key, place)
        if note is not None:
            log.debug("%s: taken up from an earlier run: %s", stage, key)
            return note
        if (self.folder / stage / f"{key}.json").exists():
            log.warning("%s: what an earlier run left is not whole, and is made again: %s", stage, key)
        note, lasting = make()
        if lasting:
            self.conclude(stage, key, note)
        return note

    def conclude(self, stage: str, key: str, note: Note) -> None:
        """Write the note of a result: from now on it can be taken up."""
        path = self.folder / stage / f"{key}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        with new_file(path, durable=False) as temporary:
            temporary.write_text(json.dumps({"files": note.files, "facts": note.facts}), encoding="utf-8")

    def tables(self, stage: str, key: str, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """Yield a cached table, a row group at a time."""
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path(stage, key)) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, columns=columns, use_threads=False)

    def write(self, stage: str, key: str, tables: Iterable[pa.Table], schema: pa.Schema) -> str:
        """Write a table; returns the digest of its file."""
        import pyarrow.parquet as pq

        def fill(path: Path) -> None:
            with pq.ParquetWriter(path, schema, compression="zstd", write_statistics=False) as writer:
                for table in tables:
                    writer.write_table(table)

        return self.place(stage, key, fill)

    def place(self, stage: str, key: str, fill: Callable[[Path], None]) -> str:
        """Have a file written under a temporary name, and name it; returns its digest."""
        path = self.path(stage, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with new_file(path, durable=False) as temporary:
            fill(temporary)
        return digest_of(path)

    def prune(self, keys: Iterable[str]) -> None:
        """Delete the results of earlier runs: all files but those that are called by one of the keys."""
        used = set(keys)
        for path in self.folder.glob("*/*"):
            if path.name.split(".")[0] not in used and path.is_file():
                path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete all results."""
        self.prune([])
