"""The band index of a finished corpus: what a later run needs to find near-duplicates in it without reading it.

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
    """One file of an index, to be written."""

    band_files: tuple[Path, ...]
    column: str
    rows: Path  # of each document in the corpus, uint32; NOWHERE for one that has no place in this file
    about: dict[str, str]  # metadata of the file
    path: Path


@dataclass(frozen=True, slots=True)
class Index:
    """An index that was opened and found to fit; picklable."""

    folder: Path
    parts: tuple[int, ...]  # documents of each part of its corpus

    @property
    def rows(self) -> int:
        """Documents of its corpus."""
        return sum(self.parts)

    def look_up(self, name: str, hashes: Hashes, first: int, most: int) -> Pairs:
        """Pairs of a row (upper half, `first` added) and a place in `hashes` (lower half) that share a bucket.

        Of a bucket the `most` lowest rows count. Sorted; each once.
        """
        held, rows, _ = _read(self.folder / f"{name}.arrow")
        wanted = _as_held(name, hashes)
        order = np.argsort(wanted, kind="stable")  # neighbours in the file are looked up after each other
        begin = np.searchsorted(held, wanted[order], "left")
        sizes = np.minimum(np.searchsorted(held, wanted[order], "right") - begin, most)
        hit = np.flatnonzero(sizes)
        sizes, begin, order = sizes[hit], begin[hit], order[hit]
        nth = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        found = rows[np.repeat(begin, sizes) + nth].astype(np.uint64) + np.uint64(first)
        return np.sort(found << np.uint64(32) | np.repeat(order, sizes).astype(np.uint64))

    def equal(self, exact: Hashes) -> Ranks:
        """The row whose words are those of each document, -1 for none; `exact` as `sign_shard` makes it."""
        pairs = self.look_up(EXACT, exact, 0, 1)
        found = np.full(len(exact), -1)
        found[(pairs & _LOW).astype(np.int64)] = (pairs >> np.uint64(32)).astype(np.int64)
        return found


def write_index(
    folder: Path,
    band_files: Sequence[Path],
    kept: npt.NDArray[np.bool_],
    scratch: Path,
    *,
    threshold: float,
    mapper: Callable[..., Iterable[Any]] = map,
) -> None:
    """Write the index of the documents that are kept, numbered as in `decide`, to an existing folder."""
    files = BandFiles(band_files)
    about = _settings(threshold) | {"rows": str(np.count_nonzero(kept))}
    row = np.cumsum(kept, dtype=np.uint32) - np.uint32(1)
    row[~kept | (files.column("exact") == 0)] = NOWHERE
    row.tofile(scratch / "rows-worded.bin")
    row[files.column("words") < SHINGLE] = NOWHERE
    row.tofile(scratch / "rows-banded.bin")
    bands = [band_name(band) for band in range(bands_for(threshold).count)]
    entries = [
        Entry(tuple(band_files), name, scratch / f"rows-{kind}.bin", about, folder / f"{name}.arrow")
        for kind, names in (("worded", [EXACT]), ("banded", bands))
        for name in names
    ]
    try:
        list(mapper(write_entry, entries))
    finally:
        for path in {entry.rows for entry in entries}:
            path.unlink(missing_ok=True)


def write_entry(entry: Entry) -> None:
    """Write one file of an index."""
    import pyarrow as pa

    hashes, rows = [np.empty(0, np.uint64)], [np.empty(0, np.uint32)]
    for first, values in BandFiles(entry.band_files).parts(entry.column):
        row = np.fromfile(entry.rows, np.uint32, len(values), offset=4 * first)
        hashes.append(values[row != NOWHERE])
        rows.append(row[row != NOWHERE])
    held = _as_held(entry.column, np.concatenate(hashes))
    del hashes
    order = np.argsort(held, kind="stable")  # rows ascend in a bucket
    columns = {"hash": arrow_of(held[order]), "row": arrow_of(np.concatenate(rows)[order])}
    batch = pa.record_batch(columns).replace_schema_metadata({"cleanse": "1", **entry.about})
    with new_file(entry.path) as temporary, temporary.open("wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)


def open_index(folder: Path, output: Path, parts: Sequence[int], threshold: float) -> Index:
    """The index of an earlier output, whose corpus has parts of so many rows.

    Raises OutputError where it is missing or not that corpus's, SettingError where it was made with other settings.
    """
    wanted = _settings(threshold)
    names = [EXACT, *(band_name(band) for band in range(bands_for(threshold).count))]
    try:
        found = {key.decode(): value.decode() for key, value in (_read(folder / f"{EXACT}.arrow")[2] or {}).items()}
    except (OSError, ValueError):
        found = {}
    again = "Run cleanse on it again (what is staged is not done again), without --dry-run and --skip duplicates."
    if "rows" not in found:
        raise OutputError(f"against = {str(output)!r} holds no index of its near-duplicate bands. {again}")
    for key, value in wanted.items():
        if found.get(key) != value:
            raise SettingError(
                f"against = {str(output)!r} was indexed with {key} {found.get(key)}, this run has {key} {value}:"
                " documents cannot be compared. Give both runs the same --threshold and version of cleanse."
            )
    if found["rows"] != str(sum(parts)) or not all((folder / f"{name}.arrow").is_file() for name in names):
        raise OutputError(f"against = {str(output)!r} has an index that is not whole or not its corpus's. {again}")
    return Index(folder, tuple(parts))


def _settings(threshold: float) -> dict[str, str]:
    """What two corpora must have in common for one's index to serve the other."""
    bands = bands_for(threshold)
    return {"index version": str(VERSION), "shingle words": str(SHINGLE), "bands": f"{bands.count}x{bands.rows}"}


def _as_held(name: str, hashes: Hashes) -> Column:
    """Hashes as the files hold them: all 64 bits of the exact one, because nothing else is looked at after it."""
    return hashes if name == EXACT else (hashes >> np.uint64(32)).astype(np.uint32)


def _read(path: Path) -> tuple[Column, Column, dict[bytes, bytes]]:
    """Hashes and rows of a file, mapped, and its metadata."""
    import pyarrow as pa

    with pa.memory_map(str(path)) as source:
        file = pa.ipc.open_file(source)
        batch = file.get_batch(0)
        return numpy_of(batch.column(0)), numpy_of(batch.column(1)), file.schema.metadata or {}
