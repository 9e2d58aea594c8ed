"""What elements are called: the words of class, id, role and the like, as keys of the token model. Pure; knows only lxml.

A block is judged by the names of all elements around it, those of the three nearest containers once more, and those of the
inline elements that it begins in.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lxml.html import HtmlElement

    from cleanse.html.visible_text import Block, Container

NAMES = 300  # characters of class and id looked at
NEAR = 3  # containers around a block whose names count as near

_NAME_WORD = re.compile(r"[A-Za-z][a-z]+|[A-Z]+(?![a-z])|[a-z]+")
_DIGITS = re.compile(r"\d+")
_COUNTED = frozenset(
    ("class", "id", "role", "itemprop", "itemtype", "aria-hidden", "aria-label", "data-testid", "data-component", "data-module")
)  # fmt: skip


class Keys(NamedTuple):
    """The keys of one element: where it stands around a block, near it, and around its text within the line."""

    words: tuple[str, ...]  # sorted; what it is called, whatever it is
    around: tuple[str, ...]
    near: tuple[str, ...]
    inline: tuple[str, ...]


def keys_of(element: HtmlElement) -> Keys:
    """Return the keys of one element."""
    attributes = element.items()
    if not attributes:
        return _keys(element.tag, ())
    return _keys(element.tag, tuple([pair for pair in attributes if pair[0] in _COUNTED]))


@lru_cache(maxsize=16_384)  # the elements of a page, and the pages of a site, are much alike
def _keys(tag: str, attributes: tuple[tuple[str, str], ...]) -> Keys:
    said = dict(attributes)
    names = f"{said.get('class', '')} {said.get('id', '')}"[:NAMES]
    words = [word.lower() for word in _NAME_WORD.findall(names)]
    words += [
        f"{name}={said[name].rsplit('/', 1)[-1][:20].lower()}"
        for name in ("role", "itemprop", "itemtype")
        if said.get(name)
    ]
    if said.get("aria-hidden") == "true":
        words.append("aria-hidden")
    words += ["label=" + word for word in _NAME_WORD.findall(said.get("aria-label", "")[:60].lower())]
    data = said.get("data-testid") or said.get("data-component") or said.get("data-module") or ""
    words += ["data=" + word.lower() for word in _NAME_WORD.findall(data[:60])]
    unique = tuple(sorted(set(words)))
    whole = {"c:" + _DIGITS.sub("0", name) for name in names.lower().split() if not name.isalpha()}
    around = ("T:" + tag, *("a:" + word for word in unique), *sorted(whole))
    return Keys(unique, around, tuple("n:" + word for word in unique), ("i:" + tag, *("a:" + word for word in unique)))


def block_keys(blocks: Sequence[Block], containers: Sequence[Container]) -> list[frozenset[str]]:
    """Return for each block the keys that the token model sums."""
    keys = [keys_of(container.element) for container in containers]
    around: list[frozenset[str]] = []
    for container, own in zip(containers, keys, strict=True):
        outer = around[container.parent] if container.parent >= 0 else frozenset()
        around.append(outer.union(own.around))
    found = []
    for block in blocks:
        own_keys = set(around[block.container]) if block.container >= 0 else set()
        at = block.container
        for level in range(NEAR):
            if at < 0:
                break
            own_keys.add(f"{level}T:{containers[at].element.tag}")
            own_keys.update(keys[at].near)
            at = containers[at].parent
        for element in block.inline:
            own_keys.update(keys_of(element).inline)
        found.append(frozenset(own_keys))
    return found


def token_scores(
    blocks: Sequence[Block],
    containers: Sequence[Container],
    keys: Sequence[Keys],
    weights: Mapping[str, int],
    bias: int,
) -> list[int]:
    """Return for each block the sum of the weights of its keys: what `block_keys` gives, each key once, in less time.

    Linear in the page, however deep and wide it is: the elements around a block are entered once and left once.

    keys: Of each container, as `keys_of` gives them.
    """
    path = _Path(containers, keys, weights)
    near: dict[int, int] = {-1: 0}
    scores = []
    for i, block in enumerate(blocks):
        at = block.container
        path.move(i, at)
        if at not in near:
            near[at] = _near(at, containers, keys, weights)
        score = bias + path.total + near[at]
        if block.inline:
            inline = {key for element in block.inline for key in keys_of(element).inline}
            score += sum([weights[key] for key in inline if key in weights and key not in path.known])
        scores.append(score)
    return scores


class _Path:
    """The containers around one block after the other, and the keys of theirs that have a weight."""

    def __init__(self, containers: Sequence[Container], keys: Sequence[Keys], weights: Mapping[str, int]) -> None:
        self._containers, self._keys, self._weights = containers, keys, weights
        self._open: list[tuple[int, list[str]]] = []  # containers, and the keys that are not known from outside
        self.known: set[str] = set()
        self.total = 0  # of the weights of what is known

    def move(self, block: int, container: int) -> None:
        """Go on to a block, which stands in this container."""
        while self._open and block >= self._containers[self._open[-1][0]].end:
            for key in self._open.pop()[1]:
                self.known.remove(key)
                self.total -= self._weights[key]
        last = self._open[-1][0] if self._open else -1
        entered = []
        while container != last:
            entered.append(container)
            container = self._containers[container].parent
        for at in reversed(entered):
            new = [key for key in self._keys[at].around if key in self._weights and key not in self.known]
            self.known.update(new)
            self.total += sum([self._weights[key] for key in new])
            self._open.append((at, new))


def _near(at: int, containers: Sequence[Container], keys: Sequence[Keys], weights: Mapping[str, int]) -> int:
    """Return the weights of what the nearest containers are called, and of their tags by their distance."""
    total = 0
    names: set[str] = set()
    for level in range(NEAR):
        if at < 0:
            break
        total += weights.get(f"{level}T:{containers[at].element.tag}", 0)
        names.update(keys[at].near)
        at = containers[at].parent
    return total + sum([weights[name] for name in names if name in weights])
