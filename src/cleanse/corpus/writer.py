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

ROW_GROUP_BYTES = 16 << 20  # bytes of rows, as JSON, in a row group: enough to compress well, and to fit in memory
ROW_GROUP_ROWS = 20_000  # rows in a row group, for tables of short rows
BATCH_BYTES, BATCH_ROWS = 1 << 20, 2_000  # kept as Python objects, which need several times the memory of Arrow's
_MODULUS = 1 << 256
_EARLIER = SCHEMAS["documents"].get_field_index("duplicate_corpus")


@dataclass(slots=True)
class Outcome:
    """Summary of the part files that were written.

    Attributes:
        rows: Table → rows.
        digests: Table → digest of its rows.
        counts: Named counts for funnel and report: name → value → number.
        files: Table → names of its part files, below the output folder.
        keys: Cache keys of the notes on these part files.
    """

    rows: Counter[str] = field(default_factory=Counter)
    digests: dict[str, int] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)

    def count(self, name: str, key: str | None, n: int = 1) -> None:
        """Add to one of the named counts.

        Args:
            name: Name of the count, such as "language".
            key: Value that is counted.
            n: Number to add.
        """
        self.counts.setdefault(name, Counter())[key or ""] += n

    def as_facts(self) -> dict[str, Any]:
        """Return the fields as a dictionary that JSON can hold, for `outcome_of`."""
        return {attribute.name: getattr(self, attribute.name) for attribute in fields(self)}

    def add(self, other: Outcome) -> None:
        """Add the outcome of another part. The order of parts does not matter."""
        self.rows += other.rows
        for table, digest in other.digests.items():
            self.digests[table] = (self.digests.get(table, 0) + digest) % _MODULUS
        for name, counter in other.counts.items():
            self.counts.setdefault(name, Counter()).update(counter)
        for table, files in other.files.items():
            self.files.setdefault(table, []).extend(files)
        self.keys += other.keys


def outcome_of(facts: dict[str, Any]) -> Outcome:
    """Return an outcome from its fields as JSON gives them back."""
    counts = {name: Counter(values) for name, values in facts["counts"].items()}
    return Outcome(Counter(facts["rows"]), facts["digests"], counts, facts["files"], facts["keys"])


class Rows:
    """The rows of one part file: kept as Python objects, then as Arrow batches, then written as a row group."""

    def __init__(self, writer: pq.ParquetWriter, schema: pa.Schema) -> None:
        self._writer, self._schema = writer, schema
        self._rows: list[list[Any]] = []
        self._batches: list[pa.RecordBatch] = []
        self._bytes = self._batch_bytes = self._batch_rows = 0

    def add(self, row: list[Any], size: int) -> None:
        """Add a row.

        Args:
            row: Its values.
            size: Its size as JSON, in bytes.
        """
        self._rows.append(row)
        self._bytes += size
        if self._bytes >= min(BATCH_BYTES, ROW_GROUP_BYTES) or len(self._rows) >= BATCH_ROWS:
            self._pack()
            if self._batch_bytes >= ROW_GROUP_BYTES or self._batch_rows >= ROW_GROUP_ROWS:
                self.flush()

    def _pack(self) -> None:
        """Turn the Python objects into an Arrow batch."""
        columns = zip(zip(*self._rows, strict=True), self._schema.types, strict=True)
        self._batches.append(pa.record_batch([pa.array(column, kind) for column, kind in columns], schema=self._schema))
        self._batch_bytes += self._bytes
        self._batch_rows += len(self._rows)
        self._rows, self._bytes = [], 0

    def flush(self) -> None:
        """Write the rows so far as a row group."""
        if self._rows:
            self._pack()
        if self._batches:
            self._writer.write_table(pa.Table.from_batches(self._batches))
        self._batches, self._batch_bytes, self._batch_rows = [], 0, 0


class Tables:
    """The open part files of one number: `with Tables(folder, 3, names) as tables: tables.add(document)`.

    The digest of a table is the sum, modulo 2^256, of the SHA-256 of its rows as JSON. So it does not depend on how
    rows are spread over files (an incremental multiset hash; Bellare, Micciancio 1997).

    Args:
        folder: The output folder.
        number: Number of the part.
        names: Names of the tables to write.
        corpora: Digests of the earlier corpora that documents may name, by path; None: there are none.
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
        """Add a document: a row of `documents`, one of `corpus` or `withheld`, one for each removed span.

        Args:
            document: The finished document.
            decoded: Whether its bytes could be decoded; else it has no row in `withheld`.
        """
        self._count(document)
        row = _row_of("documents", document)
        counted = row
        if document.duplicate_corpus:  # a path: for the digest its content counts, not the path
            counted = [*row[:_EARLIER], self._corpora[document.duplicate_corpus], *row[_EARLIER + 1 :]]
        self._row("documents", row, counted)
        table = "corpus" if document.status == "kept" else "withheld"
        if document.status == "kept" or decoded:
            self._row(table, _row_of(table, document))
        if decoded:
            self._row("signals", _row_of("signals", document))
        for personal_span in personal_spans(document) if "pii" in self._rows else ():
            self._row("pii", _row_of("pii", document, personal_span))
        for span in document.removed:
            self._row("removed", _row_of("removed", document, span))

    def add_rows(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows to a table.

        Args:
            table: Name of the table.
            rows: Rows, by the names of the table's columns.
        """
        for row in rows:
            self._row(table, [row[column.name] for column in COLUMNS[table]])

    def _count(self, document: Document) -> None:
        """Count a document for funnel and report."""
        count = self.outcome.count
        count("status", document.status)
        count("chars", "chars_in", document.chars_in)
        count("chars", f"chars_{document.status}", len(document.text))
        if document.doubt:
            count("chars", "doubts")
        if document.status == "kept":
            count("chars", "words_kept", document.words)
            count("language", document.language)
        if document.reason:
            count("reason", document.reason)
        if document.encoding:
            count("encoding", document.encoding)
        for repair in document.repairs:
            count("repair", repair)
        for span in document.removed:
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


def _row_of(table: str, *values: Any) -> list[Any]:
    """Return the values of a row, from the declarations of its columns."""
    return [column.value(*values) for column in COLUMNS[table] if column.value]
