"""The own engine: which blocks of a page are its content, by their words and the elements around them.

blocks → scores of words and of elements' names → features → bins → trees and network → chances → choice
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleanse.html import block_network, decision, trees
from cleanse.html.alignment import split_words
from cleanse.html.block_features import measure
from cleanse.html.block_tree import PageFacts, Ranges, block_weights
from cleanse.html.element_scores import token_scores
from cleanse.html.linear_scores import token_units, word_sums, word_units
from cleanse.html.metadata import letters
from cleanse.html.votes import vote_columns
from cleanse.html.word_keys import plain
from cleanse.portable_math import log

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cleanse.html.element_tokens import Keys
    from cleanse.html.metadata import Metadata
    from cleanse.html.model_file import Model
    from cleanse.html.visible_text import Container, Rendered

Array = NDArray[Any]

GRAINS = int(1 / block_network.GRAIN)  # in a score of 1
CHANCE_STEPS = 64  # of the score that chances are told apart by, in 1
LOWEST = decision.ONE * 12 // 100  # a block less likely than this is never kept
# One more likely than this always is: at 60 % the F1 is the same, and an eighth more words get lost.
HIGHEST = decision.ONE * 40 // 100
# The same of a block of several links and little else, the row of a menu. Of blocks of one link the bench loses segments.
HIGHEST_OF_LINKS = decision.ONE * 60 // 100
LITTLE = 0.2  # of the characters of such a block, at most, outside the links: the signs between them
LISTS = ("ul", "ol")
DOUBTED = 0.95  # expected F1 below which the line model is asked: one page in eight of the extraction bench
UNSURE = 0.9  # and below which another extractor is, as well
ODDS = 1024  # steps of a chance of the line model whose log odds are told apart


class Shares(NamedTuple):
    """How the scores of a block are added, in hundredths; chosen out of fold by site."""

    trees: int
    network: int
    lines: int
    benefit: int  # added to the sum, in `CHANCE_STEPS`: to lose content costs more than to keep chrome


ALONE = Shares(91, 49, 0, CHANCE_STEPS // 2)
WITH_LINES = Shares(39, 34, 22, 0)
WITH_LINES_AND_VOTE = Shares(56, 16, 18, 0)


class Facts(NamedTuple):
    """A page as it is judged, once by itself and once more with another extractor's vote."""

    words: Array  # int64, of each block
    weights: Array
    columns: dict[str, Array]  # features by name
    ranges: Ranges
    bins: Array  # uint8 (features, blocks); those of a vote are zero
    network: Array  # the network's score of each block, whole grains
    lists: Sequence[tuple[int, int]]  # half-open ranges of blocks


class Judgement(NamedTuple):
    """What the engine says of a page."""

    chance: Array  # int64 of each block: that it is content, in parts of `decision.ONE`
    kept: Array  # bool
    expected: float  # F1 that is expected of this choice, 0..1


def words_of_blocks(page: Rendered) -> list[list[str]]:
    """Return the words of each block as the models know them."""
    text = plain(page.text)
    if len(text) == len(page.text):
        return split_words([text[block.start : block.end] for block in page.blocks], page.text)
    return split_words([plain(page.text[block.start : block.end]) for block in page.blocks], page.text)


def read_facts(
    page: Rendered, keys: Sequence[Keys], words: Sequence[Sequence[str]], metadata: Metadata, model: Model
) -> Facts:
    """Return what is measured of a page that has at least one block.

    Args:
        page: The page.
        keys: Of each container, as `keys_of` gives them.
        words: Of each block, as `words_of_blocks` gives them.
        metadata: What its head says.
        model: The model.
    """
    tokens = token_scores(page.blocks, page.containers, keys, model.tokens, model.token_bias)
    sums, known = word_sums(words, model.words)
    facts = PageFacts(
        page.text,
        page.blocks,
        page.containers,
        keys,
        words,
        token_units(tokens),
        word_units(sums, known, model.word_bias),
        known,
        tuple(letters(title) for title in metadata.titles),
        tuple(letters(text) for text in metadata.descriptions),
    )
    columns, ranges = measure(facts)
    bins = np.zeros((len(model.borders), len(page.blocks)), np.uint8)
    for i, (name, borders) in enumerate(model.borders.items()):
        if name in columns:
            bins[i] = trees.put_in_bins(columns[name], borders)
    sizes = np.array([len(own) for own in words], np.int64)
    weights = block_weights(sizes)
    inputs = bins[: len(model.network["inp.weight"])].T.astype(np.float64)
    score = block_network.run(model.network, inputs, weights, ranges.first, ranges.end)
    return Facts(sizes, weights, columns, ranges, bins, score.astype(np.int64), find_lists(page.containers))


