"""How long the line model takes: its file to load, and a page, all its rounds, beside trafilatura on the page's HTML.

    python benchmarks/line_model.py [--data ../shared/bench] [--every N]

CPU time, one process. What the model is worth is measured by `benchmarks/chrome.py`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import defaultdict
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import trafilatura

from cleanse.chrome import Page, load_rules, strip, strip_pages
from cleanse.chrome.line_model import Answer, Judge, Question, load_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cleanse.chrome import Rules

REPEAT = 6
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
    dumps: dict[str, list[Page]] = defaultdict(list)
    for row in rows(folder / "text.jsonl.gz"):
        if row["id"] in pages:
            dumps[row["dump_kind"]].append(Page(row["page_text"]))
    rules = load_rules()
    least: dict[tuple[str, ...], float] = defaultdict(lambda: float("inf"))
    for _ in range(REPEAT):  # in turn, so that a busy moment of the machine does not hit one of them alone
        peer = timed(lambda: [trafilatura.extract(html) for html in pages.values()])
        least["trafilatura",] = min(least["trafilatura",], peer / len(pages))
        for kind, texts in dumps.items():
            for how in (together, one_by_one):
                with clocked() as spent:
                    took = timed(partial(how, texts, rules))
                for what, ms in (("model", spent[0]), ("rules", took - spent[0])):
                    least[kind, how.__name__, what] = min(least[kind, how.__name__, what], ms / len(pages))
    peer = least["trafilatura",]
    print(f"{len(pages)} pages, the least of {REPEAT} turns; trafilatura on their HTML {peer:.1f} ms a page")
    for kind in dumps:
        told = []
        for how in (together, one_by_one):
            took = least[kind, how.__name__, "model"]
            told.append(f"{how.__name__} {took:.1f} ms (1/{peer / took:.0f})")
        print(f"{kind:12s} rules {least[kind, 'together', 'rules']:4.1f} ms; the model {', '.join(told)}")


@contextmanager
def clocked() -> Iterator[list[float]]:
    """CPU milliseconds that the line model takes from now on, all rounds."""
    spent, weigh = [0.0], Judge.weigh

    def weighed(judge: Judge, asked: Mapping[int, Question]) -> dict[int, Answer]:
        start = time.process_time()
        try:
            return weigh(judge, asked)
        finally:
            spent[0] += 1000 * (time.process_time() - start)

    with patch.object(Judge, "weigh", weighed):
        yield spent


def together(texts: list[Page], rules: Rules) -> None:
    """As the command line and `clean_many` do it."""
    strip_pages(texts, rules)


def one_by_one(texts: list[Page], rules: Rules) -> None:
    """As `clean` does it."""
    for page in texts:
        strip(page.text, rules)


def timed(work: Callable[[], object]) -> float:
    """CPU milliseconds of a call."""
    start = time.process_time()
    work()
    return 1000 * (time.process_time() - start)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a gzipped JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    main()
