"""Why a block went: the element it stands in, by the rules of `elements.toml`, or what the page says of itself."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

    from cleanse.html.metadata import Metadata

BYLINE = 80  # characters; a longer text that names the author or the date is no byline
NAMES = 500  # characters of class and id looked at
SHOWN = 60  # characters of a class or id in the evidence

_NUMBER = re.compile(r"\d+")
_WORD_OF_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


class Rules(NamedTuple):
    """Which rule an element's tag, role, and words of class and id stand for, with the rule's rank."""

    tags: dict[str, tuple[int, str]]
    roles: dict[str, tuple[int, str]]
    tokens: dict[str, tuple[int, str]]


@cache
def rules() -> Rules:
    """Return the rules as data; see the head of the file for their meaning."""
    read = tomllib.loads(files(__package__).joinpath("elements.toml").read_text("utf-8"))["rule"]
    words = Rules({}, {}, {})
    for rank, rule in enumerate(read):
        for kind in Rules._fields:
            for word in rule.get(kind, ()):
                getattr(words, kind).setdefault(word, (rank, rule["name"]))
    return words


class Reasons:
    """Reasons for the blocks of one page. What is known of an element serves the next block, too."""

    def __init__(self, metadata: Metadata, kept: Iterable[HtmlElement]) -> None:
        self._names = [name for name in (metadata.author or "").lower().split("; ") if name]
        self._date = metadata.date
        self._known: dict[HtmlElement, tuple[str, str] | None] = {}  # rule, and the outermost element that it holds for
        for element in kept:  # what holds content as well is no reason
            up: HtmlElement | None = element
            while up is not None and up not in self._known:
                self._known[up] = None
                up = up.getparent()

    def byline(self, text: str) -> tuple[str, str] | None:
        """Return rule and evidence for a short removed text that says what the HTML states as author or date."""
        if len(text) <= BYLINE:
            lower = text.lower()
            if any(name in lower for name in self._names):
                return "metadata.author", "names the author whom the HTML states"
            if self._date and self._date[:4] in text and _is_date(self._date, text):
                return "metadata.date", "shows the date that the HTML states"
        return None

    def of(self, element: HtmlElement) -> tuple[str, str] | None:
        """Return rule and evidence of the innermost rule that holds for the element or what it stands in, if there is one.

        The evidence shows the outermost element of the run for which that rule holds.
        """
        chain: list[HtmlElement] = []
        up: HtmlElement | None = element
        while up is not None and up not in self._known:
            chain.append(up)
            up = up.getparent()
        reason = None if up is None else self._known[up]
        for inner in reversed(chain):
            own = _rule_of(inner.tag, inner.get("role"), f"{inner.get('class', '')} {inner.get('id', '')}"[:NAMES])
            if own is not None and (reason is None or reason[0] != own):
                reason = (own, f"in {_shown(inner)}")
            self._known[inner] = reason
        return reason


@lru_cache(maxsize=4096)  # the elements of a page, and the pages of a site, are much alike
def _rule_of(tag: str, role: str | None, names: str) -> str | None:
    """Return the first rule of the file that an element answers to by its own tag, role, or words of class and id."""
    if tag in ("html", "body"):  # they tell of the page, not of a part
        return None
    tags, roles, tokens = rules()
    ranked = [tags[tag]] if tag in tags else []
    if role in roles:
        ranked.append(roles[role])
    words = map(str.lower, _WORD_OF_NAME.findall(names))
    ranked += [tokens[word] for word in words if word in tokens]
    return f"html.{min(ranked)[1]}" if ranked else None


def _is_date(date: str, text: str) -> bool:
    """Return whether a short text shows this day: its year, and its day's number among few numbers."""
    day = date[8:10].lstrip("0")
    return not day or day in (number.lstrip("0") for number in _NUMBER.findall(text))


def _shown(element: HtmlElement) -> str:
    """Return the element's start tag, shortened to what speaks against it."""
    named = "".join(
        f' {name}="{value if len(value) <= SHOWN else value[: SHOWN - 1] + "…"}"'
        for name in ("id", "class", "role")
        if (value := " ".join(element.get(name, "").split()))
    )
    return f"<{element.tag}{named}>"
