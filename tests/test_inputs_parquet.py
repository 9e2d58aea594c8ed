"""Parquet is read in a process of its own, cell by cell: what is wrong with one costs no other."""

import json
import os
import signal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleanse import inputs
from cleanse.inputs import Fields, parquet_process, parquet_table, reader_process
from input_files import read, texts


def write(path, columns, **options):
    pq.write_table(pa.table(columns), path, **options)
    return path


def not_utf8(*cells):
    """Strings that are no UTF-8, as other writers leave them."""
    binary = pa.array(cells, pa.binary())
    return pa.Array.from_buffers(pa.string(), len(cells), binary.buffers())


def test_a_cell_that_is_not_utf8_costs_nothing(tmp_path):
    cells = not_utf8(b"The mill opened.", "L'été a été très chaud à Brême.".encode("cp1252"), b"Boats wait.")
    path = write(tmp_path / "t.parquet", {"text": cells, "titre": not_utf8(b"A", b"\xc9t\xe9", b"C")})
    records = read(path)
    assert [record.title for record in records] == ["A", "Été", "C"]
    assert records[1].raw == "L'été a été très chaud à Brême.".encode("cp1252")


def test_times_out_of_range_and_zones_that_nobody_knows_cost_nothing(tmp_path):
    columns = {
        "text": ["a", "b"],
        "date": pa.array([1_683_331_200_000_000, None], pa.timestamp("us", tz="Nowhere/At_All")),
        "far": pa.array([10**17, -(10**17)], pa.timestamp("ms")),
        "day": pa.array([2**31 - 1, 1], pa.int32()).cast(pa.date32()),
        "nan": [float("nan"), 1.5],
    }
    first, second = read(write(tmp_path / "t.parquet", columns))
    assert (first.date, second.date) == ("2023-05-06", None)
    assert json.loads(first.fields)["far"] == "100000000000000000"
    assert json.loads(first.fields)["nan"] is None
    assert json.loads(second.fields)["day"] == "1970-01-02T00:00:00"


def test_lists_and_structs_are_texts_and_fields(tmp_path):
    write(tmp_path / "a.parquet", {"paragraphs": [["Un.", "Deux."], []]})
    write(tmp_path / "b.parquet", {"article": [{"titre": "T", "texte": "Corps", "n": 1}]})
    records = read(tmp_path)
    assert [record.reason.rule if record.reason else record.raw for record in records] == [
        "Un.\n\nDeux.",
        "empty",
        "Corps",
    ]
    assert (records[2].title, records[2].fields) == ("T", '{"article": {"n": 1}}')


def test_two_columns_of_one_name_keep_both_values(tmp_path):
    table = pa.Table.from_arrays([pa.array(["Short."]), pa.array(["The longer one."])], names=["text", "text"])
    pq.write_table(table, tmp_path / "t.parquet")
    (record,) = read(tmp_path)
    assert (record.raw, record.fields) == ("The longer one.", '{"text": "Short."}')


@pytest.mark.slow
def test_a_text_that_is_too_large_costs_only_its_row(tmp_path):
    path = write(tmp_path / "t.parquet", {"text": ["a", "x" * (65 << 20), "c"]}, compression="zstd")
    assert texts(path) == ["a", "!too-large", "c"]


def test_a_few_bytes_that_stand_for_much_text_are_not_read_to_their_end(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_table, "EXPANDED_FROM", 1 << 20)
    cells = pa.DictionaryArray.from_arrays(pa.array([0] * 500, pa.int32()), pa.array(["word " * 20_000]))
    path = write(tmp_path / "t.parquet", {"text": cells}, compression="zstd")
    assert path.stat().st_size < 10_000
    found = texts(path)
    assert 2 <= len(found) < 30
    assert found[-1] == "!too-large"


def test_a_table_without_rows_is_a_row(tmp_path):
    assert texts(write(tmp_path / "t.parquet", {"text": pa.array([], pa.string())})) == ["!empty"]


def test_a_file_in_an_archive_or_compressed_is_read_too(tmp_path):
    import gzip

    path = write(tmp_path / "t.parquet", {"text": ["a", "b"]})
    (tmp_path / "u.parquet.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    assert texts(tmp_path) == ["a", "b"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "rule"), [(signal.SIGABRT, "crashed"), (signal.SIGSEGV, "crashed"), (signal.SIGKILL, "unreadable")]
)
def test_a_reader_that_dies_costs_the_rest_of_its_file(tmp_path, monkeypatch, number, rule):
    path = write(tmp_path / "t.parquet", {"text": [f"{i} " + "x" * 600_000 for i in range(8)]})
    (source,) = inputs.list_sources(path).sources
    records = inputs.read(inputs.cut(source)[0], Fields())
    first = next(records)
    children = [pid for pid in os.listdir("/proc") if pid.isdecimal() and is_reader(int(pid))]
    for pid in children:
        os.kill(int(pid), number)
    rest = list(records)
    assert first.raw.startswith("0 ")
    assert rest[-1].reason.rule == rule
    assert number.name in rest[-1].reason.evidence
    assert len(rest) < 8
    assert [text[0] for text in texts(path)] == list("01234567")  # and the next file is read by another


def is_reader(pid):
    """Whether a process is a reader that this one started."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        command = Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False
    return f"PPid:\t{os.getpid()}\n" in status and "parquet_process" in command


def test_a_row_survives_the_way_between_the_processes():
    from cleanse.documents import Reason, Record

    records = [
        Record("a", b"\xff\x00", 3, kind="html", url="u", record_id="r", title="t", date="2023", fields="{}"),
        Record("b\udcff", "text \ud800", 1, author="x", fetched="f", charset="c", repairs=("one", "two"), site="s"),
        Record("c", b"", 2, reason=Reason("rule", "evidence")),
    ]
    rows = json.loads(json.dumps([parquet_process.row_of(record) for record in records]))
    assert [parquet_process.record_of(row) for row in rows] == records


def test_a_reader_is_used_again(tmp_path):
    path = write(tmp_path / "t.parquet", {"text": ["a"]})
    read(path)
    (held,) = reader_process._idle
    read(path)
    assert reader_process._idle == [held]
