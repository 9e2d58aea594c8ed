#!/usr/bin/env python3
"""cleanse's near-duplicate stages beside their peers, on one planted corpus, one after the other in the same run.

    compare.py --planted PLANTED.py --work FOLDER [--documents 10000] [--seed 1] [--repeat 3]

PLANTED.py makes and scores the corpus (`gen`, `score`). Every peer runs in a virtual environment of its own under FOLDER,
made on the first run with the pinned version. CPU time is that of the process and its children, start included; of
several repeats the lowest counts. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
PEERS = {"rensa": ["rensa==0.5.0"], "datasketch": ["datasketch==2.0.0"]}


class Run(NamedTuple):
    """What one run cost."""

    cpu: float  # seconds
    wall: float  # seconds
    peak: int  # MB of the largest process


MEASURE = """
import json, os, resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss // 1024]))
"""


def measure(command: list[str]) -> Run:
    """CPU, wall and peak of a command and its children."""
    done = subprocess.run([sys.executable, "-c", MEASURE, *command], check=True, capture_output=True, text=True)
    return Run(*json.loads(done.stdout))


def python_of(peer: str, work: Path) -> str:
    """The interpreter of a peer's own environment, made if it is not there."""
    place = work / "venvs" / peer
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEERS[peer]], check=True)
    return str(python)


def main() -> None:
    """Run all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--planted", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    corpus = options.work / f"planted-{options.documents}-{options.seed}"
    if not (corpus / "truth.json").exists():
        size = ["--n", str(options.documents), "--seed", str(options.seed)]
        subprocess.run([sys.executable, str(options.planted), "gen", *size, "--out", str(corpus)], check=True)
    kept = options.work / "kept.json"
    commands = {
        f"cleanse, {workers} worker{'s' * (workers > 1)}": [
            *(sys.executable, str(HERE / "stages.py"), str(corpus)),
            *("--workers", str(workers), "--kept", str(kept)),
        ]
        for workers in (1, 2)
    }
    for peer in PEERS:
        commands[peer] = [python_of(peer, options.work), str(HERE / "peers" / f"{peer}.py"), str(corpus), str(kept)]
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    scores = {}
    for _ in range(options.repeat):
        for name, command in commands.items():
            runs[name].append(measure(command))
            score = [sys.executable, str(options.planted), "score", "--corpus", str(corpus), "--kept", str(kept)]
            scores[name] = json.loads(subprocess.run(score, check=True, capture_output=True, text=True).stdout)
    print(
        f"{options.documents} documents, seed {options.seed}, best of {options.repeat}, {time.strftime('%Y-%m-%d')}\n"
    )
    print(
        "| | CPU s | docs/CPU s | wall s | peak MB, one process | pairs left | precision | without twin | families lost |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name, tried in runs.items():
        best, score = min(tried), scores[name]
        cells = [
            *(
                f"{best.cpu:.2f}",
                f"{options.documents / best.cpu:.0f}",
                f"{min(run.wall for run in tried):.2f}",
                best.peak,
            ),
            *(score[key] for key in ("residual_pairs", "removal_precision", "unrepresented", "lost_clusters")),
        ]
        print("|", name, "|", " | ".join(map(str, cells)), "|")


if __name__ == "__main__":
    main()
