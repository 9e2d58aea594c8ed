"""Throughput of the reader of crawl archives, beside warcio and FastWARC where they are installed.

    python benchmarks/warc.py [FILE.warc.gz] [--pages N]

Without a file one is made: pages of random words, a request and a response each, one gzip member a record. Each reader
reads the file and takes every page's body without its encodings; times are CPU seconds, the best of three.
"""

from __future__ import annotations

import argparse
import gzip
import io
import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cleanse.inputs import Fields, read_stream

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 3
WORDS = 900  # of a page: with its markup about 10 KB


def main() -> None:
    """Measure each reader on one file, gzip and plain."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--pages", type=int, default=4000)
    options = parser.parse_args()
    if options.file:
        files = {options.file.name: options.file.read_bytes()}
    else:
        files = {
            "crawl.warc.gz": make_crawl(options.pages),
            "crawl.wet.gz": make_crawl(options.pages, kind="conversion"),
        }
        files["crawl.warc"] = gzip.decompress(files["crawl.warc.gz"])
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            plain = gzip.decompress(content) if name.endswith(".gz") else content
            path = Path(folder, name)
            path.write_bytes(content)
            print(f"{name}: {len(content) / 1e6:.1f} MB")
            for reader, read in READERS.items():
                try:
                    pages, seconds = measure(read, path)
                except ImportError:
                    print(f"  {reader:10} not installed")
                    continue
                print(
                    f"  {reader:10} {seconds:.2f} s, {pages:,} pages, {len(plain) / 1e6 / seconds:,.0f} MB/s of content"
                )


def make_crawl(pages: int, kind: str = "response") -> bytes:
    """Return a crawl of pages of random words, one gzip member a record; "conversion": as Common Crawl's WET files are."""
    draw = random.Random(7)  # noqa: S311  a made text, no secret
    lexicon = ["".join(draw.choices("etaoinshrdlucmfw", k=draw.randint(2, 9))) for _ in range(5000)]
    out = io.BytesIO()
    for n in range(pages):
        words = draw.choices(lexicon, k=WORDS)
        body = "".join(f"<p class='text'>{' '.join(words[i : i + 60])}</p>\n" for i in range(0, WORDS, 60))
        page = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body>{body}</body></html>"
        request = [("request", "application/http; msgtype=request", "GET / HTTP/1.1\r\n\r\n")]
        stored = {
            "response": [*request, ("response", "application/http; msgtype=response", page)],
            "conversion": [("conversion", "text/plain", "\n".join(words))],
        }
        for name, media, payload in stored[kind]:
            head = (
                f"WARC/1.0\r\nWARC-Type: {name}\r\nWARC-Target-URI: https://site.example/{n}\r\n"
                f"WARC-Date: 2024-03-05T08:00:00Z\r\nWARC-Record-ID: <urn:uuid:{n}-{name}>\r\n"
                f"Content-Type: {media}\r\nContent-Length: {len(payload)}\r\n\r\n"
            )
            out.write(gzip.compress(f"{head}{payload}\r\n\r\n".encode(), mtime=0))
    return out.getvalue()


def measure(read: Callable[[Path], int], path: Path) -> tuple[int, float]:
    """Return how many pages a reader gives, and its CPU seconds."""
    best, pages = float("inf"), 0
    for _ in range(RUNS):
        begin = time.process_time()
        pages = read(path)
        best = min(best, time.process_time() - begin)
    return pages, best


def read_cleanse(path: Path) -> int:
    """Count the pages that cleanse reads."""
    with path.open("rb") as file:
        return sum(record.reason is None for record in read_stream(path.name, file, Fields()))


def read_warcio(path: Path) -> int:
    """Count the pages that warcio reads."""
    from warcio.archiveiterator import ArchiveIterator

    pages = 0
    with path.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type in ("response", "conversion"):
                record.content_stream().read()
                pages += 1
    return pages


def read_fastwarc(path: Path) -> int:
    """Count the pages that FastWARC reads."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    pages = 0
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response | WarcRecordType.conversion):
            record.reader.read()
            pages += 1
    return pages


READERS = {"cleanse": read_cleanse, "warcio": read_warcio, "FastWARC": read_fastwarc}

if __name__ == "__main__":
    main()
