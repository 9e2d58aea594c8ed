"""Fit the own HTML engine on the labelled pages, measure it out of fold by site, and write its model file.

    python training/html/train.py [--data ../shared/bench/extraction] [--folds DIR] [--out FILE] [-j 2]

Every figure comes from models that never saw the page's site: the fold that judges is left out of both stages, and what
stage 2 learns from comes from fits of stage 1 that left out the page's own fold as well.
"""

from __future__ import annotations

import argparse
import logging
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from pages import FOLDS, read_gold_pages, scorer
from stage2 import Target, export, fit_net, fit_trees
from tables import Stage1, binned, borders_of, tabulate

from cleanse.html import block_network, decision, trees
from cleanse.html.block_engine import ALONE, CHANCE_STEPS, HIGHEST, LOWEST, UNSURE, chances_of
from cleanse.html.block_tree import block_weights
from cleanse.html.element_scores import TokenWeights
from cleanse.html.linear_scores import WordWeights
from cleanse.html.model_file import FILE, Model, save_model
from metrics import Judge, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pages import LabelledPage
    from tables import Table

DATA = Path("../shared/bench/extraction")
VOTE = "vote"  # how the names of features begin that only the asked trees know
FLOOR = 0.003  # added to the weight of blocks when borders between bins are chosen
STEPS = 8 * CHANCE_STEPS  # of the score, either way


def chances() -> np.ndarray:
    """The chance for each step of the score."""
    score = np.arange(-STEPS, STEPS + 1) / CHANCE_STEPS
    return np.rint(decision.ONE / (1 + np.exp(-score))).astype(np.int64)


class Training:
    """The pages, stage 1, and the borders of bins, which are the same in every fold."""

    def __init__(self, pages: Sequence[LabelledPage]) -> None:
        self.pages = pages
        self.stage1 = Stage1(pages)
        self.target = Target.of(pages)
        self.folds = np.array([page.fold for page in pages])
        table = tabulate(pages, self.stage1.scores(None))
        table = table.ordered(lambda name: name.startswith(VOTE))
        self.borders: Mapping[str, np.ndarray] = borders_of(table, self.target.weights + FLOOR)
        self.table = binned(table, self.borders)

    def fit(self, judging: int | None) -> tuple[Model, Table]:
        """The model without one fold, or with all of them, and the table whose rows of that fold it may judge."""
        table = self.table
        if judging is not None:
            table = tabulate(self.pages, self.stage1.scores(judging)).ordered(lambda name: name.startswith(VOTE))
            table = binned(table, self.borders)
        chosen = self.folds != judging if judging is not None else np.ones(len(self.pages), bool)
        plain = [i for i, name in enumerate(table.names) if not name.startswith(VOTE)]
        (tokens, token_bias), (words, word_bias) = self.stage1.fit(() if judging is None else (judging,))
        model = Model(
            tokens=TokenWeights.of(_weights(self.stage1.tokens.vocabulary, tokens)),
            token_bias=token_bias,
            words=WordWeights.of(_weights(self.stage1.words.vocabulary, words)),
            word_bias=word_bias,
            borders=self.borders,
            trees=fit_trees(table, plain, self.target, chosen),
            asked_trees=fit_trees(table, list(range(len(table.names))), self.target, chosen),
            network=export(fit_net(self.pages, table, plain, self.target, chosen)),
            chances=chances(),
            about={"pages": len(self.pages), "left out": judging},
        )
        return model, table

    def judge(
        self, model: Model, table: Table, numbers: Sequence[int]
    ) -> dict[int, tuple[decision.Choice, decision.Choice]]:
        """For each of these pages what the engine chooses by itself, and once it knows trafilatura's vote."""
        inputs = len(model.network["inp.weight"])
        out = {}
        for n in numbers:
            bins = table.values[:, slice(*self.target.bounds[n])]
            weights = block_weights(self.pages[n].words)
            around = table.ranges[n]
            net = block_network.run(
                model.network, bins[:inputs].T.astype(np.float64), weights, around.first, around.end
            )
            scores = [trees.score(part, bins) for part in (model.trees, model.asked_trees)]
            own = [chances_of(ALONE, score, net.astype(np.int64), model) for score in scores]
            out[n] = tuple(decision.choose(chance, self.pages[n].words, LOWEST, HIGHEST) for chance in own)
        return out


def _weights(vocabulary: Sequence[str], weights: np.ndarray) -> dict[str, int]:
    return {key: int(weight) for key, weight in zip(vocabulary, weights, strict=True) if weight}


def report(judge: Judge, choices: Sequence[tuple[decision.Choice, decision.Choice]]) -> None:
    """Print what the settings are worth."""
    asked = [plain.expected < UNSURE or not plain.kept.any() for plain, _ in choices]
    print(f"trafilatura is asked about {np.mean(asked):.1%} of the pages")
    show("fast", judge.table([plain.kept for plain, _ in choices]))
    auto = [voted.kept if ask else plain.kept for ask, (plain, voted) in zip(asked, choices, strict=True)]
    show("auto", judge.table(auto, "dataset"))
    show("auto", judge.table(auto, "lang"))
    show("always asked", judge.table([voted.kept for _, voted in choices]))


def main() -> None:
    """Read, fit, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--folds", type=Path, help="folder for the models that each leave out a fold of sites")
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument("-j", "--workers", type=int, default=2)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    torch.set_num_threads(1)
    start = time.time()
    with ProcessPoolExecutor(given.workers) as pool:
        pages = [page for page in read_gold_pages(given.data, pool) if len(page.words)]
    print(
        f"{len(pages)} pages, {sum(len(page.words) for page in pages)} blocks, {time.time() - start:.0f} s", flush=True
    )
    training = Training(pages)
    print(f"tables, {time.time() - start:.0f} s", flush=True)
    score = scorer(given.data)
    judge = Judge(pages, score.load_gold(str(given.data)), score)
    choices: dict[int, tuple[decision.Choice, decision.Choice]] = {}
    for fold in range(FOLDS):
        model, table = training.fit(fold)
        choices |= training.judge(model, table, np.flatnonzero(training.folds == fold).tolist())
        if given.folds:
            given.folds.mkdir(parents=True, exist_ok=True)
            save_model(model, given.folds / f"fold-{fold}.npz")
        print(f"fold {fold}, {time.time() - start:.0f} s", flush=True)
    report(judge, [choices[n] for n in range(len(pages))])
    save_model(training.fit(None)[0], given.out)
    print(f"{given.out}: {given.out.stat().st_size / 1e6:.1f} MB, {time.time() - start:.0f} s")


if __name__ == "__main__":
    main()
