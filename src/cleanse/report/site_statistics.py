"""Count the removed lines that were learned per site, for manifest and report, from `removed/`, part by part."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cleanse.chrome.evidence import read_recurrence
from cleanse.chrome.rule_matcher import LEARNED
from cleanse.corpus.reader import columns, parts
from cleanse.report.samples import short

if TYPE_CHECKING:
    from pathlib import Path

MOST_SITES, MOST_LINES = 40, 20  # sites named, and lines of each: those removed from most documents
MAX_LINES = 50_000  # lines counted at a time; of more, those with the fewest documents are dropped
SHOWN_CHARS = 160  # characters shown of a line
_NUMBER = re.compile(r"\d+")

_Line = tuple[str, str, str]  # site, side, the line with its numbers folded


@dataclass(slots=True)
class _Counts:
    documents: int = 0
    lines: Counter[_Line] = field(default_factory=Counter)  # documents that each line was removed from
    shown: dict[_Line, tuple[str, int, int]] = field(default_factory=dict)  # text, pages, pages of the sample


def site_lines(output: Path) -> dict[str, Any]:
    """Return the lines removed because they recur on their site; an empty dictionary if there are none.

    Keys are `documents` (that lost such a line), `sites`, `lines` (a lower bound for very large corpora) and `most`:
    for each of the sites that lost most, its lines, each with `text`, `side` (before or behind the article), the
    `documents` that lost it, and on how many `pages` `of` the sample of the site's pages it stands.
    """
    counts = _Counts()
    for path in parts(output, "removed"):
        _count(counts, path)
    if not counts.documents:
        return {}
    by_site: Counter[str] = Counter()
    for (site, _, _), n in counts.lines.items():
        by_site[site] += n
    ranked = sorted(counts.lines, key=lambda line: (-counts.lines[line], line))
    most: dict[str, list[dict[str, Any]]] = {
        site: [] for site in sorted(by_site, key=lambda site: (-by_site[site], site))[:MOST_SITES]
    }
    for line in ranked:
        shown = most.get(line[0])
        if shown is not None and len(shown) < MOST_LINES:
            text, pages, of = counts.shown[line]
            shown.append({"text": text, "side": line[1], "documents": counts.lines[line], "pages": pages, "of": of})
    return {"documents": counts.documents, "sites": len(by_site), "lines": len(ranked), "most": most}


def _count(counts: _Counts, path: Path) -> None:
    """Add the lines of one part file."""
    import pyarrow.compute as pc

    rules = columns(path, ("rule",))["rule"]
    learned = pc.equal(rules, LEARNED)
    if not pc.any(learned).as_py():
        return
    rows = columns(path, ("id", "text", "evidence")).filter(learned).to_pylist()
    counts.documents += len({row["id"] for row in rows})
    for row in rows:
        recurrence = read_recurrence(row["evidence"])
        if recurrence is None:
            continue
        site, side, pages, of = recurrence
        for text in {bare for line in row["text"].split("\n") if (bare := line.strip())}:
            key = (site, side, _NUMBER.sub("#", text[:SHOWN_CHARS]).casefold())
            counts.lines[key] += 1
            counts.shown.setdefault(key, (short(text, SHOWN_CHARS), pages, of))
    if len(counts.lines) > 2 * MAX_LINES:
        kept = sorted(counts.lines, key=lambda line: (-counts.lines[line], line))[:MAX_LINES]
        counts.lines = Counter({line: counts.lines[line] for line in kept})
        counts.shown = {line: counts.shown[line] for line in kept}
