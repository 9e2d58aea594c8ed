"""Open earlier outputs whose documents count as already seen (the option `against`).

Near-duplicates are looked up in their band index (`index/`, see `dedup.corpus_index`). Of their `corpus/` only the row
groups that hold a candidate are read. Their digests are part of the digest of this run.
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
    """An earlier output, opened.

    Attributes:
        name: Its path as it was given; `duplicate_corpus` repeats it.
        digest: Digest of its run.
        files: Part files of its corpus, in order.
        index: Its band index.
    """

    name: str
    digest: str
    files: tuple[Path, ...]
    index: dedup.Index


def open_earlier(names: Sequence[str], output: Path, threshold: float) -> tuple[Earlier, ...]:
    """Return the earlier outputs, opened.

    Args:
        names: Their paths.
        output: The output folder of this run.
        threshold: Least Jaccard similarity of near-duplicates in this run.

    Raises:
        OutputError: One is the output of this run, or holds no complete corpus or index.
        SettingError: The index of one was made for another threshold.
    """
    opened = []
    for name in names:
        folder = Path(name)
        if folder.resolve() == output.resolve():
            raise OutputError(f"against = {name!r} is the OUTPUT of this run, which replaces it. Name another folder.")
        manifest = corpus.read_manifest(folder)
        files = [folder / file for file in manifest["tables"].get("corpus", {}).get("files", ())]
        index = dedup.open_index(folder / corpus.INDEX, folder, [_count_rows(file) for file in files], threshold)
        opened.append(Earlier(name, manifest["digest"], tuple(files), index))
    return tuple(opened)


def _count_rows(file: Path) -> int:
    """Return the number of rows of a Parquet file."""
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(file).num_rows)
    except (OSError, ValueError) as error:
        raise OutputError(f"{str(file)!r} cannot be read: {error}. Run cleanse there again.") from error


def read_rows(file: Path, column: str, rows: Sequence[int]) -> list[str]:
    """Return the values of a column in a few rows of a part file. Reads only row groups with such rows.

    Args:
        file: The part file.
        column: Name of the column.
        rows: Row numbers, ascending.
    """
    import pyarrow.parquet as pq

    out: list[str] = []
    with pq.ParquetFile(file, pre_buffer=False) as parquet:
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
    """Yield number, corpus and id of a few documents.

    Args:
        earlier: The earlier outputs.
        numbers: Numbers of the documents, ascending, counted through all earlier corpora.
    """
    first = place = 0
    for earlier_corpus in earlier:
        for file, rows in zip(earlier_corpus.files, earlier_corpus.index.parts, strict=True):
            wanted = []
            while place < len(numbers) and numbers[place] < first + rows:
                wanted.append(numbers[place] - first)
                place += 1
            ids = read_rows(file, "id", wanted) if wanted else ()
            for row, id_ in zip(wanted, ids, strict=True):
                yield first + row, earlier_corpus.name, id_
            first += rows
