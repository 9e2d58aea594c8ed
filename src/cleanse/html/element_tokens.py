"""What elements are called: the words of class, id, role and the like, as keys of the token model. Pure; knows only lxml.

A block is judged by the names of all elements around it, those of the three nearest containers once more, and those of the
inline elements that it begins in.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """What one element is called, and its keys where it stands around a block, near it, and around its text in the line."""

    tag: str
    words: tuple[str, ...]  # sorted, each once
    whole: tuple[str, ...]  # names that are not letters alone, without their digits; likewise

    def around(self) -> tuple[str, ...]:
        """Return its keys as an element around a block."""
        return ("T:" + self.tag, *("a:" + word for word in self.words), *("c:" + name for name in self.whole))

    def near(self) -> tuple[str, ...]:
        """Return its keys as one of the nearest containers, but for its tag."""
        return tuple("n:" + word for word in self.words)

    def inline(self) -> tuple[str, ...]:
        """Return its keys as an element in the line."""
        return ("i:" + self.tag, *("a:" + word for word in self.words))


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
    whole = {_DIGITS.sub("0", name) for name in names.lower().split() if not name.isalpha()}
    return Keys(tag, tuple(sorted(set(words))), tuple(sorted(whole)))


def tag_key(level: int, tag: str) -> str:
    """Return the key of the tag of a container that stands so many levels above a block's own."""
    return f"{level}T:{tag}"


def block_keys(blocks: Sequence[Block], containers: Sequence[Container]) -> list[frozenset[str]]:
    """Return for each block the keys that the token model sums."""
    keys = [keys_of(container.element) for container in containers]
    around: list[frozenset[str]] = []
    for container, own in zip(containers, keys, strict=True):
        outer = around[container.parent] if container.parent >= 0 else frozenset()
        around.append(outer.union(own.around()))
    found = []
    for block in blocks:
        own_keys = set(around[block.container]) if block.container >= 0 else set()
        at = block.container
        for level in range(NEAR):
            if at < 0:
                break
            own_keys.add(tag_key(level, keys[at].tag))
            own_keys.update(keys[at].near())
            at = containers[at].parent
        for element in block.inline:
            own_keys.update(keys_of(element).inline())
        found.append(frozenset(own_keys))
    return found
