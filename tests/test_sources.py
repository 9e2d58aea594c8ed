"""Every format yields its records in order; what cannot be read keeps its place with a reason."""

import gzip
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleanse import inputs
from cleanse.errors import SourceError
from cleanse.inputs import Fields, byte_ranges, json_records, page_files
from cleanse.inputs import records as record_fields
from cleanse.inputs.file_types import tell_records
from cleanse.inputs.reading import format_of


def records(path, fields=None):
    """All records of an input, with the reason's rule where one could not be read."""
    found = []
    for source in inputs.list_sources(path).sources:
        for piece in inputs.cut(source):
            found += [
                (r.id, r.number, r.reason.rule if r.reason else r.raw) for r in inputs.read(piece, fields or Fields())
            ]
    return found


def lines(*values):
    return "".join((v if isinstance(v, str) else json.dumps(v)) + "\n" for v in values).encode()


def test_files_are_read_recursively_in_the_order_of_their_ids_and_hidden_names_are_counted(tmp_path):
    for name in ("b.txt", "a/z.html", "a.md", ".hidden.txt", ".git/x.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    listing = inputs.list_sources(tmp_path)
    assert [s.id for s in listing.sources] == ["a.md", "a/z.html", "b.txt"]
    assert listing.hidden == 2


def test_a_single_file_is_named_by_its_name(tmp_path):
    (tmp_path / "one.txt").write_text("x")
    assert records(tmp_path / "one.txt") == [("one.txt", 0, b"x")]


def test_a_missing_input_says_so(tmp_path):
    with pytest.raises(SourceError, match="does not exist"):
        inputs.list_sources(tmp_path / "nowhere")


def test_unknown_suffixes_and_broken_links_are_rows(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    (tmp_path / "b.txt").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "c.txt")
    assert records(tmp_path) == [
        ("a.pdf", 0, "unknown-format"),
        ("b.txt", 0, "link"),
        ("c.txt", 0, "not-a-file"),
    ]


def test_bytes_of_a_path_that_are_not_utf8_are_percent_escaped_and_the_file_is_read(tmp_path):
    folder = os.fsencode(tmp_path)
    with open(folder + b"/caf\xe9.txt", "wb") as file:
        file.write(b"x")
    pq.write_table(pa.table({"text": ["y"]}), tmp_path / "t.parquet")
    os.rename(folder + b"/t.parquet", folder + b"/t\xff.parquet")
    assert records(tmp_path) == [("caf%E9.txt", 0, b"x"), ("t%FF.parquet", 1, "y")]


def test_ids_stay_unique_whatever_files_are_called(tmp_path):
    folder = os.fsencode(tmp_path)
    for name in (b"a\xe9.txt", b"a%E9.txt", b"r.jsonl", b"r.jsonl#1"):
        with open(folder + b"/" + name, "wb") as file:
            file.write(b'{"text": "t"}\n')
    ids = [(name, number) for name, number, _ in records(tmp_path)]
    assert len(set(ids)) == len(ids) == 4
    assert ("r.jsonl#1", 0) not in ids


JSONL = lines(
    {"text": "one"}, "", {"text": "two"}, '{"broken', {"nothing": 1}, ["list"], {"text": None}, {"html": "<p>x"}
)
EXPECTED = ["one", "two", "malformed-json", "no-text-field", "malformed-json", "empty", "<p>x"]


@pytest.mark.parametrize("suffix", [".jsonl", ".ndjson", ".jsonl.gz", ".jsonl.zst"])
def test_jsonl_yields_every_record_plain_or_compressed(tmp_path, suffix):
    path = tmp_path / f"r{suffix}"
    if suffix.endswith(".gz"):
        path.write_bytes(gzip.compress(JSONL))
    elif suffix.endswith(".zst"):
        with pa.CompressedOutputStream(str(path), "zstd") as file:
            file.write(JSONL)
    else:
        path.write_bytes(JSONL)
    assert [r[2] for r in records(path)] == EXPECTED
    assert [r[1] for r in records(path)] == list(range(1, 8))


@pytest.mark.parametrize("size", [1, 7, 20, 64])
def test_a_jsonl_file_cut_into_pieces_yields_the_same_records(tmp_path, monkeypatch, size):
    path = tmp_path / "r.jsonl"
    path.write_bytes(JSONL)
    monkeypatch.setattr(byte_ranges, "PIECE_BYTES", size)
    assert [r[2] for r in records(path)] == EXPECTED


def test_a_line_that_is_too_long_is_a_row_and_the_rest_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(json_records, "LINE_LIMIT", 100)
    path = tmp_path / "r.jsonl"
    path.write_bytes(lines({"text": "a"}, {"text": "b" * 500}, {"text": "c"}))
    assert [r[2] for r in records(path)] == ["a", "too-large", "c"]


def test_a_file_that_is_too_large_is_a_row(tmp_path, monkeypatch):

    monkeypatch.setattr(page_files, "MAX_DOCUMENT_BYTES", 10)
    (tmp_path / "a.txt").write_text("x" * 11)
    assert records(tmp_path) == [("a.txt", 0, "too-large")]


def test_a_cut_gzip_file_keeps_the_records_before_the_cut(tmp_path):
    whole = lines(*({"text": os.urandom(200).hex()} for _ in range(50)))
    (tmp_path / "r.jsonl.gz").write_bytes(gzip.compress(whole)[:-2000])
    found = [r[2] for r in records(tmp_path)]
    assert len(found) > 5
    assert found[-1] == "damaged"
    assert "damaged" not in found[:-1]


def test_a_record_keeps_what_it_says_of_itself_and_the_rest_is_carried(tmp_path):
    value = {
        "id": 7,
        "url": "https://a.example/x",
        "Title": "T",
        "date": "2023-11-05T10:00Z",
        "content": "C",
        "tags": ["a"],
    }
    (tmp_path / "r.jsonl").write_bytes(lines(value))
    (source,) = inputs.list_sources(tmp_path).sources
    (record,) = inputs.read(inputs.cut(source)[0], Fields())
    assert (record.record_id, record.url, record.title, record.date) == ("7", "https://a.example/x", "T", "2023-11-05")
    assert (record.raw, json.loads(record.fields)) == ("C", {"tags": ["a"]})
    (record,) = inputs.read(inputs.cut(source)[0], Fields(text=("Title",), carry=("content",)))
    assert (record.raw, json.loads(record.fields)) == ("T", {"content": "C"})


def test_a_text_that_is_not_utf8_reaches_the_decoder_as_bytes(tmp_path):
    (tmp_path / "r.jsonl").write_bytes('{"text": "caf\xe9"}\n'.encode("latin-1"))
    (tmp_path / "t.csv").write_bytes("id,text\n1,caf\xe9\n".encode("latin-1"))
    assert [r[2] for r in records(tmp_path)] == [b"caf\xe9", b"caf\xe9"]


def test_csv_knows_quotes_line_breaks_and_its_delimiter(tmp_path):
    (tmp_path / "a.csv").write_text('id;text;n\n1;"a\nb; c";2\n\n2;d;3\n')
    (tmp_path / "b.tsv").write_text("text\tn\nx\t1\n")
    (tmp_path / "c.csv").write_text("a,b\n1,2\n")
    assert [r[2] for r in records(tmp_path)] == ["a\nb; c", "d", "x", "no-text-field"]


def test_parquet_is_read_by_row_groups_and_damage_is_a_row(tmp_path, monkeypatch):
    from cleanse.inputs import parquet_table as parquet

    monkeypatch.setattr(parquet, "PIECE_BYTES", 1)
    pq.write_table(
        pa.table({"text": ["a", "b", "c", None], "k": [1, 2, 3, 4]}), tmp_path / "a.parquet", row_group_size=2
    )
    (tmp_path / "b.parquet").write_bytes(b"PAR1 no")
    pq.write_table(pa.table({"k": [1]}), tmp_path / "c.parquet")
    pq.write_table(pa.table({"raw_html": [b"<p>\xe9"]}), tmp_path / "d.parquet")
    assert [r[1:] for r in records(tmp_path)] == [
        (1, "a"),
        (2, "b"),
        (1, "c"),
        (2, "empty"),
        (1, "damaged"),
        (1, "no-text-field"),
        (1, b"<p>\xe9"),
    ]


def test_a_fingerprint_changes_with_content_and_only_with_it(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("x")
    before = inputs.fingerprint(record_fields.Piece(inputs.list_sources(path).sources[0], 1))
    os.utime(path, (0, 0))
    assert inputs.fingerprint(record_fields.Piece(inputs.list_sources(path).sources[0], 1)) == before
    path.write_text("y")
    assert inputs.fingerprint(record_fields.Piece(inputs.list_sources(path).sources[0], 1)) != before


TABLE = "Titre\tDate\tTexte\nLe bac\t12/03/2024\tLe bac reprend lundi.\n"


@pytest.mark.parametrize(
    ("content", "format_"),
    [
        (TABLE.encode("utf-16"), "csv"),
        (TABLE.encode(), "csv"),
        (TABLE.replace("\t", ";").encode("cp1252"), "csv"),
        (b'{"text": "Boats wait."}\n{"text": "They do."}\n', "json"),
        (b"Text, date and title: what a form asks.\nText, date, title.\n", None),
        (b"The mill opened.\n\nBoats wait; the quay is closed.\n", None),
        (b'{"speed": 3}\n', None),
        (b"{curly} braces\n", None),
    ],
)
def test_a_text_file_that_is_a_table_or_lines_of_objects_is_told_by_its_first_lines(content, format_):
    assert tell_records(content) == format_


@pytest.mark.parametrize(
    ("name", "said"),
    [("style.css?v=3", ".css"), ("page.html@id=7", ".html"), ("a.php?x=1.gz", ".php"), ("b.txt", ".txt")],
)
def test_a_suffix_ends_where_a_query_begins(name, said):
    assert format_of(name)[2] == said
