"""Extraction on the bench of real pages: F1 of an extractor's page texts beside trafilatura's own text, and the time of both.

    python benchmarks/extract.py ../shared/bench/extraction --out DIR [--extractor auto] [--folds DIR] [--every N] [-j 2]

Writes predictions (DIR/trafilatura.jsonl: what `trafilatura.extract` returns; DIR/NAME.jsonl: page text without the removed
spans), prints what the bench's score.py says of them (sh F1 counts; `seg with w/out` is the segments test), then the CPU
time of both in ms per page. With --folds every page is judged by the model of the own engine that never saw its site
(`training/html/train.py --folds DIR`); without it the shipped model has learned from most of these pages.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import importlib.util
import json
import logging
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from cleanse.html import extract
from cleanse.html.model_file import load_model
from cleanse.spans import cut, restore

FOLDS = 5  # as training/html/pages.py cuts them


def pages(bench: Path) -> list[dict[str, str]]:
    """The pages of the bench: id, dataset, lang, url, site, html."""
    with gzip.open(bench / "gold.jsonl.gz", "rt", encoding="utf-8") as lines:
        sites = {row["id"]: row.get("site") or row["id"] for row in map(json.loads, lines)}
    with gzip.open(bench / "html.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [{**row, "site": sites.get(row["id"], row["id"])} for row in map(json.loads, lines)]


def measure(page: dict[str, str], name: str, folds: Path | None = None) -> tuple[str, str, float, float]:
    """Trafilatura's text, ours, and the CPU seconds of each."""
    from trafilatura import extract as ask

    logging.disable(logging.CRITICAL)
    model = None
    if folds is not None:
        fold = int(hashlib.md5(page["site"].encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS
        model = load_model(folds / f"fold-{fold}.npz")
    start = time.process_time()
    theirs = ask(page["html"], url=page["url"], include_comments=False) or ""
    middle = time.process_time()
    found = extract(page["html"], "html", page["url"], name, model)
    end = time.process_time()
    text = cut(found.text, found.removed)
    if restore(text, found.removed) != found.text:
        raise AssertionError(page["id"])
    return theirs, text, middle - start, end - middle


def scorer(bench: Path) -> Any:
    """The bench's own score.py as a module."""
    spec = importlib.util.spec_from_file_location("score", bench / "score.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(bench / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def gate(bench: Path, every: int, name: str = "trafilatura") -> tuple[float, float]:
    """Mean F1 of our text and of trafilatura's own, on every n-th page that has gold text and is an article."""
    score = scorer(bench)
    gold = score.load_gold(str(bench))
    figures: tuple[list[float], list[float]] = ([], [])
    for page in pages(bench)[::every]:
        truth = gold.get(page["id"], {})
        if "gold_text" not in truth or page["dataset"] == "wcxb-other":
            continue
        theirs, ours, _, _ = measure(page, name)
        for text, own in zip((ours, theirs), figures, strict=True):
            own.append(score.score(score.drop_neutral(text, truth), truth["gold_text"])["sh_f"])
    return sum(figures[0]) / len(figures[0]), sum(figures[1]) / len(figures[1])


def main() -> None:
    """Run, score and time; see the module's head."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("-j", "--workers", type=int, default=1)
    parser.add_argument("--extractor", default="auto")
    parser.add_argument("--folds", type=Path, help="folder of models that each left out a fold of sites")
    parser.add_argument("--every", type=int, default=1, help="look at every n-th page only")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    todo = pages(given.bench)[:: given.every]
    with ProcessPoolExecutor(given.workers) as pool:
        results = list(pool.map(measure, todo, [given.extractor] * len(todo), [given.folds] * len(todo), chunksize=8))
    for place, name in enumerate(("trafilatura", given.extractor.replace(":", "."))):
        path = given.out / f"{name}{'' if place == 0 else '-spans'}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for page, result in zip(todo, results, strict=True):
                file.write(json.dumps({"id": page["id"], "dump_kind": "html", "text": result[place]}) + "\n")
        command = [sys.executable, given.bench / "score.py", "--gold", given.bench, "--pred", path]
        scored = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        print(f"{name}\n" + "\n".join("  " + line for line in scored))
    theirs, ours = (1000 * sum(result[i] for result in results) / len(results) for i in (2, 3))
    print(
        f"\nms per page ({len(results)} pages): trafilatura.extract {theirs:.2f}, {given.extractor} {ours:.2f}", end=""
    )
    print(f" ({ours / theirs:.2f} of it)")


if __name__ == "__main__":
    main()
