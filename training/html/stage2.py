"""Stage 2: trees and a network over the binned features of all blocks of a page, and how their scores become chances."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from catboost import CatBoostClassifier, Pool
from torch import nn
from torch.nn import functional

from cleanse.html.block_network import GRAIN, LARGEST_WEIGHT, REACHES, ROUNDS, WEIGHT_GRAIN
from cleanse.html.block_tree import block_weights
from cleanse.html.trees import Trees

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pages import LabelledPage
    from tables import Table

TREES, LEVELS, RATE = 300, 6, 0.08
HIDDEN, LOOKED = 64, 12  # width of the network, and of what a block shows to others
EPOCHS, BATCH = 5, 12  # pages
LEARNING, DECAY, WARM_UP = 3e-3, 1e-2, 50
DROPOUT, INPUT_DROPOUT, NOISE, SMOOTHING = 0.2, 0.1, 0.05, 0.02
F1_WEIGHT = 0.5  # of 1 - F1 of the page in the loss
AVERAGE = 0.985  # of the weights over the second half of training


@dataclass(frozen=True)
class Target:
    """What is learned from: all blocks, page by page."""

    labels: np.ndarray
    weights: np.ndarray
    page: np.ndarray  # the number of each block's page
    bounds: list[tuple[int, int]]  # of each page's blocks

    @classmethod
    def of(cls, pages: Sequence[LabelledPage]) -> Target:
        """The target of these pages."""
        sizes = [len(page.words) for page in pages]
        bounds = list(pairwise(np.cumsum([0, *sizes]).tolist()))
        labels = np.concatenate([page.labels for page in pages])
        weights = np.concatenate([page.weight for page in pages])
        return cls(labels, weights, np.repeat(np.arange(len(pages)), sizes), bounds)


def fit_trees(
    table: Table, columns: Sequence[int], target: Target, chosen: np.ndarray, trees: int = TREES, seed: int = 0
) -> Trees:
    """Oblivious trees over these columns, fitted on the pages that are chosen (bool by page)."""
    rows = np.flatnonzero((target.labels >= 0) & (target.weights > 0) & chosen[target.page])
    model = CatBoostClassifier(
        iterations=trees, depth=LEVELS, learning_rate=RATE, l2_leaf_reg=5, random_strength=1, bootstrap_type="Bernoulli",
        subsample=0.7, rsm=0.3, border_count=64, thread_count=2, verbose=0, allow_writing_files=False, random_seed=seed,
    )  # fmt: skip
    values = table.values[columns][:, rows].T.astype(np.float32)
    model.fit(Pool(np.ascontiguousarray(values), target.labels[rows], weight=target.weights[rows]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trees.json"
        model.save_model(str(path), format="json")
        return _trees(json.loads(path.read_text("utf-8")), columns)


def _trees(model: dict[str, Any], columns: Sequence[int]) -> Trees:
    """CatBoost's description of a model in whole numbers; a tree of fewer levels asks its last question again."""
    asked, borders, leaves = [], [], []
    for tree in model["oblivious_trees"]:
        splits = tree["splits"]
        values = np.array(tree["leaf_values"])
        while len(splits) < LEVELS:
            splits = [*splits, {"float_feature_index": 0, "border": 255}]
            values = np.concatenate([values, values])
        asked.append([columns[split["float_feature_index"]] for split in splits])
        borders.append([int(np.floor(split["border"])) for split in splits])
        leaves.append(np.rint(values / GRAIN))
    bias = model["scale_and_bias"][1]
    return Trees(
        np.array(asked, np.uint16), np.array(borders, np.uint8), np.array(leaves, np.int32),
        int(np.rint((bias[0] if isinstance(bias, list) else bias) / GRAIN)),
    )  # fmt: skip


