"""Extraction on the bench of real pages: F1 of an extractor's page texts beside trafilatura's own text, and the time of both.

    python benchmarks/extract.py ../shared/bench/extraction --out DIR [--extractor auto] [--folds DIR --line-folds DIR] [--every N] [-j 2]

Writes predictions (DIR/trafilatura.jsonl: what `trafilatura.extract` returns; DIR/NAME-spans.jsonl: page text without what
the extractor removed; DIR/NAME-clean.jsonl: without what the chrome stage removed as well), prints what the bench's score.py
says of them (sh F1 counts; `seg with w/out` is the segments test), then the CPU time in ms per page of trafilatura, of
extraction, and of all that `cleanse.clean` does. With --folds and --line-folds every page is judged by models that never saw
its site (`training/html/train.py --folds DIR`, `training/train.py --folds DIR`); without them the shipped models have learned
from most of these pages.
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
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from cleanse import Config, clean
from cleanse.chrome import load_rules
from cleanse.chrome.engine import Page as ChromePage
from cleanse.chrome.engine import strip_pages
from cleanse.chrome.line_chances import line_chances
from cleanse.chrome.line_model import load_model as load_line_model
from cleanse.chrome.rule_matcher import Place
from cleanse.documents import site_of
from cleanse.html import extract
from cleanse.html.model_file import load_model
from cleanse.pipeline.worker_setup import prepare
from cleanse.spans import cut, restore

FOLDS = 5  # as training/html/pages.py cuts them


def pages(bench: Path) -> list[dict[str, str]]:
    """The pages of the bench: id, dataset, lang, url, site, html."""
    with gzip.open(bench / "gold.jsonl.gz", "rt", encoding="utf-8") as lines:
        sites = {row["id"]: row.get("site") or row["id"] for row in map(json.loads, lines)}
    with gzip.open(bench / "html.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [{**row, "site": sites.get(row["id"], row["id"])} for row in map(json.loads, lines)]


class Measured(NamedTuple):
    """Texts of a page, and the CPU seconds of each."""

    trafilatura: str
    spans: str
    clean: str
    seconds: tuple[float, float, float]


def measure(page: dict[str, str], name: str, folds: Path | None = None, line_folds: Path | None = None) -> Measured:
    """Trafilatura's text, ours, and ours without its chrome."""
    from trafilatura import extract as ask

    logging.disable(logging.CRITICAL)
    fold = int(hashlib.md5(page["site"].encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS
    model = load_model(folds / f"fold-{fold}.npz") if folds else None
    line_model = load_line_model(line_folds / f"{fold}.npz") if line_folds else None
    raw, options = page["html"].encode("utf-8", "surrogatepass"), Config(extractor=name)
    times = [time.process_time()]
    theirs = ask(page["html"], url=page["url"], include_comments=False) or ""
    times.append(time.process_time())
    found = extract(page["html"], "html", page["url"], name, model, partial(line_chances, model=line_model))
    times.append(time.process_time())
    clean(raw, page["url"], config=options)
    times.append(time.process_time())
    text = cut(found.text, found.removed)
    if restore(text, found.removed) != found.text:
        raise AssertionError(page["id"])
    chrome = ChromePage(text, found.title, Place(site_of(page["url"] or found.url)), judged=found.judged)
    stripped, _ = strip_pages([chrome], load_rules(), model=line_model)[0]
    if isinstance(stripped, Exception):
        raise stripped
    first, second, third = (after - before for before, after in pairwise(times))
    return Measured(theirs, text, stripped.text, (first, second, third))


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
        found = measure(page, name)
        for text, own in zip((found.spans, found.trafilatura), figures, strict=True):
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
    parser.add_argument("--line-folds", type=Path, help="folder of line models that did")
    parser.add_argument("--every", type=int, default=1, help="look at every n-th page only")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    todo = pages(given.bench)[:: given.every]
    with ProcessPoolExecutor(given.workers, initializer=prepare) as pool:  # as a run's workers are
        settings = ([own] * len(todo) for own in (given.extractor, given.folds, given.line_folds))
        results = list(pool.map(measure, todo, *settings, chunksize=8))
    own = given.extractor.replace(":", ".")
    for place, name in enumerate(("trafilatura", f"{own}-spans", f"{own}-clean")):
        path = given.out / f"{name}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for page, result in zip(todo, results, strict=True):
                file.write(json.dumps({"id": page["id"], "dump_kind": "html", "text": result[place]}) + "\n")
        command = [sys.executable, given.bench / "score.py", "--gold", given.bench, "--pred", path]
        scored = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        print(f"{name}\n" + "\n".join("  " + line for line in scored))
    theirs, ours, whole = (1000 * sum(result.seconds[i] for result in results) / len(results) for i in range(3))
    print(f"\nms per page ({len(results)} pages): trafilatura.extract {theirs:.2f}", end="")
    print(f", extraction {ours:.2f} ({ours / theirs:.2f} of it), cleanse.clean {whole:.2f} ({whole / theirs:.2f})")


if __name__ == "__main__":
    main()
