"""Stage 1: linear models of what a block says and of what the elements around it are called, each key by itself.

Fitted without one fold and without each pair of folds, so that what stage 2 learns from was never fitted on its own page,
nor on the fold that judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from sklearn.linear_model import SGDClassifier

from cleanse.html.element_tokens import block_keys
from cleanse.html.linear_scores import SCALE
from cleanse.html.word_keys import word_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pages import LabelledPage

LEAST_SITES = 4  # sites on which a key must occur: one of fewer would only learn those sites by heart


@dataclass(frozen=True)
class Task:
    """The keys of all blocks of all pages, as rows of a sparse matrix over a vocabulary."""

    vocabulary: list[str]
    matrix: sparse.csr_matrix  # (blocks, keys) of ones
    sites: np.ndarray  # (folds, keys): sites of each fold that have the key
    alpha: float  # strength of regularisation
    spread: bool  # whether a row is divided by the square root of its keys


def token_task(pages: Sequence[LabelledPage], folds: int) -> Task:
    """Elements' names."""
    return _task(
        pages, folds, lambda page: block_keys(page.parts.page.blocks, page.parts.page.containers), 1e-3, spread=False
    )


def word_task(pages: Sequence[LabelledPage], folds: int) -> Task:
    """Words."""
    return _task(pages, folds, lambda page: [set(word_keys(words)) for words in page.parts.words], 1e-5, spread=True)


def _task(
    pages: Sequence[LabelledPage],
    folds: int,
    keys_of: Callable[[LabelledPage], Sequence[Iterable[str]]],
    alpha: float,
    *,
    spread: bool,
) -> Task:
    rows = [keys_of(page) for page in pages]
    holders: dict[str, dict[str, int]] = {}  # key -> site -> fold
    for page, blocks in zip(pages, rows, strict=True):
        for key in set().union(*blocks):
            holders.setdefault(key, {})[page.site] = page.fold
    vocabulary = sorted(key for key, sites in holders.items() if len(sites) >= LEAST_SITES)
    number = {key: i for i, key in enumerate(vocabulary)}
    counts = np.zeros((folds, len(vocabulary)), np.int32)
    for key, i in number.items():
        for fold in holders[key].values():
            counts[fold, i] += 1
    ends, flat = [0], []
    for blocks in rows:
        for block in blocks:
            flat += sorted(number[key] for key in block if key in number)
            ends.append(len(flat))
    matrix = sparse.csr_matrix((np.ones(len(flat), np.float32), flat, ends), (len(ends) - 1, len(vocabulary)))
    return Task(vocabulary, matrix, counts, alpha, spread)


def fit(
    task: Task, labels: np.ndarray, weights: np.ndarray, fold: np.ndarray, without: tuple[int, ...], epochs: int = 12
) -> tuple[np.ndarray, int]:
    """Whole weights (in `SCALE`s) of all keys, zero for those of few sites, and the bias; from the other folds."""
    rows = np.flatnonzero((labels >= 0) & (weights > 0) & ~np.isin(fold, without))
    folds = [f for f in range(len(task.sites)) if f not in without]
    columns = np.flatnonzero(task.sites[folds].sum(0) >= LEAST_SITES)
    x = task.matrix[rows][:, columns]
    if task.spread:
        x = sparse.diags(1 / (np.sqrt(np.diff(x.indptr)) + 1)).dot(x).tocsr().astype(np.float32)
    model = SGDClassifier(loss="log_loss", alpha=task.alpha, max_iter=epochs, tol=None, average=True, random_state=0)
    model.fit(x, labels[rows], sample_weight=weights[rows] / weights[rows].mean())
    found = np.zeros(len(task.vocabulary), np.int64)
    found[columns] = np.rint(np.clip(model.coef_[0], -60, 60) * SCALE)
    return found, int(np.rint(model.intercept_[0] * SCALE))


def score(task: Task, weights: np.ndarray, bias: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums of the weights of these blocks' keys (without the bias for words), and how many keys have a weight."""
    x = task.matrix[rows]
    sums = np.asarray(x.dot(weights.astype(np.float64))).astype(np.int64)
    known = np.asarray(x.dot((weights != 0).astype(np.float64))).astype(np.int64)
    return sums + (0 if task.spread else bias), known