class Net(nn.Module):
    """The network that `cleanse.html.block_network` runs."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.inp, self.inp2 = nn.Linear(inputs, HIDDEN), nn.Linear(HIDDEN, HIDDEN)
        kinds = 2 * len(REACHES) + 6 + 3 + 2
        self.proj = nn.ModuleList([nn.Linear(HIDDEN, LOOKED) for _ in range(ROUNDS)])
        self.mix = nn.ModuleList([nn.Linear(kinds * LOOKED + HIDDEN, HIDDEN) for _ in range(ROUNDS)])
        self.out, self.out2 = nn.Linear(HIDDEN, 32), nn.Linear(32, 1)

    def forward(self, x: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Scores of all blocks of a batch of pages."""
        hidden = self._drop(functional.relu(self.inp(functional.dropout(x, INPUT_DROPOUT, self.training))))
        x = hidden + functional.relu(self.inp2(hidden))
        for proj, mix in zip(self.proj, self.mix, strict=True):
            x = x + self._drop(
                functional.relu(mix(torch.cat([*batch.look_around(functional.hardtanh(proj(x))), x], 1)))
            )
        return self.out2(functional.relu(self.out(self._drop(x))))[:, 0]

    def _drop(self, x: torch.Tensor) -> torch.Tensor:
        return functional.dropout(x, DROPOUT, self.training)


class Batch:
    """Where the blocks of some pages look, as indices."""

    def __init__(self, pages: Sequence[LabelledPage], table: Table, target: Target, numbers: Sequence[int]) -> None:
        beside: list[list[np.ndarray]] = [[] for _ in range(2 * len(REACHES))]
        low, high, weights, rows = [], [], [], []
        self.bounds: list[tuple[int, int]] = []
        total = sum(b - a for a, b in (target.bounds[n] for n in numbers))
        at = 0
        for n in numbers:
            size = target.bounds[n][1] - target.bounds[n][0]
            i = np.arange(size)
            for k, reach in enumerate(REACHES):
                beside[2 * k].append(np.where(i - reach >= 0, i - reach + at, total))
                beside[2 * k + 1].append(np.where(i + reach < size, i + reach + at, total))
            zeros, ones = np.zeros(size, int), np.full(size, size)
            low.append(np.concatenate([table.ranges[n].first, [zeros, zeros, i + 1]]) + at)
            high.append(np.concatenate([table.ranges[n].end, [ones, i, ones]]) + at)
            weights.append(block_weights(pages[n].words))
            rows.append(np.arange(*target.bounds[n]))
            self.bounds.append((at, at + size))
            at += size
        self.rows = np.concatenate(rows)
        self._beside = [torch.from_numpy(np.concatenate(own)) for own in beside]
        self._low, self._high = torch.from_numpy(np.concatenate(low, 1)), torch.from_numpy(np.concatenate(high, 1))
        self._weights = torch.from_numpy(np.concatenate(weights).astype(np.float64))
        sums = torch.cat([torch.zeros(1, dtype=torch.float64), self._weights.cumsum(0)])
        self._weight = sums[self._high] - sums[self._low] + 1

    def look_around(self, values: torch.Tensor) -> list[torch.Tensor]:
        """As `cleanse.html.block_network` does, page by page."""
        padded = torch.cat([values, values.new_zeros(1, values.shape[1])])
        seen = [padded[own] for own in self._beside]
        sums = torch.cat(
            [values.new_zeros(1, values.shape[1]).double(), (values.double() * self._weights[:, None]).cumsum(0)]
        )
        seen += [
            ((sums[high] - sums[low]) / weight[:, None]).float()
            for low, high, weight in zip(self._low, self._high, self._weight, strict=True)
        ]
        above = torch.cat([values[a:b].cummax(0)[0] for a, b in self.bounds])
        below = torch.cat([values[a:b].flip(0).cummax(0)[0].flip(0) for a, b in self.bounds])
        return [*seen, above, below]


@dataclass(frozen=True)
class Fitted:
    """A fitted network and how its inputs are made of bins."""

    net: Net
    columns: list[int]
    mean: np.ndarray
    spread: np.ndarray


