"""Count what the report shows of the corpus itself: words, years, sources, metadata, signals. A part at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanse.corpus.reader import columns, parts
from cleanse.report.selection import random_numbers
from cleanse.signals.definitions import SIGNALS
from cleanse.signals.percentiles import PERCENTILES, reference_percentiles

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    import pyarrow as pa

METADATA = ("title", "author", "date", "url", "site")  # columns that a page may leave empty
SAMPLE = 20_000  # documents of a language whose signals are kept in memory
MAX_SOURCES = 20_000  # sources counted at a time; of more, those with the fewest documents are dropped
MAX_YEARS = 30  # shown one by one
SHOWN_SOURCES, SHOWN_LANGUAGES = 15, 6
FEW = 20  # documents of a language below which percentiles say nothing
# drawn first; the others stand behind a fold
FIRST_SIGNALS = (
    *("sentences", "word_length", "alpha_share", "stopword_share", "line_end_share", "short_line_share"),
    *("newline_per_word", "bullet_share", "dup_line_share", "dup5_chars", "digit_share", "upper_share", "compression"),
    "link_density",
)
_NAMES = tuple(signal.name for signal in SIGNALS)


@dataclass(slots=True)
class Survey:
    """Numbers of the kept documents, and words of the others.

    Attributes:
        words: Status → words.
        kept: Number of kept documents.
        filled: Column of `METADATA` → kept documents that have it.
        years: Year of the date → kept documents; "": without a date.
        sources: Site, or else folder or file at the top of the input → kept documents, words.
        signals: Language → pseudo-random numbers, and a row of signals for each document of the sample.
    """

    words: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    years: Counter[str] = field(default_factory=Counter)
    sources: dict[str, list[int]] = field(default_factory=dict)
    signals: dict[str, tuple[npt.NDArray[np.uint64], npt.NDArray[np.float64]]] = field(default_factory=dict)


def survey(output: Path) -> Survey:
    """Return what the report counts in an output folder: words by status, kept documents, and signals."""
    out, first = Survey(), 0
    for path in parts(output, "documents"):
        kept = columns(output / "corpus" / path.name, ("id", "language", "words", *METADATA))
        withheld = columns(output / "withheld" / path.name, ("status", "words"))
        for row in withheld.group_by("status", use_threads=False).aggregate([("words", "sum")]).to_pylist():
            out.words[row["status"]] += row["words_sum"]
        _add_kept(out, kept)
        _add_signals(out, kept, columns(output / "signals" / path.name, ("id", *_NAMES)), first)
        first += len(kept)
    return out


def _add_kept(out: Survey, kept: pa.Table) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    out.kept += len(kept)
    out.words["kept"] += pc.sum(kept["words"]).as_py() or 0
    for name in METADATA:
        out.filled[name] += len(kept) - kept[name].null_count
    years = pc.fill_null(pc.utf8_slice_codeunits(kept["date"], 0, 4), "")
    for row in pc.value_counts(years.combine_chunks()).to_pylist():
        out.years[row["values"]] += row["counts"]
    top = pc.struct_field(pc.extract_regex(kept["id"], r"^(?P<top>[^/#]+(?:/|))"), "top")
    sources = pa.table({"source": pc.coalesce(kept["site"], top, kept["id"]), "words": kept["words"]})
    sums = [("words", "count"), ("words", "sum")]
    for row in sources.group_by("source", use_threads=False).aggregate(sums).to_pylist():
        total = out.sources.setdefault(row["source"], [0, 0])
        total[0] += row["words_count"]
        total[1] += row["words_sum"]
    if len(out.sources) > 2 * MAX_SOURCES:
        out.sources = dict(top_sources(out, MAX_SOURCES))


def top_sources(out: Survey, most: int) -> list[tuple[str, list[int]]]:
    """Return the sources with the most kept documents."""
    return sorted(out.sources.items(), key=lambda item: (-item[1][0], item[0]))[:most]


def years_of(out: Survey) -> dict[str, int]:
    """Return kept documents by year, in order, those without a date last; by decade where there are many years."""
    if len(out.years) > MAX_YEARS:
        decades: Counter[str] = Counter()
        for year, n in out.years.items():
            decades[f"{year[:3]}0s" if year else ""] += n
        return dict(sorted(decades.items(), key=lambda item: (not item[0], item[0])))
    return dict(sorted(out.years.items(), key=lambda item: (not item[0], item[0])))


def _add_signals(out: Survey, kept: pa.Table, signals: pa.Table, first: int) -> None:
    """Add the signals of kept documents to the sample of their language: those with the smallest pseudo-random numbers."""
    import pyarrow.compute as pc

    if not len(kept) or not len(signals):
        return
    rows = pc.index_in(kept["id"].combine_chunks(), signals["id"].combine_chunks())
    table = signals.take(rows)
    values = np.column_stack([np.asarray(table[name].cast("float64").fill_null(np.nan), np.float64) for name in _NAMES])
    numbers = random_numbers(first, len(kept))
    languages = kept["language"].combine_chunks().dictionary_encode()
    codes = np.asarray(languages.indices)
    for code, language in enumerate(languages.dictionary.to_pylist()):
        chosen = codes == code
        before = out.signals.get(language, (np.empty(0, np.uint64), np.empty((0, len(_NAMES)))))
        both = np.concatenate([before[0], numbers[chosen]]), np.concatenate([before[1], values[chosen]])
        order = np.argsort(both[0], kind="stable")[:SAMPLE]
        out.signals[language] = both[0][order], both[1][order]


def signal_ranges(out: Survey) -> list[dict[str, Any]]:
    """Return for the languages with most documents how their signals lie beside those of good texts.

    Each language has `code`, `documents` and `rows`: `name`, `about`, the percentiles of the corpus (`own`) and of the
    reference (`good`, None without one), the share of documents `outside` the latter, and places on a scale of 0 to 100.
    """
    sizes = {code: len(numbers) for code, (numbers, _) in out.signals.items() if len(numbers) >= FEW}
    codes = sorted(sizes, key=lambda code: (code not in reference_percentiles(), -sizes[code], code))[:SHOWN_LANGUAGES]
    return [
        {
            "code": code,
            "documents": sizes[code],
            "rows": _rows_of(out.signals[code][1], reference_percentiles().get(code)),
        }
        for code in sorted(codes, key=lambda code: (-sizes[code], code))
    ]


def _rows_of(values: npt.NDArray[np.float64], reference: dict[str, list[float]] | None) -> list[dict[str, Any]]:
    rows = []
    for signal, column in zip(SIGNALS, values.T, strict=True):
        known = column[~np.isnan(column)]
        if len(known) < FEW or signal.name == "words":
            continue
        own = [float(one) for one in np.percentile(known, PERCENTILES)]
        good = (reference or {}).get(signal.name)
        ends = [*own, *(good or [])]
        low, high = min(ends), max(ends)
        if low == high:
            continue
        outside = float(np.mean((known < good[0]) | (known > good[-1]))) if good else None
        row = {"name": signal.name, "about": signal.about, "own": own, "good": good, "outside": outside}
        scale = [100 * (end - low) / (high - low) for end in ends]
        rows.append(
            row | {"own_x": scale[: len(own)], "good_x": scale[len(own) :], "first": signal.name in FIRST_SIGNALS}
        )
    return rows
