"""Archives: members are documents as files are, nothing is unpacked, and what cannot be read is a row."""

import gzip
import io
import struct
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleanse import inputs
from cleanse.inputs import Fields, archive_members, read_stream, tar_archive, zip_archive
from warc_samples import PACKINGS, crawl, page, zstd

PAGES = {f"site/page{n}.html": page(n) for n in range(1, 6)}


def make_zip(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def make_tar(files, kind=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        for name, content in files.items():
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


WAYS = {
    "a.zip": make_zip,
    "b.zip": lambda files: make_zip(files, zipfile.ZIP_STORED),
    "c.zip": lambda files: make_zip(files, zipfile.ZIP_LZMA),
    "a.tar": make_tar,
    "b.tar": lambda files: make_tar(files, tarfile.GNU_FORMAT),
    "c.tar": lambda files: make_tar(files, tarfile.USTAR_FORMAT),
    "a.tar.gz": lambda files: gzip.compress(make_tar(files)),
    "a.tgz": lambda files: gzip.compress(make_tar(files)),
    "a.tar.zst": lambda files: zstd(make_tar(files)),
}


def read(name, data, fields=Fields()):  # noqa: B008  frozen
    return list(read_stream(name, io.BytesIO(data), fields))


def reasons(name, data):
    return {r.id: r.reason.rule for r in read(name, data) if r.reason}


@pytest.mark.parametrize("name", WAYS)
def test_members_are_documents_with_an_id_of_their_path(name):
    found = read(name, WAYS[name](PAGES))
    assert [(r.id, r.number, r.raw, r.kind) for r in found] == [
        (f"{name}!/{path}", 0, content, "html") for path, content in PAGES.items()
    ]


@pytest.mark.parametrize("name", WAYS)
def test_members_of_every_format_are_read_as_files_are(name):
    table = io.BytesIO()
    pq.write_table(pa.table({"text": ["p1", "p2", "p3"]}), table)
    files = {
        "a.csv": b"text,title\nA,T\nB,U\n",
        "b.jsonl.gz": gzip.compress(b'{"text": "C"}\n{"text": "D"}\n'),
        "c.warc.gz": PACKINGS["gzip by record"](crawl(2)),
        "d.parquet": table.getvalue(),
        "e.txt.zst": zstd(b"E"),
    }
    found = read(name, WAYS[name](files))
    assert [(r.id.partition("!/")[2], r.number) for r in found] == [
        ("a.csv", 1), ("a.csv", 2), ("b.jsonl.gz", 1), ("b.jsonl.gz", 2), ("c.warc.gz", 1), ("c.warc.gz", 2),
        ("d.parquet", 1), ("d.parquet", 2), ("d.parquet", 3), ("e.txt.zst", 0),
    ]  # fmt: skip
    assert not any(r.reason for r in found)


@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
def test_paths_are_only_names(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = {
        "../../etc/passwd.txt": b"a",
        "/root.txt": b"b",
        "50 %.txt": b"c",
        "x.jsonl#1": b"d",
        "new\nline.txt": b"e",
    }
    found = {r.id.removeprefix(f"{name}!/") for r in read(name, WAYS[name](files))}
    assert found == {"../../etc/passwd.txt", "/root.txt", "50 %25.txt", "x.jsonl%231", "new%0Aline.txt"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "b.tar"])
def test_long_and_accented_paths_are_kept(name):
    path = "été/" + "très-long-" * 30 + "œuvre.txt"
    assert [r.id for r in read(name, WAYS[name]({path: b"x"}))] == [f"{name}!/{path}"]


@pytest.mark.parametrize("page_", ["utf-8", "cp850", "cp437", "cp1252"])
def test_names_of_a_code_page_are_read_by_their_letters(page_):
    path = "été à Besançon.txt"
    raw = path.encode(page_)
    data = make_zip({"X" * len(raw): b"x"}).replace(b"X" * len(raw), raw)
    assert [r.id for r in read("a.zip", data)] == [f"a.zip!/{path}"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
def test_several_members_of_one_name_have_ids_of_their_own(name):
    files = {"a.txt": b"1", "b.txt": b"2"}
    data = WAYS[name](files).replace(b"b.txt", b"a.txt")
    if name.endswith("tar"):
        header = bytearray(data[1024:1536])
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        data = data[:1024] + bytes(header) + data[1536:]
    assert {(r.id, r.raw) for r in read(name, data)} == {(f"{name}!/a.txt", b"1"), (f"{name}!/%00a.txt", b"2")}


@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
def test_hidden_members_and_folders_are_left_out(name):
    files = {"folder/": b"", ".hidden.txt": b"a", "__MACOSX/._a.txt": b"b", "./a.txt": b"c", "..a/b.txt": b"d"}
    assert [r.raw for r in read(name, WAYS[name](files))] == [b"c"]


def test_links_devices_and_encrypted_members_are_rows():
    link, device = tarfile.TarInfo("link.txt"), tarfile.TarInfo("device.txt")
    link.type, link.linkname, device.type = tarfile.SYMTYPE, "/etc/passwd", tarfile.CHRTYPE
    data = make_tar({link: b"", device: b"", "a.txt": b"a"})
    assert reasons("a.tar", data) == {"a.tar!/link.txt": "link", "a.tar!/device.txt": "not-a-file"}
    zipped = zipfile.ZipInfo("link.txt")
    zipped.external_attr = 0o120777 << 16
    assert reasons("a.zip", make_zip({zipped: b"/etc/passwd", "a.txt": b"a"})) == {"a.zip!/link.txt": "link"}
    data = bytearray(make_zip({"a.txt": b"secret"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert reasons("a.zip", bytes(data)) == {"a.zip!/a.txt": "encrypted"}


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_an_archive_in_an_archive_is_read_and_a_third_one_is_a_row(name):
    third = make_zip({"x.txt": b"x"})
    inner = {"third.zip": third, "third": third, "y.txt": b"y"}
    data = WAYS[name]({"in.zip": make_zip(inner), "in.tar": make_tar(inner), "ok.txt": b"ok"})
    records = {record.id: record for record in read_stream(name, io.BytesIO(data), Fields())}
    rules = {id_.removeprefix(f"{name}!/"): record.reason and record.reason.rule for id_, record in records.items()}
    assert rules == {
        "ok.txt": None,
        **{f"{form}!/y.txt": None for form in ("in.zip", "in.tar")},
        **{f"{form}!/{third}": "nested-archive" for form in ("in.zip", "in.tar") for third in ("third.zip", "third")},
    }
    assert records[f"{name}!/in.zip!/y.txt"].raw == b"y"


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tar.zst"])
def test_a_bomb_is_a_row_and_costs_little(name, monkeypatch):
    monkeypatch.setattr(archive_members, "RATIO_FROM", 1 << 20)
    monkeypatch.setattr("cleanse.inputs.compressed_blocks.RATIO_FROM", 8 << 20)
    found = read(name, WAYS[name]({"a.txt": b"before", "bomb.jsonl": b" " * (60 << 20), "c.txt": b"after"}))
    assert found[0].raw == b"before"
    assert found[1].id == f"{name}!/bomb.jsonl"
    assert found[1].reason.rule in ("archive-ratio", "damaged")
    assert "expands more than" in found[1].reason.evidence
    if name.endswith("zip"):
        assert found[2].raw == b"after"


def test_many_small_bombs_end_the_archive(monkeypatch):
    monkeypatch.setattr(archive_members, "TOTAL_FROM", 1 << 20)
    data = make_zip({f"{n:02}.txt": b" " * (1 << 19) for n in range(50)})
    found = read("a.zip", data)
    assert found[-1].reason.rule == "archive-ratio"
    assert len(found) < 20


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_a_member_that_is_too_large_is_a_row_and_the_rest_is_read(name, monkeypatch):
    monkeypatch.setattr("cleanse.inputs.page_files.MAX_DOCUMENT_BYTES", 1000)
    found = read(name, WAYS[name]({"a.txt": b"a", "b.txt": b"b" * 5000, "c.txt": b"c"}))
    assert [r.reason.rule if r.reason else r.raw for r in found] == [b"a", "too-large", b"c"]


def test_a_damaged_member_of_a_zip_costs_only_itself():
    data = bytearray(make_zip(PAGES))
    at = data.index(b"site/page3.html") + 60
    data[at : at + 20] = bytes(20)
    found = read("a.zip", bytes(data))
    assert [r.reason.rule if r.reason else r.raw for r in found] == [
        PAGES[path] if "3" not in path else "damaged" for path in PAGES
    ]


@pytest.mark.parametrize("damaged", [0, 2, 4])
def test_a_damaged_header_of_a_tar_costs_only_its_member(damaged):
    data = bytearray(make_tar(PAGES, tarfile.USTAR_FORMAT))
    at = data.index(f"site/page{damaged + 1}.html".encode())
    data[at : at + 300] = b"\xaa" * 300
    found = read("a.tar", bytes(data))
    assert [r.raw for r in found if not r.reason] == [c for i, c in enumerate(PAGES.values()) if i != damaged]
    assert [(r.id, r.reason.rule) for r in found if r.reason] == [("a.tar", "damaged")]


@pytest.mark.parametrize("name", WAYS)
def test_a_cut_archive_keeps_what_came_before_and_says_so(name):
    data = WAYS[name](PAGES)
    for cut in range(1, len(data) - (11000 if name[1:] == ".tar" else 1), len(data) // 23):
        found = read(name, data[:cut])
        kept = [r.raw for r in found if not r.reason]
        assert kept == list(PAGES.values())[: len(kept)]
        assert {r.reason.rule for r in found if r.reason} <= {"damaged", "empty"}
        assert any(r.reason for r in found) or cut % 512 == 0
        if name in ("a.zip", "a.tar", "b.zip"):
            assert len(kept) >= sum(data.index(path.encode()) <= cut for path in list(PAGES)[1:])


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("data", [b"", b"no archive at all", page(1), bytes(4096), b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_archive_is_a_row(name, data):
    found = read(name, data)
    assert {r.id for r in found} == {name}
    assert {r.reason.rule for r in found} <= {"damaged", "empty"}


def test_members_with_a_size_behind_them_are_read_without_a_directory():
    class Pipe(io.RawIOBase):  # what cannot seek makes the writer put sizes behind the data
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, block):
            self.data += bytes(block)
            return len(block)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in PAGES.items():
            archive.writestr(path, content)
    found = read("a.zip", pipe.data[: pipe.data.index(b"PK\x01\x02")])
    assert [r.raw for r in found[:-1]] == list(PAGES.values())
    assert found[-1].reason.rule == "damaged"
    assert read("a.zip", pipe.data)[0].reason is None


@pytest.mark.slow
def test_a_bomb_in_a_cut_archive_is_a_row(monkeypatch):
    monkeypatch.setattr(archive_members, "RATIO_FROM", 1 << 20)
    data = make_zip({"a.txt": b"before", "bomb.jsonl": b" " * (60 << 20), "c.txt": b"after"})[:-30]
    found = read("a.zip", data)
    assert [r.reason.rule if r.reason else r.raw for r in found] == [b"before", "archive-ratio", b"after", "damaged"]


def test_a_directory_too_long_to_be_held_is_a_row():
    end = struct.pack("<4s4HLLH", b"PK\x05\x06", 0, 0, 9, 9, 1 << 30, 0, 0)
    (found,) = read("a.zip", end)
    assert found.reason.rule == "damaged"
    assert "directory" in found.reason.evidence


def test_a_crawl_in_a_wacz_is_read_without_its_index():
    files = {
        "archive/data.warc.gz": PACKINGS["gzip by record"](crawl(2)),
        "pages/pages.jsonl": b'{"url": "https://journal.example/1", "text": "again"}\n',
        "datapackage.json": b"{}",
    }
    found = read("crawl.wacz", make_zip(files, zipfile.ZIP_STORED))
    assert [(r.id, r.number) for r in found] == [("crawl.wacz!/archive/data.warc.gz", n) for n in (1, 2)]


@pytest.mark.parametrize("size", [1, 1000, 10**9])
def test_however_a_zip_is_cut_for_workers_the_records_are_the_same(tmp_path, monkeypatch, size):
    monkeypatch.setattr(zip_archive, "PIECE_BYTES", size)
    data = make_zip({path: PAGES[path] for path in reversed(PAGES)})
    Path(tmp_path, "a.zip").write_bytes(data)
    (source,) = inputs.list_sources(tmp_path).sources
    pieces = inputs.cut(source)
    assert [r for piece in pieces for r in inputs.read(piece, Fields())] == read("a.zip", data)
    assert len({inputs.fingerprint(piece) for piece in pieces}) == len(pieces)


def test_changed_content_changes_the_fingerprint_of_its_piece_only(tmp_path, monkeypatch):
    monkeypatch.setattr(zip_archive, "PIECE_BYTES", 1)
    prints = []
    for pages in (PAGES, PAGES | {"site/page5.html": page(6)}):
        Path(tmp_path, "a.zip").write_bytes(make_zip(pages))
        (source,) = inputs.list_sources(tmp_path).sources
        prints.append([inputs.fingerprint(piece) for piece in inputs.cut(source)])
    assert [a == b for a, b in zip(*prints, strict=True)] == [True] * 4 + [False]


def test_the_time_of_packing_changes_nothing():
    early, late = tarfile.TarInfo("a.txt"), tarfile.TarInfo("a.txt")
    late.mtime, late.mode = 1_700_000_000, 0o600
    assert read("a.tar", make_tar({early: b"x"})) == read("a.tar", make_tar({late: b"x"}))


def test_members_beyond_the_limit_end_the_archive(monkeypatch):
    monkeypatch.setattr(tar_archive, "MEMBERS", 3)
    found = read("a.tar", make_tar({f"{n}.txt": b"x" for n in range(9)}))
    assert [r.reason.rule if r.reason else "" for r in found] == ["", "", "", "archive-members"]
