"""Why the own engine leaves a block out, for a person to read: how likely it is content, and what spoke most against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanse.html.decision import ONE
from cleanse.html.element_tokens import keys_of
from cleanse.html.word_keys import word_keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lxml.html import HtmlElement

    from cleanse.html.engine import Judgement
    from cleanse.html.model_file import Model
    from cleanse.html.visible_text import Rendered

Array = NDArray[Any]

PATH = 3  # elements of a path that are shown
NAME = 40  # characters of a name that are shown
LOOKED_AT = 20  # blocks of a run whose words are looked at
SPOKEN = -64  # weight, in `linear_scores.SCALE`s, from which on a name or a word is told of


class Explanations:
    """Evidence for the blocks of one page that the engine leaves out."""

    def __init__(self, page: Rendered, words: Sequence[Sequence[str]], judgement: Judgement, model: Model) -> None:
        self._page = page
        self._words = words
        self._chance = judgement.chance
        self._model = model
        self._kept_sums = np.append(0, np.cumsum(judgement.kept))
        self._by_container: dict[int, str] = {}

    def of(self, block: int) -> str:
        """Return the evidence: one text for all blocks of the outermost element of which nothing is kept."""
        containers = self._page.containers
        at = self._page.blocks[block].container
        if at < 0 or self._keeps(at):
            return self._evidence(range(block, block + 1), at)
        while containers[at].parent >= 0 and not self._keeps(containers[at].parent):
            at = containers[at].parent
        if at not in self._by_container:
            first, end = containers[at].first, containers[at].end
            self._by_container[at] = self._evidence(range(first, min(end, first + LOOKED_AT)), at)
        return self._by_container[at]

    def _keeps(self, container: int) -> bool:
        first, end = self._page.containers[container].first, self._page.containers[container].end
        return bool(self._kept_sums[end] > self._kept_sums[first])

    def _evidence(self, blocks: range, container: int) -> str:
        chance = max(int(self._chance[block]) for block in blocks)
        parts = [f"content {chance / ONE:.0%}"]
        if name := self._name(container):
            parts.append(f'as in "{name}"')
        if word := self._word(blocks):
            parts.append(f'with "{word}"')
        parts.append(f"at {_path(self._page, container)}")
        return ", ".join(parts)

    def _name(self, container: int) -> str:
        """The name of the element, or of one around it, that speaks most against content."""
        best, weight = "", SPOKEN
        while container >= 0:
            element = self._page.containers[container].element
            for key in keys_of(element).around:
                if (own := self._model.tokens.get(key, 0)) < weight:
                    best, weight = key, own
            container = self._page.containers[container].parent
        kind, _, name = best.partition(":")
        return f"<{name}>" if kind == "T" else name[:NAME]

    def _word(self, blocks: range) -> str:
        """The words that speak most against content."""
        best, weight = "", SPOKEN
        for block in blocks:
            for key in word_keys(self._words[block]):
                own = self._model.words.get(key, 0)
                if own < weight and not key.startswith("#"):
                    best, weight = key, own
        return best.strip("^$=")[:NAME]


def _path(page: Rendered, container: int) -> str:
    """The last elements of the way to a container."""
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
