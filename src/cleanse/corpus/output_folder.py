"""Tell the files of cleanse in an output folder from other people's.

Files of cleanse are replaced. Others are left alone and never overwritten.
"""

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
INDEX = "index"  # folder of the band index, for later runs with the option `against`
CARD_MARK = "made by cleanse"  # in every card and report that cleanse writes, so that it can be recognized
_MARK_WITHIN = 8192  # characters at the start of a file in which the mark is looked for


def claim(output: Path, input_: Path, *, dry_run: bool) -> None:
    """Make the output folder, ready to be written.

    Args:
        output: The output folder.
        input_: The input.
        dry_run: Whether the run writes no corpus.

    Raises:
        OutputError: The folder cannot be written, lies inside the input, or holds a foreign file where cleanse would
            write.
    """
    resolved_output, resolved_input = output.resolve(), input_.resolve()
    if resolved_output == resolved_input or resolved_input in resolved_output.parents:
        raise OutputError(
            f"OUTPUT {str(output)!r} lies inside INPUT {str(input_)!r}: a later run would read it. Name a folder outside."
        )
    if any(
        resolved_output / name in (resolved_input, *resolved_input.parents) for name in (*TABLES, INDEX, ".cleanse")
    ):
        raise OutputError(
            f"INPUT {str(input_)!r} lies among the files that OUTPUT {str(output)!r} replaces. Name another folder."
        )
    for parent in resolved_output.parents:
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
    """Record which part files a run is about to write, so that a damaged one is recognized later.

    Args:
        output: The output folder.
        parts: Number of parts.
    """
    names = {f"{table}/part-{number:05d}.parquet" for table in TABLES for number in range(parts)}
    with new_file(output / ".cleanse" / WRITTEN) as temporary:
        temporary.write_text(json.dumps(sorted(names | _written(output))), encoding="utf-8")


def _written(output: Path) -> set[str]:
    """Return the names of part files that runs wrote."""
    try:
        return set(json.loads((output / ".cleanse" / WRITTEN).read_bytes()))
    except (OSError, ValueError, TypeError):
        return set()


def _name_of(path: Path, output: Path) -> str:
    """Return the path of a file below the output folder."""
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
    """Return the metadata of a Parquet or Arrow file's schema; nothing for a file that is neither."""
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
    """Remove what an earlier run left: part files that this run did not write, and unfinished files.

    Args:
        output: The output folder.
        written: Names of the files that this run wrote, below the output folder.
    """
    sweep_unfinished(output)
    for table in TABLES:
        for path in (output / table).glob("part-*.parquet"):
            file_name = f"{table}/{path.name}"
            if file_name not in written and (is_ours(path) or file_name in _written(output)):
                path.unlink(missing_ok=True)
        if (output / table).is_dir() and not any((output / table).iterdir()):
            (output / table).rmdir()


def begin_writing(output: Path) -> None:
    """Remove the manifest, because the output is not complete until the end of the run."""
    if (output / MANIFEST).exists():
        (output / MANIFEST).unlink()
        drop_index(output)


def drop_index(output: Path) -> None:
    """Remove the band index of the corpus that is about to be replaced."""
    for path in (output / INDEX).glob("*.arrow"):
        if is_ours(path):
            path.unlink(missing_ok=True)
    if (output / INDEX).is_dir() and not any((output / INDEX).iterdir()):
        (output / INDEX).rmdir()


def sweep_unfinished(output: Path) -> None:
    """Remove the temporary files of processes that were killed while they wrote."""
    ours = [f"{folder}/{PREFIX}*" for folder in (*TABLES, INDEX, ".cleanse/*")]
    for pattern in (UNFINISHED, *ours):  # outside these folders only names that are surely not foreign
        for path in output.glob(pattern):
            path.unlink(missing_ok=True)


def _parts(output: Path) -> list[Path]:
    """Return all part files and index files."""
    parts = [path for name in TABLES for path in sorted((output / name).glob("part-*.parquet"))]
    return parts + sorted((output / INDEX).glob("*.arrow"))
