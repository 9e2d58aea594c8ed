"""Which elements of a page show nothing: those that say so, but for bodies that a script is to show. Pure; knows only lxml."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

MAX_LOOKED_INTO = 200_000  # starts and ends of elements below hidden ones that are read, on one page
REVEALED = 500  # characters in <p> below an element marked hidden, from which on a script must be meant to show it

_HIDDEN_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


def hidden_elements(root: HtmlElement) -> set[HtmlElement]:
    """Return the elements that say that they are not shown. `aria-hidden` text is on the screen and counts as shown.

    So does a hidden element with several paragraphs: streamed pages (React) and pay walls deliver the article hidden
    and let a script show it.
    """
    hidden = set()
    budget = MAX_LOOKED_INTO
    for element in _say_hidden(root):
        length, steps = _length_of_paragraphs(element, budget)
        budget -= steps
        if length < REVEALED:
            hidden.add(element)
    return hidden


def _say_hidden(root: HtmlElement) -> Iterator[HtmlElement]:
    for element in (*root.xpath("//@hidden/.."), *root.xpath("//@style/..")):  # by far the fastest way to say it
        said = element.get("hidden")
        if (said is not None and said != "until-found") or _HIDDEN_STYLE.search(element.get("style", "")):
            yield element


def _length_of_paragraphs(element: HtmlElement, budget: int) -> tuple[int, int]:
    """Characters in <p> below an element, counted up to `REVEALED`, and the steps (at most `budget`) that it took."""
    from lxml.etree import iterwalk

    length = steps = depth = 0  # depth: of open <p>
    for event, inner in islice(iterwalk(element, events=("start", "end")), budget):
        steps += 1
        if event == "start":
            depth += inner.tag == "p"
            length += len(inner.text or "") if depth else 0
        else:
            depth -= inner.tag == "p"
            length += len(inner.tail or "") if depth else 0
        if length >= REVEALED:
            break
    return length, steps
