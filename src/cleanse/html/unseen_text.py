"""Text of a page that no visible element holds: put into the page's tree where the visible page has no article.

Declarative shadow roots are always put in, as browsers show them. Knows only lxml.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from cleanse.html.hidden_elements import first_with_prose, names, say_hidden, show
from cleanse.html.metadata import letters
from cleanse.html.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

LEAST = 200  # characters of prose that such a source has at least
LONGER = (
    1.5  # an `articleBody` that is so many times as long as what is kept of a page shows that the page is cut short
)
MAX_SHADOWS = 200  # shadow roots that are opened
MAX_FRAMES = 5  # framed documents that are looked at
MAX_FRAMED = 200_000  # characters of one of them that are read
MAX_BODY = 1_000_000  # characters of a body that are read
TAIL = 60  # letters at the end of what is kept by which its continuation is found


class Found(NamedTuple):
    """What was put into the tree."""

    element: HtmlElement
    source: str  # "hidden", "noscript", "template", "srcdoc", "json-ld"


def open_shadow_roots(tree: HtmlElement) -> None:
    """Make declarative shadow roots elements like others."""
    for template in islice(tree.xpath("//template[@shadowrootmode or @shadowroot]"), MAX_SHADOWS):
        template.tag = "div"


def show_unseen(tree: HtmlElement) -> Found | None:
    """Make the first of a page's unseen sources with enough prose visible.

    Hidden elements come first, then <noscript>, <template>, and documents framed by `srcdoc`.
    """
    hidden = (element for element in say_hidden(tree) if element.tag not in names().never_tags)
    if (element := first_with_prose(hidden, LEAST)) is not None:
        show(element)
        return Found(element, "hidden")
    for source in ("noscript", "template"):
        if (element := first_with_prose(tree.iter(source), LEAST)) is not None:
            element.tag = "div"
            return Found(element, source)
    for frame in islice(tree.xpath("//iframe[@srcdoc]"), MAX_FRAMES):
        inner = parse(frame.get("srcdoc", "")[:MAX_FRAMED])
        if inner is not None and first_with_prose([inner], LEAST) is not None:
            inner.tag = frame.tag = "div"
            frame.append(inner)
            return Found(frame, "srcdoc")
    return None


def add_article_body(tree: HtmlElement, body: str, kept: Sequence[str], after: HtmlElement | None) -> Found | None:
    """Put an `articleBody` of JSON-LD into the tree, or what it has beyond the blocks that are kept.

    Args:
        tree: The page.
        body: What its JSON-LD has, or "".
        kept: The text of each block that is kept.
        after: The element behind which it goes, or None for the end of the page.

    Returns:
        What was put in; None where there is no such body, or none that is much longer than what is kept.
    """
    known = sum(map(len, kept))
    if len(body) < max(LEAST, LONGER * known):
        return None
    paragraphs = list(_paragraphs(body[:MAX_BODY]))
    if sum(map(len, paragraphs)) < max(LEAST, LONGER * known):
        return None
    if known:
        paragraphs = _continuation(paragraphs, kept)
        if sum(map(len, paragraphs)) < LEAST:
            return None
    element = tree.makeelement("div")
    for text in paragraphs:
        paragraph = tree.makeelement("p")
        paragraph.text = text
        element.append(paragraph)
    if after is not None and after.getparent() is not None:
        element.tail, after.tail = after.tail, None
        after.addnext(element)
    else:
        tree.append(element)
    return Found(element, "json-ld")


def _paragraphs(body: str) -> Iterator[str]:
    """Return the paragraphs of a body, which may be text or HTML."""
    if "</" in body and (tree := parse(f"<div>{body}</div>")) is not None:
        from cleanse.html.visible_text import render

        body = render(tree).text
    return filter(None, (" ".join(line.split()) for line in body.splitlines()))


def _continuation(paragraphs: Sequence[str], kept: Sequence[str]) -> list[str]:
    """Return the paragraphs behind the last one that begins or ends like a block that is kept; none if none does."""
    ends = {said[-TAIL:] for text in kept if len(said := letters(text)) >= TAIL}
    starts = {said[:TAIL] for text in kept if len(said := letters(text)) >= TAIL}
    last = -1
    for i, paragraph in enumerate(paragraphs):
        said = letters(paragraph)
        if len(said) >= TAIL and (said[-TAIL:] in ends or said[:TAIL] in starts):
            last = i
    return list(paragraphs[last + 1 :]) if last >= 0 else []
