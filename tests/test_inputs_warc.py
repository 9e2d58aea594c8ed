"""Crawl archives: every page a document, whatever is damaged a row, and nothing after it lost."""

import gzip
import io
import json
import zlib
from dataclasses import replace

import pytest

from cleanse import inputs
from cleanse.inputs import Fields, compressed_blocks, read_stream, warc
from warc_samples import (
    PACKINGS,
    brotli,
    chunked,
    crawl,
    gzip_member,
    http,
    page,
    raw_deflate,
    record,
    zstd,
)  # fmt: skip


class Dripping(io.BytesIO):
    """A stream that gives a few bytes at a time, as a network does."""

    def read(self, size=-1, /):
        return super().read(min(size, 777) if size > 0 else size)


def read(data, fields=Fields(), name="crawl.warc", stream=io.BytesIO):  # noqa: B008  frozen
    return list(read_stream(name, stream(data), fields))


def outcomes(data):
    """What each record is: its page's number, or the reason why it is none."""
    return [r.reason.rule if r.reason else r.url.rpartition("/")[2] for r in read(data)]


def test_a_response_is_a_document_with_what_the_crawler_knew():
    (found,) = read(record("response", http(page(7)), "https://journal.example/7", WARC_Truncated="length"))
    assert (found.id, found.number, found.raw, found.kind) == ("crawl.warc", 1, page(7), "html")
    assert (found.url, found.record_id) == ("https://journal.example/7", "<urn:uuid:7>")
    assert (found.fetched, found.charset, found.date) == ("2024-03-05T08:00:00Z", "utf-8", None)
    assert json.loads(found.fields) == {"http_status": 200, "mime": "text/html", "truncated": "length"}


def test_only_the_named_fields_are_carried():
    data = record("response", http(page(7)))
    assert read(data, Fields(carry=("http_status",)))[0].fields == '{"http_status": 200}'
    assert read(data, Fields(carry=()))[0].fields is None


def test_the_charset_that_the_browser_used_goes_before_that_of_http():
    data = record("response", http(page(1)), WARC_Identified_Payload_Type="text/html; charset=ISO-8859-15")
    assert read(data)[0].charset == "iso-8859-15"


def test_resources_and_conversions_are_documents():
    data = record("resource", page(1)) + record("conversion", "Déjà l'été.".encode(), "https://journal.example/2")
    assert [(r.raw, r.kind) for r in read(data)] == [(page(1), "html"), ("Déjà l'été.".encode(), None)]


def test_records_about_other_records_are_no_rows():
    assert outcomes(b"".join(crawl(2))) == ["1", "2"]


@pytest.mark.parametrize(
    ("made", "reason", "evidence"),
    [
        (record("response", http(b"gone", "404 Not Found")), "http-status", "404"),
        (record("response", http(b"", "301 Moved", Location="/")), "http-status", "301"),
        (record("response", http(b"GIF89a", Content_Type="image/gif")), "not-text", "image/gif"),
        (
            record("revisit", b"", WARC_Refers_To_Target_URI="https://journal.example/0", WARC_Refers_To_Date="2024-01-01"),
            "revisit",
            "the same as https://journal.example/0 of 2024-01-01",
        ),
        (record("continuation", b"..."), "warc-type", "a record of the type 'continuation'"),
    ],
)  # fmt: skip
def test_what_is_no_page_is_a_row_with_a_reason(made, reason, evidence):
    (found,) = read(made)
    assert (found.reason.rule, found.reason.evidence, found.raw) == (reason, evidence, b"")
    assert found.url == "https://journal.example/1"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content_Encoding": "gzip"}, gzip.compress(page(1))),
        ({"Content_Encoding": "deflate"}, zlib.compress(page(1))),
        ({"Content_Encoding": "deflate"}, raw_deflate(page(1))),
        ({"Content_Encoding": "br"}, brotli(page(1))),
        ({"Content_Encoding": "zstd"}, zstd(page(1))),
        ({"Transfer_Encoding": "chunked"}, chunked(page(1))),
        ({"Transfer_Encoding": "chunked", "Content_Encoding": "gzip"}, chunked(gzip.compress(page(1)))),
        ({"Content_Encoding": "deflate, gzip"}, gzip.compress(zlib.compress(page(1)))),
        ({"Content_Encoding": "gzip"}, page(1)),  # decoded before it was stored
        ({"Content_Encoding": "br"}, page(1)),
        ({"Transfer_Encoding": "chunked", "Content_Encoding": "gzip"}, page(1)),
        ({"Content_Encoding": "nonsense"}, page(1)),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else "",
)
def test_encodings_of_the_wire_are_undone_and_false_claims_of_them_ignored(headers, body):
    found = read(record("response", http(body, **headers)) + record("response", http(page(2)), "https://x.example/2"))
    assert [(r.raw, r.repairs, r.reason) for r in found] == [(page(1), (), None), (page(2), (), None)]


