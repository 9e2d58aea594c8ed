"""Draw the pages that people look at: a random sample, or the worst first; both spread over sites and rules.

The random sample is systematic. All pages stand in the order of site, then of the rule that removed most, then of a
random number, and every k-th of them is drawn from a random start. So each page has the same chance, shares in the
sample estimate shares in the corpus, and every site and rule has its part of the sample (implicit stratification;
Cochran 1977, chapter 8).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanse.report.selection import random_numbers
from cleanse.report.statistics import read_parts

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from cleanse.report.statistics import Part

ORDERS = ("random", "worst")
_GOLDEN = 0.6180339887498949  # golden ratio - 1; its multiples spread evenly, so that seeds give starts far apart


@dataclass(slots=True)
class _Frame:
    """All pages that may be drawn, as numbers: a few bytes for each.

    Attributes:
        sites: Site → its number.
        rules: Rule → its number.
        columns: For each part: site, rule, doubt, random number and row number of its pages.
    """

    sites: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    columns: list[tuple[npt.NDArray[Any], ...]] = field(default_factory=list)


def draw(output: Path, n: int, order: str, seed: int = 1) -> tuple[list[str], int]:
    """Draw kept documents and those of which nothing was left.

    Returns ids in the order in which to look at them, and the number of pages that could be drawn.

    Args:
        output: The output folder.
        n: Number of pages; all, if there are fewer.
        order: "random", or "worst": pages that lost the largest shares, or where the line model was least certain.
        seed: Another number draws other pages.
    """
    frame = _Frame()
    for part in read_parts(output):
        _add(frame, part)
    if not frame.columns:
        return [], 0
    site, rule, doubt, numbers, rows = (np.concatenate(column) for column in zip(*frame.columns, strict=True))
    total = len(rows)
    if order == "random":
        ranked = np.lexsort((numbers, rule, site))
        step = max(1.0, total / n)
        start = (seed * _GOLDEN % 1.0) * step
        chosen = ranked[np.minimum((start + step * np.arange(min(n, total))).astype(np.int64), total - 1)]
        chosen = chosen[
            np.argsort(numbers[chosen], kind="stable")
        ]  # whoever stops half-way has still seen a random sample
    else:
        chosen = np.array(_take_turns(site, rule, doubt, numbers, n), np.int64)
    return _find_ids(output, rows[chosen].astype(np.int64)), total


def _add(frame: _Frame, part: Part) -> None:
    """Add the pages of one part."""
    import pyarrow.compute as pc

    documents = part.documents
    is_emptied = pc.equal(documents["reason"], "nothing-left").fill_null(False)
    drawn = np.flatnonzero(np.asarray(pc.or_(pc.equal(documents["status"], "kept"), is_emptied), np.bool_))
    sites, rules = part.sites.to_pylist(), _leading_rules(part)
    chars_in, chars_kept = (np.asarray(documents[name], np.float64) for name in ("chars_in", "chars_kept"))
    share = 1 - chars_kept / np.maximum(chars_in, 1)
    doubt = np.maximum(_model_doubt(part), share)
    ids = documents["id"].to_pylist()
    site = [frame.sites.setdefault(sites[i] or "", len(frame.sites)) for i in drawn]
    rule = [frame.rules.setdefault(rules.get(ids[i], ""), len(frame.rules)) for i in drawn]
    numbers = random_numbers(part.first, len(documents))[drawn].astype(np.float64)
    columns = (np.array(site, np.float64), np.array(rule, np.float64), doubt[drawn], numbers, drawn + float(part.first))
    frame.columns.append(columns)


def _leading_rules(part: Part) -> dict[str, str]:
    """Return for each document the rule that removed most of it."""
    import pyarrow.compute as pc

    sized = part.removed.append_column("chars", pc.subtract(part.removed["end"], part.removed["start"]))
    summed = sized.group_by(["id", "rule"]).aggregate([("chars", "sum")])
    ranked = summed.sort_by([("chars_sum", "ascending"), ("rule", "descending")])
    return dict(zip(ranked["id"].to_pylist(), ranked["rule"].to_pylist(), strict=True))  # the last one stays


def _model_doubt(part: Part) -> npt.NDArray[np.float64]:
    """Return for each document the highest probability, 0 to 1, that a span removed by the line model is content."""
    import pyarrow.compute as pc

    doubt = np.zeros(len(part.documents))
    if len(part.doubted):
        places = pc.index_in(part.doubted["id"].combine_chunks(), part.documents["id"].combine_chunks())
        np.maximum.at(doubt, np.asarray(places), np.asarray(part.doubted["content"], np.float64) / 100)
    return doubt


def _take_turns(
    site: npt.NDArray[np.float64],
    rule: npt.NDArray[np.float64],
    doubt: npt.NDArray[np.float64],
    numbers: npt.NDArray[np.float64],
    n: int,
) -> list[int]:
    """Order pages by turns: first the worst page of each site and rule, then the second worst of each, and so on."""
    turns: Counter[tuple[float, float]] = Counter()
    ranked = []
    for i in np.lexsort((numbers, -doubt)).tolist():
        key = (site[i], rule[i])
        ranked.append((turns[key], i))
        turns[key] += 1
    return [i for _, i in sorted(ranked, key=lambda pair: pair[0])[:n]]


def _find_ids(output: Path, rows: npt.NDArray[np.int64]) -> list[str]:
    """Return the ids of rows of `documents/`, by row number."""
    ids: dict[int, str] = {}
    wanted = np.sort(rows)
    for part in read_parts(output):
        inside = wanted[(wanted >= part.first) & (wanted < part.first + len(part.documents))]
        ids.update((row, part.documents["id"][row - part.first].as_py()) for row in inside.tolist())
    return [ids[row] for row in rows.tolist()]
