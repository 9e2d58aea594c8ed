"""What a choice of blocks is worth: F1 as the benchmark's score.py counts it, segments, words lost and left."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pages import LabelledPage

GRAM = 4  # words of a shingle


def shingles(words: Sequence[str]) -> Counter[tuple[str, ...]]:
    """All runs of `GRAM` words, with how often each occurs."""
    return (
        Counter(zip(*(words[i:] for i in range(GRAM)), strict=False)) if len(words) >= GRAM else Counter([tuple(words)])
    )


class Judge:
    """The pages' gold, ready to be compared with one choice after the other."""

    def __init__(self, pages: Sequence[LabelledPage], gold: dict[str, dict[str, Any]], score: Any) -> None:
        self._pages = pages
        self._gold = [gold[page.id] for page in pages]
        self._score = score
        self._lines = [[page.parts.page.text[b.start : b.end] for b in page.parts.page.blocks] for page in pages]
        self._words = [[score.toks(line) for line in lines] for lines in self._lines]
        self._truth = [shingles(score.toks(g["gold_text"])) if "gold_text" in g else None for g in self._gold]

    def page(self, i: int, kept: np.ndarray) -> dict[str, float]:
        """The figures of one page."""
        page, truth = self._pages[i], self._truth[i]
        if truth is None:
            text = "\n".join(line for line, stays in zip(self._lines[i], kept, strict=True) if stays)
            found = self._score.segs(text, self._gold[i]["with"], self._gold[i]["without"])
            return {"with": found["with"], "without": found["without"]}
        words = [
            w
            for own, stays, share in zip(self._words[i], kept, page.share, strict=True)
            if stays and share >= 0
            for w in own
        ]
        ours = shingles(words) if words else Counter()
        both = sum((ours & truth).values())
        precision = both / max(1, sum(ours.values()))
        recall = both / max(1, sum(truth.values()))
        content = page.share >= 0.5
        chrome = (page.share >= 0) & ~content
        total = max(1, page.words[content].sum())
        lost, left = page.words[content & ~kept].sum(), page.words[chrome & kept].sum()
        return {
            "f1": 2 * precision * recall / max(precision + recall, 1e-9),
            "p": precision,
            "r": recall,
            "content": float(total),
            "lost": float(lost),
            "left": float(left),
            "hurt": float(lost > 0.05 * total),
            "empty": float(not words),
        }

    def table(self, kept: Iterable[np.ndarray], by: str | None = None) -> dict[str, dict[str, float]]:
        """Means over articles ("all"), pages that are none ("other"), and by dataset or language."""
        groups: dict[str, list[dict[str, float]]] = defaultdict(list)
        for i, own in enumerate(kept):
            figures = self.page(i, own)
            if self._pages[i].dataset == "wcxb-other":
                groups["other"].append(figures)
                continue
            groups["all"].append(figures)
            if by:
                groups[getattr(self._pages[i], by)].append(figures)
        return {name: _means(rows) for name, rows in groups.items()}


def _means(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """Means over pages; words lost and left per 100 words of content, and their cost (left + 2 lost)."""
    names = ("f1", "p", "r", "with", "without", "hurt", "empty")
    out = {"n": float(len(rows))}
    for name in names:
        if any(name in row for row in rows):
            out[name] = float(np.mean([row[name] for row in rows if name in row]))
    content = sum(row.get("content", 0) for row in rows)
    if content:
        for name in ("lost", "left"):
            out[name] = 100 * sum(row.get(name, 0) for row in rows) / content
        out["cost"] = out["left"] + 2 * out["lost"]
    return out


def show(name: str, table: dict[str, dict[str, float]]) -> None:
    """Print a table, a line for each group."""
    for group, row in table.items():
        print(f"{name:24s} {group:14s} " + "  ".join(f"{key} {value:.4g}" for key, value in row.items()), flush=True)
