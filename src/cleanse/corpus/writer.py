"""Writing one part file of each table, row by row, with the digest of what was written."""

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

ROW_GROUP_BYTES = (
    16 << 20
)  # of rows as JSON in one row group: large enough to compress and scan well, small enough to hold
ROW_GROUP_ROWS = 20_000  # the same for tables of short rows
_MODULUS = 1 << 256
_EARLIER = SCHEMAS["documents"].get_field_index("duplicate_corpus")


@dataclass(slots=True)
class Outcome:
    """What a part's writing came to: rows and digest by table, and counts for the funnel and the report."""

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
        """Take in what another part came to. The order of parts does not matter."""
        self.rows += other.rows
        for table, digest in other.digests.items():
            self.digests[table] = (self.digests.get(table, 0) + digest) % _MODULUS
        for name, counter in other.counts.items():
            self.counts.setdefault(name, Counter()).update(counter)
        for table, files in other.files.items():
            self.files.setdefault(table, []).extend(files)
        self.keys += other.keys


def outcome_of(said: dict[str, Any]) -> Outcome:
    """Return an outcome from its fields, as JSON gives them back."""
    counts = {name: Counter(values) for name, values in said["counts"].items()}
    return Outcome(Counter(said["rows"]), said["digests"], counts, said["files"], said["keys"])


class Tables:
    """The open part files of one number: `with Tables(folder, 3, names) as tables: tables.add(document)`.

    Rows wait until a row group is full. The digest of a table is the sum, modulo 2^256, of the SHA-256 of its rows as
    JSON: it does not depend on how rows are spread over files (an incremental multiset hash; Bellare, Micciancio 1997).
    `corpora` gives the digests of the earlier corpora that documents name.
    """

    def __init__(
        self, folder: Path, number: int, names: tuple[str, ...], corpora: Mapping[str, str] | None = None
    ) -> None:
        self._corpora = corpora or {}
        self.folder, self.number, self.names = folder, number, names
        self.outcome = Outcome(digests=dict.fromkeys(names, 0))
        self._waiting: dict[str, list[list[Any]]] = {name: [] for name in names}
        self._sizes = dict.fromkeys(names, 0)
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for name in self.names:
            path = self.folder / name / f"part-{self.number:05d}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.outcome.files[name] = [f"{name}/{path.name}"]
            temporary = self._stack.enter_context(new_file(path))
            self._writers[name] = self._stack.enter_context(
                pq.ParquetWriter(temporary, SCHEMAS[name], compression="zstd")
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            for name in self.names:
                self._flush(name)
        self._stack.__exit__(kind, error, trace)

    def add(self, document: Document, *, decoded: bool) -> None:
        """Add a document's rows: one in `documents`, one in `corpus` or `withheld` if it was decoded, one for each span."""
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
        for place in personal_spans(document) if "pii" in self._writers else ():
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
        """Take a row; `counted` is what the digest covers, where that is not the row itself."""
        if name not in self._writers:  # a dry run writes no corpus
            return
        line = json.dumps(counted or row, ensure_ascii=False).encode()
        digest = int.from_bytes(hashlib.sha256(line).digest(), "big")
        self.outcome.digests[name] = (self.outcome.digests[name] + digest) % _MODULUS
        self.outcome.rows[name] += 1
        self._waiting[name].append(row)
        self._sizes[name] += len(line)
        if self._sizes[name] >= ROW_GROUP_BYTES or len(self._waiting[name]) >= ROW_GROUP_ROWS:
            self._flush(name)

    def _flush(self, name: str) -> None:
        rows = self._waiting[name]
        if rows:
            schema = SCHEMAS[name]
            columns = [
                pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), schema.types, strict=True)
            ]
            self._writers[name].write_table(pa.table(columns, schema))
        self._waiting[name], self._sizes[name] = [], 0


def _row_of(table: str, *things: Any) -> list[Any]:
    return [column.value(*things) for column in COLUMNS[table] if column.value]
