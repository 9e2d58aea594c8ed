"""Select the pages, spans and clusters that the report shows of a corpus of any size, the same each time.

Each kind has its own order, such as the largest cuts first. Ties are broken by a hash of the row's place in its table,
so equal outputs give equal reports.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    import pyarrow as pa

    from cleanse.report.statistics import Part

Pick = tuple[float, int, Any]  # rank, pseudo-random number (breaks ties), what was selected

LARGEST, THINNEST, DOUBTED, EMPTIED, UNSURE, SPOKEN, RANDOM = (
    10,
    6,
    8,
    6,
    6,
    2,
    16,
)  # pages of each kind, see WHY; SPOKEN is for each language
SPANS_PER_RULE = 3
CLUSTERS_LARGEST, CLUSTERS_LOOSEST, CLUSTERS_RANDOM = 10, 10, 6
REJECTED_PER_REASON = 5
MIN_CHARS = 400  # characters; shorter pages say little about what was removed
WHY = {
    "prose": "lost much prose",
    "site": "rule took much of a site",
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
    """The rows selected so far, of each kind.

    Attributes:
        pages: (why, language or "") → ids.
        spans: Rule → (id, start, end).
        representatives: Why → ids of kept documents that have near-duplicates.
        rejected: Reason → ids.
    """

    pages: dict[tuple[str, str], list[Pick]] = field(default_factory=dict)
    spans: dict[str, list[Pick]] = field(default_factory=dict)
    representatives: dict[str, list[Pick]] = field(default_factory=dict)
    rejected: dict[str, list[Pick]] = field(default_factory=dict)


def random_numbers(first: int, count: int) -> npt.NDArray[np.uint64]:
    """Return a pseudo-random number for each of several rows, the same each time.

    The numbers come from the finaliser of splitmix64 (Steele, Lea, Flood 2014).

    Args:
        first: Number of the first row.
        count: Number of rows.
    """
    x = np.arange(first + 1, first + count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)), np.uint64)


def pick_from(picks: Picks, part: Part) -> None:
    """Select from one more part.

    Args:
        picks: The rows selected so far; changed in place.
        part: The part.
    """
    _pick_pages(picks, part)
    _pick_spans(picks, part)
    _pick_representatives(picks, part)
    _pick_rejected(picks, part)


def pick_noticed(picks: Picks, attention: Mapping[str, Any]) -> None:
    """Select the pages that people should look at first.

    Args:
        picks: The rows selected so far; changed in place.
        attention: The result of `find_attention`.
    """
    for why, entries in (("prose", "lost_prose"), ("doubted", "unsure"), ("site", "site_rules")):
        ids = dict.fromkeys(entry["id"] for entry in attention[entries])
        picks.pages[why, ""] = [(-math.inf, number, id_) for number, id_ in enumerate(ids)]


def _pick_pages(picks: Picks, part: Part) -> None:
    """Select pages of each kind."""
    import pyarrow.compute as pc

    documents = part.documents
    numbers = random_numbers(part.first, len(documents))
    kept = np.asarray(pc.equal(documents["status"], "kept"), np.bool_)
    chars_in, chars_kept = (np.asarray(documents[name], np.float64) for name in ("chars_in", "chars_kept"))
    confidence = np.nan_to_num(np.asarray(documents["language_confidence"], np.float64))
    languages = documents["language"].combine_chunks().dictionary_encode()
    codes = np.asarray(languages.indices)
    removed_chars, nothing = chars_in - chars_kept, np.zeros(len(documents))
    long = kept & (chars_in >= MIN_CHARS)
    empty = np.asarray(pc.equal(documents["reason"], "nothing-left").fill_null(False), np.bool_)

    def choose(why: str, group: str, rank: npt.NDArray[np.float64], among: npt.NDArray[np.bool_], k: int) -> None:
        chosen = picks.pages.setdefault((why, group), [])
        chosen[:] = _merge(chosen, documents["id"], k, rank=rank, numbers=numbers, among=among)

    choose("largest", "", -removed_chars, kept & (removed_chars > 0), LARGEST)
    choose("thinnest", "", -removed_chars / np.maximum(chars_in, 1), long & (removed_chars > 0), THINNEST)
    choose("emptied", "", nothing, empty, EMPTIED)
    choose("unsure", "", confidence, long, UNSURE)
    if len(part.doubted):
        rank = _doubt(part)
        choose("doubted", "", rank, kept & (rank <= 0), DOUBTED)
    for number, code in enumerate(languages.dictionary.to_pylist()):
        choose("language", code, nothing, long & (codes == number) & (removed_chars > 0), SPOKEN)
    choose("random", "", nothing, kept, RANDOM)


def _doubt(part: Part) -> npt.NDArray[np.float64]:
    """Return a rank by the line model's doubt: the likeliest removed content first; 1 where it removed nothing."""
    import pyarrow.compute as pc

    highest = part.doubted.group_by("id", use_threads=False).aggregate([("content", "max")])
    places = pc.index_in(part.documents["id"].combine_chunks(), highest["id"].combine_chunks())
    return -np.asarray(highest["content_max"].combine_chunks().take(places).fill_null(-1), np.float64)


