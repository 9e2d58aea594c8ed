"""Extraction on the bench of real pages: F1 of trafilatura and of our marks, and where the time goes.

    python benchmarks/extract.py ../shared/bench/extraction --out /tmp/extract [-j 2] [--extractor NAME]

Writes predictions (DIR/trafilatura.jsonl: its own text; DIR/marks.jsonl: page text without the removed spans), prints
what the bench's score.py says of them (sh F1 counts; `seg with w/out` is the segments test), then the mean CPU time of
each part in ms per page. "ours" is all that trafilatura would not do itself: it would parse the page, too.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import logging
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.html import load_extractor
from cleanse.html.alignment import align, split_words
from cleanse.html.metadata import read_metadata
from cleanse.html.removed_spans import mark
from cleanse.html.parsing import parse
from cleanse.html.visible_text import render
from cleanse.spans import cut, restore, settle

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = ("parse", "render", "extractor", "metadata", "mark", "settle")


def pages(bench: Path) -> list[dict[str, str]]:
    """The pages of the bench: id, dataset, lang, url, html."""
    with gzip.open(bench / "html.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def measure(page: dict[str, str], name: str) -> tuple[str, str, dict[str, float]]:
    """The extractor's own text, ours, and CPU seconds by part."""
    logging.disable(logging.CRITICAL)
    times: dict[str, float] = {}

    def timed(part: str, function: Callable[..., Any], *arguments: object) -> Any:
        start = time.process_time()
        result = function(*arguments)
        times[part] = time.process_time() - start
        return result

    tree = timed("parse", parse, page["html"])
    rendered = timed("render", render, tree)
    output = timed("extractor", load_extractor(name), page["html"], tree, page["url"])
    metadata = timed("metadata", read_metadata, tree, page["url"])
    if output is None:
        return rendered.text, rendered.text, times
    words = timed("words", split_words, [rendered.text[b.start : b.end] for b in rendered.blocks], rendered.text)
    timed("align", align, words, output)
    marks = timed("mark", mark, rendered, output, metadata, name)
    removed = timed("settle", settle, rendered.text, marks)
    text = cut(rendered.text, removed)
    if restore(text, removed) != rendered.text:
        raise AssertionError(page["id"])
    return output, text, times


def scorer(bench: Path) -> Any:
    """The bench's own score.py as a module."""
    spec = importlib.util.spec_from_file_location("score", bench / "score.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(bench / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def gate(bench: Path, every: int, name: str = "trafilatura") -> tuple[float, float]:
    """Mean F1 of our text and of the extractor's own, on every n-th page that has gold text and is an article."""
    score = scorer(bench)
    gold = score.load_gold(str(bench))
    ours: list[float] = []
    theirs: list[float] = []
    for page in pages(bench)[::every]:
        truth = gold.get(page["id"], {})
        if "gold_text" not in truth or page["dataset"] == "wcxb-other":
            continue
        output, text, _ = measure(page, name)
        for found, figures in ((text, ours), (output, theirs)):
            figures.append(score.score(score.drop_neutral(found, truth), truth["gold_text"])["sh_f"])
    return sum(ours) / len(ours), sum(theirs) / len(theirs)


def main() -> None:
    """Run, score and time; see the module's head."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("-j", "--workers", type=int, default=1)
    parser.add_argument("--extractor", default="trafilatura")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    todo = pages(given.bench)
    with ProcessPoolExecutor(given.workers) as pool:
        results = list(pool.map(measure, todo, [given.extractor] * len(todo), chunksize=8))
    for place, name in enumerate((given.extractor.replace(":", "."), "marks")):
        path = given.out / f"{name}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for page, result in zip(todo, results, strict=True):
                file.write(json.dumps({"id": page["id"], "dump_kind": "html", "text": result[place]}) + "\n")
        command = [sys.executable, given.bench / "score.py", "--gold", given.bench, "--pred", path]
        scored = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        print(f"{name}\n  {scored[0]}\n  {scored[1]}")
    means = {
        part: 1000 * sum(result[2].get(part, 0) for result in results) / len(results)
        for part in (*PARTS, "words", "align")
    }
    print(f"\nms per page ({len(results)} pages)")
    for part, mean in means.items():
        print(f"  {part:10s} {mean:6.2f}{'  (within mark)' if part in ('words', 'align') else ''}")
    print(f"  {'ours':10s} {sum(means[part] for part in PARTS if part not in ('parse', 'extractor')):6.2f}")


if __name__ == "__main__":
    main()
