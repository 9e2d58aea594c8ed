"""Boxes that ask for consent to cookies, by their names. Pure."""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.html.element_tokens import Keys
    from cleanse.html.visible_text import Rendered

MOST = 60  # blocks of such a box; what holds more is a page
PAGE = ("html", "body", "main", "article")  # their names tell of the page


class Names(NamedTuple):
    """What such boxes are called, see `consent.toml`."""

    software: frozenset[str]
    words: frozenset[str]
    beside: frozenset[str]


@cache
def names() -> Names:
    """Return the names as data."""
    read = tomllib.loads(files(__package__).joinpath("consent.toml").read_text("utf-8"))
    return Names(*(frozenset(read[kind]) for kind in Names._fields))


def blocks_of_consent(page: Rendered, keys: Sequence[Keys]) -> set[int]:
    """Return the numbers of the blocks that stand in such a box. A box with the headline of the page in it is none.

    keys: Of each container, as `keys_of` gives them.
    """
    boxes = {own.words for own in keys if asks_for_consent(own.words)}
    inside: set[int] = set()
    if not boxes:
        return inside
    headlines = [container.first for container, own in zip(page.containers, keys, strict=True) if own.tag == "h1"]
    for container, own in zip(page.containers, keys, strict=True):
        if own.tag in PAGE or container.end - container.first > MOST or container.first in inside:
            continue
        if own.words in boxes and not any(container.first <= first < container.end for first in headlines[:MOST]):
            inside.update(range(container.first, container.end))
    return inside


@lru_cache(maxsize=4096)  # the elements of a page, and the pages of a site, are much alike
def asks_for_consent(said: tuple[str, ...]) -> bool:
    """Return whether an element of these words asks for consent."""
    software, words, beside = names()
    own = set(said)
    if not software.isdisjoint(own):
        return True
    return any(not (beside & own) <= {word} for word in words & own)
