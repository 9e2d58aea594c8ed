"""Fit the points by which `chrome/headline.py` tells the headline of a page, and measure them out of fold by site.

    python training/headlines.py [--data DIR]

The right title of a page is the one in the labels, else the one that trafilatura reads in its HTML; it counts where a line of
the dump shows it. Prints the points, and for each dump precision and recall.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

import data
from cleanse.chrome import Page, engine, headline, load_rules, strip_pages
from cleanse.chrome.lines import fold_phrase

SHARED = Path(__file__).resolve().parents[2] / "shared" / "bench"
KINDS = ("resili_main", "inscriptis")
SCALE = 4  # points of a log odd
ABOVE_EVEN = 3  # points above even odds that a headline has at least
PENALTY = 3.0  # on squared weights
STEPS = 60  # of Newton's method
BY_HAND = ("repeated",)  # the other signs of a repeated headline take most of its weight
SIGNS = sorted(headline.POINTS)
_CHARACTER_SCRIPT = re.compile("[\u3040-\u9fff]")


class Sheet(NamedTuple):
    """The lines of a dump that look like its headline."""

    group: str
    fold: int
    title: str | None  # the right one, where the dump shows it
    lines: list[str]
    signs: np.ndarray  # (lines, SIGNS)
    order: list[int]  # numbers of the lines


def main() -> None:
    """Read the dumps, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED, help="folder that holds extraction/ and extraction-fr/")
    folder = parser.parse_args().data
    sheets = {kind: read_sheets(folder, kind) for kind in KINDS}
    known = [sheet for kind in KINDS for sheet in sheets[kind] if sheet.title]
    folds = [fit([sheet for sheet in known if sheet.fold != fold]) for fold in range(data.FOLDS)]
    weights = fit(known)
    print("POINTS =", {sign: int(points) for sign, points in zip(SIGNS, weights, strict=False)})
    print("POINTS_LEAST =", ABOVE_EVEN - int(weights[-1]))
    for kind in KINDS:
        for group in sorted({sheet.group for sheet in sheets[kind]}):
            print(kind, group, measure([sheet for sheet in sheets[kind] if sheet.group == group], folds))


def read_sheets(folder: Path, kind: str) -> list[Sheet]:
    """Return a sheet for every dump of a kind."""
    return [
        sheet
        for part in ("extraction-fr", "extraction")
        for sheet in (_sheet(row, title, part) for row, title in _rows(folder, part) if row["dump_kind"] == kind)
    ]


def _rows(folder: Path, part: str) -> list[tuple[dict[str, Any], str | None]]:
    gold = data.read_gold(folder / part)
    html = folder / part / "html.jsonl.gz"
    titles = {row["id"]: _title_of(row["html"]) for row in data.rows(html)} if html.exists() else {}
    rows = list(data.rows(folder / part / "text.jsonl.gz"))
    return [
        (row | {"site": gold[row["id"]]["site"]}, gold[row["id"]].get("title") or titles.get(row["id"])) for row in rows
    ]


def _title_of(html: str) -> str | None:
    from trafilatura import extract_metadata

    try:
        return getattr(extract_metadata(html), "title", None)
    except Exception:  # noqa: BLE001  a page that trafilatura cannot read has no title
        return None


def _sheet(row: dict[str, Any], title: str | None, part: str) -> Sheet:
    rules, described = load_rules(), {}
    lines: list[Any] = []

    def keep(reading: Any, head: Any, words: Any) -> None:
        if not lines:
            described.update(headline.describe_lines(reading, head, words))
            lines.extend(reading.lines)

    with patch.object(engine, "find_title", keep):
        strip_pages([Page(row["page_text"])], rules)
    shown = title and any(
        _same(line, title) for line in row["page_text"].split("\n") if line.strip() and len(line) < 400
    )
    signs = np.array([[sign in own for sign in SIGNS] for own in described.values()], float).reshape(-1, len(SIGNS))
    group = part if part == "extraction-fr" else "French" if row["lang"] == "fr" else "other languages"
    texts = [lines[i].text for i in described]
    return Sheet(group, data.fold_of(row["site"]), title if shown else None, texts, signs, list(described))


def fit(sheets: list[Sheet]) -> np.ndarray:
    """Return the points of each sign, and last those of every line: a logistic regression in whole halves."""
    x = np.concatenate([np.c_[sheet.signs, np.ones(len(sheet.signs))] for sheet in sheets])
    y = np.array([_same(line, sheet.title or "") for sheet in sheets for line in sheet.lines], float)
    penalty = PENALTY * np.diag([1.0] * (x.shape[1] - 1) + [1e-6])
    weights = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-x @ weights))
        weights -= np.linalg.solve((x.T * (p * (1 - p))) @ x + penalty, x.T @ (p - y) + penalty @ weights)
    weights = np.round(SCALE * weights)
    for sign in BY_HAND:
        weights[SIGNS.index(sign)] = headline.POINTS[sign]
    return weights


def measure(sheets: list[Sheet], folds: list[np.ndarray]) -> str:
    """Return precision and recall of the titles that the points of the other folds tell."""
    told, right, shown, unknown = 0, 0, sum(sheet.title is not None for sheet in sheets), 0
    for sheet in sheets:
        weights = folds[sheet.fold]
        points = sheet.signs @ weights[:-1] + weights[-1]
        best = headline.choose(dict(zip(sheet.order, points.astype(int).tolist(), strict=True)), ABOVE_EVEN)
        if best is None:
            continue
        told, unknown = told + (sheet.title is not None), unknown + (sheet.title is None)
        right += sheet.title is not None and _same(sheet.lines[sheet.order.index(best)], sheet.title)
    return f"precision {right / max(1, told):.3f}, recall {right / max(1, shown):.3f} of {shown}; {unknown} more titles"


def _same(line: str, title: str) -> bool:
    """Return whether a line says what a title says: most words of the shorter one, half of the line's."""
    one, other = _words(line), _words(title)
    common = len(one & other)
    return common >= 0.7 * max(1, min(len(one), len(other))) and common >= 0.5 * len(one)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w" if _CHARACTER_SCRIPT.search(text) else r"\w+", fold_phrase(text)))


if __name__ == "__main__":
    main()