def _pick_rejected(picks: Picks, part: Part) -> None:
    """Select rejected documents of each reason."""
    import pyarrow.compute as pc

    documents = part.documents
    rejected = pc.equal(documents["status"], "rejected")
    numbers = random_numbers(part.first, len(documents))
    for reason in pc.unique(documents["reason"].filter(rejected)).to_pylist():
        among = np.asarray(pc.and_(rejected, pc.equal(documents["reason"], reason)).fill_null(False), np.bool_)
        chosen = picks.rejected.setdefault(reason, [])
        chosen[:] = _merge(
            chosen, documents["id"], REJECTED_PER_REASON, rank=numbers * 0.0, numbers=numbers, among=among
        )


def _merge(
    picks: list[Pick],
    ids: pa.ChunkedArray,
    k: int,
    *,
    rank: npt.NDArray[Any],
    numbers: npt.NDArray[np.uint64],
    among: npt.NDArray[np.bool_],
) -> list[Pick]:
    """Return the `k` lowest, by rank and then by pseudo-random number, of the entries so far and the new rows.

    Args:
        picks: The entries so far.
        ids: Id of each row.
        k: Number of entries to keep.
        rank: Rank of each row.
        numbers: Pseudo-random number of each row.
        among: Which rows take part.
    """
    places = np.flatnonzero(among)
    if len(places) > 4 * k:  # a partial sort first, which keeps all ties at its edge
        edge = np.partition(rank[places], k)[k]
        places = places[rank[places] <= edge]
    order = places[np.lexsort((numbers[places], rank[places]))[:k]].tolist()
    new = [(float(rank[i]), int(numbers[i]), ids[i].as_py()) for i in order]
    return nsmallest(k, [*picks, *new], key=lambda pick: pick[:2])


def _pick_spans(picks: Picks, part: Part) -> None:
    """Select spans of each rule."""
    removed = part.removed
    if not len(removed):
        return
    numbers = random_numbers(part.first_span, len(removed))
    rules = removed["rule"].combine_chunks().dictionary_encode()
    codes = np.asarray(rules.indices)
    order = np.lexsort((numbers, codes))
    starts = np.searchsorted(codes[order], np.arange(len(rules.dictionary)))
    for rule, start in zip(rules.dictionary.to_pylist(), starts.tolist(), strict=True):
        chosen = picks.spans.setdefault(rule, [])
        candidates = []
        for i in order[start : start + 4 * SPANS_PER_RULE].tolist():
            if rules.dictionary[codes[i]].as_py() != rule:
                break
            candidates.append(
                (0.0, int(numbers[i]), tuple(removed[name][i].as_py() for name in ("id", "start", "end")))
            )
        chosen[:] = _of_different_pages(sorted([*chosen, *candidates], key=lambda pick: pick[:2]), SPANS_PER_RULE)


def _of_different_pages(picks: list[Pick], k: int) -> list[Pick]:
    """Return the first `k`, one of each page before a second one of any page."""
    firsts: dict[str, Pick] = {}
    for pick in picks:
        firsts.setdefault(pick[2][0], pick)
    others = [pick for pick in picks if firsts[pick[2][0]] is not pick]
    return [*firsts.values(), *others][:k]


def _pick_representatives(picks: Picks, part: Part) -> None:
    """Select kept documents with near-duplicates: of the largest clusters, of the least similar pairs, at random."""
    import pyarrow.compute as pc

    representatives, documents = part.representatives, part.documents
    numbers = random_numbers(part.first, len(representatives))
    sizes = np.asarray(representatives["near_duplicates"], np.float64)
    every = np.ones(len(representatives), np.bool_)
    for why, k, rank in (("largest", CLUSTERS_LARGEST, -sizes), ("random", CLUSTERS_RANDOM, sizes * 0)):
        chosen = picks.representatives.setdefault(why, [])
        chosen[:] = _merge(chosen, representatives["id"], k, rank=rank, numbers=numbers, among=every)
    # the text of a kept document in an earlier corpus is not here to compare with
    within = np.asarray(pc.and_(pc.is_valid(documents["duplicate_of"]), pc.is_null(documents["duplicate_corpus"])))
    jaccard = np.nan_to_num(np.asarray(documents["jaccard"], np.float64), nan=1.0)
    numbers = random_numbers(part.first, len(documents))
    chosen = picks.representatives.setdefault("loosest", [])
    chosen[:] = _merge(chosen, documents["duplicate_of"], CLUSTERS_LOOSEST, rank=jaccard, numbers=numbers, among=within)
