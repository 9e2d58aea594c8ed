"""Count what the report shows: one pass over `documents/` and `removed/`, a part at a time, in numpy and Arrow."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cleanse.chrome.evidence import CHANCE_PATTERN
from cleanse.corpus.reader import TEXTS, columns, parts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt
    import pyarrow as pa

CONFIDENCE_STEPS = (0.5, 0.7, 0.9, 0.99)  # edges of the classes of confidence
LENGTH_BINS = 27  # powers of two; the longest document that is read has 2^26 characters
MAX_SITES = 20_000  # sites counted at a time; of more, those with the fewest documents are dropped
_DOCUMENTS = (
    *("id", "status", "reason", "language", "language_confidence", "chars_in", "chars_kept", "duplicate_of"),
    *("duplicate_corpus", "jaccard", "encoding", "encoding_source"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """The short columns of one part.

    Attributes:
        documents: Rows of `documents/`.
        sites: Site of each document; null if unknown.
        removed: Removed spans: id, start, end, step, rule.
        doubted: Spans that the line model removed: id, content (the probability, in per cent, that the span is
            content).
        representatives: Kept documents that stand for near-duplicates: id, near_duplicates.
        first: Number of documents in earlier parts.
        first_span: Number of removed spans in earlier parts.
    """

    documents: pa.Table
    sites: pa.Array
    removed: pa.Table
    doubted: pa.Table
    representatives: pa.Table
    first: int
    first_span: int


@dataclass(slots=True)
class Figures:
    """Numbers of the report. Characters are those of the page text.

    Attributes:
        by_step: Removed characters by step.
        not_kept: Characters of cleaned texts that are not in the corpus, by status.
        confidence: Language → kept documents in each class of confidence.
        confidence_sum: Language → sum of the confidence of kept documents.
        lengths_in: Documents by length of the page text, in powers of two.
        lengths_kept: Kept documents by length of the text, in powers of two.
        encodings: (encoding, how it was known) → documents.
        rule_spans: Rule → removed spans.
        rule_chars: Rule → removed characters.
        rule_documents: Rule → documents that lost a span.
        sites: Site → documents, kept documents, characters read, characters removed.
        sites_forgotten: Number of small sites that were dropped from `sites`.
    """

    by_step: Counter[str] = field(default_factory=Counter)
    not_kept: Counter[str] = field(default_factory=Counter)
    confidence: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    confidence_sum: Counter[str] = field(default_factory=Counter)
    lengths_in: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(LENGTH_BINS, np.int64))
    lengths_kept: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(LENGTH_BINS, np.int64))
    encodings: Counter[tuple[str, str]] = field(default_factory=Counter)
    rule_spans: Counter[str] = field(default_factory=Counter)
    rule_chars: Counter[str] = field(default_factory=Counter)
    rule_documents: Counter[str] = field(default_factory=Counter)
    sites: dict[str, list[int]] = field(default_factory=dict)
    sites_forgotten: int = 0


def read_parts(output: Path) -> Iterator[Part]:
    """Yield the parts of an output folder, in order."""
    import pyarrow.compute as pc

    first = first_span = 0
    for path in parts(output, "documents"):
        documents = columns(path, _DOCUMENTS)
        text_tables = [columns(output / table / path.name, ("id", "site", "near_duplicates")) for table in TEXTS]
        removed = columns(output / "removed" / path.name, ("id", "start", "end", "step", "rule"))
        have_twins = pc.greater(text_tables[0]["near_duplicates"], 0)
        representatives = text_tables[0].filter(have_twins).select(["id", "near_duplicates"])
        doubted = read_doubts(output / "removed" / path.name, removed)
        yield Part(documents, find_sites(documents, text_tables), removed, doubted, representatives, first, first_span)
        first += len(documents)
        first_span += len(removed)


def read_doubts(path: Path, removed: pa.Table) -> pa.Table:
    """Return the spans that the line model removed, with the percentage in its evidence, "content 12%".

    Args:
        path: The part file of `removed/`.
        removed: Its columns id and rule. The result has their `row`, `id` and `content`.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    by_model = pc.starts_with(removed["rule"], "model.")
    if not pc.any(by_model).as_py():
        return pa.table(
            {"row": pa.array([], pa.int64()), "id": pa.array([], pa.string()), "content": pa.array([], pa.int64())}
        )
    rows = pa.array(np.flatnonzero(np.asarray(by_model, np.bool_)))
    evidence = columns(path, ("id", "evidence")).filter(by_model)
    percentages = pc.struct_field(pc.extract_regex(evidence["evidence"], CHANCE_PATTERN), "content")
    contents = pc.cast(percentages, pa.int64())
    return pa.table({"row": rows, "id": evidence["id"], "content": contents}).drop_null()


