"""From stage 1 to the features that stage 2 learns from: tables in which no page was judged by what was fitted on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import stage1
from pages import FOLDS

from cleanse.html.block_features import measure
from cleanse.html.block_tree import PageFacts, Ranges, block_weights
from cleanse.html.element_tokens import keys_of
from cleanse.html.linear_scores import token_units, word_units
from cleanse.html.trees import put_in_bins
from cleanse.html.votes import vote_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pages import LabelledPage

BINS = 64  # of each feature


@dataclass(frozen=True)
class Table:
    """All blocks of all pages, page by page."""

    names: tuple[str, ...]
    values: np.ndarray  # float32 (features, blocks), or uint8 once they are put in bins
    ranges: list[Ranges]

    def ordered(self, last: Callable[[str], bool]) -> Table:
        """The same features, those last for which `last` holds."""
        order = sorted(range(len(self.names)), key=lambda i: last(self.names[i]))
        return Table(tuple(self.names[i] for i in order), self.values[order], self.ranges)


@dataclass(frozen=True)
class Scores:
    """What stage 1 says of each block."""

    tokens: np.ndarray
    words: np.ndarray
    known: np.ndarray


class Stage1:
    """Both tasks of stage 1, and their scores for every fold that is left out."""

    def __init__(self, pages: Sequence[LabelledPage]) -> None:
        self.tokens, self.words = stage1.token_task(pages, FOLDS), stage1.word_task(pages, FOLDS)
        self._labels = np.concatenate([page.labels for page in pages])
        self._weights = np.concatenate([page.weight for page in pages])
        self._fold = np.concatenate([np.full(len(page.words), page.fold) for page in pages])
        self._fits: dict[tuple[int, ...], tuple[tuple[np.ndarray, int], tuple[np.ndarray, int]]] = {}

    def fit(self, without: tuple[int, ...]) -> tuple[tuple[np.ndarray, int], tuple[np.ndarray, int]]:
        """Weights and bias of tokens and of words, fitted without these folds."""
        if without not in self._fits:
            given = (self._labels, self._weights, self._fold, without)
            roots = (self._labels, np.sqrt(self._weights), self._fold, without)
            self._fits[without] = stage1.fit(self.tokens, *given), stage1.fit(self.words, *roots)
        return self._fits[without]

    def scores(self, judging: int | None) -> Scores:
        """Scores to learn from and to judge the fold `judging` by; each fold's by what was fitted without it and that one."""
        out = np.zeros((3, len(self._fold)), np.int64)
        for fold in range(FOLDS):
            without = tuple(sorted({fold} if judging is None else {fold, judging}))
            tokens, (word_weights, word_bias) = self.fit(without)
            rows = np.flatnonzero(self._fold == fold)
            out[0, rows] = token_units(stage1.score(self.tokens, *tokens, rows)[0])
            sums, out[2, rows] = stage1.score(self.words, word_weights, word_bias, rows)
            out[1, rows] = word_units(sums, out[2, rows], word_bias)
        return Scores(*out)


def tabulate(pages: Sequence[LabelledPage], scores: Scores) -> Table:
    """The features of all blocks, trafilatura's vote among them."""
    parts, ranges = [], []
    at = 0
    for page in pages:
        size = len(page.words)
        own = slice(at, at + size)
        at += size
        containers = page.parts.page.containers
        facts = PageFacts(
            page.parts.page.text, page.parts.page.blocks, containers, [keys_of(c.element) for c in containers],
            page.parts.words, scores.tokens[own], scores.words[own], scores.known[own], page.parts.titles, page.parts.descriptions,
        )  # fmt: skip
        columns, around = measure(facts)
        columns |= vote_columns(page.vote, block_weights(page.words), page.words, around)
        parts.append(np.array(list(columns.values()), np.float32))
        ranges.append(around)
        names = tuple(columns)
    return Table(names, np.concatenate(parts, 1), ranges)


def borders_of(table: Table, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Borders between bins: values between which blocks of about equal weight lie."""
    borders = {}
    for name, values in zip(table.names, table.values.astype(np.float64), strict=True):
        order = np.argsort(values, kind="stable")
        share = np.cumsum(weights[order]) / weights.sum()
        cuts = values[order][np.searchsorted(share, np.arange(1, BINS) / BINS)]
        different = np.unique(values)
        if len(different) <= BINS:
            cuts = different
        low = np.unique(cuts)
        beyond = np.searchsorted(different, low, side="right")
        low, beyond = low[beyond < len(different)], beyond[beyond < len(different)]
        borders[name] = (low + different[beyond]) / 2
    return borders


def binned(table: Table, borders: Mapping[str, np.ndarray]) -> Table:
    """The table with every value as the number of its bin."""
    values = [
        put_in_bins(own.astype(np.float64), borders[name]) for name, own in zip(table.names, table.values, strict=True)
    ]
    return Table(table.names, np.stack(values), table.ranges)
