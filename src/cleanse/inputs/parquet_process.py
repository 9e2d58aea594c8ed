"""What runs in a process of its own: Parquet rows as records. Each row is made alone, so that its size bounds the memory."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import io
import json
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, BinaryIO

from cleanse.documents import Record
from cleanse.inputs.arrow_cells import is_escaped, read_cell, readable_array
from cleanse.inputs.fields import free_name
from cleanse.inputs.reader_process import LENGTH
from cleanse.inputs.records import Fields, Table, make_record

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY_BYTES = 2 << 30  # that the process may take beyond what it begins with
BATCH_BYTES = 16 << 20  # of rows that are read at once, by what the footer says of their size
BATCH_ROWS = 256  # of rows that are read at once
ANSWER_BYTES = 1 << 20  # of records that are sent at once
_FIELDS = [field.name for field in dataclasses.fields(Record)]


def serve() -> None:
    """Answer requests until there are none."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    bounded = _bound_memory()
    while len(head := requests.read(LENGTH.size)) == LENGTH.size:
        request = json.loads(requests.read(LENGTH.unpack(head)[0]))
        held = request["held"]
        file = io.BytesIO(requests.read(held)) if held is not None else None
        for answer in _answers(request, file, bounded=bounded):
            message = json.dumps(answer).encode()
            answers.write(LENGTH.pack(len(message)) + message)
            answers.flush()


def _end_with(parent: int) -> None:
    """End this process when its parent ends, whatever it is at."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _bound_memory() -> bool:
    """Bound what this process may take; returns whether the bound is ours, and not a narrower one of the machine."""
    with contextlib.suppress(ImportError, ValueError, OSError, StopIteration):
        import resource

        with open("/proc/self/status", encoding="ascii") as status:
            begun = next(int(line.split()[1]) << 10 for line in status if line.startswith("VmData"))
        wanted = begun + MEMORY_BYTES
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        narrower = [one for one in (soft, hard) if one != resource.RLIM_INFINITY and one < wanted]
        resource.setrlimit(resource.RLIMIT_DATA, (min([wanted, *narrower]), hard))
        return not narrower and resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY
    return False


def _answers(request: dict[str, Any], file: BinaryIO | None, *, bounded: bool) -> Iterator[dict[str, Any]]:
    from cleanse.inputs.reading import reason_for

    try:
        with contextlib.ExitStack() as stack:
            opened = file if file is not None else stack.enter_context(open(request["path"], "rb"))
            if request["task"] == "groups":
                yield {"groups": list(_groups(opened))}
            else:
                yield from _packed(_records(opened, request))
    except Exception as error:  # noqa: BLE001  whatever a file makes a library do
        reason = reason_for(error)
        rule = "too-large" if isinstance(error, MemoryError) and bounded else reason.rule
        evidence = f"needs over {MEMORY_BYTES:,} bytes of memory" if rule == "too-large" else reason.evidence
        yield {"reason": [rule, evidence]}
    yield {"end": True}


def _groups(file: BinaryIO) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Yield rows, uncompressed bytes and byte ranges of each row group."""
    import pyarrow.parquet as pq

    meta = pq.read_metadata(file)
    for number in range(meta.num_row_groups):
        group = meta.row_group(number)
        columns = [group.column(i) for i in range(meta.num_columns)]
        ranges = [(c.dictionary_page_offset or c.data_page_offset, c.total_compressed_size) for c in columns]
        yield group.num_rows, group.total_byte_size, ranges


def _packed(records: Iterator[Record]) -> Iterator[dict[str, Any]]:
    """Yield answers of several records."""
    rows: list[list[Any]] = []
    size = 0
    try:
        for record in records:
            rows.append(row_of(record))
            size += len(record.raw) + len(record.fields or "")
            if size >= ANSWER_BYTES or len(rows) >= BATCH_ROWS:
                yield {"records": rows}
                rows, size = [], 0
    finally:
        if rows:
            yield {"records": rows}


def row_of(record: Record) -> list[Any]:
    """Return a record as JSON has it; `record_of` reads it."""
    values = [getattr(record, name) for name in _FIELDS]
    reason = record.reason
    values[_FIELDS.index("reason")] = [reason.rule, reason.evidence] if reason else None
    if isinstance(record.raw, bytes):
        values[_FIELDS.index("raw")] = {"bytes": base64.b64encode(record.raw).decode()}
    return values


def record_of(row: list[Any]) -> Record:
    """Return the record that a row of an answer stands for."""
    from cleanse.documents import Reason

    values = dict(zip(_FIELDS, row, strict=True))
    if isinstance(values["raw"], dict):
        values["raw"] = base64.b64decode(values["raw"]["bytes"])
    values["reason"] = Reason(*values["reason"]) if values["reason"] else None
    values["repairs"] = tuple(values["repairs"])
    return Record(**values)


def _records(file: BinaryIO, request: dict[str, Any]) -> Iterator[Record]:
    text, carry, names, site_from = request["fields"]
    fields = Fields(tuple(text), None if carry is None else tuple(carry), tuple((a, b) for a, b in names), site_from)
    for number, (values, escaped) in enumerate(_rows(file, request["start"], request["stop"]), 1):
        yield make_record(request["name"], number, values, fields, Table(escaped=escaped))


def _rows(file: BinaryIO, start: int, stop: int | None) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield the rows of row groups, and whether bytes that are not UTF-8 stand in them as surrogate escapes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    opened = pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)
    meta, schema = opened.metadata, opened.schema_arrow
    plain = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_binary(field.type)]
    opened = pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20, read_dictionary=plain)
    for group in range(start, meta.num_row_groups if stop is None else stop):
        row_bytes = meta.row_group(group).total_byte_size // max(1, meta.row_group(group).num_rows)
        size = max(1, min(BATCH_ROWS, BATCH_BYTES // max(1, row_bytes)))
        for batch in opened.iter_batches(size, row_groups=[group], use_threads=False):
            yield from _rows_of(batch, schema)


def _rows_of(batch: Any, schema: Any) -> Iterator[tuple[dict[str, Any], bool]]:
    names: dict[str, None] = {}
    for field in schema:
        names[free_name(field.name, names)] = None
    columns = [readable_array(array, field.type) for array, field in zip(batch.columns, schema, strict=True)]
    for i in range(batch.num_rows):
        row = [read_cell(array, i, convert) for array, convert in columns]
        values = dict(zip(names, row, strict=True))
        yield values, any(map(is_escaped, row))
