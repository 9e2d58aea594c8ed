"""HTML → its visible text, block by block in reading order. Pure; knows only lxml."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

UNSEEN, CELL = -1, 0  # beside these, a tag's display is the number of line breaks that set it off
_COLLAPSED = re.compile("[ \t\n\r\f\v\x1c-\x1f\x85\u2028\u2029]+")  # white space of HTML, and other line breaks
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML forbids
_UNPRINTED = str.maketrans("", "", "\u00ad\ufeff")  # soft hyphen and byte order mark show nothing
_REVEALED = 500  # characters in <p> below an element marked hidden, from which on a script must be meant to show it
_HIDDEN_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """One line of the page text: half-open offsets, the element it stands in, and where inline elements meet in it."""

    start: int
    end: int
    element: HtmlElement
    seams: tuple[int, ...]  # offsets in the page text, ascending, inside the block


@dataclass(frozen=True, slots=True)
class Rendered:
    """The visible text of a page and its blocks, which lie in it in order with only line breaks between them."""

    text: str
    blocks: tuple[Block, ...]


def parse(html: str) -> HtmlElement | None:
    """The tree of a page as lxml's lenient parser sees it, or None where nothing can be parsed."""
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    parser = HTMLParser(
        collect_ids=False,
        default_doctype=False,
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )
    try:
        return document_fromstring(_CONTROLS.sub("", html).encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


@cache
def display() -> dict[str, int]:
    """How each tag is set; a tag that is not among them stands within its line."""
    read = tomllib.loads(files(__package__).joinpath("display.toml").read_text("utf-8"))
    values = {"unseen": UNSEEN, "cells": CELL, "lined": 1, "spaced": 2}
    return {tag: values[kind] for kind, tags in read.items() for tag in tags}


def render(root: HtmlElement) -> Rendered:
    """The visible text, after the HTML Standard's innerText.

    Blocks on lines of their own, paragraphs, headings, lists and tables set off by a blank line, cells of a row joined
    by a tab, white space collapsed; nothing invented (no bullets, no numbers).
    """
    from lxml.etree import iterwalk

    tags = display()
    writer = _Writer()
    skipped: HtmlElement | None = None
    walker = iterwalk(root, events=("start", "end"))
    for event, element in walker:
        setting = tags.get(element.tag)
        if event == "start":
            if setting == UNSEEN or _is_hidden(element):
                walker.skip_subtree()
                skipped = element
                continue
            writer.border(setting)
            if element.tag == "pre":
                writer.preformatted += 1
            if element.text:
                writer.write(element.text, element)
        else:
            if element is not skipped:
                writer.border(setting)
                if element.tag == "pre":
                    writer.preformatted -= 1
            if element.tail:
                writer.write(element.tail, element.getparent())
    return writer.finish()


def _is_hidden(element: HtmlElement) -> bool:
    """Whether the element says that it is not shown. `aria-hidden` text is on the screen and counts as shown.

    So does a hidden element with several paragraphs: streamed pages (React) and pay walls deliver the article hidden
    and let a script show it.
    """
    style = element.get("style")
    hidden = element.get("hidden")
    if (hidden is None or hidden == "until-found") and not (style and _HIDDEN_STYLE.search(style)):
        return False
    length = 0
    for paragraph in element.iter("p"):
        length += sum(map(len, paragraph.itertext()))
        if length >= _REVEALED:
            return False
    return True


class _Writer:
    """Collects text into blocks; white space is collapsed across inline elements as a browser does."""

    def __init__(self) -> None:
        self.lines: list[str] = []  # of the page text, line breaks between them included
        self.blocks: list[Block] = []
        self.length = 0  # of all lines so far
        self.gap = 0  # line breaks owed before the next line
        self.cell = False  # a table cell began, and no text of it was written yet
        self.preformatted = 0  # open <pre> elements
        self._clear()

    def _clear(self) -> None:
        self.line: list[str] = []
        self.width = 0
        self.space = False  # white space is owed before the next text of the line
        self.indented = False  # the line begins with preformatted text
        self.seams: list[int] = []
        self.element: HtmlElement | None = None

    def border(self, setting: int | None) -> None:
        """The start or the end of an element."""
        if setting == CELL:
            self.cell = True
        elif setting is not None and setting != UNSEEN:
            self.end_line(setting)

    def write(self, text: str, element: HtmlElement | None) -> None:
        """One text node, which stands in this element."""
        if self.preformatted:
            for i, line in enumerate(text.expandtabs().splitlines(keepends=True)):
                if i:
                    self.end_line(1 if self.width else 2)
                self.indented = self.indented or not self.width
                self._put(line.rstrip("\r\n"), element)
            if text.endswith("\n"):
                self.end_line(1)
            return
        text = _COLLAPSED.sub(" ", text)
        if text == " ":
            self.space = self.width > 0
            return
        if self.cell:
            self.cell = False
            if self.width:
                self._put("\t", element)
            self.space = False
            text = text.lstrip(" ")
        elif text[0] == " ":
            self.space, text = self.width > 0, text[1:]
        owed = text[-1] == " "
        if owed:
            text = text[:-1]
        self._put(" " + text if self.space else text, element)
        self.space = owed

    def _put(self, text: str, element: HtmlElement | None) -> None:
        if not text.isascii():
            text = text.translate(_UNPRINTED)
        if not text:
            return
        if self.width:
            self.seams.append(self.width)
        else:
            self.element = element
        self.line.append(text)
        self.width += len(text)

    def end_line(self, gap: int) -> None:
        """Close the line, if one is open; at least `gap` line breaks will stand before the next."""
        if self.width:
            line = "".join(self.line).rstrip()
            bare = line if self.indented else line.lstrip()
            if bare and self.element is not None:
                self._add(bare, self.element, len(line) - len(bare))
            self._clear()
        self.gap = max(self.gap, gap)

    def _add(self, line: str, element: HtmlElement, indent: int) -> None:
        if self.blocks:
            self.lines.append("\n" * self.gap)
            self.length += self.gap
        start, end = self.length, self.length + len(line)
        seams = tuple(at for seam in self.seams if start < (at := start - indent + seam) < end)
        self.lines.append(line)
        self.blocks.append(Block(start, end, element, seams))
        self.length = end
        self.gap = 0

    def finish(self) -> Rendered:
        """What was written."""
        self.end_line(0)
        return Rendered("".join(self.lines), tuple(self.blocks))
