"""The whole job beside the usual packages used naively: documents per CPU second of four kinds of input, in one run.

    python benchmarks/pipeline.py [--kinds clean seed-like pages html] [--documents 933] [--workers 1 2] [--rounds 1]

| kind | documents |
|---|---|
| clean | made texts with planted near-duplicates, 3.4 kB each: nothing to remove |
| seed-like | articles copied from real pages, with some of what stands around them |
| pages | dumps of whole real pages, menus and all |
| html | the same pages as HTML |

Both sides read the same JSONL, each in a process of its own, one after the other. The naive side is what people glue
together: ftfy's `fix_text`, langdetect, datasketch's MinHash of one word 5-gram at a time and its LSH, PyArrow for the
result; trafilatura before all that for HTML. It removes no chrome from texts. Seconds are CPU time, start-up included, of
the process and of all that it started, forked workers too. Modules are compiled beforehand on both sides, as an installer
does it. Figures of a shared machine mean something only as ratios.

The documents are data of ../shared, which does not belong to the project. Needs Linux.
"""

from __future__ import annotations

import argparse
import ctypes
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from compileall import compile_dir
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import NamedTuple

BENCH = Path(__file__).resolve().parents[2] / "shared" / "bench"
PLANTED = BENCH / "dedup" / "planted.py"
KINDS = ("clean", "seed-like", "pages", "html")
DUMPS = {"seed-like": "resili_main", "pages": "inscriptis"}  # names of the two kinds in the data
_PR_SET_CHILD_SUBREAPER = 36  # Linux, prctl(2)

NAIVE = """
import glob, json, re, sys
import ftfy, langdetect, pyarrow as pa, pyarrow.parquet as pq
from datasketch import MinHash, MinHashLSH
html = sys.argv[3] == "html"
if html:
    import trafilatura
lsh, rows = MinHashLSH(threshold=0.8, num_perm=128), []
for path in sorted(glob.glob(sys.argv[1] + "/*.jsonl")):
    for number, line in enumerate(open(path, encoding="utf-8")):
        text = json.loads(line)["text"]
        if html:
            text = trafilatura.extract(text) or ""
        text = ftfy.fix_text(text)
        try:
            language = langdetect.detect(text)
        except langdetect.LangDetectException:
            language = None
        words = re.findall(r"\\w+", text.lower())
        sketch = MinHash(num_perm=128)
        for shingle in {" ".join(words[i : i + 5]) for i in range(max(1, len(words) - 4))}:
            sketch.update(shingle.encode())
        if not lsh.query(sketch):
            lsh.insert(path + str(number), sketch)
            rows.append({"id": path + str(number), "text": text, "language": language})
pq.write_table(pa.Table.from_pylist(rows), sys.argv[2] + "/corpus.parquet", compression="zstd")
"""


class Cost(NamedTuple):
    """What a command cost."""

    cpu: float  # seconds of all its processes
    wall: float  # seconds


def measure(command: list[str]) -> Cost:
    """Run a command and wait for all that it started, orphans included."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True)
    wall = time.perf_counter() - started
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends: only the CPU time of children can be read."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def write_documents(kind: str, most: int, folder: Path) -> int:
    """Write the documents of a kind as JSONL; returns how many there are."""
    folder.mkdir(parents=True)
    if kind == "clean":
        command = [sys.executable, str(PLANTED), "gen", "--n", str(most), "--out", str(folder / "made")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for path in sorted((folder / "made" / "jsonl").glob("*.jsonl")):
            path.rename(folder / path.name)
        return most
    name, field = ("html", "html") if kind == "html" else ("text", "page_text")
    with gzip.open(BENCH / "extraction" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = (json.loads(line) for line in lines)
        chosen = islice((row for row in rows if row.get("dump_kind") == DUMPS.get(kind)), most)
        written = [json.dumps({"url": row.get("url"), "text": row[field]}, ensure_ascii=False) for row in chosen]
    (folder / "pages.jsonl").write_text("\n".join(written) + "\n", encoding="utf-8", errors="replace")
    return len(written)


def main() -> None:
    """Make the documents, run both sides on each kind, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--documents", type=int, default=2000, help="of a kind, at most")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many counts")
    options = parser.parse_args()
    if not PLANTED.exists():
        sys.exit(f"needs the evaluation data: {PLANTED} does not exist")
    adopt_orphans()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compile_dir(Path(str(files("cleanse"))), quiet=2)
    print("| kind | documents | side | CPU s | wall s | documents per CPU second | times naive |")
    print("|---|---:|---|---:|---:|---:|---:|")
    for kind in options.kinds:
        with tempfile.TemporaryDirectory() as folder:
            pages = Path(folder, "pages")
            documents = write_documents(kind, options.documents, pages)
            clean = [sys.executable, "-m", "cleanse", str(pages), folder + "/out", "-q", "--fresh", "-j"]
            sides = {"naive": [sys.executable, "-c", NAIVE, str(pages), folder, kind]}
            sides |= {f"cleanse -j {workers}": [*clean, str(workers)] for workers in options.workers}
            costs: dict[str, list[Cost]] = {name: [] for name in sides}
            for _ in range(options.rounds):
                for name, command in sides.items():
                    costs[name].append(measure(command))
            naive = min(cost.cpu for cost in costs["naive"])
            for name, measured in costs.items():
                cpu, wall = (min(values) for values in zip(*measured, strict=True))
                rates = f"{documents / cpu:.0f} | {naive / cpu:.2f}"
                print(f"| {kind} | {documents} | {name} | {cpu:.1f} | {wall:.1f} | {rates} |", flush=True)


if __name__ == "__main__":
    main()
