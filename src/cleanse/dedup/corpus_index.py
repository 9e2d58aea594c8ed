"""Write and open the band index of a finished corpus: a later run finds near-duplicates in it without reading it.

For each band a file of hashes (32 bits) and row numbers (of `corpus/`, through all its parts), sorted by hash: Arrow
IPC, uncompressed, so that a lookup maps it and touches a few pages. At a threshold of .8 that is 160 bytes a document,
and 12 for the exact hash. A hash cut to 32 bits brings a few false candidates, which verification drops.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanse.atomic_write import new_file
from cleanse.dedup.band_files import NOWHERE, BandFiles, arrow_of, band_name, numpy_of
from cleanse.dedup.bands import bands_for
from cleanse.dedup.shingles import SHINGLE
from cleanse.errors import OutputError, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from cleanse.character_values import Hashes
    from cleanse.dedup.band_files import Column
    from cleanse.dedup.candidates import Pairs, Ranks

VERSION = 1  # of the files and of the hashes in them: raise it when either changes (a test holds the hashes)
EXACT = "exact"
_LOW = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of an index that is to be written."""

    band_files: tuple[Path, ...]
    column: str
    rows: Path  # the row of each document in the corpus, uint32; NOWHERE for one that has no place in this file
    metadata: dict[str, str]
    path: Path


@dataclass(frozen=True, slots=True)
class Index:
    """An open index that fits this run."""

    folder: Path
    parts: tuple[int, ...]  # documents of each part of its corpus

    @property
    def rows(self) -> int:
        """Return how many documents its corpus has."""
        return sum(self.parts)

    def look_up(self, name: str, hashes: Hashes, first: int, most: int) -> Pairs:
        """Return pairs of a row of the corpus and a place in `hashes` that share a bucket: sorted, each once.

        Args:
            name: The column, such as `band_00`.
            hashes: Hashes of that column.
            first: Added to the rows, which stand in the upper halves of the pairs.
            most: The lowest rows of a bucket that count.
        """
        stored, rows, _ = _read(self.folder / f"{name}.arrow")
        wanted = _as_stored(name, hashes)
        order = np.argsort(wanted, kind="stable")  # neighbours in the file are looked up after each other
        begin = np.searchsorted(stored, wanted[order], "left")
        sizes = np.minimum(np.searchsorted(stored, wanted[order], "right") - begin, most)
        hit = np.flatnonzero(sizes)
        sizes, begin, order = sizes[hit], begin[hit], order[hit]
        nth = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        matches = rows[np.repeat(begin, sizes) + nth].astype(np.uint64) + np.uint64(first)
        return np.sort(matches << np.uint64(32) | np.repeat(order, sizes).astype(np.uint64))

    def equal(self, exact: Hashes) -> Ranks:
        """Return the row whose words are those of each document, -1 for none; `exact` as `sign_texts` makes it."""
        pairs = self.look_up(EXACT, exact, 0, 1)
        rows = np.full(len(exact), -1)
        rows[(pairs & _LOW).astype(np.int64)] = (pairs >> np.uint64(32)).astype(np.int64)
        return rows


def write_index(
    folder: Path,
    band_files: Sequence[Path],
    kept: npt.NDArray[np.bool_],
    scratch: Path,
    *,
    threshold: float,
    mapper: Callable[..., Iterable[Any]] = map,
) -> None:
    """Write the index of the kept documents to an existing folder.

    Args:
        folder: Where its files go.
        band_files: The chunks' files, as `write_bands` makes them.
        kept: Which documents are kept, numbered as in `decide`.
        scratch: An existing folder for passing files.
        threshold: The run's.
        mapper: Runs a function over tasks: the builtin `map`, or one over workers.
    """
    files = BandFiles(band_files)
    metadata = _settings(threshold) | {"rows": str(np.count_nonzero(kept))}
    row = np.cumsum(kept, dtype=np.uint32) - np.uint32(1)
    row[~kept | (files.column("exact") == 0)] = NOWHERE
    row.tofile(scratch / "rows-worded.bin")
    row[files.column("words") < SHINGLE] = NOWHERE
    row.tofile(scratch / "rows-banded.bin")
    bands = [band_name(band) for band in range(bands_for(threshold).count)]
    entries = [
        Entry(tuple(band_files), name, scratch / f"rows-{kind}.bin", metadata, folder / f"{name}.arrow")
        for kind, names in (("worded", [EXACT]), ("banded", bands))
        for name in names
    ]
    try:
        list(mapper(write_entry, entries))
    finally:
        for path in {entry.rows for entry in entries}:
            path.unlink(missing_ok=True)


