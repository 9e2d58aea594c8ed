"""Why the own engine leaves a block out, for a person to read: how likely it is content, and what spoke most against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanse.html.decision import ONE
from cleanse.html.word_keys import word_keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lxml.html import HtmlElement

    from cleanse.html.block_engine import Judgement
    from cleanse.html.element_tokens import Keys
    from cleanse.html.model_file import Model
    from cleanse.html.visible_text import Rendered

Array = NDArray[Any]

PATH = 3  # elements of a path that are shown
NAME = 40  # characters of a name that are shown
LOOKED_AT = 20  # blocks of a run whose words are looked at
SPOKEN = -64  # weight, in `linear_scores.SCALE`s, from which on a name or a word is told of


class Explanations:
    """Evidence for the blocks of one page that the engine leaves out."""

    def __init__(
        self, page: Rendered, words: Sequence[Sequence[str]], keys: Sequence[Keys], judgement: Judgement, model: Model
    ) -> None:
        self._page = page
        self._words = words
        self._chance = judgement.chance
        self._model = model
        self._outermost, self._names = _read_containers(page, keys, judgement.kept, model.tokens)
        self._by_container: dict[int, str] = {}

    def of(self, block: int) -> str:
        """Return the evidence: one text for all blocks of the outermost element of which nothing is kept."""
        at = self._page.blocks[block].container
        outermost = self._outermost[at] if at >= 0 else -1
        if outermost < 0:
            return self._evidence(range(block, block + 1), at)
        if outermost not in self._by_container:
            container = self._page.containers[outermost]
            looked_at = range(container.first, min(container.end, container.first + LOOKED_AT))
            self._by_container[outermost] = self._evidence(looked_at, outermost)
        return self._by_container[outermost]

    def _evidence(self, blocks: range, container: int) -> str:
        chance = max(int(self._chance[block]) for block in blocks)
        parts = [f"content {chance / ONE:.0%}"]
        if container >= 0 and (name := self._names[container]):
            parts.append(f'as in "{name}"')
        if word := self._word(blocks):
            parts.append(f'with "{word}"')
        parts.append(f"at {_path(self._page, container)}")
        return ", ".join(parts)

    def _word(self, blocks: range) -> str:
        """Return the words that speak most against content."""
        best, weight = "", SPOKEN
        for block in blocks:
            for key in word_keys(self._words[block]):
                own = self._model.words.get(key)
                if own < weight and not key.startswith("#"):
                    best, weight = key, own
        return best.strip("^$=")[:NAME]


def _read_containers(
    page: Rendered, keys: Sequence[Keys], kept: Array, weights: Mapping[str, int]
) -> tuple[list[int], list[str]]:
    """For each container the outermost one around it of which nothing is kept (-1: none), and the name that speaks most.

    That name is its own or that of an element around it; "" where none speaks against content.
    """
    sums = np.append(0, np.cumsum(kept))
    outermost: list[int] = []
    names: list[tuple[int, str]] = []
    for i, (container, own) in enumerate(zip(page.containers, keys, strict=True)):
        parent = container.parent
        keeps = sums[container.end] > sums[container.first]
        above = outermost[parent] if parent >= 0 else -1
        outermost.append(above if above >= 0 else -1 if keeps else i)
        speak = [(weights[key], key) for key in own.around if key in weights]
        names.append(min([*speak, names[parent] if parent >= 0 else (SPOKEN, "")]))
    return outermost, [_shown(key) for _, key in names]


def _shown(key: str) -> str:
    kind, _, name = key.partition(":")
    return f"<{name}>" if kind == "T" else name[:NAME]


def _path(page: Rendered, container: int) -> str:
    """Return the last elements of the way to a container."""
    names: list[str] = []
    while container >= 0 and len(names) < PATH:
        names.append(_name_of(page.containers[container].element))
        container = page.containers[container].parent
    return " > ".join(reversed(names)) or "the page"


def _name_of(element: HtmlElement) -> str:
    """As a selector writes it, with the first of its classes."""
    said: Mapping[str, str] = dict(element.items())
    if name := said.get("id", "").strip():
        return f"{element.tag}#{name[:NAME]}"
    classes = said.get("class", "").split()
    return f"{element.tag}.{classes[0][:NAME]}" if classes else str(element.tag)
