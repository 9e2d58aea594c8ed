"""The whole job side by side with the card's packages used naively: documents per CPU second, in one run.

    python benchmarks/pipeline.py [--documents 2000] [--workers 1]

Both sides read the same JSONL of planted documents (../shared/bench/dedup/planted.py) in a process of their own. The naive
side is what people glue together: ftfy's `fix_text`, langdetect, datasketch's MinHash one word 5-gram at a time and its LSH,
pyarrow for the result; it removes no chrome. CPU seconds are those of the process and its children, start-up included.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLANTED = Path(__file__).parents[2] / "shared" / "bench" / "dedup" / "planted.py"

NAIVE = """
import glob, json, re, sys
import ftfy, langdetect, pyarrow as pa, pyarrow.parquet as pq
from datasketch import MinHash, MinHashLSH
lsh, rows = MinHashLSH(threshold=0.8, num_perm=128), []
for path in sorted(glob.glob(sys.argv[1] + "/*.jsonl")):
    for line in open(path, encoding="utf-8"):
        record = json.loads(line)
        text = ftfy.fix_text(record["text"])
        language = langdetect.detect(text)
        words = re.findall(r"\\w+", text.lower())
        sketch = MinHash(num_perm=128)
        for shingle in {" ".join(words[i : i + 5]) for i in range(max(1, len(words) - 4))}:
            sketch.update(shingle.encode())
        if not lsh.query(sketch):
            lsh.insert(record["id"], sketch)
            rows.append({"id": record["id"], "text": text, "language": language})
pq.write_table(pa.Table.from_pylist(rows), sys.argv[2] + "/corpus.parquet", compression="zstd")
"""


def measure(command: list[str]) -> tuple[float, float]:
    """CPU and wall seconds of a command with all its processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, check=True)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main() -> None:
    """Make the documents, run both sides, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    if not PLANTED.exists():
        sys.exit(f"needs the evaluation data: {PLANTED} does not exist")
    with tempfile.TemporaryDirectory() as folder:
        corpus, n = os.path.join(folder, "corpus"), str(given.documents)
        subprocess.run([sys.executable, str(PLANTED), "gen", "--n", n, "--out", corpus], check=True)
        pages = os.path.join(corpus, "jsonl")
        sides = {
            "cleanse": [sys.executable, "-m", "cleanse", pages, folder + "/out", "-q", "-j", str(given.workers)],
            "naive": [sys.executable, "-c", NAIVE, pages, folder],
        }
        print("| | CPU s | wall s | documents per CPU second |\n|---|---:|---:|---:|")
        for name, command in sides.items():
            cpu, wall = measure(command)
            print(f"| {name} | {cpu:.1f} | {wall:.1f} | {given.documents / cpu:.0f} |")


if __name__ == "__main__":
    main()