def test_a_body_that_was_cut_keeps_its_beginning_and_says_so():
    body = gzip.compress(bytes(page(1, 400)), compresslevel=0)
    (found,) = read(record("response", http(body[: len(body) // 2], Content_Encoding="gzip")))
    assert page(1, 400).startswith(found.raw)
    assert len(found.raw) > 1000
    assert found.repairs == (warc.CUT_REPAIR,)


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("stream", [io.BytesIO, Dripping])
def test_however_an_archive_is_compressed_its_documents_are_the_same(packing, stream):
    expected = read(b"".join(crawl(6)))
    assert [r.raw for r in expected] == [page(n) for n in range(1, 7)]
    assert read(PACKINGS[packing](crawl(6)), stream=stream) == expected


@pytest.mark.parametrize("packing", ["gzip by record", "zstd by record"])
@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 0.97])
def test_a_damaged_member_costs_what_it_held_and_no_more(packing, share):
    pack = PACKINGS[packing]
    records = crawl(6)
    for damaged in (4, 8, 12):  # a response at the start, in the middle, at the end
        member = bytearray(pack([records[damaged]]))
        at = int(len(member) * share)
        member[at : at + 8] = b"\xaa" * len(member[at : at + 8])
        data = pack(records[:damaged]) + bytes(member) + pack(records[damaged + 1 :])
        lost = str(damaged // 2)
        found = outcomes(data)
        assert [o for o in found if o not in (lost, "damaged-record")] == [n for n in "123456" if n != lost]
        assert found.count("damaged-record") == 1 or packing.startswith("zstd")  # a frame need not have a checksum


def test_a_damaged_record_names_the_page_it_held_where_that_is_known():
    records = [record("response", http(page(n, 4000)), f"https://journal.example/{n}") for n in (1, 2)]
    members = [bytearray(gzip_member(r)) for r in records]
    members[0][-200:-100] = bytes(100)
    found = read(bytes(members[0] + members[1]))
    assert [(r.url[-1], r.reason and r.reason.rule) for r in found] == [("1", "damaged-record"), ("2", None)]


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_cut_file_keeps_every_record_before_the_cut_and_says_that_it_is_cut(packing):
    data = PACKINGS[packing](crawl(5))
    whole = read(data)
    for cut in range(1, len(data) - 40, max(1, len(data) // 40)):
        found = read(data[:cut])
        kept = [r for r in found if not r.reason]
        assert kept == whole[: len(kept)]
        assert [r.reason.rule for r in found if r.reason] in (["damaged-record"], ["empty"], [])


@pytest.mark.parametrize("packing", ["plain", "gzip by record"])
@pytest.mark.parametrize("off", [-40, -2, 2, 40, 3000, 10**9])
def test_a_wrong_length_is_mended_by_the_next_header(packing, off):
    payload = http(page(1))
    records = [
        record("response", payload, Content_Length=str(len(payload) + off)),
        record("response", http(page(2)), "https://journal.example/2"),
    ]
    found = read(PACKINGS[packing](records))
    assert [r.url[-1] for r in found] == ["1", "2"]
    assert found[1].raw == page(2)
    if off < 10**9:
        assert found[0].raw.rstrip() == page(1)
        assert found[0].repairs == ((warc.LENGTH_REPAIR,) if off != 2 else ())  # two more are the line end after it
    else:
        assert found[0].reason.rule == "too-large"


def test_an_extra_line_end_after_a_record_is_no_damage():
    data = record("response", http(page(1))) + b"\r\n" + record("response", http(page(2)), "https://journal.example/2")
    assert outcomes(data) == ["1", "2"]


def test_junk_between_records_is_a_row():
    records = [record("response", http(page(n)), f"https://journal.example/{n}") for n in (1, 2)]
    assert outcomes(gzip_member(records[0]) + b"junk" * 9 + gzip_member(records[1])) == ["1", "damaged-record", "2"]
    assert outcomes(gzip_member(records[0]) + bytes(512) + gzip_member(records[1])) == ["1", "2"]


@pytest.mark.slow
def test_bombs_are_rows_and_reading_goes_on(monkeypatch):
    monkeypatch.setattr(warc, "MAX_DOCUMENT_BYTES", 1 << 20)
    bomb = gzip.compress(bytes(50 << 20))
    after = record("response", http(page(2)), "https://journal.example/2")
    assert outcomes(record("response", http(bomb, Content_Encoding="gzip")) + after) == ["too-large", "2"]
    assert outcomes(gzip_member(record("response", http(bytes(50 << 20)))) + gzip_member(after)) == ["too-large", "2"]
    *before, last = outcomes(gzip_member(bytes(200 << 20)) + gzip_member(after))
    assert (set(before), last) == ({"damaged-record"}, "2")


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", gzip_member(b""), crawl(0)[0]])
def test_an_archive_without_a_page_is_a_row(data):
    (found,) = read(data)
    assert (found.number, found.reason.rule) == (0, "empty")


@pytest.mark.parametrize(
    "data",
    [
        page(1),
        b"\x89PNG" + bytes(range(256)) * 9,
        b"WARC/1.0\r\n" * 9,
        b"\x1f\x8b\x08",
        b"\x28\xb5\x2f\xfd",
        b"WARC/1.0",
    ],
)
def test_what_is_no_archive_is_a_row(data):
    assert {r.reason.rule for r in read(data)} == {"damaged-record"}


@pytest.mark.parametrize("name", ["crawl.txt", "crawl.html", "crawl.txt.gz"])
@pytest.mark.parametrize("packing", sorted(set(PACKINGS) - {"skippable frame"}))
def test_a_renamed_archive_is_told_from_its_content(name, packing):
    data = PACKINGS[packing](crawl(3))
    assert [(r.number, r.raw) for r in read(data, name=name)] == [(n, page(n)) for n in (1, 2, 3)]


def test_the_mark_of_an_archive_is_its_version_on_a_line_of_its_own():
    assert warc.is_warc(b"WARC/1.1\nWARC-Type: warcinfo")
    assert not warc.is_warc(b"WARC/1.1 is the version of the format that most crawlers write.")


def test_files_of_every_name_are_read_the_same_at_each_run(tmp_path):
    for suffix, packing in {
        ".warc": "plain",
        ".warc.gz": "gzip by record",
        ".wet.gz": "one gzip",
        ".warc.zst": "one zstd",
    }.items():
        (tmp_path / f"a{suffix}").write_bytes(PACKINGS[packing](crawl(3)))
    runs = [
        [
            r
            for source in inputs.list_sources(tmp_path).sources
            for p in inputs.cut(source)
            for r in inputs.read(p, Fields())
        ]
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert len({(r.id, r.number) for r in runs[0]}) == 12
    assert len({replace(r, id="", number=0) for r in runs[0]}) == 3


# -- a dictionary of its own -------------------------------------------------------------------------------------------


def with_dictionary(records, *, packed=False):
    """A file as crawlers write it: a skippable frame that holds the dictionary, then a frame for each record."""
    zstandard = pytest.importorskip("zstandard")
    samples = [b"".join(b"%d %s" % (n * k, page(n)) for k in range(20)) for n in range(400)]
    trained = zstandard.train_dictionary(4096, samples)
    content = zstandard.ZstdCompressor().compress(trained.as_bytes()) if packed else trained.as_bytes()
    compressor = zstandard.ZstdCompressor(dict_data=trained, write_checksum=True)
    head = (0x184D2A5D).to_bytes(4, "little") + len(content).to_bytes(4, "little") + content
    return [head, *(compressor.compress(record) for record in records)]


@pytest.mark.parametrize("packed", [False, True], ids=["a plain dictionary", "a compressed dictionary"])
def test_frames_are_expanded_with_the_dictionary_that_the_file_begins_with(packed):
    data = b"".join(with_dictionary(crawl(2), packed=packed))
    assert [(r.number, r.raw) for r in read(data, name="a.warc.zst")] == [(1, page(1)), (2, page(2))]


def test_a_damaged_frame_costs_itself_and_a_cut_file_says_so():
    head, *frames = with_dictionary([record for record in crawl(3) if b"response" in record[:40]])
    one, two, three = frames
    damaged = two[:-20] + bytes(byte ^ 0xFF for byte in two[-20:-10]) + two[-10:]
    rules = [r.reason and r.reason.rule for r in read(head + one + damaged + three, name="a.warc.zst")]
    assert (rules[0], rules[-1], set(rules[1:-1])) == (None, None, {"damaged-record"})
    rules = [r.reason and r.reason.rule for r in read(head + one + two[:-9], name="a.warc.zst")]
    assert (rules[0], set(rules[1:])) == (None, {"damaged-record"})


def test_a_dictionary_that_cannot_be_used_is_one_row_that_says_why(monkeypatch):
    head, *frames = with_dictionary(crawl(1), packed=True)
    (damaged,) = read(b"".join([head[:8], head[8:-30], bytes(30), *frames]), name="a.warc.zst")
    assert "dictionary" in damaged.reason.evidence
    monkeypatch.setattr(compressed_blocks, "find_spec", lambda _: None)
    (lacking,) = read(b"".join([head, *frames]), name="a.warc.zst")
    assert lacking.reason.evidence.endswith("pip install 'cleanse-corpus[zstd]'")
