"""Whose files lie in an output folder: ours are replaced, foreign ones left alone, and never overwritten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cleanse.atomic_write import PREFIX, UNFINISHED, new_file
from cleanse.corpus.columns import TABLES
from cleanse.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

CARD, REPORT, MANIFEST = "README.md", "report.html", "manifest.json"
WRITTEN = "written.json"  # in the cache folder: part files that runs wrote
INDEX = "index"  # folder of the band index, for runs that come later with `against`
CARD_MARK = "made by cleanse"  # stands in every card and report of ours, so that we know them again
_MARK_WITHIN = 8192  # characters from the start of a file in which the mark stands


def claim(output: Path, input_: Path, *, dry_run: bool) -> None:
    """Make the folder ready to be written.

    Raises OutputError where it cannot be written, lies inside the input or holds a foreign file where one of ours goes.
    """
    place, origin = output.resolve(), input_.resolve()
    if place == origin or origin in place.parents:
        raise OutputError(
            f"OUTPUT {str(output)!r} lies inside INPUT {str(input_)!r}: a later run would read it. Name a folder outside."
        )
    if any(place / name in (origin, *origin.parents) for name in (*TABLES, INDEX, ".cleanse")):
        raise OutputError(
            f"INPUT {str(input_)!r} lies among the files that OUTPUT {str(output)!r} replaces. Name another folder."
        )
    for parent in place.parents:
        if (parent / MANIFEST).is_file() and is_ours(parent / MANIFEST):
            raise OutputError(
                f"OUTPUT {str(output)!r} lies inside the earlier output {str(parent)!r}. Name a folder outside."
            )
    if output.exists() and not output.is_dir():
        raise OutputError(f"OUTPUT {str(output)!r} is a file. Name a folder.")
    for path in (*(output / name for name in (CARD, REPORT, MANIFEST)), *_parts(output)):
        if path.exists() and not (is_ours(path) or _name_of(path, output) in _written(output)):
            raise OutputError(
                f"{str(path)!r} was not written by cleanse and would be overwritten. Move it, or name another folder."
            )
    if dry_run and any((output / "corpus").glob("part-*.parquet")):
        raise OutputError(
            f"OUTPUT {str(output)!r} holds a corpus, which a dry run would leave without its manifest. Name another folder."
        )
    try:
        output.mkdir(parents=True, exist_ok=True)
        probe = output / ".cleanse" / "probe"
        probe.parent.mkdir(exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f"OUTPUT {str(output)!r} cannot be written: {error.strerror}. Name a folder you may write to."
        ) from error


def note_written(output: Path, parts: int) -> None:
    """Note which part files a run is about to write, so that one that is damaged later is known to be ours."""
    names = {f"{table}/part-{number:05d}.parquet" for table in TABLES for number in range(parts)}
    with new_file(output / ".cleanse" / WRITTEN) as temporary:
        temporary.write_text(json.dumps(sorted(names | _written(output))), encoding="utf-8")


def _written(output: Path) -> set[str]:
    try:
        return set(json.loads((output / ".cleanse" / WRITTEN).read_bytes()))
    except (OSError, ValueError, TypeError):
        return set()


def _name_of(path: Path, output: Path) -> str:
    return path.relative_to(output).as_posix()


def is_ours(path: Path) -> bool:
    """Return whether cleanse wrote a file: Parquet files, card, report and manifest all carry a mark."""
    try:
        if path.suffix in (".parquet", ".arrow"):
            return b"cleanse" in _metadata_of(path)
        if path.name == MANIFEST:
            return "cleanse" in json.loads(path.read_bytes())
        with path.open(encoding="utf-8", errors="replace") as file:
            return CARD_MARK in file.read(_MARK_WITHIN)
    except (OSError, ValueError, TypeError):
        return False


def _metadata_of(path: Path) -> Mapping[bytes, bytes]:
    """Metadata of a Parquet or Arrow file's schema; none of a file that is neither."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if path.suffix == ".parquet":
            return pq.read_schema(path).metadata or {}
        with pa.memory_map(str(path)) as source:
            return pa.ipc.open_file(source).schema.metadata or {}
    except pa.ArrowException:
        return {}


def sweep(output: Path, written: Collection[str]) -> None:
    """Remove what an earlier run of ours left: part files that this run did not write, and unfinished ones."""
    sweep_unfinished(output)
    for name in TABLES:
        for path in (output / name).glob("part-*.parquet"):
            name_here = f"{name}/{path.name}"
            if name_here not in written and (is_ours(path) or name_here in _written(output)):
                path.unlink(missing_ok=True)
        if (output / name).is_dir() and not any((output / name).iterdir()):
            (output / name).rmdir()


def begin_writing(output: Path) -> None:
    """Remove the manifest: from here to its return at the end of the run the output is not whole."""
    if (output / MANIFEST).exists():
        (output / MANIFEST).unlink()
        drop_index(output)


def drop_index(output: Path) -> None:
    """Remove the band index: it is not that of the corpus that will be written."""
    for path in (output / INDEX).glob("*.arrow"):
        if is_ours(path):
            path.unlink(missing_ok=True)
    if (output / INDEX).is_dir() and not any((output / INDEX).iterdir()):
        (output / INDEX).rmdir()


def sweep_unfinished(output: Path) -> None:
    """Remove the temporary files of processes that were ended while they wrote, staged ones among them."""
    ours = [f"{folder}/{PREFIX}*" for folder in (*TABLES, INDEX, ".cleanse/*")]
    for pattern in (UNFINISHED, *ours):  # beside our folders only names that are surely not foreign
        for path in output.glob(pattern):
            path.unlink(missing_ok=True)


def _parts(output: Path) -> list[Path]:
    parts = [path for name in TABLES for path in sorted((output / name).glob("part-*.parquet"))]
    return parts + sorted((output / INDEX).glob("*.arrow"))
