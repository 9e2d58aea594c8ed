"""Fits the network of `cleanse.chrome.line_model.network` with torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from cleanse.chrome.line_model import features, network, tokenizer
from cleanse.chrome.line_model.page_arrays import FOUND
from data import CONTENT, CUT_SHORT, UNKNOWN, partners, vary

if TYPE_CHECKING:
    from data import Page
    from ngrams import Grams

WIDTH, PROJECTED = 48, 16
EPOCHS, BATCH, RATE, DECAY = 12, 16, 3e-3, 1e-3
WARM_UP = 60  # steps
KEEP_AVERAGE = 0.99  # of the running average of the weights, over the second half
DROPOUT = {"scores": 0.15, "own": 0.05, "hidden": 0.15, "findings": 0.25, "language": 0.12}
# findings: of a whole page, since rules were written with an eye on these pages and find less on others; language: the
# scores of a whole page, as in a language of which no n-gram is known
SCORE_NOISE = 0.3
SCORES = 6  # columns that stem from n-grams
SMOOTHING = 0.01
BY_WORDS = 0.5  # share of a page's weight that is spread by words; the rest by lines, for the sake of short ones
PLACES = 0.3  # weight of telling the kinds of chrome apart
POINTERS = 0.1  # weight of finding the first and the last content line
HEADLINE = 0.3  # weight of a page's headline, which the gold leaves out, as content
VARIANTS = 2  # of each page, beside the page itself
LONGEST = 500  # lines of a page that training sees at once


@dataclass(frozen=True)
class Example:
    """A page, or a variant of one, as the network sees it."""

    page: int
    fold: int
    numbers: np.ndarray  # (L,) of its lines in Grams
    own: np.ndarray  # float16 (L, features without those of n-grams)
    words: np.ndarray
    target: np.ndarray  # (L,) class, or UNKNOWN
    weight: np.ndarray  # (L,) sums to 1
    usable: bool  # for training


def example(index: int, page: Page, grams: Grams, tables: tuple[np.ndarray, np.ndarray]) -> Example:
    """The features of a page and what is to be learned from it."""
    read = tokenizer.read(page.lines, *tables)
    own = np.hstack([features.describe(read, page.gaps, page.indents), page.found / 3])
    words = features.word_counts(read)
    content = np.flatnonzero(page.labels == CONTENT)
    target = np.full(len(page.lines), 2)
    if len(content):
        target[: content[0]], target[content[-1] + 1 :] = 1, 3
    target[page.labels == CONTENT] = 0
    target[page.labels == UNKNOWN] = UNKNOWN
    known = (target != UNKNOWN).astype(np.float32)
    headline = page.marks.find("n")
    if headline >= 0 and len(content) and headline < content[0]:
        target[headline], known[headline] = 0, HEADLINE
    mass = known * words
    weight = BY_WORDS * mass / max(1, mass.sum()) + (1 - BY_WORDS) * known / max(1, known.sum())
    usable = bool((target == 0).any()) and page.id not in CUT_SHORT
    return Example(index, page.fold, grams.numbers(page), own.astype(np.float16), words, target, weight, usable)


def examples(pages: list[Page], grams: Grams, tables: tuple[np.ndarray, np.ndarray], seed: int) -> list[Example]:
    """Every page, then VARIANTS rounds of variants of all; pages without labels come only as themselves."""
    rng = np.random.default_rng([seed, 1])
    out = [example(i, page, grams, tables) for i, page in enumerate(pages)]
    for _ in range(VARIANTS):
        others = partners(pages, rng)
        varied = [vary(page, pages[others[i]], rng) if page.labelled else page for i, page in enumerate(pages)]
        out += [example(i, page, grams, tables) for i, page in enumerate(varied)]
    return out


def inputs(sample: Example, scores: np.ndarray) -> np.ndarray:
    """float32 (L, features); `scores` as `ngrams.score_lines` returns them."""
    lines = scores[sample.numbers].astype(np.float32)
    own = sample.own.astype(np.float32)
    return network.line_features(lines[:, :-1], lines[:, -1], own, np.zeros((len(own), 0), np.float32))


class Net(nn.Module):
    """See `cleanse.chrome.line_model.network.run`."""

    def __init__(self, columns: int, without_rules: np.ndarray) -> None:
        super().__init__()
        self.register_buffer("without_rules", torch.from_numpy(without_rules), persistent=False)
        self.inp, self.inp2 = nn.Linear(columns, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.proj = nn.ModuleList([nn.Linear(WIDTH, PROJECTED) for _ in range(2)])
        self.whole = nn.ModuleList([nn.Linear(5 * PROJECTED, WIDTH) for _ in range(2)])
        self.whole[1].weight.data *= 0.3
        self.conv = nn.ModuleList([nn.Linear(3 * WIDTH, WIDTH) for _ in network.REACHES])
        self.mix = nn.ModuleList([nn.Linear(WIDTH, WIDTH) for _ in network.REACHES])
        self.out, self.out2 = nn.Linear(WIDTH, WIDTH // 2), nn.Linear(WIDTH // 2, network.CLASSES)
        self.point, self.trust = nn.Linear(WIDTH, 2), nn.Parameter(torch.tensor(0.3))
        for layer in self.mix:
            layer.weight.data *= 0.3

    def forward(self, x: torch.Tensor, mask: torch.Tensor, words: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores (lines of all pages, CLASSES), and where content begins and ends (pages, longest, 2), as shares.

        mask: (pages, longest), which places hold a line; words likewise.
        """
        drop = DROPOUT["hidden"]
        if self.training:
            scores, own = x[:, :SCORES], x[:, SCORES:].clone()
            page_of = torch.arange(len(mask))[:, None].expand_as(mask)[mask]
            unruled = torch.rand(len(mask)) < DROPOUT["findings"]
            own[:, -FOUND:] = torch.where(unruled[page_of][:, None], self.without_rules, own[:, -FOUND:])
            scores = scores + SCORE_NOISE * torch.randn(scores.shape)
            foreign = torch.rand(len(mask)) < DROPOUT["language"]
            scores = scores * (torch.rand(len(scores), 1) > DROPOUT["scores"]) * ~foreign[page_of][:, None]
            x = torch.cat([scores, functional.dropout(own, DROPOUT["own"], training=True)], 1)
        h = functional.dropout(functional.relu(self.inp(x)), drop, self.training)
        h = h + functional.relu(self.inp2(h))
        pages, longest = mask.shape
        x = h.new_zeros(pages, longest, WIDTH)
        x[mask] = h
        real = mask.float()[..., None]
        x = (x + self.around(0, x, mask[..., None], words)) * real
        for reach, conv, mix in zip(network.REACHES, self.conv, self.mix, strict=True):
            z = functional.pad(x, (0, 0, reach, reach))
            y = torch.cat([z[:, :longest], x, z[:, 2 * reach : 2 * reach + longest]], 2)
            y = functional.dropout(functional.relu(conv(y)), drop, self.training)
            x = (x + mix(y)) * real
        x = (x + self.around(1, x, mask[..., None], words)) * real
        h = functional.dropout(functional.relu(x[mask]), drop, self.training)
        scores = self.out2(functional.relu(self.out(h)))
        points = h.new_full((pages, longest, 2), -1e4)
        points[mask] = self.point(h)
        share = torch.softmax(points, 1)
        begun = share[..., 0].cumsum(1)
        to_end = share[..., 1].flip(1).cumsum(1).flip(1)
        inside = (begun * to_end).clamp(network.FLOOR, 1 - network.FLOOR)[mask]
        lift = functional.pad((self.trust * torch.logit(inside))[:, None], (0, network.CLASSES - 1))
        return scores + lift, share

    def around(self, which: int, x: torch.Tensor, mask: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        """What the lines above, those below and the whole page say to each line."""
        p = torch.tanh(self.proj[which](x)) * mask
        weight = torch.sqrt(words)[..., None] * mask
        q = p * weight
        sums, total = q.cumsum(1), weight.cumsum(1)
        above = (sums - q) / (total - weight + 1)
        below = (sums[:, -1:] - sums) / (total[:, -1:] - total + 1)
        whole = (sums[:, -1:] / (total[:, -1:] + 1)).expand_as(above)
        peaks = p.masked_fill(~mask, -1)
        until, since = peaks.cummax(1)[0], peaks.flip(1).cummax(1)[0].flip(1)
        told: torch.Tensor = self.whole[which](torch.cat([above, below, whole, until, since], 2))
        return told


def fit(
    data: list[Example], scores: dict[tuple[int, ...], np.ndarray], without: int | None, seed: int = 0
) -> dict[str, np.ndarray]:
    """The network's weights, from all examples but those of one fold. Deterministic for a seed and one thread."""
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 2])
    train = [e for e in data if e.fold != without and e.usable]
    sample = np.vstack([inputs(e, _scores(scores, without, e.fold)) for e in train[::11]])
    mean, spread = sample.mean(0), sample.std(0) + 0.05
    none = np.clip(-mean / spread, -network.CLIP, network.CLIP)[-FOUND:]  # a line without findings, standardised
    net = Net(sample.shape[1], none.astype(np.float32))
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY, betas=(0.9, 0.99))
    share = 1 / (1 + VARIANTS) * 2  # of the examples in an epoch: a page and one of its variants, on average
    total, step = EPOCHS * int(len(train) * share / BATCH), 0
    average: dict[str, torch.Tensor] = {}
    while step < total:
        for batch in _batches(train, rng, share):
            optimizer.param_groups[0]["lr"] = RATE * _pace(step, total)
            loss = _loss(net, *_collate(batch, scores, without, mean, spread, rng))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimizer.step()
            step += 1
            if step > total / 2:
                for name, value in net.state_dict().items():
                    average[name] = KEEP_AVERAGE * average.get(name, value) + (1 - KEEP_AVERAGE) * value
    weights = {k: np.ascontiguousarray(v.numpy().T if v.ndim == 2 else v.numpy()) for k, v in average.items()}
    return {"mean": mean.astype(np.float32), "spread": spread.astype(np.float32), **weights}


