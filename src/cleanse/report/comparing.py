"""What changed between two outputs: documents gained and lost, lines newly removed or kept by rule, languages that moved.

Documents are joined by id, in Arrow; removed spans are read only of documents in which they differ.
"""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanse.atomic_write import new_file
from cleanse.corpus import read_manifest
from cleanse.corpus.reader import columns, parts, spans
from cleanse.report.samples import short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from cleanse.documents import Span

EXAMPLES = 5  # of each kind of change
BATCH = 2_000  # documents whose spans are compared at a time
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio; spreads the bits of a fingerprint
_COLUMNS = ("id", "status", "reason", "language", "duplicate_of", "chars_in", "chars_kept")


@dataclass(slots=True)
class Lines:
    """Lines of one rule that changed sides: how many, in how many documents, their characters, and some of them."""

    lines: int = 0
    chars: int = 0
    documents: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)  # id, line


@dataclass(slots=True)
class Moved:
    """Documents that changed in one way: how many, and the ids of some."""

    documents: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two outputs, a and b. Keys of `gained` and `lost` are reasons, of `languages` pairs of codes, of lines rules."""

    a: Mapping[str, Any]  # manifests
    b: Mapping[str, Any]
    settings: dict[str, tuple[Any, Any]]
    only_a: Moved  # documents that only one of the two runs read
    only_b: Moved
    gained: dict[str, Moved]  # kept in b; why it was not in a
    lost: dict[str, Moved]  # kept in a; why it is not in b
    languages: dict[tuple[str, str], Moved]
    twins: Moved  # near-duplicates in both, of another document
    rewritten: Moved  # the page text itself is another: lines cannot be compared
    removed: dict[str, Lines]  # newly removed, by b's rule
    kept: dict[str, Lines]  # newly kept, by a's rule


def compare(a: Path, b: Path) -> Comparison:
    """Compare two outputs of cleanse. Raises OutputError where one is not whole."""
    import pyarrow.compute as pc

    first, second = read_manifest(a), read_manifest(b)
    both = _documents(a).join(_documents(b), "id", join_type="full outer", right_suffix="_b").sort_by("id")
    in_a, in_b = pc.is_valid(both["status"]), pc.is_valid(both["status_b"])
    shared = both.filter(pc.and_(in_a, in_b))
    was, is_ = (pc.equal(shared[name], "kept") for name in ("status", "status_b"))
    moved = shared.filter(pc.not_equal(shared["language"], shared["language_b"]))
    twins = shared.filter(pc.fill_null(pc.not_equal(shared["duplicate_of"], shared["duplicate_of_b"]), False))
    same_length = pc.equal(shared["chars_in"], shared["chars_in_b"])
    changed = shared.filter(pc.and_(same_length, pc.not_equal(shared["print"], shared["print_b"])))
    removed, kept = _lines(a, b, changed["id"].to_pylist())
    return Comparison(
        first,
        second,
        _settings(first, second),
        _moved(both.filter(pc.is_null(both["status_b"]))),
        _moved(both.filter(pc.is_null(both["status"]))),
        _by(shared.filter(pc.and_not(is_, was)), "reason"),
        _by(shared.filter(pc.and_not(was, is_)), "reason_b"),
        {(key[0], key[1]): held for key, held in _groups(moved, ("language", "language_b"))},
        _moved(twins),
        _moved(shared.filter(pc.invert(same_length))),
        removed,
        kept,
    )


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write the comparison as a page of its own, under the same policy as report.html."""
    from cleanse.report.report_page import render_template

    page = render_template("compare.html", {}, c=comparison, rules=ranked(comparison))
    with new_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def ranked(comparison: Comparison) -> list[tuple[str, Lines, Lines]]:
    """Return rules by the characters that changed sides: newly removed, newly kept."""
    rules = {*comparison.removed, *comparison.kept}
    rows = [(rule, comparison.removed.get(rule, Lines()), comparison.kept.get(rule, Lines())) for rule in rules]
    return sorted(rows, key=lambda row: (-row[1].chars - row[2].chars, row[0]))


