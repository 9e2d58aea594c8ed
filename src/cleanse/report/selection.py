"""What the report shows of a corpus of any size: pages, spans and clusters picked for what they teach, the same each time.

Chance is a hash of a row's place in its table, so equal outputs give equal reports.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import nsmallest
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cleanse.report.statistics import Part

Pick = tuple[float, int, Any]  # what it is ranked by, chance (breaks ties), what was picked

LARGEST, THINNEST, DOUBTED, EMPTIED, UNSURE, SPOKEN, RANDOM = (
    10,
    6,
    8,
    6,
    6,
    2,
    16,
)  # pages of each kind; SPOKEN: per language
SPANS_PER_RULE = 3
CLUSTERS_LARGEST, CLUSTERS_LOOSEST, CLUSTERS_RANDOM = 10, 10, 6
REJECTED_PER_REASON = 5
MIN_CHARS = 400  # shorter pages say little about what was cut
WHY = {
    "largest": "largest cuts",
    "thinnest": "most of it gone",
    "emptied": "nothing left",
    "doubted": "removal least certain",
    "unsure": "language least certain",
    "language": "each language",
    "random": "random",
}


@dataclass(slots=True)
class Picks:
    """The best so far of each kind."""

    pages: dict[tuple[str, str], list[Pick]] = field(default_factory=dict)  # (why, language or ""): ids
    spans: dict[str, list[Pick]] = field(default_factory=dict)  # rule: (id, start, end)
    leaders: dict[str, list[Pick]] = field(default_factory=dict)  # why: ids of kept documents with twins
    rejected: dict[str, list[Pick]] = field(default_factory=dict)  # reason: ids


def chance(first: int, count: int) -> npt.NDArray[np.uint64]:
    """Return a number for each of `count` rows from `first` on: splitmix64's finaliser (Steele, Lea, Flood 2014)."""
    x = np.arange(first + 1, first + count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)), np.uint64)


def pick_from(picks: Picks, part: Part) -> None:
    """Take in a part."""
    _pick_pages(picks, part)
    _pick_spans(picks, part)
    _pick_leaders(picks, part)
    _pick_rejected(picks, part)


def _pick_pages(picks: Picks, part: Part) -> None:
    import pyarrow.compute as pc

    documents = part.documents
    luck = chance(part.first, len(documents))
    kept = np.asarray(pc.equal(documents["status"], "kept"), np.bool_)
    chars_in, chars_kept = (np.asarray(documents[name], np.float64) for name in ("chars_in", "chars_kept"))
    confidence = np.nan_to_num(np.asarray(documents["language_confidence"], np.float64))
    languages = documents["language"].combine_chunks().dictionary_encode()
    codes = np.asarray(languages.indices)
    gone, nothing = chars_in - chars_kept, np.zeros(len(documents))
    long = kept & (chars_in >= MIN_CHARS)
    empty = np.asarray(pc.equal(documents["reason"], "nothing-left").fill_null(False), np.bool_)

    def best(why: str, group: str, rank: npt.NDArray[np.float64], among: npt.NDArray[np.bool_], k: int) -> None:
        picked = picks.pages.setdefault((why, group), [])
        picked[:] = _merge(picked, documents["id"], k, rank=rank, luck=luck, among=among)

    best("largest", "", -gone, kept & (gone > 0), LARGEST)
    best("thinnest", "", -gone / np.maximum(chars_in, 1), long & (gone > 0), THINNEST)
    best("emptied", "", nothing, empty, EMPTIED)
    best("unsure", "", confidence, long, UNSURE)
    if len(part.doubted):
        rank = _doubt(part)
        best("doubted", "", rank, kept & (rank <= 0), DOUBTED)
    for number, code in enumerate(languages.dictionary.to_pylist()):
        best("language", code, nothing, long & (codes == number) & (gone > 0), SPOKEN)
    best("random", "", nothing, kept, RANDOM)


def _doubt(part: Part) -> npt.NDArray[np.float64]:
    """Return a rank by the line model's doubt: the likeliest removed content first; 1: it removed nothing."""
    import pyarrow.compute as pc

    highest = part.doubted.group_by("id").aggregate([("content", "max")])
    places = pc.index_in(part.documents["id"].combine_chunks(), highest["id"].combine_chunks())
    return -np.asarray(highest["content_max"].combine_chunks().take(places).fill_null(-1), np.float64)


