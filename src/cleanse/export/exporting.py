"""Write a corpus in another form: row group by row group, so that memory does not grow with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cleanse.corpus.manifest import read_manifest
from cleanse.corpus.reader import parts
from cleanse.errors import OutputError, SettingError
from cleanse.export.splits import assign_splits, group_documents
from cleanse.export.writers import WRITERS, open_writers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

FORMATS = tuple(WRITERS)
WHOLE = "train"  # name of the only split
NO_LINK = ("boilerplate",)  # kinds of shared passages that hold no documents together: a site's footer leaks nothing
TOKENS = "tokens"  # column of token counts


@dataclass(slots=True)
class Export:
    """What was written: documents and words by language and split, and the files below the target."""

    documents: Counter[tuple[str, str]] = field(default_factory=Counter)
    words: Counter[tuple[str, str]] = field(default_factory=Counter)
    tokens: int | None = None
    files: list[str] = field(default_factory=list)


def export_corpus(
    output: Path,
    target: Path,
    *,
    format: str = "jsonl",  # noqa: A002  the option's name
    by_language: bool = False,
    shares: Sequence[float] = (),
    count_tokens: Callable[[Sequence[str]], list[int]] | None = None,
) -> Export:
    """Write the documents of a finished corpus to another folder.

    Args:
        output: The folder of a finished run.
        target: A folder that is missing or empty.
        format: One of `FORMATS`. `jsonl` and `parquet` hold all columns; `txt` is a file a document.
        by_language: Write a folder for each language.
        shares: Of the splits, as `parse_shares` returns them; none: all documents in one. Documents that are near-duplicates
            or forms of a series, or that share passages other than boilerplate, come into one split.
        count_tokens: Gives a column `tokens`; see `load_counter`.

    Raises:
        SettingError: If the format is not known.
        OutputError: If the run is not finished, or the target holds something.
    """
    if format not in WRITERS:
        raise SettingError(f"format = {format!r} is not known. Use one of: {', '.join(FORMATS)}.")
    read_manifest(output)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(f"TARGET {str(target)!r} holds something already. Name another folder, or empty it.")
    splits = _find_splits(output, shares) if shares else None
    export = Export(tokens=0 if count_tokens else None)
    with open_writers(format, target) as write:
        for table in _row_groups(output):
            rows = _with_tokens(table, count_tokens, export) if count_tokens else table
            for (language, split), chosen in _divide(rows, splits):
                _count(export, language, split, chosen)
                write("/".join([*([language] if by_language else []), split]), chosen)
    export.files = sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())
    return export


def _row_groups(output: Path) -> Iterator[pa.Table]:
    import pyarrow.parquet as pq

    for path in parts(output, "corpus"):
        file = pq.ParquetFile(path)
        for group in range(file.num_row_groups):
            yield file.read_row_group(group)


def _find_splits(output: Path, shares: Sequence[float]) -> dict[str, str]:
    import pyarrow.parquet as pq

    ids = [name for path in parts(output, "corpus") for name in pq.read_table(path, columns=["id"])["id"].to_pylist()]
    return assign_splits(group_documents(ids, _links(output)), shares)


def _links(output: Path) -> Iterator[tuple[str, str]]:
    """Yield pairs of documents that share text: duplicates, series, containment, and shared passages that are no boilerplate."""
    import pyarrow.parquet as pq

    for path in parts(output, "documents"):
        there = [name for name in ("duplicate_of", "series_of", "contained_in") if name in pq.read_schema(path).names]
        table = pq.read_table(path, columns=["id", *there])
        for name in there:
            linked = table.filter(table[name].is_valid())
            yield from zip(linked["id"].to_pylist(), linked[name].to_pylist(), strict=True)
    for path in parts(output, "shared"):
        table = pq.read_table(path, columns=["id", "first_id", "kind"])
        rows = zip(*(table[name].to_pylist() for name in table.column_names), strict=True)
        yield from ((name, first) for name, first, kind in rows if kind not in NO_LINK)


def _with_tokens(table: pa.Table, count_tokens: Callable[[Sequence[str]], list[int]], export: Export) -> pa.Table:
    import pyarrow as pa

    tokens = count_tokens(table["text"].to_pylist())
    export.tokens = (export.tokens or 0) + sum(tokens)
    return table.append_column(TOKENS, pa.array(tokens, pa.int64()))


def _divide(table: pa.Table, splits: dict[str, str] | None) -> Iterator[tuple[tuple[str, str], pa.Table]]:
    """Yield the rows of each language and split, in their order."""
    import pyarrow as pa

    ids, languages = table["id"].to_pylist(), table["language"].to_pylist()
    keys = [(language, splits[name] if splits else WHOLE) for name, language in zip(ids, languages, strict=True)]
    for key in sorted(set(keys)):
        yield key, table.filter(pa.array([one == key for one in keys]))


def _count(export: Export, language: str, split: str, rows: pa.Table) -> None:
    words: list[Any] = rows["words"].to_pylist()
    export.documents[language, split] += rows.num_rows
    export.words[language, split] += sum(words)