def write_entry(entry: Entry) -> None:
    """Write a file of an index."""
    import pyarrow as pa

    hashes, rows = [np.empty(0, np.uint64)], [np.empty(0, np.uint32)]
    for first, values in BandFiles(entry.band_files).parts(entry.column):
        row = np.fromfile(entry.rows, np.uint32, len(values), offset=4 * first)
        hashes.append(values[row != NOWHERE])
        rows.append(row[row != NOWHERE])
    stored = _as_stored(entry.column, np.concatenate(hashes))
    del hashes
    order = np.argsort(stored, kind="stable")  # rows ascend in a bucket
    columns = {"hash": arrow_of(stored[order]), "row": arrow_of(np.concatenate(rows)[order])}
    batch = pa.record_batch(columns).replace_schema_metadata({"cleanse": "1", **entry.metadata})
    with new_file(entry.path) as temporary, temporary.open("wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)


def open_index(folder: Path, output: Path, parts: Sequence[int], threshold: float) -> Index:
    """Open the index of an earlier output.

    Args:
        folder: Where the index lies.
        output: The output folder, for messages.
        parts: Rows of each part of its corpus.
        threshold: This run's.

    Raises:
        OutputError: If the index is missing, or is not that corpus's.
        SettingError: If it was made with other settings.
    """
    wanted = _settings(threshold)
    names = [EXACT, *(band_name(band) for band in range(bands_for(threshold).count))]
    try:
        metadata = {key.decode(): value.decode() for key, value in _read(folder / f"{EXACT}.arrow")[2].items()}
    except (OSError, ValueError):
        metadata = {}
    again = "Run cleanse on it again (what is done is not done again), without --dry-run and --skip duplicates."
    if "rows" not in metadata:
        raise OutputError(f"against = {str(output)!r} holds no index of its near-duplicate bands. {again}")
    for key, value in wanted.items():
        if metadata.get(key) != value:
            raise SettingError(
                f"against = {str(output)!r} was indexed with {key} {metadata.get(key)}, this run has {key} {value}:"
                " documents cannot be compared. Give both runs the same --threshold and version of cleanse."
            )
    if metadata["rows"] != str(sum(parts)) or not all((folder / f"{name}.arrow").is_file() for name in names):
        raise OutputError(
            f"against = {str(output)!r} has an index that is incomplete, or that of another corpus. {again}"
        )
    return Index(folder, tuple(parts))


def _settings(threshold: float) -> dict[str, str]:
    """Return what two corpora must have in common for one's index to serve the other."""
    bands = bands_for(threshold)
    return {"index version": str(VERSION), "shingle words": str(SHINGLE), "bands": f"{bands.count}x{bands.rows}"}


def _as_stored(name: str, hashes: Hashes) -> Column:
    """Return hashes as the files hold them: all 64 bits of the exact one, because no comparison follows it."""
    return hashes if name == EXACT else (hashes >> np.uint64(32)).astype(np.uint32)


def _read(path: Path) -> tuple[Column, Column, dict[bytes, bytes]]:
    """Return hashes and rows of a file, mapped, and its metadata."""
    import pyarrow as pa

    with pa.memory_map(str(path)) as source:
        file = pa.ipc.open_file(source)
        batch = file.get_batch(0)
        return numpy_of(batch.column(0)), numpy_of(batch.column(1)), file.schema.metadata or {}
