"""What is measured of each block of a page: its words, its place, the elements around it. Knows only numpy.

What is not a whole number is one division of whole numbers, so it is the same to the bit on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanse.html.block_tree import DEPTH, PROSE, UNIT, WEIGHT, BlockTree, PageFacts, Ranges, shifted
from cleanse.html.surface import describe, echoed, repeated

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[Any]

FAR = 60  # blocks; distances are cut here
LETTERS = 400  # of a block that are compared
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
INSIDE = (
    "form", "article", "figure", "footer", "main", "section", "nav", "li", "p", "itemprop=articlebody", "role=main", "comment",
    "related",
)  # fmt: skip  # tags and words of names whose nearest bearer around a block is measured


def measure(page: PageFacts) -> tuple[dict[str, Array], Ranges]:
    """Return the features of each block by name, and the containers that the network averages over."""
    tree = BlockTree(page)
    columns: dict[str, Array] = {}
    columns |= _layout(tree)
    letters = ["".join(words)[:LETTERS] for words in page.words]
    columns |= _wording(tree, page, letters)
    columns |= _linking(tree)
    columns |= _around(tree, page)
    columns |= _headings(tree, page)
    columns |= _titles(tree, page, letters)
    columns |= _containers(tree)
    columns |= _siblings(tree, page)
    columns |= _branches(tree, tree.prose_home(), "prose")
    columns |= _branches(tree, tree.best_home(), "best")
    return columns, Ranges(*_ranges(tree))


def _layout(tree: BlockTree) -> dict[str, Array]:
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
        "words-1": shifted(words, -1, -1),
    }
    ones = np.arange(tree.size + 1)
    for reach in (3, 8):
        columns[f"words~{reach}"] = tree.window(tree.word_sums, ones, reach)
    return columns


def _wording(tree: BlockTree, page: PageFacts, letters: Sequence[str]) -> dict[str, Array]:
    score, size = tree.score, tree.size
    sums, weights = tree.score_sums, tree.weight_sums
    columns: dict[str, Array] = {"score": score, "known": page.known / np.maximum(tree.words, 1), "both": tree.both}
    for by in (1, -1):
        columns[f"score{by:+d}"] = shifted(score, by, -3 * UNIT)
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
    columns["repeated"] = repeated(letters)
    columns["echoed"] = echoed(page.words, PROSE)
    return columns


def _linking(tree: BlockTree) -> dict[str, Array]:
    density = tree.linked / np.maximum(tree.chars, 1)
    columns = {"linked": density, "links": tree.links, "bold": tree.bold / np.maximum(tree.chars, 1)}
    for reach in (3, 8):
        columns[f"linked~{reach}"] = tree.window(tree.link_sums, tree.char_sums, reach)
    return columns


def _around(tree: BlockTree, page: PageFacts) -> dict[str, Array]:
    """Return how far up the nearest element of a kind stands, and the tags around and beside a block."""
    wanted = {name: i for i, name in enumerate(INSIDE)}
    bears = np.zeros((len(page.containers), len(INSIDE)), bool)
    for i, own in enumerate(page.keys):
        if own.tag in wanted:
            bears[i, wanted[own.tag]] = True
        for name in wanted.keys() & own.words:
            bears[i, wanted[name]] = True
    levels = np.full(bears.shape, FAR, np.uint8)
    at = np.arange(len(bears))
    for level in range(min(int(tree.depth.max(initial=0)), DEPTH) + 1):
        np.minimum(levels, level, out=levels, where=bears[at])
        at = tree.up[at]
    columns: dict[str, Array] = {f"in {name}": levels[tree.home, i] for name, i in wanted.items()}
    columns["depth"] = tree.depth[tree.home]
    tags = [tree.tag[tree.chain[level]] for level in range(3)]
    columns |= {f"tag^{level}": tag for level, tag in enumerate(tags)}
    columns["inline_depth"] = np.array([len(block.inline) for block in page.blocks], np.int64)
    return columns


def _headings(tree: BlockTree, page: PageFacts) -> dict[str, Array]:
    rank = np.array([HEADINGS.get(own.tag, 0) for own in page.keys], np.int64)
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


def _titles(tree: BlockTree, page: PageFacts, letters: Sequence[str]) -> dict[str, Array]:
    """Return how much of the page's title a block says, and where it stands to the blocks that do."""
    said, described = np.zeros(tree.size), np.zeros(tree.size, np.int64)
    titles = [title for title in dict.fromkeys(page.titles) if title]
    descriptions = [(text, text[:60]) for text in dict.fromkeys(page.descriptions) if text]
    for i, own in enumerate(letters):
        if len(own) < 8:
            continue
        for title in titles:
            if own in title or title in own:
                said[i] = max(said[i], min(len(own), len(title)) / max(len(own), len(title)))
        if len(own) >= 30:
            start = own[:60]
            described[i] = any(begin in own or start in text for text, begin in descriptions)
    at = np.flatnonzero(said > 0.6)
    missing = np.full(tree.size, -2 * FAR)
    return {
        "title": said,
        "description": described,
        "from_title": np.clip(tree.at - at[-1], -FAR, FAR) if len(at) else missing,
        "from_first_title": np.clip(tree.at - at[0], -FAR, FAR) if len(at) else missing,
    }


def _containers(tree: BlockTree) -> dict[str, Array]:
    columns: dict[str, Array] = {"tokens": tree.tokens}
    for by in (1, 2, -1, -2):
        columns[f"tokens{by:+d}"] = shifted(tree.tokens, by, -3 * UNIT)
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
    for part, at in tree.shares.items():
        columns[f"up/{part}"] = tree.depth[tree.home] - tree.depth[at]
        columns[f"linked/{part}"] = tree.density[at]
        columns[f"share/{part}"] = tree.own_words[at] / tree.total
        columns[f"blocks/{part}"] = tree.own_blocks[at]
        columns[f"place/{part}"] = (tree.at - tree.first[at]) / np.maximum(tree.own_blocks[at], 1)
        columns[f"tag/{part}"] = tree.tag[at]
        columns[f"score/{part}"] = tree.mean(tree.score_sums, at)
    return columns


def _siblings(tree: BlockTree, page: PageFacts) -> dict[str, Array]:
    """Return, for the containers around a block, how many siblings there are, how many are alike, and their mean score.

    A container counts as one of those alike.
    """
    groups: dict[tuple[int, str, tuple[str, ...]], int] = {}
    number = [
        groups.setdefault((container.parent, own.tag, own.words), len(groups))
        for container, own in zip(page.containers, page.keys, strict=True)
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


def _branches(tree: BlockTree, core: int, name: str) -> dict[str, Array]:
    """Return where a block's branch leaves the path from the root to a core element, and what that branch is like."""
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


def _ranges(tree: BlockTree) -> tuple[Array, Array]:
    around = [*tree.chain[1:4], *tree.shares.values()]
    return np.stack([tree.first[at] for at in around]), np.stack([tree.end[at] for at in around])
