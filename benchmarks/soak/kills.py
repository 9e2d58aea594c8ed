"""Kill a process of a run at a random moment, again and again, and run the same command once more.

    python benchmarks/soak/kills.py [--kills 60] [--seed 1] [--documents 200] [--workers 2]

Each kill takes one of eleven kinds of input, one process of the run (the main one, the template or a worker) and one moment,
all by the seed. Afterwards: no process of the run is left; no file that a reader would open is half written; a second run
with the same command, if the first did not come to its end, has the digest of a run that nobody disturbed; and no folder
or file is left in the output that an undisturbed run has not. Prints one line a kill and the sums. Needs Linux.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import os
import random
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections import Counter
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from documents import make_page

from soak import family_of

if TYPE_CHECKING:
    from collections.abc import Callable

ORPHANS_END = 60  # seconds that processes of a killed run may take to end: a template notices when it has loaded
Pages = list[dict[str, str]]


class Run(NamedTuple):
    """What an undisturbed run left."""

    digest: str
    seconds: float
    files: frozenset[str]  # below the output, without names that hold a key


# -- kinds of input ---------------------------------------------------------------------------------------------------


def _lines(pages: Pages) -> bytes:
    return "".join(json.dumps(page, ensure_ascii=False) + "\n" for page in pages).encode()


def _table(pages: Pages) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["url", "text"])
    writer.writeheader()
    writer.writerows(pages)
    return out.getvalue().encode()


def _page(page: dict[str, str]) -> bytes:
    body = "".join(f"<p>{escape(line)}</p>\n" for line in page["text"].split("\n") if line)
    return (
        f"<!doctype html><html><head><meta charset=utf-8><title>Page</title></head><body>{body}</body></html>".encode()
    )


def _warc(pages: Pages) -> bytes:
    out = bytearray()
    for page in pages:
        content = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + _page(page)
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {page['url']}\r\nContent-Length: {len(content)}\r\n"
        )
        out += head.encode() + b"Content-Type: application/http; msgtype=response\r\n\r\n" + content + b"\r\n\r\n"
    return bytes(out)


def _parquet(pages: Pages) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(pages), sink, row_group_size=50)
    return sink.getvalue()


def _zip(pages: Pages) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, page in enumerate(pages):
            archive.writestr(f"{number:04d}.txt", page["text"])
    return sink.getvalue()


def _tar(pages: Pages) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w:gz") as archive:
        for number, page in enumerate(pages):
            content = _page(page)
            member = tarfile.TarInfo(f"{number:04d}.html")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return sink.getvalue()


FILES: dict[str, tuple[str, Callable[[Pages], bytes]]] = {  # kinds that are one file
    "jsonl": ("pages.jsonl", _lines),
    "json": ("pages.json", lambda pages: json.dumps(pages).encode()),
    "csv": ("pages.csv", _table),
    "gz": ("pages.jsonl.gz", lambda pages: gzip.compress(_lines(pages))),
    "zst": ("pages.jsonl.zst", lambda pages: pa.compress(_lines(pages), "zstd", asbytes=True)),
    "parquet": ("pages.parquet", _parquet),
    "warc": ("pages.warc.gz", lambda pages: gzip.compress(_warc(pages))),
    "zip": ("pages.zip", _zip),
    "tar": ("pages.tar.gz", _tar),
}
KINDS = ("txt", "html", *FILES)


def write_input(kind: str, pages: Pages, folder: Path) -> None:
    """Write pages as one kind of input: two files of a format, or a folder of single pages."""
    folder.mkdir(parents=True)
    if kind in FILES:
        name, make = FILES[kind]
        for part in (0, 1):
            (folder / f"{part}-{name}").write_bytes(make(pages[part::2]))
        return
    for number, page in enumerate(pages):
        content = page["text"].encode() if kind == "txt" else _page(page)
        (folder / f"{number:04d}.{kind}").write_bytes(content)


# -- runs and kills ---------------------------------------------------------------------------------------------------


def require(holds: bool, otherwise: str) -> None:  # noqa: FBT001
    """End with a message where something does not hold."""
    if not holds:
        sys.exit(otherwise)


def is_alive(process: int) -> bool:
    """Return whether a process runs; one that has ended and that nobody has waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def files_below(folder: Path) -> frozenset[str]:
    """Return the names of all files and folders, those in the cache without their keys."""
    names = (path.relative_to(folder) for path in folder.rglob("*"))
    return frozenset(str(name if name.parts[0] != ".cleanse" else Path(*name.parts[:2])) for name in names)


def digest_of(output: Path) -> str | None:
    """Return the digest in the manifest; None where none was written. Fails if what it lists cannot be read."""
    manifest = output / "manifest.json"
    if not manifest.exists():
        return None
    content = json.loads(manifest.read_bytes())
    for table in content["tables"].values():
        rows = sum(pq.read_metadata(output / name).num_rows for name in table["files"])
        require(rows == table["rows"], f"{output}: {rows} rows, not {table['rows']}")
    return str(content["digest"])


def kill_once(command: list[str], whole: Run, output: Path, rng: random.Random) -> str:
    """Run the command, kill one of its processes, and make sure of what the module promises; returns what happened."""
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as job:
        time.sleep(rng.uniform(0, 1.1) * whole.seconds)
        family = family_of(job.pid)
        victim = rng.choice((family[0], family[-1], rng.choice(family)))
        ended = job.poll() is not None
        if not ended:
            os.kill(victim, signal.SIGKILL)
        job.wait()
    deadline = time.monotonic() + ORPHANS_END
    while alive := [process for process in family[1:] if is_alive(process)]:
        require(time.monotonic() < deadline, f"orphans: {alive}")
        time.sleep(0.05)
    first = digest_of(output)
    require(first in (None, whole.digest), f"half a result: {first}")
    if job.returncode:
        subprocess.run(command, check=True)
    require(digest_of(output) == whole.digest, f"another digest: {digest_of(output)}")
    left = files_below(output) - whole.files
    require(not left, f"left behind: {sorted(left)}")
    if ended:
        return "ended before"
    return f"{'main process' if victim == family[0] else 'child'} killed, {'run again' if job.returncode else 'run went on'}"


def main() -> None:
    """Make the inputs, run each undisturbed, then kill."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    pages = [make_page(options.seed, number) for number in range(options.documents)]
    rng = random.Random(options.seed)  # noqa: S311  no secret
    wholes: dict[str, Run] = {}
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for number in range(options.kills):
            kind = KINDS[number % len(KINDS)]
            start = [sys.executable, "-m", "cleanse", str(folder / kind), "-q", "-j", str(options.workers)]
            if kind not in wholes:
                write_input(kind, pages, folder / kind)
                started = time.monotonic()
                subprocess.run([*start, str(folder / f"{kind}-whole")], check=True)
                whole = folder / f"{kind}-whole"
                digest = digest_of(whole) or ""
                wholes[kind] = Run(digest, time.monotonic() - started, files_below(whole))
            output = folder / f"{kind}-{number}"
            outcome = kill_once([*start, str(output)], wholes[kind], output, rng)
            outcomes[outcome] += 1
            print(f"{number + 1:3} {kind:8} {outcome}", flush=True)
    print(
        f"seed {options.seed}, {options.kills} kills: digests equal, no orphans, nothing left behind; {dict(outcomes)}"
    )


if __name__ == "__main__":
    main()
