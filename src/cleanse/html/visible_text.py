"""HTML → its visible text, block by block in reading order. Pure; knows only lxml."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lxml.html import HtmlElement

UNSEEN, CELL, PREFORMATTED = -1, 0, 3  # else a tag's setting is the number of line breaks that set it off: 1 or 2
_COLLAPSED = re.compile("[ \t\n\r\f\v\x1c-\x1f\x85\u2028\u2029]+")  # white space of HTML, and other line breaks
_TAG = re.compile("<(/?)([A-Za-z][A-Za-z0-9]*+)[^<>]*+>")
_CONTROLS = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20)])  # what XML forbids
_NONCHARACTERS = re.compile("[\ufffe\uffff]")  # so are these
_UNPRINTED = str.maketrans("", "", "\u00ad\ufeff")  # soft hyphen and byte order mark show nothing
_NOTHING = "\u200b\u200c\u200d\u200e\u200f\u2060"  # format characters; a line of nothing else is no line
MAX_LOOKED_INTO = (
    200_000  # starts and ends of elements below hidden ones that are read to tell whether a script is to show them
)
_REVEALED = 500  # characters in <p> below an element marked hidden, from which on a script must be meant to show it
_HIDDEN_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


class Block(NamedTuple):
    """One line of the page text: half-open offsets, the element it stands in, and where inline elements meet in it."""

    start: int
    end: int
    element: HtmlElement
    seams: tuple[int, ...]  # offsets in the page text, ascending, inside the block


class Rendered(NamedTuple):
    """The visible text of a page and its blocks, which lie in it in order with only line breaks between them."""

    text: str
    blocks: tuple[Block, ...]
    elements: int  # that are not hidden
    depth: int  # of the innermost of them


def parse(html: str) -> HtmlElement | None:
    """The tree of a page as lxml's lenient parser sees it, or None where nothing can be parsed."""
    from lxml import etree
    from lxml.html import HtmlElement, document_fromstring

    parser = etree.HTMLParser(
        collect_ids=False,
        default_doctype=False,
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )
    # lxml.html's own lookup runs Python code for every element, to tell forms and inputs apart, which nobody here needs
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    source = _NONCHARACTERS.sub("", html).encode("utf-8", "replace").translate(None, _CONTROLS)
    try:
        tree: HtmlElement = document_fromstring(source, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    return tree


def flattened(html: str) -> str:
    """A page without its elements, line breaks in their place: for one that is nested too deeply to be parsed."""
    tags = display()
    kept: list[str] = []
    at = 0
    unseen = ""  # the element that is being left out
    for tag in _TAG.finditer(html):
        closes, name = tag[1], tag[2].lower()
        if not unseen:
            kept.append(html[at : tag.start()])
            if tags.get(name, 0) > 0:
                kept.append("<br>")
            elif name in ("script", "style", "template") and not closes:
                unseen = name
        elif closes and name == unseen:
            unseen = ""
        at = tag.end()
    return "".join(kept) + ("" if unseen else html[at:])


@cache
def display() -> dict[str, int]:
    """How each tag is set; a tag that is not among them stands within its line."""
    read = tomllib.loads(files(__package__).joinpath("display.toml").read_text("utf-8"))
    values = {"unseen": UNSEEN, "cells": CELL, "lined": 1, "spaced": 2, "preformatted": PREFORMATTED}
    return {tag: values[kind] for kind, tags in read.items() for tag in tags}


def render(root: HtmlElement) -> Rendered:
    """The visible text, after the HTML Standard's innerText.

    Blocks on lines of their own, paragraphs, headings, lists and tables set off by a blank line, cells of a row joined
    by a tab, white space collapsed; nothing invented (no bullets, no numbers).
    """
    from lxml.etree import iterwalk

    tags = display()
    hidden = _hidden(root)
    writer = _Writer()
    skipped: HtmlElement | None = None
    depth = deepest = elements = 0
    walker = iterwalk(root, events=("start", "end"))
    for event, element in walker:
        setting = tags.get(element.tag)
        if event == "start":
            depth += 1
            if setting == UNSEEN or element in hidden:
                walker.skip_subtree()
                skipped = element
                continue
            elements += 1
            deepest = max(deepest, depth)
            if setting is not None:
                writer.border(setting, 1)
            if text := element.text:
                writer.write(text, element, of=True)
        else:
            depth -= 1
            if setting is not None and element is not skipped:
                writer.border(setting, -1)
            if text := element.tail:
                writer.write(text, element, of=False)
    writer.end_line()
    return Rendered("".join(writer.lines), tuple(writer.blocks), elements, deepest)


def _hidden(root: HtmlElement) -> set[HtmlElement]:
    """The elements that say that they are not shown. `aria-hidden` text is on the screen and counts as shown.

    So does a hidden element with several paragraphs: streamed pages (React) and pay walls deliver the article hidden
    and let a script show it.
    """
    hidden = set()
    budget = MAX_LOOKED_INTO
    for element in (*root.xpath("//@hidden/.."), *root.xpath("//@style/..")):  # by far the fastest way to say it
        said = element.get("hidden")
        if (said is not None and said != "until-found") or _HIDDEN_STYLE.search(element.get("style", "")):
            length, steps = _length_of_paragraphs(element, budget)
            budget -= steps
            if length < _REVEALED:
                hidden.add(element)
    return hidden


def _length_of_paragraphs(element: HtmlElement, budget: int) -> tuple[int, int]:
    """Characters in <p> below an element, counted up to `_REVEALED`, and the steps (at most `budget`) that it took."""
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
        if length >= _REVEALED:
            break
    return length, steps


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

    def border(self, setting: int, step: int) -> None:
        """The start (step 1) or the end (step -1) of an element that does not stand within its line."""
        if setting > 0:
            if self.width:
                self.end_line()
            if setting == PREFORMATTED:
                self.preformatted += step
                setting = 2
            self.gap = max(self.gap, setting)
        elif setting == CELL:
            self.cell = True

    def write(self, text: str, element: HtmlElement, *, of: bool) -> None:
        """One text node: of this element, or the one behind it."""
        if self.preformatted:
            self._write_preformatted(text, element, of=of)
            return
        if text.isspace():
            self.space = self.width > 0
            return
        text = _COLLAPSED.sub(" ", text)
        if self.cell:
            self.cell = False
            if self.width:
                self._put("\t", element, of=of)
            self.space = False
            text = text.lstrip(" ")
        elif text[0] == " ":
            self.space, text = self.width > 0, text[1:]
        owed = text[-1] == " "
        if owed:
            text = text[:-1]
        self._put(" " + text if self.space else text, element, of=of)
        self.space = owed

    def _write_preformatted(self, text: str, element: HtmlElement, *, of: bool) -> None:
        for i, line in enumerate(text.expandtabs().splitlines(keepends=True)):
            if i:
                gap = 1 if self.width else 2
                self.end_line()
                self.gap = max(self.gap, gap)
            self.indented = self.indented or not self.width
            self._put(line.rstrip("\r\n"), element, of=of)
        if text.endswith("\n"):
            self.end_line()
            self.gap = max(self.gap, 1)

    def _put(self, text: str, element: HtmlElement, *, of: bool) -> None:
        if not text.isascii():
            text = text.translate(_UNPRINTED)
        if not text:
            return
        if self.width:
            self.seams.append(self.width + (text[0] in " \t"))  # the space goes with what stands before it
        else:
            self.element = element if of else element.getparent()
        self.line.append(text)
        self.width += len(text)

    def end_line(self) -> None:
        """Close the line, if one is open."""
        line = "".join(self.line).rstrip()
        bare = line if self.indented else line.lstrip()
        if self.element is not None and bare.strip(_NOTHING):
            self._add(bare, self.element, len(line) - len(bare))
        self._clear()

    def _add(self, line: str, element: HtmlElement, indent: int) -> None:
        if self.blocks:
            self.lines.append("\n" * self.gap)
            self.length += self.gap
        start, end = self.length, self.length + len(line)
        shift = start - indent
        seams = tuple([shift + seam for seam in self.seams if start < shift + seam < end]) if self.seams else ()
        self.lines.append(line)
        self.blocks.append(Block(start, end, element, seams))
        self.length = end
        self.gap = 0
