"""Pages that nobody labelled, with the lines that two judges of their HTML agree on.

The HTML engine of the package says how likely each block of a page is content. A page counts only if trafilatura keeps
much the same words, a block only if the engine is nearly certain of it. Both see the elements, which bare text lacks;
so these labels teach the n-grams the words of many more sites. The network does not learn from them.
"""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanse.chrome.line_model.page_arrays import FOUND, bare_lines
from cleanse.chrome.lines import split_lines
from cleanse.html.alignment import kept_shares, split_words
from cleanse.html.block_engine import judge, read_facts, words_of_blocks
from cleanse.html.decision import ONE
from cleanse.html.extractors import ask_trafilatura
from cleanse.html.html_page import MAX_DEPTH, MAX_ELEMENTS
from cleanse.html.metadata import letters, read_metadata
from cleanse.html.model_file import load_model
from cleanse.html.parsing import parse
from cleanse.html.visible_text import render
from data import CHROME, CONTENT, UNKNOWN, Page, fold_of, rows

if TYPE_CHECKING:
    from collections.abc import Collection
    from concurrent.futures import Executor
    from pathlib import Path

DATASET = "unlabelled"
CONTENT_FROM, CHROME_TO = 0.8, 0.1  # chances by which a block counts as content, as chrome; between them it is unknown
AGREEMENT = 0.8  # F1 of the words that both keep, from which on a page counts
LEAST_WORDS = 80  # of content
LONGEST = 1_500_000  # characters of HTML


def read_soft_pages(path: Path, without: Collection[str], pool: Executor) -> list[Page]:
    """Return the first page of each site if both judges agree on it, twice: a line for each block, or each inline element.

    Args:
        path: A file of rows with HTML.
        without: Sites that are left out, since they judge.
        pool: Where the pages are read.
    """
    seen = set(without)
    todo = []
    for row in rows(path):
        if row["site"] not in seen and len(row["html"]) <= LONGEST:
            seen.add(row["site"])
            todo.append(row)
    return [page for pages in pool.map(read_soft_page, todo, chunksize=16) for page in pages]


def read_soft_page(row: dict[str, Any]) -> list[Page]:
    """Return a page of HTML as pages of lines, or nothing where the judges differ."""
    logging.disable(logging.CRITICAL)
    tree = parse(row["html"])
    if tree is None:
        return []
    metadata = read_metadata(tree, row["url"])
    page = render(tree)
    if not page.blocks or page.elements > MAX_ELEMENTS or page.depth > MAX_DEPTH:
        return []
    model = load_model()
    texts = [page.text[block.start : block.end] for block in page.blocks]
    facts = read_facts(page, words_of_blocks(page), metadata, model)
    vote = np.array(kept_shares(split_words(texts, page.text), ask_trafilatura(tree, row["url"]) or ""))
    judgement = judge(facts, model, vote.tolist())
    if not _agree(judgement.kept, vote, facts.words):
        return []
    chance = judgement.chance / ONE
    labels = np.where(chance >= CONTENT_FROM, CONTENT, np.where(chance <= CHROME_TO, CHROME, UNKNOWN))
    titles = {letters(title) for title in metadata.titles}
    labels[[letters(text) in titles for text in texts]] = UNKNOWN
    parts, owners = [], []
    for i, block in enumerate(page.blocks):
        cuts = [block.start, *block.seams, block.end]
        own = [page.text[a:b] for a, b in itertools.pairwise(cuts)]
        parts += own
        owners += [i] * len(own)
    return [_as_page(row, "blocks", texts, labels), _as_page(row, "parts", parts, labels[owners])]


def _agree(kept: np.ndarray, vote: np.ndarray, words: np.ndarray) -> bool:
    own, theirs, both = words[kept].sum(), (vote * words).sum(), (vote * words)[kept].sum()
    return bool(own >= LEAST_WORDS and 2 * both >= AGREEMENT * (own + theirs))


def _as_page(row: dict[str, Any], kind: str, texts: list[str], labels: np.ndarray) -> Page:
    """Return these texts as lines, each with its label; those without a word are left out."""
    text = "\n".join(" ".join(line.split()) for line in texts)
    lines = split_lines(text)
    bare, gaps, indents = bare_lines(text, lines)
    own = labels[[line.number for line in lines]]
    return Page(
        f"{DATASET}/{row['id']}", kind, "", DATASET, row["site"], fold_of(row["site"]), tuple(bare), gaps, indents,
        np.zeros((len(lines), FOUND)), own, "-" * len(lines), True,
    )  # fmt: skip
