"""The labelled pages of the benchmark as lines with labels, their folds by site, and variants that copying makes."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanse.chrome.line_model.page_arrays import bare_lines, found_codes
from cleanse.chrome.lines import split_lines
from cleanse.chrome.rule_files import findings, load_rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDS = 5
KINDS = ("resili_main", "inscriptis", "resili_full", "bs4")
CONTENT, CHROME, UNKNOWN = 1, 0, -1
CUT_SHORT = {"wcxb/2498", "wcxb/4677", "andy/5a5ecb71e10a"}  # pages whose gold ends in mid-article: judged, not learned


@dataclass(frozen=True)
class Page:
    """One dump of one page: its non-blank lines and what is known of each."""

    id: str
    kind: str
    lang: str
    dataset: str
    site: str
    fold: int
    lines: tuple[str, ...]
    gaps: np.ndarray  # blank lines above each line
    indents: np.ndarray
    found: np.ndarray  # (L, FOUND) codes of the rules' findings
    labels: np.ndarray  # (L,) CONTENT, CHROME or UNKNOWN
    marks: str  # the labels as they came, one character per line
    labelled: bool


def fold_of(site: str) -> int:
    """The fold of a site: pages of one site never stand in two folds."""
    return int(hashlib.md5(site.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a gzipped JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def read_gold(folder: Path) -> dict[str, dict[str, Any]]:
    """What people marked as the content of each page, by id."""
    return {row["id"]: row for row in rows(folder / "gold.jsonl.gz")}


def read_pages(folder: Path) -> list[Page]:
    """All dumps of `folder` that hold a line, in the order of the file."""
    gold = read_gold(folder)
    rules = load_rules()
    pages = []
    for row in rows(folder / "text.jsonl.gz"):
        lines = split_lines(row["page_text"])
        if not lines:
            continue
        bare, gaps, indents = bare_lines(row["page_text"], lines)
        site = gold[row["id"]].get("site") or row["id"]
        marks = "".join(row["labels"][line.number] for line in lines) if "labels" in row else "-" * len(lines)
        labels = np.array([{"1": CONTENT, "0": CHROME}.get(m, UNKNOWN) for m in marks])
        page = Page(
            row["id"], row["dump_kind"], row["lang"], row["dataset"], site, fold_of(site), tuple(bare), gaps, indents,
            found_codes(findings(lines, rules)), labels, marks, "labels" in row,
        )  # fmt: skip
        pages.append(page)
    return pages


def pick(page: Page, keep: np.ndarray) -> Page:
    """The page with only the lines at these indices."""
    return replace(
        page,
        lines=tuple(page.lines[i] for i in keep),
        gaps=page.gaps[keep],
        indents=page.indents[keep],
        found=page.found[keep],
        labels=page.labels[keep],
        marks="".join(page.marks[i] for i in keep),
    )


def glue(parts: list[Page]) -> Page:
    """Parts of pages as one page; it counts as the second one's."""
    return replace(
        parts[1],
        lines=tuple(line for p in parts for line in p.lines),
        gaps=np.concatenate([p.gaps for p in parts]),
        indents=np.concatenate([p.indents for p in parts]),
        found=np.concatenate([p.found for p in parts]),
        labels=np.concatenate([p.labels for p in parts]),
        marks="".join(p.marks for p in parts),
    )


def vary(page: Page, partner: Page, rng: np.random.Generator) -> Page:
    """The page as it might have come: cleaned already, cut, without blank lines, inside another page's chrome.

    The partner is of the same fold, so that no site's words cross folds.
    """
    content = np.flatnonzero(page.labels == CONTENT)
    everything = np.arange(len(page.lines))
    size, draw = len(everything), rng.random()
    out = page
    if not len(content) or size < 4:
        return page
    if draw < 0.2:  # cleaned already: nothing more is to go
        out = pick(page, np.flatnonzero(page.labels != CHROME))
    elif draw < 0.3:
        out = pick(page, everything[rng.integers(0, max(1, size // 2)) :])
    elif draw < 0.45:
        out = pick(page, everything[: rng.integers(size // 2, size) + 1])
    elif draw < 0.55:  # the tail is gone, or the head
        out = pick(page, everything[: content[-1] + 1] if rng.random() < 0.5 else everything[content[0] :])
    elif draw < 0.8:
        theirs = np.flatnonzero(partner.labels == CONTENT)
        if len(theirs):
            around = np.arange(len(partner.lines))
            middle = pick(page, everything[content[0] : content[-1] + 1])
            out = glue([pick(partner, around[: theirs[0]]), middle, pick(partner, around[theirs[-1] + 1 :])])
    else:
        out = pick(page, np.flatnonzero(rng.random(size) > 0.1))
    if len(out.lines) < 2:
        return page
    draw = rng.random()
    if draw < 0.3:
        out = replace(out, gaps=np.zeros(len(out.lines), np.int64))
    elif draw < 0.4:
        out = replace(out, gaps=np.ones(len(out.lines), np.int64), indents=np.zeros(len(out.lines), np.int64))
    return out


def partners(pages: list[Page], rng: np.random.Generator) -> list[int]:
    """For each page another of its fold, language and kind, or itself."""
    groups: dict[tuple[int, str, str], list[int]] = {}
    for i, page in enumerate(pages):
        groups.setdefault((page.fold, page.lang, page.kind), []).append(i)
    return [int(rng.choice(groups[page.fold, page.lang, page.kind])) for page in pages]
