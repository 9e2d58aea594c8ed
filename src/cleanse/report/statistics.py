"""The numbers of the report: one pass over `documents/` and `removed/`, a part at a time, in numpy and Arrow."""

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

CONFIDENCE_STEPS = (0.5, 0.7, 0.9, 0.99)  # edges of the classes in which confidence is counted
LENGTH_BINS = 27  # powers of two: a document of 2^26 characters is the longest that is read
MAX_SITES = 20_000  # sites counted at a time; beyond, those with the fewest documents are forgotten
_DOCUMENTS = (
    *("id", "status", "reason", "language", "language_confidence", "chars_in", "chars_kept", "duplicate_of"),
    *("duplicate_corpus", "jaccard", "encoding", "encoding_source"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """The short columns of one part: documents, the site of each (None: unknown), removed spans, leaders."""

    documents: pa.Table
    sites: pa.Array
    removed: pa.Table  # id, start, end, step, rule
    doubted: pa.Table  # id, content: the chance, in per cent, that the line model gave a removed span to be content
    leaders: pa.Table  # id, near_duplicates: kept documents that stand for others
    first: int  # documents in earlier parts
    first_span: int  # removed spans in earlier parts


@dataclass(slots=True)
class Figures:
    """What the report counts. Characters are of the page text."""

    by_step: Counter[str] = field(default_factory=Counter)  # removed characters
    not_kept: Counter[str] = field(default_factory=Counter)  # cleaned characters of documents by status, unless kept
    confidence: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)  # of kept documents, by language
    confidence_sum: Counter[str] = field(default_factory=Counter)
    lengths_in: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(LENGTH_BINS, np.int64))
    lengths_kept: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(LENGTH_BINS, np.int64))
    encodings: Counter[tuple[str, str]] = field(default_factory=Counter)  # encoding, how it was found
    rule_spans: Counter[str] = field(default_factory=Counter)
    rule_chars: Counter[str] = field(default_factory=Counter)
    rule_documents: Counter[str] = field(default_factory=Counter)
    sites: dict[str, list[int]] = field(default_factory=dict)  # documents, kept, characters in, characters removed
    sites_forgotten: int = 0


def read_parts(output: Path) -> Iterator[Part]:
    """Yield the parts of an output folder, in order."""
    import pyarrow.compute as pc

    first = first_span = 0
    for path in parts(output, "documents"):
        documents = columns(path, _DOCUMENTS)
        tables = [columns(output / table / path.name, ("id", "site", "near_duplicates")) for table in TEXTS]
        removed = columns(output / "removed" / path.name, ("id", "start", "end", "step", "rule"))
        stand = pc.greater(tables[0]["near_duplicates"], 0)
        leaders = tables[0].filter(stand).select(["id", "near_duplicates"])
        doubted = _doubted(output / "removed" / path.name, removed)
        yield Part(documents, _sites(documents, tables), removed, doubted, leaders, first, first_span)
        first += len(documents)
        first_span += len(removed)


def _doubted(path: Path, removed: pa.Table) -> pa.Table:
    """Return the per cent in the model's own evidence, "content 12%", of the spans that it removed."""
    import pyarrow as pa
    import pyarrow.compute as pc

    by_model = pc.starts_with(removed["rule"], "model.")
    if not pc.any(by_model).as_py():
        return pa.table({"id": pa.array([], pa.string()), "content": pa.array([], pa.int64())})
    evidence = columns(path, ("id", "evidence")).filter(by_model)
    chances = pc.struct_field(pc.extract_regex(evidence["evidence"], CHANCE_PATTERN), "content")
    return pa.table({"id": evidence["id"], "content": pc.cast(chances, pa.int64())}).drop_null()


