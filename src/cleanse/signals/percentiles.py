"""What the signals of good texts look like, by language: percentiles to draw a corpus against."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

PERCENTILES = (5, 50, 95)


@cache
def reference_percentiles() -> dict[str, dict[str, list[float]]]:
    """Return, by language and signal, the 5th, 50th and 95th percentile of hand-checked article texts.

    Made by `benchmarks/signals.py --reference`; languages with fewer than 25 such texts are not in it.
    """
    table: dict[str, dict[str, list[float]]] = json.loads(Path(__file__).with_name("reference.json").read_text("utf-8"))
    return table