def find_sites(documents: pa.Table, text_tables: list[pa.Table]) -> pa.Array:
    """Return the site of each document.

    Args:
        documents: Rows of `documents/`.
        text_tables: Id and site of the same documents in the tables that hold texts.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pa.concat_tables([table.select(["id", "site"]) for table in text_tables]).combine_chunks()
    if not len(texts):
        return pa.nulls(len(documents), pa.string())
    places = pc.index_in(documents["id"].combine_chunks(), texts["id"].combine_chunks())
    return texts["site"].combine_chunks().take(places)


def add_part(figures: Figures, part: Part) -> None:
    """Count one more part.

    Args:
        figures: The numbers so far; changed in place.
        part: The part.
    """
    _add_documents(figures, part)
    _add_languages(figures, part.documents)
    _add_removed(figures, part.removed)
    _add_sites(figures, part)


def _add_documents(figures: Figures, part: Part) -> None:
    import pyarrow.compute as pc

    documents = part.documents
    kept = _flags(pc.equal(documents["status"], "kept"))
    chars_in, chars_kept = (np.asarray(documents[name], np.int64) for name in ("chars_in", "chars_kept"))
    figures.lengths_in += _count_lengths(chars_in[chars_in > 0])
    figures.lengths_kept += _count_lengths(chars_kept[kept & (chars_kept > 0)])
    for status, chars in _sum_by(documents, ["status"], "chars_kept"):
        if status != "kept":
            figures.not_kept[status] += chars
    pairs = documents.filter(pc.is_valid(documents["encoding_source"])).group_by(
        ["encoding", "encoding_source"], use_threads=False
    )
    for row in pairs.aggregate([([], "count_all")]).to_pylist():
        figures.encodings[row["encoding"] or "", row["encoding_source"]] += row["count_all"]


def _count_lengths(chars: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return how many lengths lie in each power of two."""
    exponents = np.frexp(chars.astype(np.float64))[1] - 1  # the power of two at or below
    return np.bincount(np.minimum(exponents, LENGTH_BINS - 1), minlength=LENGTH_BINS)[:LENGTH_BINS]


def _add_languages(figures: Figures, documents: pa.Table) -> None:
    import pyarrow.compute as pc

    kept = documents.filter(pc.equal(documents["status"], "kept"))
    codes = kept["language"].combine_chunks().dictionary_encode()
    confidence = np.nan_to_num(np.asarray(kept["language_confidence"], np.float64))
    steps = np.searchsorted(CONFIDENCE_STEPS, confidence, side="right")
    index = np.asarray(codes.indices)
    for number, code in enumerate(codes.dictionary.to_pylist()):
        is_language = index == number
        classes = np.bincount(steps[is_language], minlength=len(CONFIDENCE_STEPS) + 1)
        figures.confidence[code] = figures.confidence.get(code, 0) + classes
        figures.confidence_sum[code] += float(confidence[is_language].sum())  # type: ignore[assignment]


def _add_removed(figures: Figures, removed: pa.Table) -> None:
    import pyarrow.compute as pc

    sized = removed.append_column("chars", pc.subtract(removed["end"], removed["start"]))
    for step, chars in _sum_by(sized, ["step"], "chars"):
        figures.by_step[step] += chars
    by_rule = sized.group_by("rule", use_threads=False).aggregate(
        [("chars", "sum"), ("chars", "count"), ("id", "count_distinct")]
    )
    for row in by_rule.to_pylist():
        figures.rule_chars[row["rule"]] += row["chars_sum"]
        figures.rule_spans[row["rule"]] += row["chars_count"]
        figures.rule_documents[row["rule"]] += row["id_count_distinct"]


def _add_sites(figures: Figures, part: Part) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    documents = part.documents
    removed_chars = pc.subtract(documents["chars_in"], documents["chars_kept"])
    table = pa.table(
        {
            "site": part.sites,
            "kept": pc.cast(pc.equal(documents["status"], "kept"), pa.int64()).combine_chunks(),
            "chars": documents["chars_in"].combine_chunks(),
            "gone": removed_chars.combine_chunks(),
        }
    )
    table = table.filter(pc.is_valid(table["site"]))
    sums = [("kept", "count"), ("kept", "sum"), ("chars", "sum"), ("gone", "sum")]
    for row in table.group_by("site", use_threads=False).aggregate(sums).to_pylist():
        sums_of_site = figures.sites.setdefault(row["site"], [0, 0, 0, 0])
        for i, name in enumerate(("kept_count", "kept_sum", "chars_sum", "gone_sum")):
            sums_of_site[i] += row[name]
    if len(figures.sites) > 2 * MAX_SITES:
        ranked = sorted(figures.sites.items(), key=lambda item: (-item[1][0], item[0]))
        figures.sites_forgotten += len(ranked) - MAX_SITES
        figures.sites = dict(ranked[:MAX_SITES])


def _sum_by(table: pa.Table, keys: list[str], value: str) -> list[tuple[str, int]]:
    """Return the sum of a column by a key, sorted by key."""
    sums: dict[str, int] = defaultdict(int)
    for row in table.group_by(keys, use_threads=False).aggregate([(value, "sum")]).to_pylist():
        sums[row[keys[0]]] += row[f"{value}_sum"] or 0
    return sorted(sums.items())


def _flags(values: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Return a column of booleans as an array, null as False."""
    return np.asarray(values.fill_null(False), np.bool_)