def fit_net(
    pages: Sequence[LabelledPage],
    table: Table,
    columns: Sequence[int],
    target: Target,
    chosen: np.ndarray,
    seed: int = 0,
    epochs: int = EPOCHS,
) -> Fitted:
    """The network, fitted on the pages that are chosen (bool by page)."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    values = table.values[columns].T.astype(np.float32)
    mean, spread = values.mean(0), values.std(0) + 1
    inputs = torch.from_numpy((values - mean) / spread)
    numbers = np.array([n for n in np.flatnonzero(chosen) if target.weights[slice(*target.bounds[n])].sum() > 0])
    net = Net(len(columns))
    optimizer = torch.optim.AdamW(net.parameters(), lr=LEARNING, weight_decay=DECAY, betas=(0.9, 0.99))
    labels = torch.from_numpy(np.maximum(target.labels, 0).astype(np.float32))
    weights = torch.from_numpy((target.weights * (target.labels >= 0)).astype(np.float32))
    words = torch.from_numpy(np.concatenate([page.words for page in pages]).astype(np.float32))
    steps, step = epochs * (len(numbers) // BATCH + 1), 0
    average: dict[str, torch.Tensor] = {}
    for _ in range(epochs):
        order = rng.permutation(numbers)
        for at in range(0, len(order), BATCH):
            own = order[at : at + BATCH]
            batch = Batch(pages, table, target, own)
            x = inputs[batch.rows]
            optimizer.param_groups[0]["lr"] = _rate(step, steps)
            scores = net(x + NOISE * torch.randn_like(x), batch)
            loss = _loss(
                scores, labels[batch.rows], weights[batch.rows], words[batch.rows], batch, [pages[n] for n in own]
            )
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimizer.step()
            step += 1
            if step > steps / 2:
                for name, value in net.state_dict().items():
                    average[name] = AVERAGE * average.get(name, value.clone()) + (1 - AVERAGE) * value
    net.load_state_dict(average)
    net.eval()
    return Fitted(net, list(columns), mean, spread)


def _rate(step: int, steps: int) -> float:
    return LEARNING * min(1, (step + 1) / WARM_UP) * (0.98 * 0.5 * (1 + np.cos(np.pi * min(1, step / steps))) + 0.02)


def _loss(
    scores: torch.Tensor,
    labels: torch.Tensor,
    weights: torch.Tensor,
    words: torch.Tensor,
    batch: Batch,
    pages: Sequence[LabelledPage],
) -> torch.Tensor:
    """Weighted cross entropy and 1 - F1 of each page's words."""
    smooth = labels * (1 - SMOOTHING) + SMOOTHING / 2
    loss = (functional.binary_cross_entropy_with_logits(scores, smooth, reduction="none") * weights).sum() / len(pages)
    chance = torch.sigmoid(scores)
    missed = scores.new_zeros(())
    for (a, b), page in zip(batch.bounds, pages, strict=True):
        if page.segments or not (page.share >= 0.5).any():
            continue
        size = words[a:b] * (weights[a:b] > 0)
        both = (chance[a:b] * labels[a:b] * size).sum()
        missed = missed + 1 - 2 * both / ((chance[a:b] * size).sum() + (labels[a:b] * size).sum() + 1)
    return loss + F1_WEIGHT * missed / len(pages)


def export(fitted: Fitted) -> dict[str, np.ndarray]:
    """The weights for `cleanse.html.block_network`: its inputs are bins, its values whole grains."""
    state = {name: value.numpy().astype(np.float64) for name, value in fitted.net.state_dict().items()}
    weights = {name: value.T if value.ndim == 2 else value / GRAIN for name, value in state.items()}
    first = weights["inp.weight"] / fitted.spread[:, None] / GRAIN
    weights["inp.bias"] = weights["inp.bias"] - fitted.mean @ first
    weights["inp.weight"] = first
    for name, value in weights.items():
        if name.endswith("weight") and name != "inp.weight" and np.abs(value).max() > LARGEST_WEIGHT:
            raise ValueError(f"{name} is too large")
        weights[name] = np.rint(value / WEIGHT_GRAIN) * WEIGHT_GRAIN
    return weights
