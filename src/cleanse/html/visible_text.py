"""A page's tree → its visible text, block by block in reading order, and the elements that hold the blocks. Knows only lxml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cleanse.html.hidden_elements import hidden_elements, is_aside
from cleanse.html.parsing import CELL, PREFORMATTED, UNSEEN, display

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_COLLAPSED = re.compile("[ \t\n\r\f\v\x1c-\x1f\x85\u2028\u2029]+")  # white space of HTML, and other line breaks
_UNPRINTED = str.maketrans("", "", "\u00ad\ufeff")  # soft hyphen and byte order mark show nothing
_CELLS = ("td", "th")
_MARKED = frozenset(("a", "b", "strong", *_CELLS))  # tags within a line that the writer is told of
_NOTHING = "\u200b\u200c\u200d\u200e\u200f\u2060"  # format characters; a line of nothing else is no line


class Block(NamedTuple):
    """One line of the page text: half-open offsets, where it stands in the tree, and what of it is a link or bold."""

    start: int
    end: int
    element: HtmlElement  # that its text begins in
    seams: tuple[int, ...]  # offsets in the page text where inline elements meet, ascending, inside the block
    container: int  # index of the innermost block-level element around it
    inline: tuple[HtmlElement, ...]  # elements between that one and the text that the block begins with
    linked: int  # characters in links
    links: int
    bold: int  # characters in <b> and <strong>


class Container(NamedTuple):
    """A block-level element: the one around it, and the half-open range of the blocks that it holds."""

    element: HtmlElement
    parent: int  # -1: none
    first: int
    end: int


class Aside(NamedTuple):
    """Text within a line that is not of it: half-open offsets in the page text."""

    start: int
    end: int
    button: bool  # else it is on no screen, and only read out


class Rendered(NamedTuple):
    """The visible text of a page and its blocks, which lie in it in order with only line breaks between them."""

    text: str
    blocks: tuple[Block, ...]
    containers: tuple[Container, ...]  # that hold a block; one that stands in another comes after it
    elements: int  # that are not hidden
    depth: int  # of the innermost of them
    links: tuple[tuple[int, int], ...]  # half-open offsets of the text in links, in order
    asides: tuple[Aside, ...] = ()  # in order


def render(root: HtmlElement) -> Rendered:  # noqa: C901, PLR0912  one loop over all nodes: each call in it would cost
    """Return the visible text, after the HTML Standard's innerText.

    Blocks on lines of their own, paragraphs, headings, lists and tables set off by a blank line, cells of a row joined
    by a tab, white space collapsed; nothing invented (no bullets, no numbers).
    """
    from lxml.etree import iterwalk

    settings = display()
    hidden = hidden_elements(root)
    writer = _Writer()
    write, open_inline, close_inline = writer.write, writer.inline.append, writer.inline.pop
    skipped: HtmlElement | None = None
    asides: set[HtmlElement] = set()
    depth = deepest = elements = 0
    walker = iterwalk(root, events=("start", "end"))
    for event, element in walker:
        setting = settings.get(element.tag)
        if event == "start":
            depth += 1
            if setting == UNSEEN or element in hidden:
                walker.skip_subtree()
                skipped = element
                continue
            elements += 1
            deepest = max(deepest, depth)
            if setting is None or setting == CELL:
                open_inline(element)
                if element.tag in _MARKED:
                    writer.begin(element.tag)
                elif is_aside(element):
                    asides.add(element)
                    writer.asides.append(element.tag == "button")
            else:
                writer.open(element, setting)
            if text := element.text:
                write(text, element, of=True)
        else:
            depth -= 1
            if element is not skipped:
                if setting is None or setting == CELL:
                    close_inline()
                    if element.tag in _MARKED:
                        writer.end(element.tag)
                    elif element in asides:
                        writer.asides.pop()
                else:
                    writer.close(setting)
            if text := element.tail:
                write(text, element, of=False)
    writer.end_line()
    blocks, containers = writer.result()
    return Rendered(
        "".join(writer.lines),
        blocks,
        containers,
        elements,
        deepest,
        tuple(writer.link_places),
        tuple(writer.aside_places),
    )


class _Writer:
    """Collects text into blocks; white space is collapsed across inline elements as a browser does."""

    def __init__(self) -> None:
        self.lines: list[str] = []  # of the page text, line breaks between them included
        self.blocks: list[Block] = []
        self.link_places: list[tuple[int, int]] = []  # in the page text
        self.aside_places: list[Aside] = []
        self.asides: list[bool] = []  # of each open element whose text is an aside: whether it is a button
        self.length = 0  # of all lines so far
        self.gap = 0  # line breaks owed before the next line
        self.cell = False  # a table cell began, and no text of it was written yet
        self.preformatted = 0  # open <pre> elements
        self.opened: list[tuple[HtmlElement, int, int]] = []  # block-level elements: parent, first block
        self.ends: list[int] = []  # where their blocks end
        self.container = -1  # the innermost open one
        self.inline: list[HtmlElement] = []  # all open elements that stand within their line
        self.outside: list[int] = [0]  # how many of them stand around each open container
        self.link = self.strong = 0  # open <a>, open <b> and <strong>
        self.fresh = False  # a link began, and no text of it was written yet
        self._clear()

    def _clear(self) -> None:
        self.line: list[str] = []
        self.width = 0
        self.space = False  # white space is owed before the next text of the line
        self.indented = False  # the line begins with preformatted text
        self.seams: list[int] = []
        self.element: HtmlElement | None = None
        self.linked = self.links = self.bold = 0
        self.link_parts: list[tuple[int, int]] = []  # in the line
        self.aside_parts: list[Aside] = []  # likewise

    def begin(self, tag: str) -> None:
        """Begin a link, bold text or a cell."""
        if tag == "a":
            self.link += 1
            self.fresh = True
        elif tag in _CELLS:
            self.cell = True
        else:
            self.strong += 1

    def end(self, tag: str) -> None:
        """End it."""
        if tag == "a":
            self.link -= 1
        elif tag in _CELLS:
            self.cell = True
        else:
            self.strong -= 1

    def open(self, element: HtmlElement, setting: int) -> None:
        """Begin an element that is set off from what stands before it."""
        if self.width:
            self.end_line()
        if setting == PREFORMATTED:
            self.preformatted += 1
            setting = 2
        self.gap = max(self.gap, setting)
        self.opened.append((element, self.container, len(self.blocks)))
        self.ends.append(0)
        self.container = len(self.opened) - 1
        self.outside.append(len(self.inline))

    def close(self, setting: int) -> None:
        """End the innermost of them."""
        if self.width:
            self.end_line()
        if setting == PREFORMATTED:
            self.preformatted -= 1
            setting = 2
        self.gap = max(self.gap, setting)
        self.ends[self.container] = len(self.blocks)
        self.container = self.opened[self.container][1]
        self.outside.pop()

    def write(self, text: str, element: HtmlElement, *, of: bool) -> None:
        """Add one text node: of this element, or the one behind it."""
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
            self.place = (self.container, tuple(self.inline[self.outside[-1] :]))
        self.line.append(text)
        self.width += len(text)
        if self.link:
            self.linked += len(text)
            space = self.fresh and text[0] in " \t"  # before the link, not of it
            self.link_parts.append((self.width - len(text) + space, self.width))
            self.links += self.fresh
            self.fresh = False
        if self.strong:
            self.bold += len(text)
        if self.asides:
            self.aside_parts.append(Aside(self.width - len(text), self.width, self.asides[-1]))

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
        for first, last in self.link_parts:
            self.link_places.append((max(start, shift + first), min(end, shift + last)))
        if 2 * sum([last - first for first, last, _ in self.aside_parts]) < len(line):
            for first, last, button in self.aside_parts:
                self.aside_places.append(Aside(max(start, shift + first), min(end, shift + last), button))
        self.blocks.append(Block(start, end, element, seams, *self.place, self.linked, self.links, self.bold))
        self.length = end
        self.gap = 0

    def result(self) -> tuple[tuple[Block, ...], tuple[Container, ...]]:
        """Return the blocks and the elements that hold some, numbered without those that hold none."""
        numbers = [-1] * (len(self.opened) + 1)  # the last place is for "none"
        containers: list[Container] = []
        for i, ((element, parent, first), end) in enumerate(zip(self.opened, self.ends, strict=True)):
            if end > first:
                numbers[i] = len(containers)
                containers.append(Container(element, numbers[parent], first, end))
        return tuple([Block(*b[:4], numbers[b[4]], *b[5:]) for b in self.blocks]), tuple(containers)
