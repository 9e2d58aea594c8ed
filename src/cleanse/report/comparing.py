"""Compare two outputs: documents gained and lost, lines newly removed or kept by rule, languages that changed.

Documents are joined by id, in Arrow. Removed spans are read only for documents in which they differ.
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

EXAMPLES = 5  # shown of each kind of change
BATCH = 2_000  # documents whose spans are compared at a time
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio; spreads the bits of a fingerprint
_COLUMNS = ("id", "status", "reason", "language", "duplicate_of", "chars_in", "chars_kept")


@dataclass(slots=True)
class ChangedLines:
    """Lines that one rule newly removes, or no longer removes.

    Attributes:
        lines: Number of lines.
        chars: Number of their characters.
        documents: Number of documents that they stand in.
        examples: Some of them, as pairs (id, line).
    """

    lines: int = 0
    chars: int = 0
    documents: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class ChangedDocuments:
    """Documents that changed in one way.

    Attributes:
        documents: Their number.
        examples: Some of their ids.
    """

    documents: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences between two outputs, a and b.

    Attributes:
        a: Manifest of the first output.
        b: Manifest of the second output.
        settings: Options and versions that differ, by name: their values in a and in b.
        only_a: Documents that only the first run read.
        only_b: Documents that only the second run read.
        gained: Documents kept in b and not in a, by the reason why a did not keep them.
        lost: Documents kept in a and not in b, by the reason why b does not keep them.
        languages: Documents whose language changed, by the pair of codes in a and in b.
        twins: Documents that are near-duplicates in both outputs, of different documents.
        rewritten: Documents whose page text itself changed, so that lines cannot be compared.
        removed: Lines newly removed, by b's rule.
        kept: Lines newly kept, by a's rule.
    """

    a: Mapping[str, Any]
    b: Mapping[str, Any]
    settings: dict[str, tuple[Any, Any]]
    only_a: ChangedDocuments
    only_b: ChangedDocuments
    gained: dict[str, ChangedDocuments]
    lost: dict[str, ChangedDocuments]
    languages: dict[tuple[str, str], ChangedDocuments]
    twins: ChangedDocuments
    rewritten: ChangedDocuments
    removed: dict[str, ChangedLines]
    kept: dict[str, ChangedLines]


def compare(a: Path, b: Path, examples: int | None = EXAMPLES) -> Comparison:
    """Compare two output folders. Raises OutputError where one holds no finished run.

    Args:
        a: The first output folder.
        b: The second output folder.
        examples: Number of ids and lines named of each kind of change; None: all, the lines whole.
    """
    import pyarrow.compute as pc

    first, second = read_manifest(a), read_manifest(b)
    joined = _documents(a).join(_documents(b), "id", join_type="full outer", right_suffix="_b").sort_by("id")
    in_a, in_b = pc.is_valid(joined["status"]), pc.is_valid(joined["status_b"])
    shared = joined.filter(pc.and_(in_a, in_b))
    kept_in_a, kept_in_b = (pc.equal(shared[name], "kept") for name in ("status", "status_b"))
    other_language = shared.filter(pc.not_equal(shared["language"], shared["language_b"]))
    twins = shared.filter(pc.fill_null(pc.not_equal(shared["duplicate_of"], shared["duplicate_of_b"]), False))
    same_length = pc.equal(shared["chars_in"], shared["chars_in_b"])
    changed = shared.filter(pc.and_(same_length, pc.not_equal(shared["print"], shared["print_b"])))
    removed, kept = _changed_lines(a, b, changed["id"].to_pylist(), examples)
    return Comparison(
        first,
        second,
        _changed_options(first, second),
        _summarize(joined.filter(pc.is_null(joined["status_b"])), examples),
        _summarize(joined.filter(pc.is_null(joined["status"])), examples),
        _group_by(shared.filter(pc.and_not(kept_in_b, kept_in_a)), "reason", examples),
        _group_by(shared.filter(pc.and_not(kept_in_a, kept_in_b)), "reason_b", examples),
        {(key[0], key[1]): group for key, group in _groups(other_language, ("language", "language_b"), examples)},
        _summarize(twins, examples),
        _summarize(shared.filter(pc.invert(same_length)), examples),
        removed,
        kept,
    )


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write the comparison as an HTML page that loads nothing, like report.html.

    Args:
        comparison: The two outputs compared.
        path: The file to write.
    """
    from cleanse.report.report_page import render_template

    page = render_template("compare.html", {}, c=comparison, rules=ranked(comparison))
    with new_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def as_dict(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as plain data that JSON can hold."""
    runs = {
        name: {key: run[key] for key in ("digest", "counts", "settings", "cleanse")}
        for name, run in (("a", comparison.a), ("b", comparison.b))
    }
    named = ("only_a", "only_b", "twins", "rewritten")
    out: dict[str, Any] = {**runs, "options": {name: list(pair) for name, pair in comparison.settings.items()}}
    out |= {name: _spell(getattr(comparison, name)) for name in named}
    for name in ("gained", "lost"):
        out[name] = {reason: _spell(group) for reason, group in getattr(comparison, name).items()}
    out["languages"] = [{"from": a, "to": b, **_spell(group)} for (a, b), group in comparison.languages.items()]
    for name in ("removed", "kept"):
        rules: Mapping[str, ChangedLines] = getattr(comparison, name)
        out[f"lines_{name}"] = {rule: _spell_lines(rules[rule]) for rule in sorted(rules)}
    return out


