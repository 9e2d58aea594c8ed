"""Damage files of every format and read them: no reader may raise, hang or lose a file without a row.

    python benchmarks/soak/damage.py [--mutations 10000] [--seed 1] [--format csv]

Each mutation flips, drops, repeats or inserts bytes of a small file, or cuts it. What comes out is counted by reason.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import io
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from cleanse import inputs

if TYPE_CHECKING:
    from collections.abc import Callable

SENTENCE = 'Le bac n° {} ne circulera plus, a annoncé lundi « la mairie » ; "c\'est long", dit-elle.'
ROWS = 30
PAGE = "<!doctype html><html><head><meta charset=utf-8><title>Le bac</title></head><body><p>{}</p></body></html>"


def _texts() -> list[str]:
    return [SENTENCE.format(i) for i in range(ROWS)]


def _jsonl() -> bytes:
    values = [
        {"id": i, "titre": f"Bac {i}", "texte": text, "tags": ["a", {"b": 1.5}]} for i, text in enumerate(_texts())
    ]
    return "".join(json.dumps(value, ensure_ascii=i % 2 == 0) + "\n" for i, value in enumerate(values)).encode()


def _csv() -> bytes:
    rows = [
        f'{i};"{text.replace(chr(34), chr(34) * 2)}\nsuite";2023-05-{i % 28 + 1:02}' for i, text in enumerate(_texts())
    ]
    return ("id;texte;date\n" + "\n".join(rows)).encode("cp1252")


def _zstd() -> bytes:
    import pyarrow as pa

    compressed: bytes = pa.compress(_jsonl(), "zstd", asbytes=True)
    return compressed


def _parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    days = [dt.datetime(2023, 5, i % 28 + 1, tzinfo=dt.UTC) for i in range(ROWS)]
    columns = {
        "id": list(range(ROWS)),
        "text": _texts(),
        "date": pa.array(days, pa.timestamp("us", tz="Europe/Paris")),
        "tags": [["a", str(i)] for i in range(ROWS)],
        "more": [{"x": i, "y": None} for i in range(ROWS)],
    }
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, row_group_size=ROWS // 2, compression="snappy")
    return sink.getvalue()


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "txt": ("page.txt", lambda: "\n\n".join(_texts()).encode()),
    "html": ("page.html", lambda: PAGE.format("</p><p>".join(_texts())).encode()),
    "jsonl": ("records.jsonl", _jsonl),
    "json": (
        "records.json",
        lambda: json.dumps([json.loads(line) for line in _jsonl().splitlines()], indent=1).encode(),
    ),
    "csv": ("table.csv", _csv),
    "gz": ("records.jsonl.gz", lambda: gzip.compress(_jsonl(), mtime=0)),
    "zst": ("records.jsonl.zst", _zstd),
    "parquet": ("table.parquet", _parquet),
}


def mutate(content: bytes, rng: random.Random) -> bytes:
    """Return the content with one to eight changes, most of them small, many near its ends."""
    damaged = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        if not damaged:
            break
        at = rng.randrange(len(damaged))
        if rng.random() < 0.3:
            at = rng.choice((min(at, 200), max(0, len(damaged) - 1 - at % 1000))) % len(damaged)
        change = rng.randrange(6)
        if change == 0:
            damaged[at] ^= 1 << rng.randrange(8)
        elif change == 1:
            damaged[at] = rng.choice(b'\x00\xff\x7f\x80\x01"\\{}[],;\n')
        elif change == 2:
            del damaged[at : at + rng.randint(1, 64)]
        elif change == 3:
            damaged[at:at] = rng.randbytes(rng.randint(1, 16))
        elif change == 4:
            damaged[at:at] = damaged[at : at + rng.randint(1, 200)]
        else:
            del damaged[at if rng.random() < 0.2 else max(at, len(damaged) - 100) :]
    return bytes(damaged)


def read_all(path: Path) -> Counter[str]:
    """Return how many records of each reason a file gives, "read" for those without one."""
    found: Counter[str] = Counter()
    for source in inputs.list_sources(path).sources:
        for piece in inputs.cut(source):
            inputs.fingerprint(piece)
            for record in inputs.read(piece, inputs.Fields()):
                found[record.reason.rule if record.reason else "read"] += 1
    return found


def damage(name: str, mutations: int, seed: int, folder: Path) -> tuple[Counter[str], int]:
    """Return what the readers said of so many damaged files, and of how many they said nothing."""
    file_name, make = FILES[name]
    content, path = make(), folder / file_name
    rng = random.Random(f"{name} {seed}")  # noqa: S311  no secret
    total: Counter[str] = Counter()
    silent = 0
    for _ in range(mutations):
        path.write_bytes(mutate(content, rng))
        found = read_all(path)
        silent += not found
        total += found
    return total, silent


def main() -> None:
    """Damage files of each format."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--format", action="append", choices=FILES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in options.format or FILES:
            started = time.perf_counter()
            total, silent = damage(name, options.mutations, options.seed, Path(folder))
            took = time.perf_counter() - started
            print(
                f"{name:8} {options.mutations} mutations, {took:.0f} s, {silent} without a row: {dict(total.most_common())}"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
