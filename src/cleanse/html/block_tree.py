"""The blocks of a page and the elements that hold them, as arrays with running sums. Knows only numpy.

Everything that is summed is a whole number, so that sums do not depend on their order; everything else is one division or
one square root, which IEEE 754 rounds in one way. So what is measured is the same to the bit on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.html.element_tokens import Keys
    from cleanse.html.visible_text import Block, Container

Array = NDArray[Any]

UNIT = 64  # of scores: log odds in 64ths
CLIP = 6 * UNIT  # no block's words say more
TOKEN_CLIP = 8 * UNIT  # nor its elements' names
WEIGHT = 8  # eighths in the weight of a block, the square root of its words
PROSE = 15  # words from which on a block counts as prose
SHARES = (20, 5, 2)  # a container with at least one part in so many of the page's words
LEVELS = 5  # containers around a block that are measured
DEPTH = 40  # levels looked up for one
# Tags by how much they speak for content, roughly; a tag that is not here is the first of them.
TAGS = (
    "", "nav", "footer", "form", "menu", "button", "label", "dialog", "aside", "header", "address", "fieldset", "legend",
    "summary", "details", "li", "ul", "tr", "tbody", "table", "dl", "dt", "dd", "ol", "center", "body", "html", "div", "section",
    "figure", "figcaption", "caption", "h6", "h5", "h1", "h4", "h3", "h2", "main", "article", "pre", "blockquote", "p",
)  # fmt: skip
_TAG_NUMBER = {tag: i for i, tag in enumerate(TAGS)}


@dataclass(frozen=True, slots=True)
class PageFacts:
    """A rendered page as its features see it. Scores are in `UNIT`s."""

    text: str
    blocks: Sequence[Block]
    containers: Sequence[Container]
    keys: Sequence[Keys]  # of each container, as `element_tokens.keys_of` gives them
    words: Sequence[Sequence[str]]  # of each block, in lower case
    token_scores: Array  # int64 of each block
    word_scores: Array
    known: Array  # of each block: keys that the word model knows
    titles: tuple[str, ...]  # letters of what the page's head says its title is, and its description
    descriptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ranges:
    """For six kinds of container around each block, the half-open range of its blocks: int64 (6, blocks) each."""

    first: Array
    end: Array


def block_weights(words: Array) -> Array:
    """Return the weight of blocks in means, int64: the square root of their words, in eighths."""
    weights: Array = np.floor(np.sqrt(words + 1) * WEIGHT).astype(np.int64)
    return weights


def running_sums(values: Array) -> Array:
    """Return running sums with a zero before them: what stands in [a, b) is sums[b] - sums[a]."""
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    return sums


def sorted_once(values: Array) -> Array:
    """Return the values in ascending order, each once: `numpy.unique` in a third of its time."""
    ordered = np.sort(values)
    new = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return ordered[new]


def shifted(values: Array, by: int, missing: float) -> Array:
    """Return the value of the block `by` places above each one (below, where negative)."""
    out = np.full(len(values), missing, np.float64)
    if abs(by) < len(values):
        if by > 0:
            out[by:] = values[:-by]
        else:
            out[:by] = values[-by:]
    return out


class BlockTree:
    """The blocks and containers of a page as arrays, and their running sums."""

    def __init__(self, page: PageFacts) -> None:
        blocks, containers = page.blocks, page.containers
        self.size = len(blocks)
        self.at = np.arange(self.size)
        self.starts = np.array([block.start for block in blocks], np.int64)
        self.ends = np.array([block.end for block in blocks], np.int64)
        self.words = np.array([len(words) for words in page.words], np.int64)
        self.chars = self.ends - self.starts
        self.linked = np.minimum(np.array([block.linked for block in blocks], np.int64), self.chars)
        self.links = np.array([block.links for block in blocks], np.int64)
        self.bold = np.minimum(np.array([block.bold for block in blocks], np.int64), self.chars)
        self.tokens = np.clip(page.token_scores, -TOKEN_CLIP, TOKEN_CLIP)
        self.score = np.clip(page.word_scores, -CLIP, CLIP)
        self.both = self.tokens + self.score
        self.weight = block_weights(self.words)
        self.home = np.array([block.container for block in blocks], np.int64)
        self.parent = np.array([container.parent for container in containers], np.int64)
        self.up = np.where(self.parent < 0, np.arange(len(containers)), self.parent)  # the outermost is its own
        self.first = np.array([container.first for container in containers], np.int64)
        self.end = np.array([container.end for container in containers], np.int64)
        self.tag = np.array([_TAG_NUMBER.get(own.tag, 0) for own in page.keys], np.int64)
        self.word_sums, self.link_sums, self.char_sums = (
            running_sums(self.words),
            running_sums(self.linked),
            running_sums(self.chars),
        )
        self.weight_sums = running_sums(self.weight)
        self.prose_sums = running_sums(self.words >= PROSE)
        self.score_sums, self.token_sums = (
            running_sums(self.score * self.weight),
            running_sums(self.tokens * self.weight),
        )
        self.total = int(self.word_sums[-1]) + 1
        self.own_words = self.within(self.word_sums)
        self.own_blocks = self.end - self.first
        self.density = self.within(self.link_sums) / (self.within(self.char_sums) + 1)
        self.depth = self._depths()
        self.chain = self._chain()
        self.shares = {part: self._with_share(part) for part in SHARES}
        self.gain = np.rint((self.words + 4) * (_squashed(self.both / (2 * UNIT)) - 1 / 3) * UNIT).astype(np.int64)
        self.gain_sums = running_sums(self.gain)

    def within(self, sums: Array) -> Array:
        """Return what the running sums have within each container."""
        out: Array = sums[self.end] - sums[self.first]
        return out

    def mean(self, sums: Array, which: Array) -> Array:
        """Return the weighted mean over the blocks of these containers."""
        first, end = self.first[which], self.end[which]
        out: Array = (sums[end] - sums[first]) / (self.weight_sums[end] - self.weight_sums[first] + WEIGHT)
        return out

    def window(self, sums: Array, weights: Array, reach: int) -> Array:
        """Return the mean over the blocks up to `reach` places away."""
        low, high = np.maximum(self.at - reach, 0), np.minimum(self.at + reach + 1, self.size)
        out: Array = (sums[high] - sums[low]) / (weights[high] - weights[low] + 1)
        return out

    def _depths(self) -> Array:
        depths: list[int] = []
        for parent in self.parent.tolist():
            depths.append(depths[parent] + 1 if parent >= 0 else 0)
        return np.array(depths, np.int64)

    def _chain(self) -> list[Array]:
        chain = [self.home]
        for _ in range(LEVELS - 1):
            chain.append(self.up[chain[-1]])
        return chain

    def _with_share(self, part: int) -> Array:
        """Return the innermost container of each block that holds one part in `part` of the page's words, or more."""
        at = self.home
        for _ in range(DEPTH):
            small = (self.own_words[at] * part < self.total) & (self.parent[at] >= 0)
            if not small.any():
                break
            at = np.where(small, self.up[at], at)
        return at

    def prose_home(self) -> int:
        """Return the element with most prose right below it: readability's idea."""
        prose = np.where(self.words >= 12, self.words * (self.chars - self.linked) * 16 // np.maximum(self.chars, 1), 0)
        leaf = np.isin(self.tag[self.home], _LEAVES)
        near = np.where(leaf, self.up[self.home], self.home)
        size = len(self.parent)
        points = np.bincount(near, 2 * prose, size) + np.bincount(self.up[near], prose, size)
        return int(np.argmax(points))

    def best_home(self) -> int:
        """Return the smallest element of greatest gain: words of likely content less words of likely chrome."""
        gain = self.within(self.gain_sums)
        best = np.flatnonzero(gain == gain.max())
        return int(best[np.argmin(self.own_blocks[best])])


_LEAVES = [_TAG_NUMBER[tag] for tag in ("p", "li", "h2", "h3", "blockquote")]


def _squashed(x: Array) -> Array:
    """Return a sigmoid of one division, which rounds in one way everywhere."""
    out: Array = 0.5 + 0.5 * x / (1 + np.abs(x))
    return out
