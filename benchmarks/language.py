"""Language detectors compared on bench/lang, in the scorer's terms; and the fit of the cascade's confidence.

    python benchmarks/language.py                    every named detector, all rows and each half by hash of id
    python benchmarks/language.py --detectors cascade --verbose
    python benchmarks/language.py --fit              WEIGHTS, fitted on half 0
    python benchmarks/language.py --speed            microseconds per text (CPU)

The bench is data of ../shared, which does not belong to the project.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from cleanse.language import DETECTORS, Language, detect_language, detect_languages
from cleanse.language.blocks import cut_blocks, window_of
from cleanse.language.cascade import weigh
from cleanse.language.heuristics import judge_without_model
from cleanse.language.langid_scores import rank_languages

BENCH = Path(__file__).resolve().parents[2] / "shared" / "bench"
SEVEN = ("fr", "de", "es", "it", "pt", "nl", "en")
SAME = {"nb": "no", "nn": "no"}  # as the scorer
BATCH = 1000  # texts that are judged together, about as in a run
WORD_WEIGHT = 0.5  # single words and pairs: half as important as sentences

Row = dict[str, Any]


def rows_of(bench: Path) -> list[Row]:
    """All rows, in order of file and line."""
    return [json.loads(line) for path in sorted((bench / "lang").glob("*.gz")) for line in gzip.open(path, "rt")]


def half_of(row: Row) -> int:
    """0: the half that the confidence is fitted on; 1: the half that checks it."""
    return hashlib.sha256(row["id"].encode()).digest()[-1] % 2


def score(bench: Path, rows: list[Row], found: dict[str, Language]) -> str:
    """What the scorer prints for these rows."""
    with tempfile.TemporaryDirectory() as folder:
        part, predictions = Path(folder) / "lang", Path(folder) / "predictions.jsonl"
        part.mkdir()
        with gzip.open(part / "rows.jsonl.gz", "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        with predictions.open("w") as file:
            for row in rows:
                verdict = found[row["id"]]
                file.write(json.dumps({"id": row["id"], "pred": verdict.code, "conf": verdict.confidence}) + "\n")
        command = [sys.executable, bench / "score_lang_encoding.py", "lang", predictions, "dev", folder]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def figures(scored: str) -> dict[str, str]:
    """The figures that the targets speak of, from the scorer's output."""
    found = {}
    for kind in ("sentence", "paragraph", "doc", "udhr_doc"):
        line = re.search(rf"^{kind}: macro over \d+ = (\S+);(.*)", scored, re.MULTILINE)
        if line:
            found[f"{kind} macro"] = line[1]
            by = dict(pair.split("=") for pair in line[2].split())
            if kind in ("sentence", "doc"):
                found |= {f"{kind} {code}": by[code] for code in SEVEN}
    for kind in ("page_silver", "mixed", "single-word", "word-pair"):
        line = re.search(rf"^{kind} +\d+ +(\S+)", scored, re.MULTILINE)
        found[kind] = line[1] if line else "-"
    for name, pattern in (
        ("noise as und", r"noise_\* together: (\S+)"),
        ("rare as one of nine", r"udhr_rare taken for .*: (\S+) of"),
        ("ECE", r"ECE.* = (\S+)"),
    ):
        line = re.search(pattern, scored)
        found[name] = line[1] if line else "-"
    return found


def compare(bench: Path, detectors: list[str], *, verbose: bool) -> None:
    """One column per detector and half."""
    rows = rows_of(bench)
    table: dict[str, dict[str, str]] = {}
    for name in detectors:
        start = time.process_time()
        found = {}
        for at in range(0, len(rows), BATCH):
            some = rows[at : at + BATCH]
            told = detect_languages([row["text"] for row in some], name)
            found |= {row["id"]: language for row, language in zip(some, told, strict=True)}
        seconds = time.process_time() - start
        for title, part in (
            ("all", rows),
            ("half 0", [r for r in rows if half_of(r) == 0]),
            ("half 1", [r for r in rows if half_of(r) == 1]),
        ):
            scored = score(bench, part, found)
            if verbose:
                print(f"== {name}, {title}\n{scored}")
            table[f"{name}, {title}"] = figures(scored) | {"CPU s": f"{seconds:.0f}" if title == "all" else ""}
    print(" " * 24 + "".join(f"{title:>20s}" for title in table))
    for line in next(iter(table.values())):
        print(f"{line:24s}" + "".join(f"{column[line]:>20s}" for column in table.values()))


