"""The linear model of n-grams: for a line alone, is it content, or chrome above, inside or below the content.

Multinomial logistic regression over hashed n-grams that occur on several sites; n-grams of few sites would only learn
those sites by heart. Fitted without one fold and without each pair of folds, so that what the network learns from was
never fitted on its own page, nor on the fold that judges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from cleanse.chrome.line_model import tokenizer
from data import CHROME, CONTENT, FOLDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from data import Page

CLASSES = 4  # content; chrome above the first content line, between, below the last
LEAST_SITES = 4  # sites on which an n-gram must occur
EPOCHS = 3
BATCH = 512  # lines
RATE = 0.03
DECAY = 0.1
DROPOUT = 0.5  # n-grams hidden from a line in training
SMOOTHING = 0.04


class Grams:
    """All different lines of all pages and their n-grams. `lines[text]` is a line's number."""

    def __init__(self, pages: Iterable[Page], tables: tuple[np.ndarray, np.ndarray]) -> None:
        self.lines: dict[str, int] = {}
        for page in pages:
            for line in page.lines:
                self.lines.setdefault(line, len(self.lines))
        parts, owners = [], []
        texts = list(self.lines)
        for at in range(0, len(texts), 4000):
            chunk = tokenizer.read(texts[at : at + 4000], *tables)
            chars, words = tokenizer.grams(chunk)
            value = np.concatenate([chars.hashes, words.hashes])
            line = np.concatenate([chunk.char_lines[chars.at], chunk.word_lines[words.at]])
            order = np.argsort(line, kind="stable")
            parts.append(value[order])
            owners.append(line[order] + at)
        self.hashes, self.flat = np.unique(np.concatenate(parts), return_inverse=True)
        self.flat = self.flat.astype(np.int32)
        self.offsets = np.searchsorted(np.concatenate(owners), np.arange(len(texts) + 1))

    def numbers(self, page: Page) -> np.ndarray:
        """The numbers of the page's lines, (L,)."""
        return np.array([self.lines[line] for line in page.lines])

    def sites(self, pages: Iterable[Page]) -> np.ndarray:
        """On how many sites of each fold each n-gram occurs, uint16 (FOLDS, grams)."""
        by_site: dict[str, tuple[int, set[int]]] = {}
        for page in pages:
            by_site.setdefault(page.site, (page.fold, set()))[1].update(self.numbers(page).tolist())
        counts = np.zeros((FOLDS, len(self.hashes)), np.uint16)
        for fold, numbers in by_site.values():
            flat, _ = self.gather(np.array(sorted(numbers)))
            counts[fold, np.unique(flat)] += 1
        return counts

    def gather(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The n-grams of these lines one after the other, and for each the place of its line in `numbers`."""
        size = self.offsets[numbers + 1] - self.offsets[numbers]
        total = int(size.sum())
        starts = np.repeat(self.offsets[numbers] - np.append(0, np.cumsum(size)[:-1]), size)
        return self.flat[starts + np.arange(total)], np.repeat(np.arange(len(numbers)), size)


def targets(grams: Grams, pages: Iterable[Page]) -> tuple[np.ndarray, np.ndarray]:
    """How often each line stood in each class, by fold, float32 (FOLDS, lines, CLASSES); words of each line."""
    votes = np.zeros((FOLDS, len(grams.lines), CLASSES), np.float32)
    words = np.array([len(line.split()) for line in grams.lines], np.float32)
    for page in pages:
        content = np.flatnonzero(page.labels == CONTENT)
        if not len(content):
            continue
        place = np.full(len(page.lines), 2)
        place[: content[0]], place[content[-1] + 1 :] = 1, 3
        place[page.labels == CONTENT] = 0
        known = (page.labels == CONTENT) | (page.labels == CHROME)
        weight = min(1.5, (60 / max(20, known.sum())) ** 0.5) / 2  # a long page is not worth many short ones
        np.add.at(votes, (page.fold, grams.numbers(page)[known], place[known]), weight)
    return votes, words


def fit(
    grams: Grams, sites: np.ndarray, votes: np.ndarray, words: np.ndarray, without: tuple[int, ...], seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Weights float32 (grams, CLASSES), zero for n-grams left out, and bias (CLASSES,), from the other folds."""
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, *without])
    folds = [f for f in range(FOLDS) if f not in without]
    keep = sites[folds].sum(0) >= LEAST_SITES
    compact = np.where(keep, np.cumsum(keep) - 1, -1).astype(np.int32)
    truth = votes[folds].sum(0)
    seen = truth.sum(1)
    rows = np.flatnonzero(seen > 0)
    truth = truth[rows] / seen[rows, None] * (1 - SMOOTHING) + SMOOTHING / CLASSES
    weight = np.minimum(seen[rows], 6) ** 0.5 * (1 + np.log1p(words[rows])) / 3
    table = torch.nn.EmbeddingBag(int(keep.sum()), CLASSES, mode="sum")
    table.weight.data.zero_()
    bias = torch.zeros(CLASSES, requires_grad=True)
    optimizer = torch.optim.Adam([table.weight, bias], lr=RATE, betas=(0.9, 0.99))
    steps, step = EPOCHS * (len(rows) // BATCH), 0
    for _ in range(EPOCHS):
        order = rng.permutation(len(rows))
        for at in range(0, len(rows) - BATCH + 1, BATCH):
            batch = np.sort(order[at : at + BATCH])
            flat, line = grams.gather(rows[batch])
            flat = compact[flat]
            stay = (flat >= 0) & (rng.random(len(flat)) > DROPOUT)
            scores = _score(table, bias, flat[stay], line[stay], BATCH)
            optimizer.param_groups[0]["lr"] = RATE * (1 - step / steps) + 1e-5
            chance = torch.log_softmax(scores, 1)
            loss = -((chance * torch.from_numpy(truth[batch])).sum(1) * torch.from_numpy(weight[batch])).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                table.weight.mul_(1 - DECAY * optimizer.param_groups[0]["lr"])
            step += 1
    weights = np.zeros((len(keep), CLASSES), np.float32)
    weights[keep] = table.weight.detach().numpy()
    return weights, bias.detach().numpy()


def _score(
    table: torch.nn.EmbeddingBag, bias: torch.Tensor, flat: np.ndarray, line: np.ndarray, size: int
) -> torch.Tensor:
    number = np.bincount(line, minlength=size)
    scale = torch.from_numpy((1 / (np.sqrt(number) + 1)).astype(np.float32))
    offsets = torch.from_numpy(np.append(0, np.cumsum(number)[:-1]))
    return table(torch.from_numpy(flat.astype(np.int64)), offsets) * scale[:, None] + bias


def score_lines(grams: Grams, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Scores of all lines, float32 (lines, CLASSES + 1); the last column is the number of n-grams that count."""
    out = np.zeros((len(grams.lines), CLASSES + 1), np.float32)
    used = weights.any(1)
    for at in range(0, len(out), 4096):
        numbers = np.arange(at, min(at + 4096, len(out)))
        flat, line = grams.gather(numbers)
        stay = used[flat]
        flat, line = flat[stay], line[stay]
        number = np.bincount(line, minlength=len(numbers))
        for c in range(CLASSES):
            total = np.bincount(line, weights[flat, c], len(numbers))
            out[numbers, c] = total / (np.sqrt(number) + 1) + bias[c]
        out[numbers, CLASSES] = number
    return out
