"""What kinds of page, agencies and personal data cost beside cleaning, and what they say of good texts and raw dumps.

    python benchmarks/page_facts.py [--clean 200]

Reads ../shared/bench: gold texts, in which an error page, a consent wall or a stub is a false alarm, and dumps of whole pages.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cleanse
from cleanse.page_kinds import find_page_flags
from cleanse.personal_data import find_personal_data

if TYPE_CHECKING:
    from collections.abc import Callable

BENCH = Path(__file__).parents[2] / "shared" / "bench"


def read_texts(name: str, key: str) -> list[str]:
    """Return the texts of a file of the bench."""
    with gzip.open(BENCH / name, "rt", encoding="utf-8") as file:
        return [
            row[key] for row in map(json.loads, file) if row.get(key) and row.get("dump_kind") in (None, "resili_full")
        ]


def time_of(work: Callable[[str], Any], texts: list[str]) -> float:
    """Return the CPU seconds for each character of some texts."""
    work(texts[0])
    started = time.process_time()
    for text in texts:
        work(text)
    return (time.process_time() - started) / sum(map(len, texts))


def main() -> None:
    """Print costs, then what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clean", type=int, default=200, help="texts to clean for comparison")
    given = parser.parse_args()
    gold = read_texts("extraction/gold.jsonl.gz", "gold_text") + read_texts("extraction-fr/gold.jsonl.gz", "gold_text")
    dumps = read_texts("extraction/text.jsonl.gz", "page_text")
    cleaning = time_of(cleanse.clean, gold[: given.clean])
    for name, work, texts in (
        ("page flags of gold texts", find_page_flags, gold),
        ("personal data of gold texts", find_personal_data, gold),
        ("personal data of whole dumps", find_personal_data, dumps),
    ):
        cost = time_of(work, texts)
        print(f"{name}: {cost * 1e9:.0f} µs for 1,000 characters, {cost / cleaning:.2f} of cleaning")
    flags = [find_page_flags(text) for text in gold]
    types = Counter(one.page_type.value if one.page_type else None for one in flags)
    print(f"gold texts by type: {dict(types.most_common())}")
    print(
        f"false alarms: {sum(one.reason is not None for one in flags)} rejected, {sum(one.truncated is not None for one in flags)} stubs"
    )
    print(f"agencies credited: {sum(one.agency is not None for one in flags)}")
    kinds = Counter(span.kind for text in dumps for span in find_personal_data(text))
    print(f"personal data in {len(dumps)} dumps: {dict(kinds.most_common())}")


if __name__ == "__main__":
    main()