def judge(
    facts: Facts, model: Model, lines: Sequence[float] | None = None, vote: Sequence[float] | None = None
) -> Judgement:
    """Return the choice of blocks.

    Args:
        facts: The page.
        model: The model.
        lines: The chance of each block by the line model of the chrome stage, if it was asked.
        vote: The share of each block's words that another extractor keeps, if it was asked.
    """
    if vote is None:
        score = trees.score(model.trees, facts.bins)
    else:
        bins = facts.bins.copy()
        columns = vote_columns(np.array(vote), facts.weights, facts.words, facts.ranges)
        for i, (name, borders) in enumerate(model.borders.items()):
            if name in columns:
                bins[i] = trees.put_in_bins(columns[name], borders)
        score = trees.score(model.asked_trees, bins)
    shares = ALONE if lines is None else WITH_LINES if vote is None else WITH_LINES_AND_VOTE
    total = added(shares, score, facts.network, None if lines is None else line_scores(lines))
    chance = chances_of(level_lists(total, facts.weights, facts.lists), shares, model)
    is_row_of_links = (facts.columns["links"] > 1) & (facts.columns["linked"] >= 1 - LITTLE)
    highest = np.where(is_row_of_links, HIGHEST_OF_LINKS, HIGHEST)
    choice = decision.choose(chance, facts.words, LOWEST, highest)
    return Judgement(chance, choice.kept, choice.expected)


def decide(
    facts: Facts,
    model: Model,
    ask_lines: Callable[[], Sequence[float] | None],
    ask_extractor: Callable[[], Sequence[float] | None],
) -> Judgement:
    """Return the choice of blocks, with the help that the page needs.

    Args:
        facts: The page.
        model: The model.
        ask_lines: What the line model says, asked where the engine doubts the page; None: it has no answer.
        ask_extractor: What another extractor keeps, asked where the engine is still unsure; likewise.
    """
    judgement, lines = judge(facts, model), None
    if judgement.expected < DOUBTED and (lines := ask_lines()) is not None:
        judgement = judge(facts, model, lines)
    unsure = judgement.expected < UNSURE or not judgement.kept.any()
    if unsure and (vote := ask_extractor()) is not None:
        judgement = judge(facts, model, lines, vote)
    return judgement


def line_scores(lines: Sequence[float]) -> Array:
    """Return chances as log odds in grains: whole numbers, so that the last bit of a chance changes nothing."""
    places = np.rint(np.array(lines, np.float64) * ODDS).astype(np.int64)
    scores: Array = _odds()[np.clip(places, 1, ODDS - 1)]
    return scores


@cache
def _odds() -> Array:
    return np.array([0, *(round(log(i / (ODDS - i)) * GRAINS) for i in range(1, ODDS))], np.int64)


def added(shares: Shares, trees_score: Array, network_score: Array, line_score: Array | None = None) -> Array:
    """Return the sum of a block's scores, in hundredths of grains."""
    score: Array = shares.trees * trees_score + shares.network * network_score
    if line_score is not None:
        score = score + shares.lines * line_score
    return score


def level_lists(score: Array, weights: Array, lists: Sequence[tuple[int, int]]) -> Array:
    """Return scores of which the blocks of each list have the same, their weighted mean: a list goes or stays as a whole."""
    score = score.copy()
    for first, end in lists:
        score[first:end] = (score[first:end] * weights[first:end]).sum() // weights[first:end].sum()
    return score


def find_lists(containers: Sequence[Container]) -> list[tuple[int, int]]:
    """Return the half-open ranges of blocks of all lists of a page that stand in no other list."""
    lists: list[tuple[int, int]] = []
    for container in containers:
        if container.element.tag in LISTS and not (lists and container.first < lists[-1][1]):
            lists.append((container.first, container.end))
    return lists


def chances_of(score: Array, shares: Shares, model: Model) -> Array:
    """Return the chance of each block, in parts of `decision.ONE`, from its score in hundredths of grains."""
    place = score // (100 * GRAINS // CHANCE_STEPS) + shares.benefit + len(model.chances) // 2
    chance: Array = model.chances[np.clip(place, 0, len(model.chances) - 1)]
    return chance


def keep_something(judgement: Judgement, facts: Facts) -> Judgement:
    """Return the choice itself, or where nothing is kept the run of blocks that is likeliest to be the content."""
    if judgement.kept.any():
        return judgement
    gain = (facts.words + 1) * (judgement.chance - int(judgement.chance.max()) // 2)
    sums = np.append(0, np.cumsum(gain))
    end = int(np.argmax(sums - np.minimum.accumulate(sums)))
    first = int(np.argmin(sums[: end + 1]))
    at = np.arange(len(gain))
    return judgement._replace(kept=(at >= first) & (at < end))
