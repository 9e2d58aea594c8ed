"""Why the own engine leaves a block out, for a person to read: how likely it is content, and what spoke most against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanse.html.decision import ONE
from cleanse.html.word_keys import word_keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lxml.html import HtmlElement

    from cleanse.html.block_engine import Judgement
    from cleanse.html.element_tokens import Keys
    from cleanse.html.model_file import Model
    from cleanse.html.visible_text import Rendered

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
        self._keys = keys
        self._chance = judgement.chance
        self._kept = np.append(0, np.cumsum(judgement.kept)).tolist()  # running sums
        self._model = model
        self._by_container: dict[int, str] = {}
        self._names: dict[int, tuple[int, str]] = {-1: (SPOKEN, "")}

    def of(self, block: int) -> str:
        """Return the evidence: one text for all blocks of the outermost element of which nothing is kept."""
        at = self._page.blocks[block].container
        outermost = self._outermost(at)
        if outermost < 0:
            return self._evidence(range(block, block + 1), at)
        if outermost not in self._by_container:
            container = self._page.containers[outermost]
            looked_at = range(container.first, min(container.end, container.first + LOOKED_AT))
            self._by_container[outermost] = self._evidence(looked_at, outermost)
        return self._by_container[outermost]

    def _outermost(self, at: int) -> int:
        """Return the outermost container around and including one of which nothing is kept, -1 if there is none."""
        outermost = -1
        while at >= 0:
            container = self._page.containers[at]
            if self._kept[container.end] > self._kept[container.first]:
                break
            outermost, at = at, container.parent
        return outermost

    def _name(self, container: int) -> str:
        """Return the name of a container, or of one around it, that speaks most against content; "" if none does."""
        chain = []
        at = container
        while at not in self._names:
            chain.append(at)
            at = self._page.containers[at].parent
        weights = self._model.tokens.all
        for inner in reversed(chain):
            known = [(weights[key], key) for key in self._keys[inner].around() if key in weights]
            self._names[inner] = min([*known, self._names[self._page.containers[inner].parent]])
        return _shown(self._names[container][1])

    def _evidence(self, blocks: range, container: int) -> str:
        chance = max(int(self._chance[block]) for block in blocks)
        parts = [f"content {chance / ONE:.0%}"]
        if name := self._name(container):
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
