"""Which pages people look at: a random sample, or the worst first; both spread over sites and rules.

The random sample is systematic: all pages in the order of site, then of the rule that took most, then of chance, and every
k-th of them from a random start. Each page has the same chance, so shares in the sample estimate shares in the corpus, and
no site or rule is missed that has its part of the pages (implicit stratification; Cochran 1977, chapter 8).
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
_GOLDEN = 0.6180339887498949  # successive multiples spread evenly: seeds give starts that lie far apart


@dataclass(slots=True)
class _Frame:
    """All pages that may be drawn, as numbers: a few bytes a document."""

    sites: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    columns: list[tuple[npt.NDArray[Any], ...]] = field(default_factory=list)  # site, rule, doubt, luck, place


def draw(output: Path, n: int, order: str, seed: int = 1) -> tuple[list[str], int]:
    """Ids of `n` pages (all, if there are fewer) in the order to look at them, and how many could be drawn.

    Drawn are kept documents and those of which nothing was left.
    """
    frame = _Frame()
    for part in read_parts(output):
        _add(frame, part)
    if not frame.columns:
        return [], 0
    site, rule, doubt, luck, place = (np.concatenate(column) for column in zip(*frame.columns, strict=True))
    total = len(place)
    if order == "random":
        ranked = np.lexsort((luck, rule, site))
        step = max(1.0, total / n)
        start = (seed * _GOLDEN % 1.0) * step
        chosen = ranked[np.minimum((start + step * np.arange(min(n, total))).astype(np.int64), total - 1)]
        chosen = chosen[np.argsort(luck[chosen], kind="stable")]  # who stops half-way has still seen a fair sample
    else:
        chosen = np.array(_in_turn(site, rule, doubt, luck, n), np.int64)
    return _ids(output, place[chosen].astype(np.int64)), total


def _add(frame: _Frame, part: Part) -> None:
    import pyarrow.compute as pc

    documents = part.documents
    gone = pc.equal(documents["reason"], "nothing-left").fill_null(False)
    drawn = np.flatnonzero(np.asarray(pc.or_(pc.equal(documents["status"], "kept"), gone), np.bool_))
    sites, rules = part.sites.to_pylist(), _leading_rules(part)
    chars_in, chars_kept = (np.asarray(documents[name], np.float64) for name in ("chars_in", "chars_kept"))
    share = 1 - chars_kept / np.maximum(chars_in, 1)
    doubt = np.maximum(_model_doubt(part), share)
    ids = documents["id"].to_pylist()
    site = [frame.sites.setdefault(sites[i] or "", len(frame.sites)) for i in drawn]
    rule = [frame.rules.setdefault(rules.get(ids[i], ""), len(frame.rules)) for i in drawn]
    luck = random_numbers(part.first, len(documents))[drawn].astype(np.float64)
    columns = (np.array(site, np.float64), np.array(rule, np.float64), doubt[drawn], luck, drawn + float(part.first))
    frame.columns.append(columns)


def _leading_rules(part: Part) -> dict[str, str]:
    """Return for each document the rule that took most of it."""
    import pyarrow.compute as pc

    sized = part.removed.append_column("chars", pc.subtract(part.removed["end"], part.removed["start"]))
    summed = sized.group_by(["id", "rule"]).aggregate([("chars", "sum")])
    ranked = summed.sort_by([("chars_sum", "ascending"), ("rule", "descending")])
    return dict(zip(ranked["id"].to_pylist(), ranked["rule"].to_pylist(), strict=True))  # the last one stays


def _model_doubt(part: Part) -> npt.NDArray[np.float64]:
    """Return the line model's highest chance that something it removed is content, 0 to 1, by document."""
    import pyarrow.compute as pc

    doubt = np.zeros(len(part.documents))
    if len(part.doubted):
        places = pc.index_in(part.doubted["id"].combine_chunks(), part.documents["id"].combine_chunks())
        np.maximum.at(doubt, np.asarray(places), np.asarray(part.doubted["content"], np.float64) / 100)
    return doubt


def _in_turn(
    site: npt.NDArray[np.float64],
    rule: npt.NDArray[np.float64],
    doubt: npt.NDArray[np.float64],
    luck: npt.NDArray[np.float64],
    n: int,
) -> list[int]:
    """Order pages: the worst of each site and rule, then the second worst of each; in a turn the worst first."""
    turns: Counter[tuple[float, float]] = Counter()
    ranked = []
    for i in np.lexsort((luck, -doubt)).tolist():
        key = (site[i], rule[i])
        ranked.append((turns[key], i))
        turns[key] += 1
    return [i for _, i in sorted(ranked, key=lambda pair: pair[0])[:n]]


def _ids(output: Path, places: npt.NDArray[np.int64]) -> list[str]:
    """Return ids by row number in `documents/`."""
    id_of: dict[int, str] = {}
    wanted = np.sort(places)
    for part in read_parts(output):
        inside = wanted[(wanted >= part.first) & (wanted < part.first + len(part.documents))]
        id_of.update((place, part.documents["id"][place - part.first].as_py()) for place in inside.tolist())
    return [id_of[place] for place in places.tolist()]
