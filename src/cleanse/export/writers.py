"""Writers of export formats: each takes a name such as `fr/train` and rows, again and again."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cleanse.atomic_write import new_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa

    Write = Callable[[str, "pa.Table"], None]

CHUNKING_SINCE = 21  # release of pyarrow
MOST_BYTES = 200  # of a file's name, below the limit of file systems
_PLAIN = " -_.,()+@=~!'"  # characters that stay in a file's name


@contextmanager
def open_writers(format: str, target: Path) -> Iterator[Write]:  # noqa: A002
    """Give a function that writes rows below a folder; files stand under their names only when all is written."""
    with ExitStack() as stack:
        yield WRITERS[format](target, stack)


def _write_jsonl(target: Path, stack: ExitStack) -> Write:
    files: dict[str, Any] = {}

    def write(name: str, rows: pa.Table) -> None:
        if name not in files:
            files[name] = stack.enter_context(
                _new(target / f"{name}.jsonl", stack).open("w", encoding="utf-8", newline="\n")
            )
        for row in rows.to_pylist():
            files[name].write(json.dumps(row, ensure_ascii=False) + "\n")

    return write


def _write_parquet(target: Path, stack: ExitStack) -> Write:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writers: dict[str, pq.ParquetWriter] = {}

    def write(name: str, rows: pa.Table) -> None:
        if name not in writers:
            path = _new(target / f"{name}.parquet", stack)
            options: dict[str, Any] = {"compression": "zstd", "write_page_index": True}
            if int(pa.__version__.partition(".")[0]) >= CHUNKING_SINCE:
                options["use_content_defined_chunking"] = True
            writers[name] = stack.enter_context(pq.ParquetWriter(path, rows.schema, **options))
        writers[name].write_table(rows)

    return write


def _write_text(target: Path, _: ExitStack) -> Write:
    def write(name: str, rows: pa.Table) -> None:
        folder = target / name
        folder.mkdir(parents=True, exist_ok=True)
        for id_, text in zip(rows["id"].to_pylist(), rows["text"].to_pylist(), strict=True):
            with new_file(folder / f"{_file_name(id_)}.txt", durable=False) as temporary:
                temporary.write_text(text, encoding="utf-8", newline="\n")

    return write


def _new(path: Path, stack: ExitStack) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return stack.enter_context(new_file(path))


def _file_name(id_: str) -> str:
    """Return a file's name for an id: letters and digits stay, what else might mean something to a system is escaped."""
    name = "".join(c if c.isalnum() or c in _PLAIN else quote(c, safe="", errors="surrogateescape") for c in id_)
    name = f"%2E{name[1:]}" if name.startswith(".") else name
    if len(name.encode()) <= MOST_BYTES:
        return name
    import hashlib

    return (
        name.encode()[: MOST_BYTES - 17].decode("utf-8", "ignore") + "~" + hashlib.sha256(id_.encode()).hexdigest()[:16]
    )


WRITERS: dict[str, Callable[[Path, ExitStack], Write]] = {
    "jsonl": _write_jsonl,
    "txt": _write_text,
    "parquet": _write_parquet,
}
