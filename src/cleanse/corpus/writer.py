"""Write one part file of each table, row by row, with the digest of the rows."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from cleanse.atomic_write import new_file
from cleanse.corpus.columns import COLUMNS, SCHEMAS
from cleanse.rewriting import personal_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from cleanse.documents import Document

ROW_GROUP_BYTES = 16 << 20  # of rows as JSON in one row group: large enough to compress well, small enough to hold
ROW_GROUP_ROWS = 20_000  # the same for tables of short rows
BATCH_BYTES, BATCH_ROWS = 1 << 20, 2_000  # held as Python objects, which take several times the memory of Arrow's
_MODULUS = 1 << 256
_EARLIER = SCHEMAS["documents"].get_field_index("duplicate_corpus")


@dataclass(slots=True)
class Outcome:
    """What was written of a part: rows and digests by table, and counts for the funnel and the report."""

    rows: Counter[str] = field(default_factory=Counter)
    digests: dict[str, int] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)  # of each table, below the output folder
    keys: list[str] = field(default_factory=list)  # of the notes that were staged of it

    def count(self, name: str, key: str | None, n: int = 1) -> None:
        """Add to one of the named counts."""
        self.counts.setdefault(name, Counter())[key or ""] += n

    def as_facts(self) -> dict[str, Any]:
        """Return the fields, for `outcome_of`."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def add(self, other: Outcome) -> None:
        """Add another part's outcome; their order does not matter."""
        self.rows += other.rows
        for table, digest in other.digests.items():
            self.digests[table] = (self.digests.get(table, 0) + digest) % _MODULUS
        for name, counter in other.counts.items():
            self.counts.setdefault(name, Counter()).update(counter)
        for table, files in other.files.items():
            self.files.setdefault(table, []).extend(files)
        self.keys += other.keys


def outcome_of(said: dict[str, Any]) -> Outcome:
    """Return an outcome from its fields as JSON gives them back."""
    counts = {name: Counter(values) for name, values in said["counts"].items()}
    return Outcome(Counter(said["rows"]), said["digests"], counts, said["files"], said["keys"])


class Rows:
    """The rows of one part file: Python objects for a while, then Arrow's, and a row group when there are enough."""

    def __init__(self, writer: pq.ParquetWriter, schema: pa.Schema) -> None:
        self._writer, self._schema = writer, schema
        self._rows: list[list[Any]] = []
        self._batches: list[pa.RecordBatch] = []
        self._bytes = self._batch_bytes = self._batch_rows = 0

    def add(self, row: list[Any], size: int) -> None:
        """Add a row of so many bytes."""
        self._rows.append(row)
        self._bytes += size
        if self._bytes >= BATCH_BYTES or len(self._rows) >= BATCH_ROWS:
            self._pack()
            if self._batch_bytes >= ROW_GROUP_BYTES or self._batch_rows >= ROW_GROUP_ROWS:
                self.flush()

    def _pack(self) -> None:
        columns = zip(zip(*self._rows, strict=True), self._schema.types, strict=True)
        self._batches.append(pa.record_batch([pa.array(column, kind) for column, kind in columns], schema=self._schema))
        self._batch_bytes += self._bytes
        self._batch_rows += len(self._rows)
        self._rows, self._bytes = [], 0

    def flush(self) -> None:
        """Write what is there as a row group."""
        if self._rows:
            self._pack()
        if self._batches:
            self._writer.write_table(pa.Table.from_batches(self._batches))
        self._batches, self._batch_bytes, self._batch_rows = [], 0, 0


class Tables:
    """The open part files of one number: `with Tables(folder, 3, names) as tables: tables.add(document)`.

    The digest of a table is the sum, modulo 2^256, of the SHA-256 of its rows as JSON. So it does not depend on how rows
    are spread over files (an incremental multiset hash; Bellare, Micciancio 1997).

    Args:
        folder: The output folder.
        number: Of the part.
        names: The tables that are written.
        corpora: The digests of the earlier corpora that documents name.
    """

    def __init__(
        self, folder: Path, number: int, names: tuple[str, ...], corpora: Mapping[str, str] | None = None
    ) -> None:
        self._corpora = corpora or {}
        self.folder, self.number, self.names = folder, number, names
        self.outcome = Outcome(digests=dict.fromkeys(names, 0))
        self._rows: dict[str, Rows] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for name in self.names:
            path = self.folder / name / f"part-{self.number:05d}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.outcome.files[name] = [f"{name}/{path.name}"]
            temporary = self._stack.enter_context(new_file(path))
            writer = self._stack.enter_context(
                pq.ParquetWriter(
                    temporary,
                    SCHEMAS[name],
                    compression="zstd",
                    write_page_index=True,
                    use_content_defined_chunking=True,  # the Hub stores what changed between two uploads only
                )
            )
            self._rows[name] = Rows(writer, SCHEMAS[name])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            for rows in self._rows.values():
                rows.flush()
        self._stack.__exit__(kind, error, trace)

    def add(self, document: Document, *, decoded: bool) -> None:
        """Add a document: a row in `documents`, one in `corpus` or `withheld` if it was decoded, one for each span."""
        self._count(document)
        row = _row_of("documents", document)
        counted = row
        if document.duplicate_corpus:  # a path: its content counts, not where it lies
            counted = [*row[:_EARLIER], self._corpora[document.duplicate_corpus], *row[_EARLIER + 1 :]]
        self._row("documents", row, counted)
        table = "corpus" if document.status == "kept" else "withheld"
        if document.status == "kept" or decoded:
            self._row(table, _row_of(table, document))
        if decoded:
            self._row("signals", _row_of("signals", document))
        for place in personal_spans(document) if "pii" in self._rows else ():
            self._row("pii", _row_of("pii", document, place))
        for span in document.removed:
            self._row("removed", _row_of("removed", document, span))

    def add_rows(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows that are there already, by the names of the table's columns."""
        for row in rows:
            self._row(table, [row[column.name] for column in COLUMNS[table]])

    def _count(self, d: Document) -> None:
        count = self.outcome.count
        count("status", d.status)
        count("chars", "chars_in", d.chars_in)
        if d.status == "kept":
            count("chars", "chars_kept", len(d.text))
            count("language", d.language)
        if d.reason:
            count("reason", d.reason)
        if d.encoding:
            count("encoding", d.encoding)
        for repair in d.repairs:
            count("repair", repair)
        for span in d.removed:
            count("rule", span.rule)

    def _row(self, name: str, row: list[Any], counted: list[Any] | None = None) -> None:
        """Add a row to a table; `counted` is what the digest covers, where that is not the row itself."""
        if name not in self._rows:  # a dry run writes no corpus
            return
        line = json.dumps(counted or row, ensure_ascii=False).encode()
        digest = int.from_bytes(hashlib.sha256(line).digest(), "big")
        self.outcome.digests[name] = (self.outcome.digests[name] + digest) % _MODULUS
        self.outcome.rows[name] += 1
        self._rows[name].add(row, len(line))


def _row_of(table: str, *things: Any) -> list[Any]:
    return [column.value(*things) for column in COLUMNS[table] if column.value]
