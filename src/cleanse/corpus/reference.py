"""Earlier outputs that count as already seen: found, checked, and read where a near-duplicate may stand in them.

What is looked up is their band index (`index/`, see `dedup.earlier`); of `corpus/` only the row groups are read in which
a candidate lies. Their digests are part of this run's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from cleanse import corpus, dedup
from cleanse.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier output, opened."""

    name: str  # as it was given, and as `duplicate_corpus` gives it again
    digest: str
    files: tuple[Path, ...]  # of its corpus, in order
    index: dedup.Index


def open_earlier(names: Sequence[str], output: Path, threshold: float) -> tuple[Earlier, ...]:
    """Return the earlier outputs of those names, for a run with that threshold that writes to `output`.

    Raises OutputError for one without a whole corpus or index, SettingError for one whose index does not fit.
    """
    outputs = []
    for name in names:
        place = Path(name)
        if place.resolve() == output.resolve():
            raise OutputError(f"against = {name!r} is the OUTPUT of this run, which replaces it. Name another folder.")
        manifest = corpus.read_manifest(place)
        files = [place / file for file in manifest["tables"].get("corpus", {}).get("files", ())]
        index = dedup.open_index(place / corpus.INDEX, place, [_rows(file) for file in files], threshold)
        outputs.append(Earlier(name, manifest["digest"], tuple(files), index))
    return tuple(outputs)


def _rows(file: Path) -> int:
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(file).num_rows)
    except (OSError, ValueError) as error:
        raise OutputError(f"{str(file)!r} cannot be read: {error}. Run cleanse there again.") from error


def read_rows(file: Path, column: str, rows: Sequence[int]) -> list[str]:
    """Return the values of a column in some rows (ascending) of a part file. Reads only row groups with such rows."""
    import pyarrow.parquet as pq

    out: list[str] = []
    with pq.ParquetFile(file) as parquet:
        sizes = (parquet.metadata.row_group(group).num_rows for group in range(parquet.num_row_groups))
        place = 0
        for group, (first, end) in enumerate(pairwise(accumulate(sizes, initial=0))):
            wanted = []
            while place < len(rows) and rows[place] < end:
                wanted.append(rows[place] - first)
                place += 1
            if wanted:
                values = parquet.read_row_group(group, columns=[column], use_threads=False).column(0)
                out += [values[row].as_py() for row in wanted]
    return out


def ids_of(earlier: Sequence[Earlier], numbers: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    """Yield number, corpus and id of some documents (ascending numbers through all earlier corpora)."""
    first = place = 0
    for one in earlier:
        for file, rows in zip(one.files, one.index.parts, strict=True):
            wanted = []
            while place < len(numbers) and numbers[place] < first + rows:
                wanted.append(numbers[place] - first)
                place += 1
            names = read_rows(file, "id", wanted) if wanted else ()
            for row, id_ in zip(wanted, names, strict=True):
                yield first + row, one.name, id_
            first += rows