def _spell(group: ChangedDocuments) -> dict[str, Any]:
    return {"documents": group.documents, "ids": group.examples}


def _spell_lines(lines: ChangedLines) -> dict[str, Any]:
    examples = [{"id": name, "text": text} for name, text in lines.examples]
    return {"lines": lines.lines, "chars": lines.chars, "documents": lines.documents, "examples": examples}


def ranked(comparison: Comparison) -> list[tuple[str, ChangedLines, ChangedLines]]:
    """Return rules with their newly removed and newly kept lines, those with the most characters first."""
    rules = {*comparison.removed, *comparison.kept}
    rows = [
        (rule, comparison.removed.get(rule, ChangedLines()), comparison.kept.get(rule, ChangedLines()))
        for rule in rules
    ]
    return sorted(rows, key=lambda row: (-row[1].chars - row[2].chars, row[0]))


def _documents(output: Path) -> pa.Table:
    """Return the columns of `documents/` that are compared, with a fingerprint of each document's removed spans."""
    import pyarrow as pa

    from cleanse.corpus import SCHEMAS

    tables = [_with_prints(output, path.name) for path in parts(output, "documents")]
    empty = SCHEMAS["documents"].empty_table().select(_COLUMNS).append_column("print", pa.array([], pa.uint64()))
    return pa.concat_tables([empty, *tables])


def _with_prints(output: Path, part: str) -> pa.Table:
    """Return the documents of one part with the column `print`: a hash of offsets and rules of removed spans."""
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


def _changed_options(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return options and versions that differ, as pairs of values."""
    names = {**a["settings"], **b["settings"]}
    pairs = {name: (a["settings"].get(name), b["settings"].get(name)) for name in names}
    pairs |= {name: (a["versions"].get(name), b["versions"].get(name)) for name in {**a["versions"], **b["versions"]}}
    pairs["cleanse"] = (a["cleanse"], b["cleanse"])
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _summarize(table: pa.Table, most: int | None) -> ChangedDocuments:
    """Return the number of documents in a table, and the first ids."""
    return ChangedDocuments(len(table), table["id"].slice(0, most).to_pylist())


def _group_by(table: pa.Table, name: str, most: int | None) -> dict[str, ChangedDocuments]:
    """Return documents grouped by one column."""
    return {key[0]: group for key, group in _groups(table, (name,), most)}


def _groups(table: pa.Table, names: Sequence[str], most: int | None) -> list[tuple[tuple[str, ...], ChangedDocuments]]:
    """Return documents grouped by several columns, the largest group first."""
    counts: Counter[tuple[str, ...]] = Counter()
    examples: dict[tuple[str, ...], list[str]] = {}
    for batch in table.select(["id", *names]).to_batches(max_chunksize=20_000):
        for row in batch.to_pylist():
            key = tuple(row[name] or "" for name in names)
            counts[key] += 1
            ids = examples.setdefault(key, [])
            if most is None or len(ids) < most:
                ids.append(row["id"])
    return [
        (key, ChangedDocuments(counts[key], examples[key])) for key in sorted(counts, key=lambda k: (-counts[k], k))
    ]


def _changed_lines(
    a: Path, b: Path, ids: Sequence[str], most: int | None
) -> tuple[dict[str, ChangedLines], dict[str, ChangedLines]]:
    """Return the lines that only b removed, and those that only a removed, each by rule."""
    removed: dict[str, ChangedLines] = {}
    kept: dict[str, ChangedLines] = {}
    for at in range(0, len(ids), BATCH):
        batch = ids[at : at + BATCH]
        before, after = spans(a, batch), spans(b, batch)
        for name in batch:
            _count_lines(removed, name, _uncovered(after[name], before[name]), most)
            _count_lines(kept, name, _uncovered(before[name], after[name]), most)
    return removed, kept


def _uncovered(spans_: Sequence[Span], others: Sequence[Span]) -> Iterator[tuple[str, str]]:
    """Yield rule and text of what `spans_` cover and `others` do not. Both are sorted and disjoint."""
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


def _count_lines(
    counts: dict[str, ChangedLines], id_: str, pieces: Iterator[tuple[str, str]], most: int | None
) -> None:
    """Add the lines of a document to the counts of their rules."""
    rules_seen = set()
    for rule, text in pieces:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not lines:
            continue
        count = counts.setdefault(rule, ChangedLines())
        count.lines += len(lines)
        count.chars += len(text)
        count.documents += rule not in rules_seen
        rules_seen.add(rule)
        if most is None:
            count.examples += [(id_, line) for line in lines]
        elif len(count.examples) < most:
            count.examples.append((id_, short(lines[0], 160)))
