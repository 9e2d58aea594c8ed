"""The full gate of the line model, against the data folder: French pages, seeds, planted texts, re-cleaning, speed.

    python benchmarks/line_model.py [--data ../shared/bench] [--every N]

Out-of-fold figures by site come from `python training/train.py --folds-only`; those here are of the shipped model, so
figures on `extraction` (in its training data) only serve speed and re-cleaning. Needs rapidfuzz.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "training"))

from cleanse.chrome import load_rules, split_lines, strip  # noqa: E402
from cleanse.chrome.matching import match  # noqa: E402
from cleanse.chrome.model import judge, load_model  # noqa: E402
from data import read_gold, read_pages  # noqa: E402
from metrics import judge as cost_of  # noqa: E402
from metrics import sheets  # noqa: E402

SETTINGS = ("careful", "balanced", "thorough")


def main() -> None:
    """Print every figure of the gate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "bench")
    parser.add_argument("--every", type=int, default=9, help="every Nth dump for speed and re-cleaning")
    args = parser.parse_args()
    start = time.perf_counter()
    load_model()
    print(f"model loaded in {1000 * (time.perf_counter() - start):.0f} ms")
    french(args.data)
    rows = list(read(args.data / "extraction" / "text.jsonl.gz"))[:: args.every]
    again(rows)
    speed(args.data, rows)


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a gzipped JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def kept_lines(text: str, setting: str) -> np.ndarray:
    """Which lines of the text survive the engine."""
    removed = strip(text, load_rules(), setting).removed
    lines = split_lines(text)
    keep = np.ones(len(lines), bool)
    for i, line in enumerate(lines):
        keep[i] = not any(s.start <= line.start and s.end >= line.end for s in removed)
    return keep


def french(data: Path) -> None:
    """Cost of every setting on French pages that no part of the model has seen."""
    pages = read_pages(data / "extraction-fr")
    papers = sheets(pages, read_gold(data / "extraction-fr"), data / "extraction")
    texts = [row["page_text"] for row in read(data / "extraction-fr" / "text.jsonl.gz")]
    for setting in SETTINGS:
        keeps = [kept_lines(text, setting) for text in texts if text.strip()]
        print(f"extraction-fr {setting:9s} {cost_of(pages, papers, keeps)}")


def again(rows: list[dict[str, Any]]) -> None:
    """Share of texts that a second cleaning leaves alone."""
    rules = load_rules()
    cleaned = [strip(row["page_text"], rules).text for row in rows]
    same = sum(strip(text, rules).text == text for text in cleaned)
    print(f"re-cleaning changes nothing on {same} of {len(rows)} texts; emptied {sum(not t.strip() for t in cleaned)}")


def speed(data: Path, rows: list[dict[str, Any]]) -> None:
    """CPU time of the model beside trafilatura's default on the HTML of the same pages, in one run."""
    import trafilatura

    rules = load_rules()
    wanted = {row["id"] for row in rows}
    pages = [row["html"] for row in read(data / "extraction" / "html.jsonl.gz") if row["id"] in wanted]
    trafilatura.extract(pages[0])
    start = time.process_time()
    for html in pages:
        trafilatura.extract(html)
    reference = (time.process_time() - start) / len(pages) * 1000
    print(f"trafilatura {reference:.1f} ms per page")
    spent: dict[str, list[float]] = {}
    for row in rows:
        lines = split_lines(row["page_text"])
        findings = match(lines, rules.index)
        start = time.process_time()
        judge(row["page_text"], lines, findings, "balanced")
        spent.setdefault(row["dump_kind"], []).append((time.process_time() - start) * 1000)
    for kind, times in sorted(spent.items()):
        print(f"model {kind:12s} {np.mean(times):.2f} ms per text, 1/{reference / np.mean(times):.0f} of trafilatura")


if __name__ == "__main__":
    main()
