"""Run over folders of many tiny files: no number of files and workers may make a run hang.

    python benchmarks/soak/many_files.py [--files 9000 30000] [--workers 1 2 3]

Prints the seconds of each run and whether all digests of a folder agree. The second folder is cut into more than 300
segments where it has 60,000 files or more.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import cleanse

TEXT = "The village hall of number {0} was opened on Saturday, after {0} days of work by its neighbours and friends.\n"
FOLDER_FILES = 1000  # files in one folder


def write_files(root: Path, count: int) -> None:
    """Write so many files of one sentence each."""
    for n in range(count):
        folder = root / f"{n // FOLDER_FILES:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{n:06d}.txt").write_text(TEXT.format(n))


def main() -> None:
    """Run over each folder with each number of workers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, nargs="+", default=[9000, 30000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 3])
    given = parser.parse_args()
    for count in given.files:
        with tempfile.TemporaryDirectory() as folder:
            write_files(Path(folder) / "in", count)
            digests = set()
            for workers in given.workers:
                started = time.perf_counter()
                report = cleanse.run(
                    Path(folder) / "in", Path(folder) / f"out{workers}", cleanse.Config(workers=workers)
                )
                digests.add(report.digest)
                seconds = time.perf_counter() - started
                print(f"{count} files, {workers} workers: {report.counts['read']} read in {seconds:.0f} s")
            print(f"{count} files: {'one digest' if len(digests) == 1 else f'DIGESTS DIFFER: {digests}'}")


if __name__ == "__main__":
    main()