def evidence_of(rows: list[Row]) -> list[tuple[Row, str, str, tuple[float, ...]]]:
    """Row, window, guess and evidence of the blocks (at most 6 of a text) for which a model has to be asked."""
    found = []
    for row in rows:
        for block in cut_blocks(row["text"])[:6] if row["kind"] != "mixed" else ():
            window = window_of(block)
            if not judge_without_model(window, {})[0]:
                code, evidence = weigh(window, rank_languages([window])[0])
                found.append((row, window, code, evidence))
    return found


def logistic(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Coefficients by Newton's method, with a ridge of 1 on standardised columns (not on the first, the constant)."""
    scale = np.r_[1.0, x[:, 1:].std(0) + 1e-9]
    z, b = x / scale, np.zeros(x.shape[1])
    ridge = np.diag(np.r_[0.0, np.ones(x.shape[1] - 1)])
    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ b))
        hessian = (z * (weight * p * (1 - p))[:, None]).T @ z + ridge
        b += np.linalg.solve(hessian, z.T @ (weight * (y - p)) - ridge @ b)
    return b / scale


def fit(bench: Path) -> None:
    """Print the weights, fitted on half 0, and their calibration error on both halves."""
    found = evidence_of(rows_of(bench))
    x = np.array([evidence for *_, evidence in found])
    y = np.array([SAME.get(code, code) == SAME.get(row["lang"], row["lang"]) for row, _, code, _ in found], float)
    half = np.array([half_of(row) for row, *_ in found])
    kinds = [row["kind"] for row, *_ in found]
    weight = np.array([WORD_WEIGHT if "word" in kind else 1.0 for kind in kinds])
    b = logistic(x[half == 0], y[half == 0], weight[half == 0])
    print("WEIGHTS =", tuple(round(float(v), 3) for v in b))
    p = 1 / (1 + np.exp(-x @ b))
    for side in (0, 1):
        bins = np.minimum(9, (p * 10).astype(int))
        here = half == side
        error = sum(abs((y - p)[here & (bins == n)].sum()) for n in range(10)) / here.sum()
        print(f"half {side}: calibration error of blocks {error:.4f} of {here.sum()}")


def speed(bench: Path) -> None:
    """CPU microseconds per text: articles of about 3 KB, and pages of twenty paragraphs of 150 characters."""
    rows = rows_of(bench)
    for code in ("fr", "en", "de", "es", "pl", "ru", "zh", "oc"):
        articles = [r["text"] for r in rows if r["kind"] == "doc" and r["lang"] == code][:20]
        lines = [r["text"][:150] for r in rows if r["kind"] == "paragraph" and r["lang"] == code]
        pages = ["\n".join(lines[at : at + 20]) for at in range(0, len(lines) - 19, 5)]
        print(code, *(f"{name} {_cost(texts):.0f} µs" for name, texts in (("article", articles), ("page", pages))))
    huge = ("Le conseil a voté le budget de la ville. " * 40 + "\n") * 36_000
    for name, text in (("lines", huge), ("one line", huge.replace("\n", " "))):
        print(f"{len(text) / 1e6:.0f} MB in {name}: {_cost([text]) / 1e6:.3f} s")


def _cost(texts: list[str]) -> float:
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        for text in texts:
            detect_language(text)
        best = min(best, time.process_time() - start)
    return best / len(texts) * 1e6


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", nargs="?", type=Path, default=BENCH)
    parser.add_argument("--detectors", nargs="+", default=list(DETECTORS))
    parser.add_argument("--verbose", action="store_true", help="the scorer's whole output")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--speed", action="store_true")
    options = parser.parse_args()
    if options.fit:
        fit(options.bench)
    elif options.speed:
        speed(options.bench)
    else:
        compare(options.bench, options.detectors, verbose=options.verbose)
