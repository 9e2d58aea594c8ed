"""Fit the own HTML engine on the labelled pages, measure it out of fold by site, and write its model file.

    python training/html/train.py [--data ../shared/bench/extraction] [--folds DIR] [--line-folds DIR] [--out FILE] [-j 2]

Every figure comes from models that never saw the page's site: the fold that judges is left out of both stages, and what
stage 2 learns from comes from fits of stage 1 that left out the page's own fold as well.
"""

from __future__ import annotations

import argparse
import logging
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from pages import FOLDS, read_gold_pages, scorer
from stage2 import Target, export, fit_net, fit_trees
from tables import Stage1, binned, borders_of, tabulate

from cleanse.chrome.line_chances import line_chances
from cleanse.chrome.line_model import load_model as load_line_model
from cleanse.html import block_network, decision
from cleanse.html.block_engine import CHANCE_STEPS, Facts, decide, find_lists
from cleanse.html.block_tree import block_weights
from cleanse.html.element_scores import TokenWeights
from cleanse.html.linear_scores import WordWeights
from cleanse.html.model_file import FILE, Model, save_model
from metrics import Judge, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pages import LabelledPage
    from tables import Table

    from cleanse.chrome.line_model import Model as LineModel

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

    def judge(self, model: Model, table: Table, numbers: Sequence[int], lines: LineModel | None) -> dict[int, Choices]:
        """For each of these pages what the engine chooses in every setting."""
        inputs = len(model.network["inp.weight"])
        out = {}
        for n in numbers:
            page, around = self.pages[n], table.ranges[n]
            bins = table.values[:, slice(*self.target.bounds[n])]
            weights = block_weights(page.words)
            net = block_network.run(
                model.network, bins[:inputs].T.astype(np.float64), weights, around.first, around.end
            )
            lists = find_lists(page.parts.page.containers)
            out[n] = choose(
                page, Facts(page.words, weights, {}, around, bins, net.astype(np.int64), lists), model, lines
            )
        return out


class Choices(NamedTuple):
    """What stays of a page by each setting, and whether trafilatura was asked in the first."""

    auto: np.ndarray
    fast: np.ndarray
    asked: bool


def choose(page: LabelledPage, facts: Facts, model: Model, lines: LineModel | None) -> Choices:
    """Judge a page as `cleanse.html` does."""
    asked = []

    def ask_lines() -> list[float] | None:
        stretches = [(block.start, block.end) for block in page.parts.page.blocks]
        return None if lines is None else line_chances(page.parts.page.text, stretches, lines)

    def ask_extractor() -> list[float]:
        asked.append(page.id)
        return page.vote.tolist()

    auto = decide(facts, model, ask_lines, ask_extractor)
    fast = decide(facts, model, ask_lines, lambda: None)
    return Choices(auto.kept, fast.kept, bool(asked))


def _weights(vocabulary: Sequence[str], weights: np.ndarray) -> dict[str, int]:
    return {key: int(weight) for key, weight in zip(vocabulary, weights, strict=True) if weight}


def report(judge: Judge, choices: Sequence[Choices]) -> None:
    """Print what the settings are worth."""
    print(f"trafilatura is asked about {np.mean([own.asked for own in choices]):.1%} of the pages")
    show("fast", judge.table([own.fast for own in choices]))
    show("auto", judge.table([own.auto for own in choices], "dataset"))
    show("auto", judge.table([own.auto for own in choices], "lang"))


def main() -> None:
    """Read, fit, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--folds", type=Path, help="folder for the models that each leave out a fold of sites")
    parser.add_argument("--line-folds", type=Path, help="folder of line models that do (training/train.py --folds DIR)")
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
    choices: dict[int, Choices] = {}
    for fold in range(FOLDS):
        model, table = training.fit(fold)
        lines = load_line_model(given.line_folds / f"{fold}.npz") if given.line_folds else None
        choices |= training.judge(model, table, np.flatnonzero(training.folds == fold).tolist(), lines)
        if given.folds:
            given.folds.mkdir(parents=True, exist_ok=True)
            save_model(model, given.folds / f"fold-{fold}.npz")
        print(f"fold {fold}, {time.time() - start:.0f} s", flush=True)
    report(judge, [choices[n] for n in range(len(pages))])
    save_model(training.fit(None)[0], given.out)
    print(f"{given.out}: {given.out.stat().st_size / 1e6:.1f} MB, {time.time() - start:.0f} s")


if __name__ == "__main__":
    main()