def _sites(documents: pa.Table, tables: list[pa.Table]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    both = pa.concat_tables([table.select(["id", "site"]) for table in tables]).combine_chunks()
    if not len(both):
        return pa.nulls(len(documents), pa.string())
    places = pc.index_in(documents["id"].combine_chunks(), both["id"].combine_chunks())
    return both["site"].combine_chunks().take(places)


def add_part(figures: Figures, part: Part) -> None:
    """Count a part."""
    _add_documents(figures, part)
    _add_languages(figures, part.documents)
    _add_removed(figures, part.removed)
    _add_sites(figures, part)


def _add_documents(figures: Figures, part: Part) -> None:
    import pyarrow.compute as pc

    documents = part.documents
    kept = _flags(pc.equal(documents["status"], "kept"))
    chars_in, chars_kept = (np.asarray(documents[name], np.int64) for name in ("chars_in", "chars_kept"))
    figures.lengths_in += _binned(chars_in[chars_in > 0])
    figures.lengths_kept += _binned(chars_kept[kept & (chars_kept > 0)])
    for status, chars in _summed(documents, ["status"], "chars_kept"):
        if status != "kept":
            figures.not_kept[status] += chars
    pairs = documents.filter(pc.is_valid(documents["encoding_source"])).group_by(["encoding", "encoding_source"])
    for row in pairs.aggregate([([], "count_all")]).to_pylist():
        figures.encodings[row["encoding"] or "", row["encoding_source"]] += row["count_all"]


def _binned(chars: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
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
        here = index == number
        counted = np.bincount(steps[here], minlength=len(CONFIDENCE_STEPS) + 1)
        figures.confidence[code] = figures.confidence.get(code, 0) + counted
        figures.confidence_sum[code] += float(confidence[here].sum())  # type: ignore[assignment]


def _add_removed(figures: Figures, removed: pa.Table) -> None:
    import pyarrow.compute as pc

    sized = removed.append_column("chars", pc.subtract(removed["end"], removed["start"]))
    for step, chars in _summed(sized, ["step"], "chars"):
        figures.by_step[step] += chars
    by_rule = sized.group_by("rule").aggregate([("chars", "sum"), ("chars", "count"), ("id", "count_distinct")])
    for row in by_rule.to_pylist():
        figures.rule_chars[row["rule"]] += row["chars_sum"]
        figures.rule_spans[row["rule"]] += row["chars_count"]
        figures.rule_documents[row["rule"]] += row["id_count_distinct"]


def _add_sites(figures: Figures, part: Part) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    documents = part.documents
    gone = pc.subtract(documents["chars_in"], documents["chars_kept"])
    table = pa.table(
        {
            "site": part.sites,
            "kept": pc.cast(pc.equal(documents["status"], "kept"), pa.int64()).combine_chunks(),
            "chars": documents["chars_in"].combine_chunks(),
            "gone": gone.combine_chunks(),
        }
    )
    table = table.filter(pc.is_valid(table["site"]))
    sums = [("kept", "count"), ("kept", "sum"), ("chars", "sum"), ("gone", "sum")]
    for row in table.group_by("site").aggregate(sums).to_pylist():
        counts = figures.sites.setdefault(row["site"], [0, 0, 0, 0])
        for i, name in enumerate(("kept_count", "kept_sum", "chars_sum", "gone_sum")):
            counts[i] += row[name]
    if len(figures.sites) > 2 * MAX_SITES:
        ranked = sorted(figures.sites.items(), key=lambda item: (-item[1][0], item[0]))
        figures.sites_forgotten += len(ranked) - MAX_SITES
        figures.sites = dict(ranked[:MAX_SITES])


def _summed(table: pa.Table, keys: list[str], value: str) -> list[tuple[str, int]]:
    sums: dict[str, int] = defaultdict(int)
    for row in table.group_by(keys).aggregate([(value, "sum")]).to_pylist():
        sums[row[keys[0]]] += row[f"{value}_sum"] or 0
    return sorted(sums.items())


def _flags(values: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    return np.asarray(values.fill_null(False), np.bool_)
