"""The benchmark's two scorers, fast: what a decision per line costs. Uses the tokens of `score.py` and `lines.py`.

A page's lines are turned into numbers once; a decision is then judged in a tenth of a millisecond, where the scorers
need tens. Differs from them only where removed words stand a second time in the text.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from data import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from data import Page

TYPES = ("prose", "short sentence", "short line", "list")
CLEAN_CHROME, CLEAN_LOSS, HURT_LOSS = 0.03, 0.01, 0.05  # as in lines.py
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True)
class Sheet:
    """A page ready for judging."""

    tokens: list[np.ndarray]  # of each line
    neutral: np.ndarray  # lines that the gold leaves out and the scorer drops
    words: np.ndarray
    types: np.ndarray
    gold: tuple[np.ndarray, np.ndarray]  # different 4-grams and their number


@dataclass(frozen=True)
class Cost:
    """Totals over pages; see `lines.py` for what each means."""

    pages: int
    f1: float
    lost: float
    left: float
    hurt: float
    clean: float
    recall: tuple[float, ...]
    emptied: int

    @property
    def cost(self) -> float:
        """Chrome left + 2 x content lost, per 100 words of content."""
        return self.left + 2 * self.lost

    def __str__(self) -> str:
        kinds = "  ".join(f"{t} {r:.3f}" for t, r in zip(TYPES, self.recall, strict=True))
        return (
            f"pages {self.pages:4d}  F1 {self.f1:.4f}  cost {self.cost:5.2f}  lost {self.lost:4.2f}  left {self.left:5.2f}"
            f"  hurt {100 * self.hurt:4.1f} %  clean {100 * self.clean:5.1f} %  emptied {self.emptied}  recall {kinds}"
        )


def sheets(pages: Sequence[Page], gold: Mapping[str, Mapping[str, Any]], folder: Path) -> list[Sheet | None]:
    """A sheet for each page with labels. `folder` holds score.py and lines.py."""
    sys.path.insert(0, str(folder))
    score, kinds = importlib.import_module("score"), importlib.import_module("lines")
    numbers: dict[str, int] = {}
    golds: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def tokens(text: str) -> np.ndarray:
        return np.array([numbers.setdefault(w, len(numbers)) for w in score.toks(text)], np.uint64)

    out: list[Sheet | None] = []
    for page in pages:
        if not page.labelled:
            out.append(None)
            continue
        true = gold[page.id]
        if page.id not in golds:
            golds[page.id] = np.unique(_grams(tokens(true["gold_text"])), return_counts=True)
        words = [tokens(line) for line in page.lines]
        size = np.array([len(w) for w in words])
        types = [TYPES.index(kinds.kind_of(line, n)) for line, n in zip(page.lines, size, strict=True)]
        neutral = _neutral(page, true, score)
        out.append(Sheet(words, neutral, size, np.array(types), golds[page.id]))
    return out


def _neutral(page: Page, true: Mapping[str, Any], score: Any) -> np.ndarray:
    neutral = [score.toks(x) for x in true.get("neutral") or []]
    drop = np.zeros(len(page.lines), bool)
    if not neutral:
        return drop
    gold = score.toks(true["gold_text"])
    bag, flat = score.bag(gold, 4), " " + " ".join(gold) + " "
    for i, line in enumerate(page.lines):
        words = score.toks(line)
        if words and score.is_neutral(words, neutral):
            own = score.bag(words, 4)
            known = sum(w in bag for w in own) / len(own)
            drop[i] = f" {' '.join(words)} " not in flat and known < 0.5
    return drop


def _grams(tokens: np.ndarray) -> np.ndarray:
    x = (tokens + np.uint64(1)) * _STEP
    x ^= x >> np.uint64(29)
    x *= _MIX
    size = len(x) - 3
    if size >= 1:
        return ((x[:size] * _STEP + x[1 : size + 1]) * _STEP + x[2 : size + 2]) * _STEP + x[3:]
    return np.array([np.bitwise_xor.reduce(x * np.uint64(3))]) if len(x) else x


def f1(sheet: Sheet, keep: np.ndarray) -> float:
    """F1 of the 4-grams of the kept lines, as score.py's `sh_f`."""
    kept = [sheet.tokens[i] for i in np.flatnonzero(keep & ~sheet.neutral)]
    grams = _grams(np.concatenate(kept)) if kept else np.zeros(0, np.uint64)
    true, number = sheet.gold
    if not len(grams) or not len(true):
        return float(len(grams) == len(true))
    found, times = np.unique(grams, return_counts=True)
    place = np.searchsorted(true, found).clip(max=len(true) - 1)
    same = true[place] == found
    return float(2 * np.minimum(times[same], number[place[same]]).sum() / (len(grams) + number.sum()))


def judge(pages: Sequence[Page], papers: Sequence[Sheet | None], keeps: Sequence[np.ndarray]) -> Cost:
    """What these decisions cost over these pages; pages without labels do not count."""
    content = lost = left = hurt = clean = clean_kept = counted = emptied = 0
    scores, kept, there = [], np.zeros(4), np.zeros(4)
    for page, sheet, keep in zip(pages, papers, keeps, strict=True):
        if sheet is None:
            continue
        scores.append(f1(sheet, keep))
        true, false = (page.labels == 1) & (sheet.words > 0), (page.labels == 0) & (sheet.words > 0)
        own, gone = int(sheet.words[true].sum()), int(sheet.words[true & ~keep].sum())
        there += np.bincount(sheet.types[true], minlength=4)
        kept += np.bincount(sheet.types[true & keep], minlength=4)
        emptied += not keep.any()
        if not own:
            continue
        counted += 1
        content, lost, left = content + own, lost + gone, left + int(sheet.words[false & keep].sum())
        hurt += gone > HURT_LOSS * own
        if sheet.words[false].sum() <= CLEAN_CHROME * own:
            clean += 1
            clean_kept += gone < CLEAN_LOSS * own
    recall = tuple((kept / np.maximum(there, 1)).tolist())
    share = 100 / max(1, content)
    return Cost(
        counted, float(np.mean(scores)), lost * share, left * share, hurt / max(1, counted), clean_kept / max(1, clean),
        recall, int(emptied),
    )  # fmt: skip


def table(
    pages: Sequence[Page], papers: Sequence[Sheet | None], keeps: Sequence[np.ndarray],
    wanted: Callable[[Page], bool] = lambda page: page.dataset != "wcxb-other",
) -> dict[str, Cost]:  # fmt: skip
    """A row for each dump kind, over the wanted pages."""
    out = {}
    for kind in KINDS:
        chosen = [i for i, page in enumerate(pages) if page.kind == kind and wanted(page) and papers[i] is not None]
        if chosen:
            out[kind] = judge([pages[i] for i in chosen], [papers[i] for i in chosen], [keeps[i] for i in chosen])
    return out
