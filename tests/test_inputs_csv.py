"""Tables are read by their own shape: no text is cut, glued or dropped without a row that says so."""

import csv
import gzip
import io
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanse.inputs import Fields, byte_ranges
from input_files import cases, read, texts

TABLES = cases("inputs_tables", "table")


@pytest.mark.parametrize("case", TABLES, ids=[case["name"] for case in TABLES])
def test_a_table_is_read_as_it_was_meant(tmp_path, case):
    path = tmp_path / f"t{case.get('suffix', '.csv')}"
    path.write_bytes(case["content"].encode())
    assert texts(path) == case["texts"]
    if "titles" in case:
        assert [record.title for record in read(path)] == case["titles"]


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "mac-roman"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_all_fields_of_a_table_are_decoded(tmp_path, charset, compress):
    row = "{};Été à Brême;Le musée a rouvert ses portes à midi, après une année de travaux très chère à la région.;Zoé"
    content = "id;titre;texte;auteur\n" + "\n".join(row.format(i) for i in range(5))
    path = tmp_path / "t.csv"
    path.write_bytes(compress(content.encode(charset)))
    for record in read(path):
        assert (record.title, record.author) == ("Été à Brême", "Zoé")
        assert "rouvert ses portes à midi, après une année de travaux très chère" in texts(path)[0]


def test_a_row_in_another_charset_than_its_neighbours_is_decoded_too(tmp_path):
    rows = [f"{i};Été {i};Le musée a rouvert ses portes à midi, après des années.".encode() for i in range(4)]
    rows[2] = rows[2].decode().encode("cp1252")
    (tmp_path / "t.csv").write_bytes(b"id;titre;texte\n" + b"\n".join(rows))
    assert [record.title for record in read(tmp_path)] == ["Été 0", "Été 1", "Été 2", "Été 3"]


CELL = st.text("ab é,;|\t\"'«»\n1", min_size=1).map(str.strip).filter(lambda cell: cell and not cell.isdecimal())


@given(
    st.lists(CELL, min_size=1, max_size=12),
    st.sampled_from(",;|\t"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_writer_of_csv_wrote_comes_back_to_the_character(tmp_path_factory, cells, delimiter, quoting, end):
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerows([["id", "text", "date"], *([i, cell, "2023-05-04"] for i, cell in enumerate(cells))])
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_bytes(sink.getvalue().encode())
    assert [re.sub("\r\n", "\n", text) for text in texts(path)] == cells


def broken_tables(count):
    """Tables of numbered words, with quotes, delimiters and line breaks put in or taken out."""
    for seed in range(count):
        rng = random.Random(seed)
        delimiter = rng.choice(",;\t|")
        columns = rng.choice([["id", "text"], ["id", "title", "text", "date"], ["url", "date", "text", "author"]])
        rows = []
        for row in range(rng.randint(4, 12)):
            words = [f"w{row}x{word}{rng.choice(['', ',', '.'])}" for word in range(rng.randint(4, 20))]
            words.insert(rng.randrange(len(words)), rng.choice(["", '"yes"', "; so", '"no']))
            values = {"id": row, "title": f"Title {row}", "text": " ".join(words), "date": "2023-05-11"}
            values |= {"url": f"https://a.example/{row}", "author": "A. Weir"}
            rows.append([values[column] for column in columns])
        sink = io.StringIO()
        writer = csv.writer(sink, delimiter=delimiter, quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
        writer.writerows([columns, *rows])
        head, _, body = sink.getvalue().partition("\r\n")
        for _ in range(rng.randint(0, 3)):
            at = rng.randrange(len(body))
            marks = [match.start() for match in re.finditer(f'["{re.escape(delimiter)}]', body)]
            if rng.random() < 0.4 and marks:
                at = rng.choice(marks)
                body = body[:at] + body[at + 1 :]
            else:
                body = body[:at] + rng.choice(['"', delimiter, "\n"]) + body[at:]
        yield f"{head}\r\n{body}"


@pytest.mark.slow
def test_no_word_of_a_broken_table_is_lost_and_hardly_ever_are_two_rows_one(tmp_path):
    path = tmp_path / "t.csv"
    rows = glued = 0
    for content in broken_tables(300):
        path.write_bytes(content.encode())
        records = read(path)
        rows += len(records)
        shown = " ".join(f"{r.raw} {r.fields} {r.title} {r.url} {r.reason and r.reason.evidence}" for r in records)
        assert set(re.findall(r"w\d+x\d+", content)) <= set(re.findall(r"w\d+x\d+", shown)), content
        glued += sum(not r.reason and len(set(re.findall(r"w(\d+)x", str(r.raw)))) > 1 for r in records)
    assert rows > 1500
    assert glued <= rows / 500


@pytest.mark.parametrize("size", [1, 50, 300])
def test_a_table_cut_into_pieces_yields_the_same_rows(tmp_path, monkeypatch, size):
    rows = [f'{i};"Line one of {i}\n\n99;line ""two"" of it";2023-05-04' for i in range(40)]
    (tmp_path / "t.csv").write_text(
        "id;texte;date\n" + "\n".join([*rows, '41;"never closed;2023-05-04', "42;End;2023-05-04"])
    )
    whole = [(record.record_id, text) for record, text in zip(read(tmp_path), texts(tmp_path), strict=True)]
    monkeypatch.setattr(byte_ranges, "PIECE_BYTES", size)
    monkeypatch.setattr(byte_ranges, "PIECES", 1 << 20)
    assert [(record.record_id, text) for record, text in zip(read(tmp_path), texts(tmp_path), strict=True)] == whole
    assert len(whole) == 42


def test_fields_of_the_users_choice_are_used(tmp_path):
    (tmp_path / "t.csv").write_text("Nr,Kurz,Lang,Ort\n1,Mill,The mill opened.,Ay\n")
    (record,) = read(
        tmp_path, Fields(text=("nowhere", "lang"), names=(("title", "Kurz"), ("id", "Nr")), site_from="Ort")
    )
    assert (record.raw, record.title, record.record_id, record.site) == ("The mill opened.", "Mill", "1", "Ay")
    assert record.fields == '{"Ort": "Ay"}'


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00word/", b"\x00" * 500, b"\xff\xd8\xff\xe0\x00\x10JFIF"])
def test_what_is_no_table_is_a_row_that_says_what_it_is(tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    assert texts(tmp_path) == ["!not-text"]


def test_a_line_without_an_end_is_not_held(tmp_path, monkeypatch):
    from cleanse.inputs import csv_table

    monkeypatch.setattr(csv_table, "LINE_LIMIT", 1000)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"id,text\n1,ok\n2," + b"a" * 5000 + b"\n3,ok too\n"))
    assert texts(tmp_path) == ["ok", "!too-large", "ok too"]
