"""Builds crawl archives for the tests: records, messages, and the ways in which they are compressed."""

from __future__ import annotations

import gzip
import zlib

import pyarrow as pa

PROSE = "Le marché couvert rouvre samedi après onze mois de travaux ; les halles ont gardé leur charpente de fonte. "


def page(n: int, paragraphs: int = 12) -> bytes:
    """An HTML page of its own, in UTF-8."""
    body = "".join(f"<p>{PROSE}Page {n}, alinéa {i}.</p>" for i in range(paragraphs))
    return f"<!doctype html><html><head><title>Page {n}</title></head><body>{body}</body></html>".encode()


def http(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """A stored HTTP response; underscores in names stand for hyphens."""
    fields = {"Content_Type": "text/html; charset=utf-8"} | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def record(kind: str, payload: bytes, url: str = "https://journal.example/1", **headers: str) -> bytes:
    """One WARC record; a header may be given to replace a usual one."""
    media = {"response": "application/http; msgtype=response", "conversion": "text/plain"}
    fields = {
        "WARC_Type": kind,
        "WARC_Target_URI": url,
        "WARC_Date": "2024-03-05T08:00:00Z",
        "WARC_Record_ID": f"<urn:uuid:{url.rpartition('/')[2]}>",
        "Content_Type": media.get(kind, "text/html"),
        "Content_Length": str(len(payload)),
    } | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items() if value)
    return b"WARC/1.0\r\n" + lines.encode() + b"\r\n" + payload + b"\r\n\r\n"


def crawl(pages: int = 6) -> list[bytes]:
    """The records of a small crawl: its description, then a page each with its request."""
    records = [record("warcinfo", b"software: tests/1.0\r\n", "", Content_Type="application/warc-fields")]
    for n in range(1, pages + 1):
        url = f"https://journal.example/{n}"
        records.append(record("request", b"GET / HTTP/1.1\r\nHost: journal.example\r\n\r\n", url))
        records.append(record("response", http(page(n)), url))
    return records


def chunked(body: bytes, size: int = 100) -> bytes:
    """A body in chunks."""
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def zstd(data: bytes) -> bytes:
    """One zstd frame."""
    compressed = pa.compress(data, "zstd", asbytes=True)
    assert isinstance(compressed, bytes)
    return compressed


def brotli(data: bytes) -> bytes:
    """A body compressed as `br`."""
    compressed = pa.compress(data, "brotli", asbytes=True)
    assert isinstance(compressed, bytes)
    return compressed


def raw_deflate(data: bytes) -> bytes:
    """A body compressed as some servers understand `deflate`: without zlib's header."""
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(data) + deflater.flush()


PACKINGS = {  # how the records of an archive become one file
    "plain": b"".join,
    "gzip by record": lambda records: b"".join(map(gzip_member, records)),
    "one gzip": lambda records: gzip_member(b"".join(records)),
    "gzip by size": lambda records: b"".join(gzip_member(part) for part in slices(b"".join(records), 700)),
    "zstd by record": lambda records: b"".join(map(zstd, records)),
    "one zstd": lambda records: zstd(b"".join(records)),
    "skippable frame": lambda records: b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc" + b"".join(map(zstd, records)),
}


def gzip_member(data: bytes) -> bytes:
    """One gzip member, the same at all times."""
    return gzip.compress(data, mtime=0)


def slices(data: bytes, size: int) -> list[bytes]:
    """Bytes in pieces of one size."""
    return [data[i : i + size] for i in range(0, len(data), size)]
