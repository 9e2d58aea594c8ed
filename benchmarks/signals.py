"""What the signals cost beside a run's other work, and what the filter presets take of good texts, in one run.

    python benchmarks/signals.py [--clean 300] [--reference FILE]

Reads gold texts of ../shared/bench. The yardstick is `cleanse.clean` on the same texts in the same process.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import cleanse
from cleanse.quality import PRESETS, find_matches, load_preset
from cleanse.signals import SIGNALS, measure_texts
from cleanse.signals.percentiles import PERCENTILES

BENCH = Path(__file__).parents[2] / "shared" / "bench"
ENOUGH = 25  # texts of a language
LANGUAGES = ("fr", "en", "de", "es", "it", "pt")


def read_gold() -> list[dict[str, Any]]:
    """Return the pages of the bench that have a gold text."""
    pages = []
    for folder in ("extraction", "extraction-fr"):
        with gzip.open(BENCH / folder / "gold.jsonl.gz", "rt", encoding="utf-8") as file:
            pages += [page for page in map(json.loads, file) if page.get("gold_text")]
    return pages


def percentiles(table: pa.Table, languages: list[str]) -> dict[str, dict[str, list[float]]]:
    """Return the percentiles of each signal in each language with enough texts, to four digits."""
    out: dict[str, dict[str, list[float]]] = {}
    for language in sorted(code for code, count in Counter(languages).items() if count >= ENOUGH):
        rows = table.filter(pa.array([code == language for code in languages]))
        values = {s.name: [v for v in rows[s.name].to_pylist() if v is not None] for s in SIGNALS}
        out[language] = {
            name: [float(f"{p:.4g}") for p in np.percentile(several, PERCENTILES).tolist()]
            for name, several in values.items()
            if several
        }
    return out


def main() -> None:
    """Time the signals beside cleaning, then count what each preset takes, by language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clean", type=int, default=300, help="texts to clean for comparison")
    parser.add_argument("--reference", type=Path, help="write the percentiles of the gold texts to this file")
    given = parser.parse_args()
    pages = read_gold()
    texts, languages = [page["gold_text"] for page in pages], [page["lang"] for page in pages]
    measure_texts(["a"], texts[:1], languages[:1])
    cleanse.clean(texts[0])
    chars = sum(map(len, texts))
    started = time.process_time()
    table = measure_texts([page["id"] for page in pages], texts, languages)
    signals = (time.process_time() - started) / chars
    some = texts[: given.clean]
    started = time.process_time()
    list(cleanse.clean_many(some))
    cleaning = (time.process_time() - started) / sum(map(len, some))
    print(
        f"signals {signals * 1e9:.0f} µs for 1,000 characters; clean_many {cleaning * 1e9:.0f}; ratio {signals / cleaning:.2f}"
    )
    if given.reference:
        given.reference.write_text(json.dumps(percentiles(table, languages), indent=1, sort_keys=True) + "\n", "utf-8")
    names = [signal.name for signal in SIGNALS]
    for name in PRESETS:
        matches = find_matches(table, languages, load_preset(name, names))
        taken = Counter(language for language, several in zip(languages, matches, strict=True) if several)
        total = Counter(languages)
        print(f"{name}: " + ", ".join(f"{code} {taken[code]}/{total[code]}" for code in LANGUAGES))


if __name__ == "__main__":
    main()