def _scores(scores: dict[tuple[int, ...], np.ndarray], without: int | None, fold: int) -> np.ndarray:
    return scores[(fold,) if without is None else tuple(sorted({without, fold}))]


def _pace(step: int, total: int) -> float:
    cosine = 0.5 * (1 + np.cos(np.pi * min(1, step / total))) * 0.98 + 0.02
    return float(min(1, (step + 1) / WARM_UP) * cosine)


def _batches(train: list[Example], rng: np.random.Generator, share: float) -> list[list[Example]]:
    """Batches of pages of like length, in random order, from a random share of the examples."""
    order = rng.permutation(len(train))[: int(len(train) * share)]
    out = []
    for at in range(0, len(order), BATCH * 8):
        chunk = sorted(order[at : at + BATCH * 8], key=lambda i: len(train[i].words))
        out += [[train[i] for i in chunk[j : j + BATCH]] for j in range(0, len(chunk), BATCH)]
    return [out[i] for i in rng.permutation(len(out))]


def _collate(
    batch: list[Example],
    scores: dict[tuple[int, ...], np.ndarray],
    without: int | None,
    mean: np.ndarray,
    spread: np.ndarray,
    rng: np.random.Generator,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    parts = []
    for e in batch:
        start = int(rng.integers(0, max(1, len(e.words) - LONGEST + 1)))
        parts.append(slice(start, start + LONGEST))
    x = np.vstack([inputs(e, _scores(scores, without, e.fold))[p] for e, p in zip(batch, parts, strict=True)])
    sizes = [len(e.words[p]) for e, p in zip(batch, parts, strict=True)]
    mask, words = np.zeros((len(batch), max(sizes)), bool), np.zeros((len(batch), max(sizes)), np.float32)
    for i, (e, p, size) in enumerate(zip(batch, parts, sizes, strict=True)):
        mask[i, :size], words[i, :size] = True, e.words[p]
    x = np.clip((x - mean) / spread, -network.CLIP, network.CLIP).astype(np.float32)
    target = np.concatenate([e.target[p] for e, p in zip(batch, parts, strict=True)])
    weight = np.concatenate([e.weight[p] for e, p in zip(batch, parts, strict=True)]) / len(batch)
    arrays = (x, mask, words, target, weight.astype(np.float32))
    return tuple(torch.from_numpy(a) for a in arrays)  # type: ignore[return-value]


def _loss(
    net: Net, x: torch.Tensor, mask: torch.Tensor, words: torch.Tensor, target: torch.Tensor, weight: torch.Tensor
) -> torch.Tensor:
    scores, share = net(x, mask, words)
    margin = scores[:, 0] - torch.logsumexp(scores[:, 1:], 1)
    truth = (target == 0).float() * (1 - 2 * SMOOTHING) + SMOOTHING
    loss = functional.binary_cross_entropy_with_logits(margin, truth, reduction="none")
    chrome = target > 0
    places = functional.cross_entropy(scores[chrome, 1:], target[chrome] - 1, reduction="none")
    content = torch.zeros_like(mask)
    content[mask] = target == 0
    has = content.any(1)
    at = torch.arange(mask.shape[1])
    first = torch.where(content, at, mask.shape[1]).min(1)[0][has]
    last = torch.where(content, at, -1).max(1)[0][has]
    ends = torch.log(share[has, first, 0] + 1e-4).mean() + torch.log(share[has, last, 1] + 1e-4).mean()
    return (loss * weight).sum() + PLACES * (places * weight[chrome]).sum() - POINTERS * ends
