"""Whatever happens to a file, no reader raises, and no file is passed over; what the machine does is not the content's fault."""

import errno
import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from cleanse import inputs
from cleanse.inputs import Fields
from cleanse.inputs.reading import reason_for
from input_files import read, texts

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks" / "soak"))
from damage import FILES, damage

sys.path.pop(0)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_no_damage_makes_a_reader_raise_or_say_nothing(tmp_path, name):
    total, silent = damage(name, 150, 3, tmp_path)
    assert silent == 0
    assert total.total() >= 150
    assert not {"unreadable", "failed"} & set(total)


@pytest.mark.parametrize("name", FILES)
def test_damage_is_read_the_same_every_time(tmp_path, name):
    assert damage(name, 20, 7, tmp_path) == damage(name, 20, 7, tmp_path)


class Failing:
    """A file that fails with an error after some bytes."""

    def __init__(self, content, error):
        self.content, self.error = content, error

    def read(self, size=-1):  # noqa: ARG002
        if not self.content:
            raise self.error
        content, self.content = self.content, b""
        return content


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EIO, "Input/output error"),
        OSError(errno.ENOSPC, "No space left"),
        MemoryError(),
        FileNotFoundError(2, "gone"),
    ],
)
@pytest.mark.parametrize("name", ["r.jsonl", "t.csv", "p.txt", "t.parquet", "r.jsonl.gz", "noname"])
def test_what_the_machine_does_is_told_from_what_the_content_is(name, error):
    records = list(inputs.read_stream(name, Failing(b'{"text": "one"}\n', error), Fields()))
    assert records[-1].reason.rule in inputs.ENVIRONMENT_REASONS


@pytest.mark.parametrize(
    "error", [EOFError("cut"), ValueError("bad"), OSError("not a gzip file"), KeyError("x"), RecursionError()]
)
def test_what_the_content_is_may_be_cached(error):
    assert reason_for(error).rule == "damaged"


def test_a_file_that_vanishes_before_it_is_read_is_tried_again(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    (source,) = inputs.list_sources(tmp_path).sources
    (tmp_path / "a.txt").unlink()
    (record,) = inputs.read(inputs.cut(source)[0], Fields())
    assert record.reason.rule in inputs.ENVIRONMENT_REASONS


def test_a_thousand_folders_within_each_other_are_listed(tmp_path):
    import os

    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("deep.txt", os.O_CREAT, dir_fd=here))
    os.close(here)
    (tmp_path / "z.txt").write_text("shown")
    found = texts(tmp_path)
    subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # deeper than Python removes
    assert found[-1] == "shown"


def test_links_are_followed_only_where_they_stay_inside_or_it_is_asked_for(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    for folder in (inside / "a", outside / "b"):
        folder.mkdir(parents=True)
        (folder / "page.txt").write_text(folder.name)
    (inside / "within.txt").symlink_to(inside / "a" / "page.txt")
    (inside / "secret.txt").symlink_to(outside / "b" / "page.txt")
    (inside / "away").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    (outside / "back").symlink_to(inside)
    (inside / "nothing.txt").symlink_to(tmp_path / "nowhere")
    shown = {record.id: record.reason.rule if record.reason else record.raw for record in read(inside)}
    assert shown == {
        "a/page.txt": b"a", "away": "link", "loop": "link", "nothing.txt": "link", "secret.txt": "link", "within.txt": b"a",
    }  # fmt: skip
    followed = {s.id: s.reason and s.reason.rule for s in inputs.list_sources(inside, follow_links=True).sources}
    assert followed["secret.txt"] is followed["away/b/page.txt"] is None
    assert followed["loop"] == followed["away/back"] == "link"


def test_files_without_a_known_suffix_are_told_by_their_content(tmp_path):
    page = b"<!doctype html><html><body><p>The mill opened.</p></body></html>"
    contents = {
        "index.php?id=12": page, "page": page, "story": b"The mill opened.", "dump.2023": b'{"text": "The mill opened."}\n',
        "style.css": b"p { color: red }", "report.pdf": b"%PDF-1.5 \xff\x00", "photo": b"\x89PNG\r\n\x1a\n\x00",
        "letter.doc": b"\xd0\xcf\x11\xe0" + b"\x00" * 600,
    }  # fmt: skip
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    found = {source.id: source for source in inputs.list_sources(tmp_path).sources}
    formats = {"index.php?id=12": "html", "page": "html", "story": "text", "dump.2023": "json"}
    assert {name: found[name].format for name in formats} == formats
    for name, word in {"report.pdf": "PDF", "photo": "PNG", "style.css": ".css", "letter.doc": "office"}.items():
        assert found[name].reason.rule == "unknown-format"
        assert word in found[name].reason.evidence


def test_compression_is_told_by_the_bytes_and_not_by_the_name(tmp_path):
    import gzip

    (tmp_path / "a.jsonl").write_bytes(gzip.compress(b'{"text": "one"}'))
    (tmp_path / "b.jsonl.gz").write_bytes(b'{"text": "two"}')
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(gzip.compress(b"id,text\n1,three\n")))
    assert texts(tmp_path) == ["one", "two", "three"]


def test_what_expands_without_measure_ends_with_a_row(tmp_path, monkeypatch):
    import gzip

    from cleanse.inputs import streams

    monkeypatch.setattr(streams, "RATIO_FROM", 1 << 20)
    line = b'{"text": "The mill opened.", "x": "' + b"y" * 1000 + b'"}\n'
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(line * 20_000))
    found = texts(tmp_path)
    assert found[0] == "The mill opened."
    assert found[-1] == "!too-large"
    assert len(found) < 3000


@pytest.mark.parametrize(("site_from", "site"), [("folder", "lemonde.example"), ("name", "articles"), (None, None)])
def test_the_site_of_a_text_can_come_from_its_path(tmp_path, site_from, site):
    (tmp_path / "lemonde.example" / "2023").mkdir(parents=True)
    (tmp_path / "lemonde.example" / "2023" / "articles_12.txt").write_text("x")
    assert [record.site for record in read(tmp_path, Fields(site_from=site_from))] == [site]


LINES_WITHOUT_A_RECORD = {
    "jsonl": ["", "[]", "[[],[]]", "{}", "[{}]", "null", ",", "\x1e", '{"articles":[]}'],
    "csv": ["", '""', ",,,,"],
    "tsv": ["", "\t\t"],
    "xml": ["", "<!-- -->"],
    "txt": [""],
    "html": ["", "<br>"],
}


@pytest.mark.parametrize(
    ("suffix", "line"), [(s, line) for s, lines in LINES_WITHOUT_A_RECORD.items() for line in lines]
)
@pytest.mark.parametrize("packed", [False, True], ids=["", "gz"])
def test_a_file_of_many_pieces_without_a_record_still_has_its_row(tmp_path, suffix, line, packed):
    content = (line.encode() + b" " * 50_000 + b"\n") * 30
    path = tmp_path / f"r.{suffix}{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(content) if packed else content)
    assert read(path)


def test_a_header_above_blank_lines_of_many_pieces_has_its_row(tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes(b"id,text,title\n" + b" \n" * 700_000)
    assert texts(path) == ["!empty"]
