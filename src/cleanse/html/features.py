"""What is measured of each block of a page: its words, its place, the elements around it. Knows only numpy.

Everything that is summed is a whole number, so that sums do not depend on their order; everything else is one division or
one square root, which IEEE 754 rounds in one way. So a page's features are the same to the bit on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanse.html.surface import describe, echoed, repeated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.html.visible_text import Block, Container

Array = NDArray[Any]

UNIT = 64  # of scores: log odds in 64ths
CLIP = 6 * UNIT  # no block's words say more
TOKEN_CLIP = 8 * UNIT  # nor its elements' names
WEIGHT = 8  # eighths in the weight of a block, the square root of its words
PROSE = 15  # words from which on a block counts as prose
FAR = 60  # blocks; distances are cut here
LEVELS = 5  # containers around a block that are measured
SHARES = (20, 5, 2)  # a container with at least one part in so many of the page's words
DEPTH = 40  # levels looked up for one
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
# Tags by how much they speak for content, roughly; a tag that is not here is the first of them.
TAGS = (
    "", "nav", "footer", "form", "menu", "button", "label", "dialog", "aside", "header", "address", "fieldset", "legend",
    "summary", "details", "li", "ul", "tr", "tbody", "table", "dl", "dt", "dd", "ol", "center", "body", "html", "div", "section",
    "figure", "figcaption", "caption", "h6", "h5", "h1", "h4", "h3", "h2", "main", "article", "pre", "blockquote", "p",
)  # fmt: skip
_TAG_NUMBER = {tag: i for i, tag in enumerate(TAGS)}
INSIDE = (
    "form", "article", "figure", "footer", "main", "section", "nav", "li", "p", "itemprop=articlebody", "role=main", "comment",
    "related",
)  # fmt: skip  # tags and words of names whose nearest bearer around a block is measured


@dataclass(frozen=True, slots=True)
class PageFacts:
    """A rendered page as its features see it. Scores are in `UNIT`s."""

    text: str
    blocks: Sequence[Block]
    containers: Sequence[Container]
    names: Sequence[tuple[str, ...]]  # of each container, as `element_tokens.keys_of` gives them
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


def measure(page: PageFacts) -> tuple[dict[str, Array], Ranges]:
    """Return the features of each block by name, and the containers that the network averages over."""
    tree = _Tree(page)
    columns: dict[str, Array] = {}
    columns |= _layout(tree)
    columns |= _wording(tree, page)
    columns |= _linking(tree)
    columns |= _around(tree, page)
    columns |= _headings(tree, page)
    columns |= _titles(tree, page)
    columns |= _containers(tree)
    columns |= _siblings(page, tree)
    columns |= _branches(tree, tree.prose_home(), "prose")
    columns |= _branches(tree, tree.best_home(), "best")
    return columns, Ranges(*_ranges(tree))


def block_weights(words: Array) -> Array:
    """Return the weight of blocks in means, int64: the square root of their words, in eighths."""
    weights: Array = np.floor(np.sqrt(words + 1) * WEIGHT).astype(np.int64)
    return weights


def _sums(values: Array) -> Array:
    """Running sums with a zero before them: what stands in [a, b) is sums[b] - sums[a]."""
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    return sums


def _shifted(values: Array, by: int, missing: float) -> Array:
    """The value of the block `by` places above each one (below, where negative)."""
    out = np.full(len(values), missing, np.float64)
    if abs(by) < len(values):
        if by > 0:
            out[by:] = values[:-by]
        else:
            out[:by] = values[-by:]
    return out


class _Tree:
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
        self.tag = np.array([_TAG_NUMBER.get(container.element.tag, 0) for container in containers], np.int64)
        self.word_sums, self.link_sums, self.char_sums = _sums(self.words), _sums(self.linked), _sums(self.chars)
        self.weight_sums = _sums(self.weight)
        self.prose_sums = _sums(self.words >= PROSE)
        self.score_sums, self.token_sums = _sums(self.score * self.weight), _sums(self.tokens * self.weight)
        self.total = int(self.word_sums[-1]) + 1
        self.own_words = self.within(self.word_sums)
        self.own_blocks = self.end - self.first
        self.density = self.within(self.link_sums) / (self.within(self.char_sums) + 1)
        self.depth = self._depths()
        self.chain = self._chain()
        self.gain = np.rint((self.words + 4) * (_squashed(self.both / (2 * UNIT)) - 1 / 3) * UNIT).astype(np.int64)
        self.gain_sums = _sums(self.gain)

    def within(self, sums: Array) -> Array:
        """What the running sums have within each container."""
        out: Array = sums[self.end] - sums[self.first]
        return out

    def mean(self, sums: Array, which: Array) -> Array:
        """The weighted mean over the blocks of these containers."""
        first, end = self.first[which], self.end[which]
        out: Array = (sums[end] - sums[first]) / (self.weight_sums[end] - self.weight_sums[first] + WEIGHT)
        return out

    def window(self, sums: Array, weights: Array, reach: int) -> Array:
        """The mean over the blocks up to `reach` places away."""
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

    def with_share(self, part: int) -> Array:
        """The innermost container around each block that holds at least one part in `part` of the page's words."""
        at = self.home
        for _ in range(DEPTH):
            small = (self.own_words[at] * part < self.total) & (self.parent[at] >= 0)
            if not small.any():
                break
            at = np.where(small, self.up[at], at)
        return at

    def prose_home(self) -> int:
        """The element with most prose right below it: readability's idea."""
        prose = np.where(self.words >= 12, self.words * (self.chars - self.linked) * 16 // np.maximum(self.chars, 1), 0)
        leaf = np.isin(self.tag[self.home], _LEAVES)
        near = np.where(leaf, self.up[self.home], self.home)
        size = len(self.parent)
        points = np.bincount(near, 2 * prose, size) + np.bincount(self.up[near], prose, size)
        return int(np.argmax(points))

    def best_home(self) -> int:
        """The smallest element of greatest gain: words of likely content less words of likely chrome."""
        gain = self.within(self.gain_sums)
        best = np.flatnonzero(gain == gain.max())
        return int(best[np.argmin(self.own_blocks[best])])


_LEAVES = [_TAG_NUMBER[tag] for tag in ("p", "li", "h2", "h3", "blockquote")]


def _squashed(x: Array) -> Array:
    """A sigmoid of one division, which rounds in one way everywhere."""
    out: Array = 0.5 + 0.5 * x / (1 + np.abs(x))
    return out


def _layout(tree: _Tree) -> dict[str, Array]:
    words, at = tree.words, tree.at
    columns: dict[str, Array] = {
        "words": words,
        "place": at,
        "rest": tree.size - 1 - at,
        "share_above": (2 * tree.word_sums[:-1] + words) / (2 * tree.total),
        "words_above": tree.word_sums[:-1],
        "blocks": np.full(tree.size, tree.size),
        "total": np.full(tree.size, tree.total),
        "mean_words": np.full(tree.size, tree.total / max(tree.size, 1)),
        "apart": np.full(tree.size, int((tree.starts[1:] - tree.ends[:-1] > 1).sum()) / max(tree.size, 1)),
        "words-1": _shifted(words, -1, -1),
    }
    ones = np.arange(tree.size + 1)
    for reach in (3, 8):
        columns[f"words~{reach}"] = tree.window(tree.word_sums, ones, reach)
    return columns


def _wording(tree: _Tree, page: PageFacts) -> dict[str, Array]:
    score, size = tree.score, tree.size
    sums, weights = tree.score_sums, tree.weight_sums
    columns: dict[str, Array] = {"score": score, "known": page.known / np.maximum(tree.words, 1), "both": tree.both}
    for by in (1, -1):
        columns[f"score{by:+d}"] = _shifted(score, by, -3 * UNIT)
    for reach in (2, 5, 12):
        columns[f"score~{reach}"] = tree.window(sums, weights, reach)
    columns["score_above"] = sums[:-1] / (weights[:-1] + WEIGHT)
    columns["score_below"] = (sums[-1] - sums[1:]) / (weights[-1] - weights[1:] + WEIGHT)
    columns["score_page"] = np.full(size, sums[-1] / (weights[-1] + WEIGHT))
    gain = tree.gain_sums
    low = np.minimum.accumulate(gain)
    end = int(np.argmax(gain - low))
    first = int(np.argmin(gain[: end + 1]))
    columns["run_first"] = np.clip(tree.at - first, -FAR, FAR)
    columns["run_end"] = np.clip(tree.at - end, -FAR, FAR)
    columns["run_in"] = ((tree.at >= first) & (tree.at < end)).astype(np.int64)
    columns["run_share"] = np.full(size, (tree.word_sums[end] - tree.word_sums[first]) / tree.total)
    columns |= describe(page.text, tree.starts, tree.ends)
    columns["word_chars"] = tree.chars / np.maximum(tree.words, 1)
    letters = ["".join(words)[:400] for words in page.words]
    columns["repeated"] = repeated(letters)
    columns["echoed"] = echoed(page.words, PROSE)
    return columns


def _linking(tree: _Tree) -> dict[str, Array]:
    density = tree.linked / np.maximum(tree.chars, 1)
    columns = {"linked": density, "links": tree.links, "bold": tree.bold / np.maximum(tree.chars, 1)}
    for reach in (3, 8):
        columns[f"linked~{reach}"] = tree.window(tree.link_sums, tree.char_sums, reach)
    return columns


def _around(tree: _Tree, page: PageFacts) -> dict[str, Array]:
    """How far up the nearest element of a kind stands, and the tags around and beside a block."""
    wanted = {name: i for i, name in enumerate(INSIDE)}
    bears = np.zeros((len(page.containers), len(INSIDE)), bool)
    for i, (container, names) in enumerate(zip(page.containers, page.names, strict=True)):
        for name in (container.element.tag, *names):
            if name in wanted:
                bears[i, wanted[name]] = True
    levels = np.full(bears.shape, FAR, np.int64)
    at = np.arange(len(bears))
    for level in range(int(tree.depth.max(initial=0)) + 1):
        levels = np.minimum(levels, np.where(bears[at], level, FAR))
        if level >= DEPTH:
            break
        at = tree.up[at]
    columns = {f"in {name}": levels[tree.home, i] for name, i in wanted.items()}
    columns["depth"] = tree.depth[tree.home]
    tags = [tree.tag[tree.chain[level]] for level in range(3)]
    columns |= {f"tag^{level}": tag for level, tag in enumerate(tags)}
    columns["inline_depth"] = np.array([len(block.inline) for block in page.blocks], np.int64)
    return columns


def _headings(tree: _Tree, page: PageFacts) -> dict[str, Array]:
    rank = np.array([HEADINGS.get(container.element.tag, 0) for container in page.containers], np.int64)
    heading = rank[tree.home]
    for level in (1, 2):
        heading = np.where(heading == 0, rank[tree.chain[level]], heading)
    columns = {"heading": heading}
    last = np.maximum.accumulate(np.where(heading > 0, tree.at, -FAR))
    columns["since_heading"] = np.minimum(tree.at - last, FAR)
    top = np.flatnonzero(heading == 1)
    columns["from_h1"] = np.clip(tree.at - top[0], -FAR, FAR) if len(top) else np.full(tree.size, -2 * FAR)
    columns["h1s"] = np.full(tree.size, len(top))
    return columns


def _titles(tree: _Tree, page: PageFacts) -> dict[str, Array]:
    """How much of the page's title a block says, and where it stands to the blocks that do."""
    said, described = np.zeros(tree.size), np.zeros(tree.size, np.int64)
    for i, words in enumerate(page.words):
        letters = "".join(words)[:400]
        if len(letters) < 8:
            continue
        for title in page.titles:
            if title and (letters in title or title in letters):
                said[i] = max(said[i], min(len(letters), len(title)) / max(len(letters), len(title)))
        if len(letters) >= 30:
            described[i] = any(text and (text[:60] in letters or letters[:60] in text) for text in page.descriptions)
    at = np.flatnonzero(said > 0.6)
    missing = np.full(tree.size, -2 * FAR)
    return {
        "title": said,
        "description": described,
        "from_title": np.clip(tree.at - at[-1], -FAR, FAR) if len(at) else missing,
        "from_first_title": np.clip(tree.at - at[0], -FAR, FAR) if len(at) else missing,
    }


def _containers(tree: _Tree) -> dict[str, Array]:
    columns: dict[str, Array] = {"tokens": tree.tokens}
    for by in (1, 2, -1, -2):
        columns[f"tokens{by:+d}"] = _shifted(tree.tokens, by, -3 * UNIT)
    columns["tokens~4"] = tree.window(tree.token_sums, tree.weight_sums, 4)
    prose = tree.within(tree.prose_sums)
    for level, at in enumerate(tree.chain):
        blocks = tree.own_blocks[at]
        if level:
            columns[f"blocks^{level}"] = blocks
            columns[f"prose^{level}"] = prose[at]
        columns[f"share^{level}"] = tree.own_words[at] / tree.total
        columns[f"linked^{level}"] = tree.density[at]
        columns[f"words^{level}"] = tree.own_words[at] / np.maximum(blocks, 1)
        columns[f"score^{level}"] = tree.mean(tree.score_sums, at)
        if 0 < level < 4:
            columns[f"tokens^{level}"] = tree.mean(tree.token_sums, at)
    for part in SHARES:
        at = tree.with_share(part)
        columns[f"up/{part}"] = tree.depth[tree.home] - tree.depth[at]
        columns[f"linked/{part}"] = tree.density[at]
        columns[f"share/{part}"] = tree.own_words[at] / tree.total
        columns[f"blocks/{part}"] = tree.own_blocks[at]
        columns[f"place/{part}"] = (tree.at - tree.first[at]) / np.maximum(tree.own_blocks[at], 1)
        columns[f"tag/{part}"] = tree.tag[at]
        columns[f"score/{part}"] = tree.mean(tree.score_sums, at)
    return columns


def _siblings(page: PageFacts, tree: _Tree) -> dict[str, Array]:
    """How many containers beside those around a block are like them, and what their words say."""
    groups: dict[tuple[int, str, tuple[str, ...]], int] = {}
    number = [
        groups.setdefault((container.parent, container.element.tag, names), len(groups))
        for container, names in zip(page.containers, page.names, strict=True)
    ]
    group = np.array(number, np.int64)
    alike = np.bincount(group)
    size = len(tree.parent)
    kids = np.bincount(np.where(tree.parent < 0, size, tree.parent), minlength=size + 1)
    score = np.bincount(group, tree.within(tree.score_sums))
    weight = np.bincount(group, tree.within(tree.weight_sums))
    mean = score / (weight + WEIGHT)
    columns: dict[str, Array] = {}
    for level in range(4):
        at = tree.chain[level]
        columns[f"alike^{level}"] = alike[group[at]]
        columns[f"kids^{level}"] = kids[np.where(tree.parent[at] < 0, size, tree.parent[at])]
        if level < 3:
            columns[f"alike_score^{level}"] = mean[group[at]]
    return columns


def _branches(tree: _Tree, core: int, name: str) -> dict[str, Array]:
    """Where a block's branch leaves the path from the root to a core element, and what that branch is like."""
    path = set()
    at = core
    while at >= 0:
        path.add(at)
        at = int(tree.parent[at])
    leaves: list[int] = []  # of each container: where it leaves the path
    branch: list[int] = []  # and the container just below
    for i, parent in enumerate(tree.parent.tolist()):
        if i in path or parent < 0:
            leaves.append(i)
            branch.append(i)
        else:
            leaves.append(leaves[parent])
            branch.append(i if parent in path else branch[parent])
    left, own = np.array(leaves)[tree.home], np.array(branch)[tree.home]
    first, end = tree.first[core], tree.end[core]
    gain = tree.within(tree.gain_sums)[own]
    return {
        f"{name}:in": ((first <= tree.at) & (tree.at < end)).astype(np.int64),
        f"{name}:up": tree.depth[core] - tree.depth[left],
        f"{name}:down": tree.depth[tree.home] - tree.depth[left],
        f"{name}:share": tree.own_words[own] / tree.total,
        f"{name}:linked": tree.density[own],
        f"{name}:blocks": tree.own_blocks[own],
        f"{name}:tag": tree.tag[own],
        f"{name}:before": np.clip(tree.at - first, -FAR, FAR),
        f"{name}:after": np.clip(tree.at - end, -FAR, FAR),
        f"{name}:core_share": np.full(tree.size, tree.own_words[core] / tree.total),
        f"{name}:core_linked": np.full(tree.size, tree.density[core]),
        f"{name}:core_tag": np.full(tree.size, tree.tag[core]),
        f"{name}:score": tree.mean(tree.score_sums, own),
        f"{name}:left_score": tree.mean(tree.score_sums, left),
        f"{name}:tokens": tree.mean(tree.token_sums, own),
        f"{name}:gain": gain,
    }


def _ranges(tree: _Tree) -> tuple[Array, Array]:
    around = [*tree.chain[1:4], *(tree.with_share(part) for part in SHARES)]
    return np.stack([tree.first[at] for at in around]), np.stack([tree.end[at] for at in around])
