"""The labelled pages of the benchmark as blocks with labels, and their folds by site."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import logging
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cleanse.html.alignment import kept_shares, split_words
from cleanse.html.block_engine import words_of_blocks
from cleanse.html.extractors import ask_trafilatura
from cleanse.html.metadata import letters, read_metadata
from cleanse.html.parsing import parse
from cleanse.html.visible_text import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from cleanse.html.visible_text import Rendered

FOLDS = 5
UNKNOWN = -1
CUT_SHORT = {"wcxb/2498", "wcxb/4677", "andy/5a5ecb71e10a"}  # pages whose gold ends in mid-article: judged, not learned
SEGMENT_WEIGHT = 0.3  # of a block of which only a segment was judged
MAX_PAGE = 4.0  # weight of a page: a long one is not worth many short ones


class BareElement(NamedTuple):
    """What the engine asks of an element, without the tree that holds it in memory."""

    tag: str
    attributes: tuple[tuple[str, str], ...]

    def items(self) -> tuple[tuple[str, str], ...]:
        """As an element of lxml gives them."""
        return self.attributes


class PageParts(NamedTuple):
    """A page as it was read, before anything is judged."""

    page: Rendered
    words: list[list[str]]  # of each block, as the models know them
    titles: tuple[str, ...]  # letters of what the head says
    descriptions: tuple[str, ...]


@dataclass(frozen=True)
class LabelledPage:
    """A page, and what people said of its blocks."""

    id: str
    dataset: str
    lang: str
    site: str
    fold: int
    parts: PageParts
    share: np.ndarray  # float (blocks,): the share of each block's words that is content, or UNKNOWN
    weight: np.ndarray  # float (blocks,) in learning; 0 where unknown
    vote: np.ndarray  # float (blocks,): the share of its words that trafilatura keeps
    words: np.ndarray  # int (blocks,)
    segments: bool  # only segments of it were judged

    @property
    def labels(self) -> np.ndarray:
        """1 content, 0 chrome, UNKNOWN."""
        return np.where(self.share < 0, UNKNOWN, self.share >= 0.5).astype(int)


def fold_of(site: str) -> int:
    """The fold of a site: pages of one site never stand in two folds."""
    return int(hashlib.md5(site.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a gzipped JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


@cache
def scorer(folder: Path) -> Any:
    """The benchmark's own score.py as a module."""
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(folder / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_gold_pages(folder: Path, pool: Executor) -> list[LabelledPage]:
    """All pages of the benchmark, in its order."""
    gold = scorer(folder).load_gold(str(folder))
    todo = list(rows(folder / "html.jsonl.gz"))
    return list(pool.map(read_page, todo, [gold[row["id"]] for row in todo], [folder] * len(todo), chunksize=16))


def read_page(row: dict[str, Any], gold: dict[str, Any], folder: Path) -> LabelledPage:
    """One page with its labels, from a row of html.jsonl.gz and the one of its id in gold.jsonl.gz."""
    logging.disable(logging.CRITICAL)
    score = scorer(folder)
    parts = read_parts(row["html"], row.get("url") or gold.get("url"))
    if parts is None:
        raise ValueError(row["id"])
    lines = [parts.page.text[block.start : block.end] for block in parts.page.blocks]
    words = split_words(lines, parts.page.text)
    segments = "gold_text" not in gold
    share = _segments(lines, gold, score) if segments else _shares(lines, words, gold, score)
    sizes = np.array([len(own) for own in parts.words])
    vote = np.array(kept_shares(words, ask_trafilatura(parse(row["html"]), row.get("url")) or ""))
    site = gold.get("site") or row["id"]
    return LabelledPage(
        row["id"], gold["dataset"], gold["lang"], site, fold_of(site), without_tree(parts), share,
        _weights(share, sizes, segments=segments), vote, sizes, segments,
    )  # fmt: skip


def read_parts(html: str, url: str | None) -> PageParts | None:
    """A page from its source, or None where nothing can be parsed."""
    tree = parse(html)
    if tree is None:
        return None
    page, metadata = render(tree), read_metadata(tree, url)
    titles = tuple(map(letters, metadata.titles))
    return PageParts(page, words_of_blocks(page), titles, tuple(map(letters, metadata.descriptions)))


def without_tree(parts: PageParts) -> PageParts:
    """The same page with bare elements."""
    known: dict[Any, BareElement] = {}

    def bare(element: Any) -> BareElement:
        if element not in known:
            known[element] = BareElement(element.tag, tuple((n, v[:300]) for n, v in element.items()))
        return known[element]

    page = parts.page
    blocks = [b._replace(element=bare(b.element), inline=tuple(map(bare, b.inline))) for b in page.blocks]
    containers = [c._replace(element=bare(c.element)) for c in page.containers]
    return parts._replace(page=page._replace(blocks=tuple(blocks), containers=tuple(containers)))


def _shares(lines: Sequence[str], words: Sequence[list[str]], gold: dict[str, Any], score: Any) -> np.ndarray:
    """The share of content in each block; headlines and standfirsts that this gold leaves out are unknown."""
    share = np.array(kept_shares(words, gold["gold_text"]))
    neutral = [score.toks(text) for text in gold.get("neutral") or []]
    for i, line in enumerate(lines):
        if neutral and line and score.drop_neutral(line, gold) == "":
            share[i] = UNKNOWN
    return share


def _segments(lines: Sequence[str], gold: dict[str, Any], score: Any) -> np.ndarray:
    """1 for blocks that a segment which must stay overlaps, 0 for one that must go, else unknown."""
    share = np.full(len(lines), float(UNKNOWN))
    plain = [score.WS(line) for line in lines]
    ends = np.cumsum([len(line) + 1 for line in plain])
    starts = ends - [len(line) + 1 for line in plain]
    text = " ".join(plain)
    for segments, value in ((gold["without"], 0.0), (gold["with"], 1.0)):
        for segment in filter(None, map(score.WS, segments)):
            at = text.find(segment)
            while at >= 0:
                share[(starts < at + len(segment)) & (ends - 1 > at)] = value
                at = text.find(segment, at + 1)
    return share


def _weights(share: np.ndarray, words: np.ndarray, *, segments: bool) -> np.ndarray:
    """What each block counts in learning: its words, against the content of its page."""
    if segments:
        weight = np.full(len(share), SEGMENT_WEIGHT)
    else:
        weight = np.minimum((words + 4) / (words[share >= 0.5].sum() + 60), 1)
    weight = np.where(share < 0, 0, weight)
    return weight * min(1, MAX_PAGE / max(weight.sum(), 1e-9))
