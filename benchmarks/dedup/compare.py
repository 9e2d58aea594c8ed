#!/usr/bin/env python3
"""cleanse's near-duplicate stages beside their peers, on one planted corpus, one after the other in the same run.

    compare.py --planted PLANTED.py --work FOLDER [--documents 10000] [--seed 1] [--repeat 3] [--only NAME ...] [--plot FILE.svg]

PLANTED.py makes and scores the corpus (`gen`, `score`). Every peer runs in a virtual environment of its own under FOLDER,
made on the first run with the pinned versions; one that cannot be installed is listed with the reason. CPU time is that of
the process and its children, start included; of several repeats the lowest counts. Memory is that of the whole process
tree, sampled, a shared page counted once. Prints a Markdown table; `--plot` draws it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
import venv
from pathlib import Path
from typing import Any, NamedTuple

from plot import bars
from stages import MB, watch

HERE = Path(__file__).parent
LIMIT = 3600  # seconds for one run of a peer


class Peer(NamedTuple):
    """Whom to run, and what it takes. `alone`: installed without what they ask for, where that cannot be resolved."""

    script: str
    packages: tuple[str, ...]
    alone: tuple[str, ...] = ()


PEERS = {
    "rensa, 16 bands": Peer("rensa", ("rensa==0.5.0",)),
    "datasketch bulk": Peer("datasketch", ("datasketch==2.0.0",)),
    "datasketch naive": Peer("naive", ("datasketch==2.0.0",)),
    "text-dedup": Peer("textdedup", ("text-dedup==0.4.0",)),
    "datatrove, 14x8": Peer("datatrove_minhash", ("datatrove[io,processing]==0.10.1", "spacy==3.8.18")),
    "Dolma, paragraphs": Peer(
        "dolma_paragraphs",
        (
            *("numpy<2", "msgspec", "omegaconf", "pyyaml", "requests", "rich<14", "tqdm", "smart-open", "fsspec"),
            *("zstandard", "boto3", "s3fs", "nltk", "tokenizers<0.20", "anyascii", "uniseg", "jq", "fasttext-wheel"),
            *("blingfire", "requirements-parser<0.9", "platformdirs", "setuptools<81", "google-cloud-storage"),
        ),
        ("dolma==1.2.1", "cached-path==1.8.10", "necessary==0.4.3"),
    ),
    "Data-Juicer": Peer("datajuicer", ("py-data-juicer==1.6.1", "aiohttp")),
}


class Run(NamedTuple):
    """What one run cost."""

    cpu: float  # seconds
    wall: float  # seconds
    peak: int  # MB of all its processes


MEASURE = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, time.perf_counter() - start]))
"""


def measure(command: list[str]) -> Run:
    """CPU, wall and peak of a command and its children."""
    offline = os.environ | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    process = subprocess.Popen(
        [sys.executable, "-c", MEASURE, *command], stdout=subprocess.PIPE, text=True, env=offline
    )
    peak, stop = [0], threading.Event()
    watcher = threading.Thread(target=watch, args=(peak, stop, process.pid))
    watcher.start()
    try:
        said, _ = process.communicate(timeout=LIMIT)
    finally:
        process.kill()
        stop.set()
        watcher.join()
    if process.returncode:
        raise RuntimeError(f"{command[1]} failed")
    return Run(*json.loads(said), round(peak[0] / MB))


def python_of(peer: Peer, work: Path) -> str:
    """The interpreter of a peer's own environment, made if it is not there."""
    place = work / "venvs" / peer.script
    python = place / "bin" / "python"
    if not (place / "made").exists():
        venv.create(place, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, *peer.packages], check=True, timeout=LIMIT)
        if peer.alone:
            subprocess.run([*install, "--no-deps", *peer.alone], check=True, timeout=LIMIT)
        (place / "made").touch()
    return str(python)


def score(planted: Path, corpus: Path, kept: Path) -> dict[str, Any]:
    """What PLANTED.py says of what was kept."""
    command = [sys.executable, str(planted), "score", "--corpus", str(corpus), "--kept", str(kept)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def table(rows: dict[str, tuple[list[Run], dict[str, Any]]], missing: dict[str, str]) -> str:
    """The Markdown table."""
    lines = [
        "| | CPU s | docs/CPU s | wall s | peak MB | pairs left | precision | without twin | families lost |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, (tried, said) in rows.items():
        best = min(tried)
        cells = [f"{best.cpu:.1f}", f"{said['n'] / best.cpu:,.0f}", f"{min(run.wall for run in tried):.1f}", best.peak]
        cells += [said[key] for key in ("residual_pairs", "removal_precision", "unrepresented", "lost_clusters")]
        lines.append(f"| {name} | {' | '.join(map(str, cells))} |")
    return "\n".join([*lines, *(f"\nNot run: {name}: {why}" for name, why in missing.items())])


def main() -> None:
    """Run all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--planted", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS), help="of the peers, these")
    parser.add_argument("--plot", type=Path, help="draw documents per CPU second here")
    options = parser.parse_args()
    work, kept = options.work.resolve(), options.work.resolve() / "kept.json"
    corpus = work / f"planted-{options.documents}-{options.seed}"
    if not (corpus / "truth.json").exists():
        size = ["--n", str(options.documents), "--seed", str(options.seed)]
        subprocess.run([sys.executable, str(options.planted), "gen", *size, "--out", str(corpus)], check=True)
    commands = {
        f"cleanse, {n} worker{'s' * (n > 1)}": [
            *(sys.executable, str(HERE / "stages.py"), str(corpus), "--workers", str(n), "--kept", str(kept)),
        ]
        for n in (1, 2)
    }
    missing = {}
    for name in options.only:
        peer = PEERS[name]
        try:
            commands[name] = [python_of(peer, work), str(HERE / "peers" / f"{peer.script}.py"), str(corpus), str(kept)]
        except subprocess.SubprocessError as error:
            missing[name] = f"could not be installed: {error}"
    rows: dict[str, tuple[list[Run], dict[str, Any]]] = {}
    for turn in range(options.repeat):  # turn by turn, so that a slow minute of the machine meets all
        for name in [name for name in commands if name not in missing]:
            try:
                run = measure(commands[name])
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                missing[name] = str(error)
                continue
            rows.setdefault(name, ([], score(options.planted, corpus, kept)))[0].append(run)
            print(turn + 1, name, run, file=sys.stderr)
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    date = time.strftime("%Y-%m-%d")
    print(f"{options.documents:,} documents, seed {options.seed}, best of {options.repeat}, {date}, load {load}\n")
    print(table(rows, missing))
    if options.plot:
        speeds = {name: said["n"] / min(tried).cpu for name, (tried, said) in rows.items()}
        marks = {
            name: f"{said['residual_pairs']} pairs left, precision {said['removal_precision']:.3f}"
            for name, (_, said) in rows.items()
        }
        options.plot.write_text(
            bars(f"Documents per CPU second, {options.documents:,} planted documents", speeds, marks)
        )


if __name__ == "__main__":
    main()
