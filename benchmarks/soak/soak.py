"""Run the whole job over a made crawl, and watch memory, disk and speed from beginning to end.

    python benchmarks/soak/soak.py [--documents 100000] [--workers 2] [--folder FOLDER] [--svg FILE]

Prints the highest memory of the process tree (what processes share counts once: PSS, from /proc), memory, time and CPU time
by tenth of each stage, and what lies on the disk. FOLDER keeps the crawl for the next time. Needs Linux.
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
from contextlib import suppress
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

from documents import write_crawl

EVERY = 0.25  # seconds between two looks at memory
DISK_EVERY = 20  # looks at memory between two looks at the disk
JOB = """
import json, sys, time
from cleanse import Config, run
def tell(title, done, total, unit):
    print(json.dumps([time.time(), title, done, total]), flush=True)
report = run(sys.argv[1], sys.argv[2], Config(workers=int(sys.argv[3]), fresh=True), progress=tell)
print(json.dumps([time.time(), "digest " + report.digest, 0, 0]), flush=True)
"""


class Sample(NamedTuple):
    """Memory of a process tree at a moment, in bytes, and CPU seconds of its living processes so far."""

    at: float  # seconds since the epoch
    tree: int
    largest: int  # of one process, shared parts counted in full
    cpu: float
    disk: int  # bytes in the output folder; looked at now and then


class Step(NamedTuple):
    """A word of progress."""

    at: float
    title: str
    done: int
    total: int


def family_of(process: int) -> list[int]:
    """Return a process and all its descendants."""
    family = [process]
    for member in family:
        try:
            tasks = os.listdir(f"/proc/{member}/task")
            for task in tasks:
                family += map(int, Path(f"/proc/{member}/task/{task}/children").read_text().split())
        except OSError:  # it ended meanwhile
            continue
    return family


def memory_of(process: int) -> tuple[int, int]:
    """Return a process's proportional share of memory and its resident memory, in bytes."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0, 0
    values = {line.split(":")[0]: int(line.split()[1]) << 10 for line in lines[1:] if line.endswith("kB")}
    return values.get("Pss", 0), values.get("Rss", 0)


def cpu_of(process: int) -> float:
    """Return the CPU seconds of a process, those of ended children aside."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def watch(process: int, output: Path, samples: list[Sample], ended: threading.Event) -> None:
    """Take samples until told to end."""
    disk = 0
    while not ended.wait(EVERY):
        family = family_of(process)
        sizes = [memory_of(member) for member in family]
        disk = bytes_below(output) if len(samples) % DISK_EVERY == 0 else disk
        tree, largest = sum(pss for pss, _ in sizes), max((rss for _, rss in sizes), default=0)
        samples.append(Sample(time.time(), tree, largest, sum(map(cpu_of, family)), disk))


def bytes_below(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # a temporary file that was renamed meanwhile
            total += path.stat().st_size if path.is_file() else 0
    return total


def run_job(pages: Path, output: Path, workers: int) -> tuple[list[Sample], list[Step]]:
    """Run the job in a process of its own and return what was seen of it."""
    samples: list[Sample] = []
    ended = threading.Event()
    command = [sys.executable, "-c", JOB, str(pages), str(output), str(workers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as job:
        watcher = threading.Thread(target=watch, args=(job.pid, output, samples, ended))
        watcher.start()
        steps = [Step(*json.loads(line)) for line in job.stdout or ()]
        ended.set()
        watcher.join()
    if job.returncode:
        sys.exit(f"the job ended with {job.returncode}")
    return samples, steps


def print_stages(samples: list[Sample], steps: list[Step]) -> None:
    """Print seconds and highest memory of each stage, by tenths where it has so many tasks."""
    print(
        "| stage | tenth | seconds | CPU seconds | process tree MB | largest process MB |\n|---|---:|---:|---:|---:|---:|"
    )
    for title, words in groupby(steps[:-1], lambda step: step.title):
        told = list(words)
        parts = 10 if len(told) > 30 else 1
        starts = [next(step.at for step in told if step.done * parts >= step.total * part) for part in range(parts + 1)]
        for part, (start, end) in enumerate(pairwise(starts), 1):
            print_row(title, str(part) if parts > 1 else "all", samples, start, end)
    print_row("card, report, manifest", "all", samples, steps[-2].at, steps[-1].at)


def print_row(title: str, tenth: str, samples: list[Sample], start: float, end: float) -> None:
    """Print what was seen between two moments."""
    inside = [sample for sample in samples if start <= sample.at <= end]
    tree, largest = (max((size[i] for size in inside), default=0) >> 20 for i in (1, 2))
    cpu = inside[-1].cpu - inside[0].cpu if inside else 0.0
    print(f"| {title} | {tenth} | {end - start:.1f} | {cpu:.1f} | {tree or ''} | {largest or ''} |")


def plot(samples: list[Sample], steps: list[Step]) -> str:
    """Return memory over time as SVG, with the beginnings of stages."""
    width, height, left, bottom = 760, 300, 60, 40
    first, last = samples[0].at, samples[-1].at
    top = max(sample.tree for sample in samples) * 1.1

    def place(at: float, size: float) -> str:
        x = left + (width - left - 10) * (at - first) / max(last - first, 1)
        return f"{x:.1f},{height - bottom - (height - bottom - 20) * size / top:.1f}"

    curves = [
        f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{" ".join(points)}"/>'
        for colour, points in (
            ("#0b6e4f", [place(sample.at, sample.tree) for sample in samples]),
            ("#b4532a", [place(sample.at, sample.largest) for sample in samples]),
        )
    ]
    marks = [
        f'<text x="{place(step.at, 0).split(",")[0]}" y="{height - 8 - 12 * (n % 2)}">{step.title.split(",")[0]}</text>'
        for n, step in enumerate(step for step in steps if step.done == 0 and step.total > 1)
    ]
    scale = [
        f'<text x="4" y="{place(first, size << 20).split(",")[1]}">{size} MB</text>'
        for size in range(200, int(top) >> 20, 200)
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">'
    legend = '<text x="70" y="14">green: process tree, shared memory once; brown: largest process</text>'
    return "".join(
        [head, f'<rect width="{width}" height="{height}" fill="white"/>', legend, *scale, *curves, *marks, "</svg>\n"]
    )


def main() -> None:
    """Make the crawl where it is missing, run the job, print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--svg", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        pages, output = folder / f"crawl-{options.documents}", folder / "output"
        if not pages.exists():
            write_crawl(pages, options.documents, seed=1)
        samples, steps = run_job(pages, output, options.workers)
        seconds = steps[-1].at - steps[0].at
        print(f"{options.documents:,} documents, {bytes_below(pages) / 1e6:,.0f} MB, {options.workers} workers")
        print(f"{seconds:.0f} s, {options.documents / seconds:.0f} documents a second; {steps[-1].title}")
        print(f"process tree at most {max(sample.tree for sample in samples) >> 20} MB")
        print(f"output folder at most {max(sample.disk for sample in samples) / 1e6:,.0f} MB")
        print(
            f"output {bytes_below(output) / 1e6:,.0f} MB, of it .cleanse {bytes_below(output / '.cleanse') / 1e6:,.0f} MB"
        )
        print_stages(samples, steps)
        if options.svg:
            options.svg.write_text(plot(samples, steps), encoding="utf-8")


if __name__ == "__main__":
    main()
