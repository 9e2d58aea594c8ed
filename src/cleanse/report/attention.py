"""Find what people should look at first, from the tables of an output, part by part.

These are pages that lost much prose, removals that are least certain, rules that took much of one site, and pages that
were judged with doubt.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from heapq import nlargest
from typing import TYPE_CHECKING, Any

from cleanse.corpus.reader import TEXTS, columns, parts
from cleanse.report.samples import short
from cleanse.report.statistics import find_sites, read_doubts

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

SHOWN = 8  # entries of each list
PROSE = r"[^\n]{100,}[.!?…»”’\"।。！？]"  # a line that reads like prose: long, and with the end of a sentence
CHANCE = 5  # per cent; from this probability to be content on, a removal of the line model is worth a look
SITE_SHARE = 0.1  # of a site's characters that one rule removed, from which on it is much
SITE_DOCUMENTS = 3  # documents of a site that lost something to the rule
MAX_PAIRS = 100_000  # pairs of site and rule that are counted at a time
_FIGURES = re.compile(r"\d[\d.,]*")  # doubts that differ in figures only are of one kind
_LINE_CHARS = 160  # characters shown of a removed text


@dataclass(slots=True)
class _Lists:
    """The lists so far, each of (rank, id, entry), and the counts behind them."""

    lost: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    unsure: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    doubts: Counter[str] = field(default_factory=Counter)
    doubted: dict[str, list[str]] = field(default_factory=dict)  # the first doubt of the kind, then ids
    site_chars: Counter[str] = field(default_factory=Counter)
    rule_chars: Counter[tuple[str, str]] = field(default_factory=Counter)
    rule_documents: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)


def find_attention(output: Path) -> dict[str, Any]:
    """Return what people should look at first.

    Keys are `lost_prose` (kept pages by the lines of prose removed from them: `id`, `title`, `lines`, `chars`, the `rule`
    that took most and its `number` among the spans), `unsure` (removals that the line model holds for content with the
    highest `chance`, in per cent: `id`, `rule`, `text`, `number`), `site_rules` (rules that took at least a tenth of a
    site: `site`, `rule`, `share`, `documents`, `id` of an example) and `doubts` (documents by why chrome was left or
    removed with care: number and some ids).

    Args:
        output: The output folder.
    """
    lists = _Lists()
    for path in parts(output, "documents"):
        _add_part(lists, output, path.name)
    return {
        "lost_prose": [entry for _, _, entry in lists.lost],
        "unsure": [entry for _, _, entry in lists.unsure],
        "site_rules": _site_rules(lists),
        "doubts": [
            {"doubt": lists.doubted[kind][0], "documents": n, "ids": lists.doubted[kind][1:]}
            for kind, n in sorted(lists.doubts.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
        ],
    }


def _add_part(lists: _Lists, output: Path, name: str) -> None:
    documents = columns(output / "documents" / name, ("id", "status", "chars_in", "doubt"))
    texts = [columns(output / table / name, ("id", "site", "title")) for table in TEXTS]
    removed = columns(output / "removed" / name, ("id", "start", "end", "step", "rule", "text"))
    titles = dict(zip(texts[0]["id"].to_pylist(), texts[0]["title"].to_pylist(), strict=True))
    _add_doubts(lists, documents)
    if len(removed):
        _add_lost(lists, removed, titles)
        _add_unsure(lists, read_doubts(output / "removed" / name, removed), removed, titles)
        _add_site_rules(lists, documents, removed, find_sites(documents, texts))


def _add_doubts(lists: _Lists, documents: pa.Table) -> None:
    import pyarrow.compute as pc

    doubted = documents.filter(pc.is_valid(documents["doubt"]))
    for name, doubt in zip(doubted["id"].to_pylist(), doubted["doubt"].to_pylist(), strict=True):
        kind = _FIGURES.sub("#", doubt)
        lists.doubts[kind] += 1
        ids = lists.doubted.setdefault(kind, [doubt])
        if len(ids) <= SHOWN // 2:
            ids.append(name)


def _numbers(ids: list[str]) -> list[int]:
    """Return the number of each span among those of its document, counted from 1."""
    seen: Counter[str] = Counter()
    out = []
    for name in ids:
        seen[name] += 1
        out.append(seen[name])
    return out


def _add_lost(lists: _Lists, removed: pa.Table, titles: dict[str, str | None]) -> None:
    """Add the kept pages of a part from which most lines of prose were removed."""
    import pyarrow as pa
    import pyarrow.compute as pc

    lines = pc.count_substring_regex(removed["text"], PROSE)
    expected = pc.is_in(removed["step"], pa.array(["shared", "pii"]))  # the owner asked for these
    expected = pc.or_(expected, pc.equal(removed["rule"], "html.comments"))  # the page itself calls them so
    rows = removed.select(["id", "start", "end", "rule"]).append_column("lines", lines)
    rows = rows.append_column("number", pa.array(_numbers(removed["id"].to_pylist()), pa.int64()))
    rows = rows.filter(pc.and_(pc.greater(lines, 0), pc.invert(expected)))
    pages: dict[str, list[dict[str, Any]]] = {}
    for row in rows.to_pylist():
        if row["id"] in titles:
            pages.setdefault(row["id"], []).append(row)
    entries = []
    for name, spans in pages.items():
        most = max(spans, key=lambda span: (span["lines"], span["end"] - span["start"], -span["number"]))
        chars = sum(span["end"] - span["start"] for span in spans)
        entry = {"id": name, "title": short(titles[name], 120), "lines": sum(span["lines"] for span in spans)}
        entries.append((chars, name, entry | {"chars": chars, "rule": most["rule"], "number": most["number"]}))
    lists.lost[:] = nlargest(SHOWN, [*lists.lost, *entries], key=lambda one: (one[0], one[1]))


def _add_unsure(lists: _Lists, doubted: pa.Table, removed: pa.Table, titles: dict[str, str | None]) -> None:
    """Add the removals of a part that the line model holds for content with the highest probability."""
    import pyarrow.compute as pc

    likely = doubted.filter(pc.greater_equal(doubted["content"], CHANCE))
    numbers = _numbers(removed["id"].to_pylist()) if len(likely) else []
    entries = []
    for row in likely.to_pylist():
        if row["id"] not in titles:
            continue
        text = removed["text"][row["row"]].as_py()
        entry = {"id": row["id"], "title": short(titles[row["id"]], 120), "rule": removed["rule"][row["row"]].as_py()}
        shown = {
            "text": short(" ".join(text.split()), _LINE_CHARS),
            "chance": row["content"],
            "number": numbers[row["row"]],
        }
        entries.append((row["content"], row["id"], entry | shown))
    firsts: dict[str, tuple[int, str, dict[str, Any]]] = {}  # of each page the least certain
    for one in sorted([*lists.unsure, *entries], key=lambda one: (-one[0], one[1], one[2]["number"])):
        firsts.setdefault(one[1], one)
    lists.unsure[:] = list(firsts.values())[:SHOWN]


def _add_site_rules(lists: _Lists, documents: pa.Table, removed: pa.Table, sites: pa.Array) -> None:
    """Count what each rule removed on each site."""
    import pyarrow as pa
    import pyarrow.compute as pc

    by_site = pa.table({"site": sites, "chars": documents["chars_in"].combine_chunks()})
    for row in by_site.group_by("site", use_threads=False).aggregate([("chars", "sum")]).to_pylist():
        lists.site_chars[row["site"] or ""] += row["chars_sum"] or 0
    places = pc.index_in(removed["id"].combine_chunks(), documents["id"].combine_chunks())
    table = pa.table(
        {
            "site": sites.take(places),
            "rule": removed["rule"].combine_chunks(),
            "id": removed["id"].combine_chunks(),
            "chars": pc.subtract(removed["end"], removed["start"]).combine_chunks(),
        }
    )
    table = table.filter(pc.and_(pc.is_valid(table["site"]), pc.invert(pc.starts_with(table["rule"], "html."))))
    groups = table.group_by(["site", "rule"], use_threads=False)
    for row in groups.aggregate([("chars", "sum"), ("id", "count_distinct"), ("id", "min")]).to_pylist():
        key = (row["site"], row["rule"])
        lists.rule_chars[key] += row["chars_sum"]
        lists.rule_documents[key] += row["id_count_distinct"]
        lists.examples.setdefault(key, row["id_min"])
    if len(lists.rule_chars) > 2 * MAX_PAIRS:
        lists.rule_chars = Counter(dict(lists.rule_chars.most_common(MAX_PAIRS)))


def _site_rules(lists: _Lists) -> list[dict[str, Any]]:
    """Return the rules that took much of one site, those that took most first."""
    much = [
        (-chars, site, rule)
        for (site, rule), chars in lists.rule_chars.items()
        if chars >= SITE_SHARE * lists.site_chars[site] and lists.rule_documents[site, rule] >= SITE_DOCUMENTS
    ]
    return [
        {
            "site": site,
            "rule": rule,
            "share": round(-chars / lists.site_chars[site], 4),
            "documents": lists.rule_documents[site, rule],
            "id": lists.examples[site, rule],
        }
        for chars, site, rule in sorted(much)[:SHOWN]
    ]
