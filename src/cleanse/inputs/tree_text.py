"""The text of a tree of elements, be it XML or HTML: blocks set off by a blank line, lines and rows on lines of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACE = re.compile(r"[ \t\r\n\f]+")  # not the spaces that typography uses


Node = Any  # an element of xml.etree or of lxml: tag, text, tail, and its children in order


@dataclass(frozen=True, slots=True)
class Layout:
    """What elements are to the text, by their local names; all others run on."""

    paragraphs: frozenset[str]  # a blank line before and after
    lines: frozenset[str] = frozenset()  # a line break before and after
    breaks: frozenset[str] = frozenset()  # one line break in their place
    spaces: frozenset[str] = frozenset()  # a space before and after, such as cells of a table
    hidden: frozenset[str] = frozenset()  # left out with all that is in them

    def breaks_at(self, name: str) -> int:
        """Return how many line breaks set an element off."""
        return 2 if name in self.paragraphs else 1 if name in self.lines else 0


# elements that are paragraphs in HTML and in the formats that borrow from it
BLOCKS = frozenset((
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "body",
))  # fmt: skip
_HTML_BLOCKS = frozenset((
    "section", "article", "header", "footer", "main", "aside", "figure", "figcaption", "pre", "hr", "address",
    "form", "fieldset", "nav", "details",
))  # fmt: skip
_HTML_HIDDEN = frozenset((
    "script", "style", "head", "template", "noscript", "svg", "iframe", "object", "button", "select", "textarea",
    "title",
))  # fmt: skip

HTML = Layout(
    paragraphs=BLOCKS | _HTML_BLOCKS,
    lines=frozenset(["li", "dt", "dd", "tr", "caption", "legend", "summary", "option"]),
    breaks=frozenset(["br"]),
    spaces=frozenset(["td", "th"]),
    hidden=_HTML_HIDDEN,
)


def local_name(tag: object) -> str:
    """Return an element's name without prefix or namespace; nothing of a comment."""
    return re.split("[:}]", tag)[-1] if isinstance(tag, str) else ""


def text_of(root: Node, layout: Layout) -> str:
    """Return the text of an element, its tail aside."""
    writer = _Writer()
    waiting: list[tuple[Node, Iterator[Node]]] = []
    _enter(writer, root, layout)
    waiting.append((root, iter(root)))
    while waiting:
        node, children = waiting[-1]
        child = next(children, None)
        if child is None:
            waiting.pop()
            _leave(writer, node, layout)
            if waiting:
                writer.write(node.tail)
        elif not (name := local_name(child.tag)) or name in layout.hidden:
            writer.write(child.tail)
        else:
            _enter(writer, child, layout)
            waiting.append((child, iter(child)))
    return "".join(writer.parts)


def _enter(writer: _Writer, node: Node, layout: Layout) -> None:
    name = local_name(node.tag)
    if name in layout.breaks:
        writer.lines = min(writer.lines + 1, 2)
    writer.lines = max(writer.lines, layout.breaks_at(name))
    writer.space = writer.space or name in layout.spaces
    writer.write(node.text)


def _leave(writer: _Writer, node: Node, layout: Layout) -> None:
    name = local_name(node.tag)
    writer.lines = max(writer.lines, layout.breaks_at(name))
    writer.space = writer.space or name in layout.spaces


@dataclass(slots=True)
class _Writer:
    """A text as it grows, and what is to stand before its next character."""

    parts: list[str] = field(default_factory=list)
    lines: int = 0
    space: bool = False

    def write(self, text: str | None) -> None:
        """Add a text, with its runs of white space as one space."""
        if not text:
            return
        words = _SPACE.sub(" ", text)
        self.space = self.space or words.startswith(" ")
        words = words.strip(" ")
        if not words:
            return
        if self.parts:
            self.parts.append("\n" * self.lines if self.lines else " " if self.space else "")
        self.parts.append(words)
        self.lines = 0
        self.space = text[-1] in " \t\r\n\f"