def _pick_rejected(picks: Picks, part: Part) -> None:
    import pyarrow.compute as pc

    documents = part.documents
    rejected = pc.equal(documents["status"], "rejected")
    luck = chance(part.first, len(documents))
    for reason in pc.unique(documents["reason"].filter(rejected)).to_pylist():
        among = np.asarray(pc.and_(rejected, pc.equal(documents["reason"], reason)).fill_null(False), np.bool_)
        picked = picks.rejected.setdefault(reason, [])
        picked[:] = _merge(picked, documents["id"], REJECTED_PER_REASON, rank=luck * 0.0, luck=luck, among=among)


def _merge(
    picks: list[Pick],
    ids: pa.ChunkedArray,
    k: int,
    *,
    rank: npt.NDArray[Any],
    luck: npt.NDArray[np.uint64],
    among: npt.NDArray[np.bool_],
) -> list[Pick]:
    """Return the `k` lowest by rank, then by chance, of the entries so far and those among the rows."""
    places = np.flatnonzero(among)
    if len(places) > 4 * k:  # a partial sort first; ties at its edge are all looked at
        edge = np.partition(rank[places], k)[k]
        places = places[rank[places] <= edge]
    order = places[np.lexsort((luck[places], rank[places]))[:k]].tolist()
    entries = [(float(rank[i]), int(luck[i]), ids[i].as_py()) for i in order]
    return nsmallest(k, [*picks, *entries], key=lambda pick: pick[:2])


def _pick_spans(picks: Picks, part: Part) -> None:
    removed = part.removed
    if not len(removed):
        return
    luck = chance(part.first_span, len(removed))
    rules = removed["rule"].combine_chunks().dictionary_encode()
    codes = np.asarray(rules.indices)
    order = np.lexsort((luck, codes))
    starts = np.searchsorted(codes[order], np.arange(len(rules.dictionary)))
    for rule, start in zip(rules.dictionary.to_pylist(), starts.tolist(), strict=True):
        picked = picks.spans.setdefault(rule, [])
        entries = []
        for i in order[start : start + 4 * SPANS_PER_RULE].tolist():
            if rules.dictionary[codes[i]].as_py() != rule:
                break
            entries.append((0.0, int(luck[i]), tuple(removed[name][i].as_py() for name in ("id", "start", "end"))))
        picked[:] = _of_different_pages(sorted([*picked, *entries], key=lambda pick: pick[:2]), SPANS_PER_RULE)


def _of_different_pages(picks: list[Pick], k: int) -> list[Pick]:
    """Return the first `k`, one of each page before a second of any."""
    firsts: dict[str, Pick] = {}
    for pick in picks:
        firsts.setdefault(pick[2][0], pick)
    others = [pick for pick in picks if firsts[pick[2][0]] is not pick]
    return [*firsts.values(), *others][:k]


def _pick_leaders(picks: Picks, part: Part) -> None:
    import pyarrow.compute as pc

    leaders, documents = part.leaders, part.documents
    luck = chance(part.first, len(leaders))
    sizes = np.asarray(leaders["near_duplicates"], np.float64)
    every = np.ones(len(leaders), np.bool_)
    for why, k, rank in (("largest", CLUSTERS_LARGEST, -sizes), ("random", CLUSTERS_RANDOM, sizes * 0)):
        picked = picks.leaders.setdefault(why, [])
        picked[:] = _merge(picked, leaders["id"], k, rank=rank, luck=luck, among=every)
    # a twin in an earlier corpus has no text here to compare with
    within = np.asarray(pc.and_(pc.is_valid(documents["duplicate_of"]), pc.is_null(documents["duplicate_corpus"])))
    jaccard = np.nan_to_num(np.asarray(documents["jaccard"], np.float64), nan=1.0)
    luck = chance(part.first, len(documents))
    picked = picks.leaders.setdefault("loosest", [])
    picked[:] = _merge(picked, documents["duplicate_of"], CLUSTERS_LOOSEST, rank=jaccard, luck=luck, among=within)
