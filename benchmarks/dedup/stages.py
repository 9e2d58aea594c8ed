#!/usr/bin/env python3
"""The near-duplicate stages alone, over the JSONL files of a planted corpus: read, sign, write bands, decide, verify.

    stages.py CORPUS [--workers 2] [--threshold .8] [--keep longest] [--no-series-guard] [--kept IDS.json]

CORPUS is a folder that `planted.py gen` or `templates.py` made; each file of CORPUS/jsonl is a chunk. Prints one line of
JSON: documents per CPU second of all processes (interpreter start included), wall seconds, peak memory of all processes
together (sampled; a shared page counts once), bytes of band files, the counts of the decision.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from cleanse.dedup import decide, sign_texts, write_bands

MB = 1 << 20
SAMPLE = 0.1  # seconds between looks at the memory


def sign_file(path: Path, bands: Path, threshold: float) -> list[str]:
    """Sign one chunk and write its bands; the ids go back."""
    with path.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    write_bands(bands, sign_texts([record["text"] for record in records], threshold=threshold))
    return [record["id"] for record in records]


def read_texts(paths: list[Path], chunk: int, rows: list[int]) -> list[str]:
    """Texts of some rows of a chunk: only their lines are parsed."""
    wanted = set(rows)
    with paths[chunk].open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for row, line in enumerate(lines) if row in wanted]


def resident(root: int) -> int:
    """Bytes of memory that a process and all below it hold: a page that several share counts once (Pss)."""
    total, left = 0, [root]
    while left:
        process = left.pop()
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{process}/task").iterdir():
                left += map(int, (task / "children").read_text().split())
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) << 10
    return total


def watch(peak: list[int], stop: threading.Event, root: int = 0) -> None:
    """Keep the highest memory seen in `peak`: of this process and its children, or of another's."""
    while not stop.wait(SAMPLE):
        peak[0] = max(peak[0], resident(root or os.getpid()))


def main() -> None:
    """Run the stages and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threshold", type=float, default=0.8)
    parser.add_argument("--keep", default="longest")
    parser.add_argument("--no-series-guard", action="store_true")
    parser.add_argument("--kept", type=Path, help="write the ids of the kept documents here, for planted.py score")
    options = parser.parse_args()
    paths = sorted((options.corpus / "jsonl").glob("*.jsonl"))
    peak, stop = [0], threading.Event()
    watcher = threading.Thread(target=watch, args=(peak, stop))
    watcher.start()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, ProcessPoolExecutor(options.workers) as pool:
        scratch = Path(name)
        bands = [scratch / f"{path.stem}.parquet" for path in paths]
        mapper = pool.map if options.workers > 1 else map
        ids = [one for some in mapper(partial(sign_file, threshold=options.threshold), paths, bands) for one in some]
        signed = time.perf_counter() - start
        decision = decide(
            bands,
            partial(read_texts, paths),
            scratch,
            threshold=options.threshold,
            keep=options.keep,
            series_guard=not options.no_series_guard,
            mapper=mapper,
        )
        size = sum(path.stat().st_size for path in bands)
    wall = time.perf_counter() - start
    stop.set()
    watcher.join()
    if options.kept:
        options.kept.write_text(
            json.dumps([one for one, twin in zip(ids, decision.duplicate_of, strict=True) if twin < 0])
        )
    cpu = sum(os.times()[:4])
    figures = {
        "documents": len(ids),
        "workers": options.workers,
        "cpu_seconds": round(cpu, 2),
        "documents_per_cpu_second": round(len(ids) / cpu),
        "wall_seconds": round(wall, 2),
        "wall_seconds_signing": round(signed, 2),
        "peak_MB": round(peak[0] / MB),
        "band_MB": round(size / MB, 1),
    }
    print(json.dumps(figures | decision.counts))


if __name__ == "__main__":
    main()
