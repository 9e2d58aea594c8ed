"""How much faster the flow is on two Dask workers than on one: the same pages, the same scheduler, a fresh output each time.

    python benchmarks/cluster.py [--documents 20000] [--workers 1 2] [--batches 12]

Starts a Prefect server, a Dask scheduler and the workers as processes of their own on the loopback, each worker with one
thread, and ends them again. Needs `cleanse[dask]` and ../shared/bench/dedup/planted.py. Cores that other processes use
make the figure worse: the load of the machine is printed beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PLANTED = ROOT.parent / "shared" / "bench" / "dedup" / "planted.py"
LOOPBACK = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
FLOW = "import sys; from corpus import cleanse_corpus as f; f(sys.argv[1], sys.argv[2], cluster=sys.argv[3], batches=int(sys.argv[4]))"


@contextmanager
def running(environment: dict[str, str], log: Path, *command: str) -> Iterator[None]:
    """A Python module as a process of its own, ended at the end."""
    with log.open("w") as file:
        process = subprocess.Popen([sys.executable, "-m", *command], env=environment, stdout=file, stderr=file)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def wait_for(address: str) -> None:
    """Until the server answers."""
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=2).read()  # noqa: S310  our own server
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit("the Prefect server does not answer")


def seconds(environment: dict[str, str], folder: Path, pages: Path, workers: int, batches: int) -> tuple[float, str]:
    """The steps' seconds of one run on so many workers, and its digest."""
    known, output = folder / f"scheduler-{workers}.json", folder / f"out-{workers}"
    with ExitStack() as stack:
        file = ("--scheduler-file", str(known))
        stack.enter_context(
            running(environment, folder / "scheduler.log", "dask", "scheduler", *LOOPBACK, "--port", "0", *file)
        )
        while not known.exists():
            time.sleep(0.2)
        for n in range(workers):
            place = ("--local-directory", str(folder / f"worker-{n}"))
            command = ("dask", "worker", *LOOPBACK, "--nthreads", "1", "--no-nanny", *file, *place)
            stack.enter_context(running(environment, folder / f"worker-{n}.log", *command))
        time.sleep(5)  # the workers' imports
        address = json.loads(known.read_text())["address"]
        command = (sys.executable, "-c", FLOW, str(pages), str(output), address, str(batches))
        with (folder / "flow.log").open("w") as log:
            subprocess.run(command, env=environment, check=True, stdout=log, stderr=log)
    manifest = json.loads((output / "manifest.json").read_text())
    return sum(manifest["seconds"].values()), manifest["digest"]


def main() -> None:
    """Make the documents, run on each number of workers, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--batches", type=int, default=12)
    given = parser.parse_args()
    if not PLANTED.exists():
        sys.exit(f"needs the evaluation data: {PLANTED} does not exist")
    with tempfile.TemporaryDirectory() as name, socket.socket() as probe, ExitStack() as stack:
        folder = Path(name)
        making = [sys.executable, str(PLANTED), "gen", "--n", str(given.documents), "--out", str(folder / "made")]
        subprocess.run(making, check=True)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        api = f"http://127.0.0.1:{port}/api"
        environment = os.environ | {
            "PREFECT_HOME": str(folder / "home"),
            "PREFECT_API_URL": api,
            "DO_NOT_TRACK": "1",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "flows")]),
        }
        server = ("prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port))
        stack.enter_context(running(environment, folder / "server.log", *server))
        wait_for(f"{api}/health")
        print("| workers | s | times as fast | load before | digest |\n|---:|---:|---:|---:|---|", flush=True)
        first = 0.0
        for workers in given.workers:
            load = os.getloadavg()[0]
            took, digest = seconds(environment, folder, folder / "made" / "jsonl", workers, given.batches)
            first = first or took
            print(f"| {workers} | {took:.1f} | {first / took:.2f} | {load:.1f} | {digest[:16]} |", flush=True)


if __name__ == "__main__":
    main()
