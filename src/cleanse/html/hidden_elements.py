"""Which elements of a page show nothing: those that say so, but for bodies that are to be opened. Pure; knows only lxml."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

MAX_LOOKED_INTO = 200_000  # starts and ends of elements below hidden ones that are read, on one page
MAX_TWINS = 2000  # elements for screens only that are compared with what stands beside them, on one page
REVEALED = 500  # characters in <p> below a hidden element from which on a script must be meant to show it
OPENED = 40  # characters of any prose from which on it is shown if its name says that a click opens it
NAMES = 300  # characters of class and id looked at
AROUND = 3  # elements around a hidden one whose names say what it is for

_HIDDEN_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_CLIPPED = re.compile(
    r"(?=.*\bclip(?:-path)?\s*:)(?=.*\bposition\s*:\s*absolute).*\bwidth\s*:\s*1px", re.IGNORECASE | re.DOTALL
)
_NAME_WORD = re.compile(r"[A-Za-z][a-z]+|[A-Z]+(?![a-z])|[a-z]+")
_NO_PROSE = frozenset(
    ("a", "button", "select", "option", "script", "style", "label", "textarea", "nav", "svg", "template", "noscript")
)


class Names(NamedTuple):
    """What hidden elements are called, see `hidden.toml`."""

    opened: frozenset[str]
    never: frozenset[str]
    never_tags: frozenset[str]
    read_out: frozenset[str]


@cache
def names() -> Names:
    """Return the names as data."""
    read = tomllib.loads(files(__package__).joinpath("hidden.toml").read_text("utf-8"))
    return Names(*(frozenset(read[kind]) for kind in Names._fields))


def hidden_elements(root: HtmlElement) -> set[HtmlElement]:
    """Return the elements that show nothing. `aria-hidden` text is on the screen and counts as shown, but not twice.

    A hidden element with several paragraphs counts as shown: streamed pages (React) and pay walls deliver the article hidden
    and let a script show it. One whose name says that a click opens it (an accordion, "read more") needs little.
    """
    hidden = set(_twins(root))
    budget = MAX_LOOKED_INTO
    for element in say_hidden(root):
        opened = _is_opened(element)
        length, steps = _length_of_prose(element, budget, OPENED if opened else REVEALED, anywhere=opened)
        budget -= steps
        if length < (OPENED if opened else REVEALED):
            hidden.add(element)
    return hidden


def say_hidden(root: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements that say of themselves that they are not shown."""
    for element in (*root.xpath("//@hidden/.."), *root.xpath("//@style/..")):  # by far the fastest way to say it
        said = element.get("hidden")
        if (said is not None and said != "until-found") or _HIDDEN_STYLE.search(element.get("style", "")):
            yield element


def is_aside(element: HtmlElement) -> bool:
    """Return whether an element within a line is no part of what it says: a button, or text that is only read out.

    Text that is read out in place of a sign beside it is a part.
    """
    if element.tag == "button":
        return True
    classes = element.get("class")
    if not (classes and not names().read_out.isdisjoint(classes[:NAMES].lower().split())):
        style = element.get("style")
        if not (style and _CLIPPED.match(style[:NAMES])):
            return False
    beside = (element.getprevious(), element.getnext())
    return not any(one is not None and _is_for_screen(one) and _text(one) for one in beside)


def show(element: HtmlElement) -> None:
    """Make a hidden element say so no more."""
    element.attrib.pop("hidden", None)
    element.attrib.pop("style", None)


def _is_opened(element: HtmlElement) -> bool:
    """Return whether a click is meant to open a hidden element, by its name and the names of those around it."""
    opened, never, never_tags, _ = names()
    around = [element, *islice(element.iterancestors(), AROUND)]
    words: list[set[str]] = []
    for one in around:
        said = f"{one.get('class', '')} {one.get('id', '')}"[:NAMES]
        words.append({word.lower() for word in _NAME_WORD.findall(said)})
    if not never.isdisjoint(words[0]) or any(one.tag in never_tags for one in around):
        return False
    return any(not opened.isdisjoint(own) for own in words)


def _length_of_prose(element: HtmlElement, budget: int, needed: int, *, anywhere: bool) -> tuple[int, int]:
    """Return characters below an element, up to `needed`, and the steps (at most `budget`) that it took to count them.

    anywhere: Count all text outside of links and controls; else only that in <p>.
    """
    from lxml.etree import iterwalk

    length = steps = paragraphs = controls = 0  # open elements
    for event, inner in islice(iterwalk(element, events=("start", "end")), budget):
        steps += 1
        step = 1 if event == "start" else -1
        if inner is not element or inner.tag == "p":
            paragraphs += step * (inner.tag == "p")
            controls += step * (inner.tag in _NO_PROSE)
        text = inner.text if event == "start" else inner.tail if inner is not element else None
        if text and (not controls if anywhere else paragraphs):
            length += len(text.strip()) if anywhere else len(text)
            if length >= needed:
                break
    return length, steps


def first_with_prose(elements: Iterable[HtmlElement], needed: int) -> HtmlElement | None:
    """Return the first element with so many characters outside of links and controls; all are read `MAX_LOOKED_INTO` far."""
    budget = MAX_LOOKED_INTO
    for element in elements:
        length, steps = _length_of_prose(element, budget, needed, anywhere=True)
        if length >= needed:
            return element
        budget -= steps
        if budget <= 0:
            break
    return None


def _twins(root: HtmlElement) -> Iterator[HtmlElement]:
    """Elements for the screen only whose letters stand right before or behind them once more, for screen readers only."""
    seen: set[HtmlElement] = set()
    for element in islice(root.xpath("//@aria-hidden/.."), MAX_TWINS):
        if element in seen or not _is_for_screen(element):
            continue
        run = [element]
        while not (run[-1].tail or "").strip() and _is_for_screen(after := run[-1].getnext()) and len(run) < MAX_TWINS:
            run.append(after)
        seen.update(run)
        before, after = element.getprevious(), run[-1].getnext()
        if before is not None and (before.tail or "").strip():
            before = None
        if after is not None and (run[-1].tail or "").strip():
            after = None
        if before is None and after is None:
            continue
        shown = "".join(map(_text, run))
        if shown and any(_text(twin) == shown for twin in (before, after) if twin is not None):
            yield from run


def _is_for_screen(element: HtmlElement | None) -> bool:
    return element is not None and element.get("aria-hidden") == "true"


def _text(element: HtmlElement) -> str:
    return "".join(islice(element.itertext(), MAX_TWINS)).strip()
