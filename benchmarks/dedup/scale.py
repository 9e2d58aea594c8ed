#!/usr/bin/env python3
"""How time, memory and disk of the near-duplicate stages grow: documents made on the fly, so that a million fits.

    scale.py --documents 10000 100000 1000000 [--kind families|template] [--workers 1] [--words 100] [--plot FILE.svg]

`families`: a fifth of the documents stand in families of five that differ in up to four words; the rest are single.
`template`: every page has the same 60 words in 100 and a body of its own, so nothing may be removed. One line of JSON for
each size: CPU and wall seconds (making the texts included, and given alone), peak memory of all processes together,
bytes on disk, what was removed, and whether that is right.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from plot import curves
from stages import MB, watch

from cleanse.dedup import decide, sign_texts, write_bands

CHUNK = 20_000  # documents
FAMILY = 5
SHARE = 5  # one family to so many fives
TEMPLATE = 0.6  # share of the words


@lru_cache(maxsize=1)
def vocabulary() -> list[str]:
    """Pseudo-words of common lengths."""
    random = np.random.default_rng(0)
    letters = np.array(list("etaoinshrdlucmfwypvbgk"))
    return ["".join(random.choice(letters, int(n))) for n in random.integers(3, 10, 20_000)]


def make(kind: str, words: int, numbers: list[int]) -> list[str]:
    """The texts of some documents, by number."""
    known = vocabulary()
    head = np.random.default_rng(1).integers(0, len(known), int(words * TEMPLATE))
    texts = []
    for number in numbers:
        family = kind == "families" and number // FAMILY % SHARE == 0
        base = number - number % FAMILY if family else number
        chosen = np.random.default_rng([2, base]).integers(0, len(known), words)
        if kind == "template":
            chosen[: len(head)] = head
        elif family and number != base:
            chosen[3 * (number % FAMILY)] = number % len(known)
        texts.append(" ".join([known[i] for i in chosen]))
    return texts


def sign(kind: str, words: int, total: int, path: Path) -> float:
    """Sign one chunk; CPU seconds that making its texts took."""
    start = time.process_time()
    first = int(path.stem) * CHUNK
    texts = make(kind, words, list(range(first, min(total, first + CHUNK))))
    made = time.process_time() - start
    write_bands(path, sign_texts(texts))
    return made


def read_texts(kind: str, words: int, chunk: int, rows: list[int]) -> list[str]:
    """As a pipeline reads them from its chunks."""
    return make(kind, words, [chunk * CHUNK + row for row in rows])


def run(kind: str, words: int, total: int, workers: int) -> None:
    """One size, in this process."""
    vocabulary()
    peak, stop = [0], threading.Event()
    watcher = threading.Thread(target=watch, args=(peak, stop))
    watcher.start()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, ProcessPoolExecutor(workers) as pool:
        mapper = pool.map if workers > 1 else map
        paths = [Path(name) / f"{chunk:05d}.parquet" for chunk in range(-(-total // CHUNK))]
        made = sum(mapper(partial(sign, kind, words, total), paths))
        used = sum(os.times()[:4])
        decision = decide(paths, partial(read_texts, kind, words), Path(name), mapper=mapper)
        size = sum(path.stat().st_size for path in paths)
    wall = time.perf_counter() - start
    stop.set()
    watcher.join()
    removed = np.flatnonzero(decision.duplicate_of >= 0)
    same = decision.duplicate_of[removed] // FAMILY == removed // FAMILY
    figures = {
        "documents": total,
        "cpu_seconds": round(sum(os.times()[:4]), 1),
        "making_texts": round(made, 1),
        # workers' seconds are counted when they have ended
        "reduce_cpu_seconds": round(sum(os.times()[:4]) - used, 1) if workers == 1 else None,
        "wall_seconds": round(wall, 1),
        "peak_MB": round(peak[0] / MB),
        "band_MB": round(size / MB, 1),
        "removed": len(removed),
        "removed_wrongly": int((~same).sum()),
    }
    print(json.dumps(figures | decision.counts), flush=True)


def main() -> None:
    """Each size in a process of its own, so that peaks do not mix."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--kind", choices=["families", "template"], default="families")
    parser.add_argument("--words", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--plot", type=Path, help="draw the curves here")
    options = parser.parse_args()
    if len(options.documents) == 1 and not options.plot:
        run(options.kind, options.words, options.documents[0], options.workers)
        return
    said = []
    for total in options.documents:
        rest = ["--kind", options.kind, "--words", str(options.words), "--workers", str(options.workers)]
        command = [sys.executable, __file__, "--documents", str(total), *rest]
        said.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
        print(json.dumps(said[-1]), flush=True)
    if options.plot:
        names = {"peak_MB": "memory, MB", "band_MB": "bands on disk, MB", "seconds": "CPU seconds without texts"}
        for one in said:
            one["seconds"] = one["cpu_seconds"] - one["making_texts"]
        series = {shown: [one[name] for one in said] for name, shown in names.items()}
        title = f"Near-duplicate stages, {options.kind}, {options.workers} worker{'s' * (options.workers > 1)}"
        options.plot.write_text(curves(title, "documents", options.documents, series))


if __name__ == "__main__":
    main()