def _documents(output: Path) -> pa.Table:
    """Return the columns of `documents/` that are compared, and a fingerprint of each document's removed spans."""
    import pyarrow as pa

    from cleanse.corpus import SCHEMAS

    tables = [_with_prints(output, path.name) for path in parts(output, "documents")]
    empty = SCHEMAS["documents"].empty_table().select(_COLUMNS).append_column("print", pa.array([], pa.uint64()))
    return pa.concat_tables([empty, *tables])


def _with_prints(output: Path, part: str) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    documents = columns(output / "documents" / part, _COLUMNS)
    removed = columns(output / "removed" / part, ("id", "start", "end", "rule"))
    prints = np.zeros(len(documents), np.uint64)
    if len(removed):
        rules = removed["rule"].combine_chunks().dictionary_encode()
        codes = np.array([zlib.crc32(rule.encode()) for rule in rules.dictionary.to_pylist()], np.uint64)
        start, end = (np.asarray(removed[name], np.uint64) for name in ("start", "end"))
        mixed = codes[np.asarray(rules.indices)] + (start << np.uint64(32)) + end * _ODD
        hashed = (mixed ^ (mixed >> np.uint64(29))) * _ODD
        owner = np.asarray(pc.index_in(removed["id"].combine_chunks(), documents["id"].combine_chunks()))
        np.add.at(prints, owner, hashed)
    return documents.append_column("print", pa.array(prints))


def _settings(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = {**a["settings"], **b["settings"]}
    pairs = {name: (a["settings"].get(name), b["settings"].get(name)) for name in names}
    pairs |= {name: (a["versions"].get(name), b["versions"].get(name)) for name in {**a["versions"], **b["versions"]}}
    pairs["cleanse"] = (a["cleanse"], b["cleanse"])
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _moved(table: pa.Table) -> Moved:
    return Moved(len(table), table["id"].slice(0, EXAMPLES).to_pylist())


def _by(table: pa.Table, name: str) -> dict[str, Moved]:
    return {key[0]: held for key, held in _groups(table, (name,))}


def _groups(table: pa.Table, names: Sequence[str]) -> list[tuple[tuple[str, ...], Moved]]:
    """Return documents grouped by some columns, the largest group first."""
    counts: Counter[tuple[str, ...]] = Counter()
    examples: dict[tuple[str, ...], list[str]] = {}
    for batch in table.select(["id", *names]).to_batches(max_chunksize=20_000):
        for row in batch.to_pylist():
            key = tuple(row[name] or "" for name in names)
            counts[key] += 1
            shown = examples.setdefault(key, [])
            if len(shown) < EXAMPLES:
                shown.append(row["id"])
    return [(key, Moved(counts[key], examples[key])) for key in sorted(counts, key=lambda k: (-counts[k], k))]


def _lines(a: Path, b: Path, ids: Sequence[str]) -> tuple[dict[str, Lines], dict[str, Lines]]:
    """Return lines that only one of the two runs removed, by its rule."""
    removed: dict[str, Lines] = {}
    kept: dict[str, Lines] = {}
    for at in range(0, len(ids), BATCH):
        batch = ids[at : at + BATCH]
        before, after = spans(a, batch), spans(b, batch)
        for name in batch:
            _count(removed, name, _beyond(after[name], before[name]))
            _count(kept, name, _beyond(before[name], after[name]))
    return removed, kept


def _beyond(spans_: Sequence[Span], others: Sequence[Span]) -> Iterator[tuple[str, str]]:
    """Return what the spans take that the others leave, as pairs of rule and text. Both are sorted and disjoint."""
    first = 0
    for span in spans_:
        while first < len(others) and others[first].end <= span.start:
            first += 1
        at = span.start
        for other in others[first:]:
            if other.start >= span.end:
                break
            if other.start > at:
                yield span.rule, span.text[at - span.start : other.start - span.start]
            at = max(at, other.end)
        if at < span.end:
            yield span.rule, span.text[at - span.start :]


def _count(by_rule: dict[str, Lines], name: str, pieces: Iterator[tuple[str, str]]) -> None:
    seen = set()
    for rule, text in pieces:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not lines:
            continue
        one = by_rule.setdefault(rule, Lines())
        one.lines += len(lines)
        one.chars += len(text)
        one.documents += rule not in seen
        seen.add(rule)
        if len(one.examples) < EXAMPLES:
            one.examples.append((name, short(lines[0], 160)))
