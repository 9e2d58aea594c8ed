"""How long the line model takes: its file to load, and a page, all rounds together, beside trafilatura on its HTML.

    python benchmarks/line_model.py [--data ../shared/bench] [--every N]

CPU time, one process. What the model is worth is measured by `benchmarks/chrome.py`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trafilatura

from cleanse.chrome import load_rules, strip
from cleanse.chrome.model import load_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATA = Path(__file__).resolve().parents[2] / "shared" / "bench"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--every", type=int, default=12, help="every Nth page")
    args = parser.parse_args()
    print(f"model loaded in {timed(load_model):.0f} ms")
    folder = args.data / "extraction"
    pages = {row["id"]: row["html"] for i, row in enumerate(rows(folder / "html.jsonl.gz")) if i % args.every == 0}
    rules, without = load_rules(), load_rules(without=["model."])
    spent: dict[str, list[float]] = defaultdict(list)
    for row in rows(folder / "text.jsonl.gz"):
        if row["id"] in pages:
            text, kind = row["page_text"], row["dump_kind"]
            spent[kind].append(timed(lambda text=text: strip(text, rules)))
            spent[f"{kind}, rules alone"].append(timed(lambda text=text: strip(text, without)))
    peer = mean([timed(lambda html=html: trafilatura.extract(html)) for html in pages.values()])
    print(f"{len(pages)} pages; trafilatura on their HTML {peer:.1f} ms a page")
    for kind in [kind for kind in spent if "," not in kind]:
        engine, rest = mean(spent[kind]), mean(spent[f"{kind}, rules alone"])
        print(
            f"{kind:12s} engine {engine:5.1f} ms, without the model {rest:5.1f} ms; the model 1/{peer / (engine - rest):.1f}"
        )


def timed(work: Callable[[], object]) -> float:
    """CPU milliseconds of a call."""
    start = time.process_time()
    work()
    return 1000 * (time.process_time() - start)


def mean(values: list[float]) -> float:
    """Their arithmetic mean."""
    return sum(values) / len(values)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a gzipped JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    main()
