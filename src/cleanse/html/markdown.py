"""A rendered page as Markdown: what has to be put into its text so that headings, lists, tables and code show. Pure.

Nothing is escaped and no word is changed. The page is judged as plain text first; its spans move with the text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cleanse.html.visible_text import Rendered

INDENT = "  "  # of an item in a list within a list
FENCE = "```"
HEADINGS = {"h1": "# ", "h2": "## ", "h3": "### ", "h4": "#### ", "h5": "##### ", "h6": "###### "}
LISTS = ("ul", "ol", "menu")
CELLS = ("td", "th")
DEEPEST = 20  # lists within each other that are indented


class Edit(NamedTuple):
    """A stretch of the page text and what stands there instead; an empty stretch is a place."""

    start: int
    end: int
    text: str


class Markdown(NamedTuple):
    """The page as Markdown, and where the offsets of its plain text are in it."""

    text: str
    starts: tuple[int, ...]  # of the edits, in the plain text
    shifts: tuple[int, ...]  # how far everything behind an edit moves, beginning with 0

    def start(self, offset: int) -> int:
        """Return where a span begins that begins there in the plain text: before what is put in there."""
        return offset + self.shifts[bisect_left(self.starts, offset)]

    def end(self, offset: int) -> int:
        """Return where a span ends that ends there in the plain text: behind what is put in there."""
        return offset + self.shifts[bisect_right(self.starts, offset)]


def as_markdown(page: Rendered) -> Markdown:
    """Return a rendered page as Markdown, with the offsets that its plain text has there."""
    edits = sorted(_edits(page), key=lambda edit: edit[:2])
    parts, shifts = [], [0]
    at = 0
    for edit in edits:
        parts += [page.text[at : edit.start], edit.text]
        at = edit.end
        shifts.append(shifts[-1] + len(edit.text) - (edit.end - edit.start))
    parts.append(page.text[at:])
    return Markdown("".join(parts), tuple(edit.start for edit in edits), tuple(shifts))


class _Around(NamedTuple):
    """The containers around a block that Markdown shows: their numbers, -1 where there is none."""

    code: int = -1
    row: int = -1
    table: int = -1
    item: int = -1
    list: int = -1
    depth: int = 0  # lists within each other
    heading: str = ""


def _read_containers(page: Rendered) -> list[_Around]:
    """Return what is around the blocks of each container, itself included."""
    around: list[_Around] = []
    for i, container in enumerate(page.containers):
        own = around[container.parent] if container.parent >= 0 else _Around()
        tag = container.element.tag
        if tag == "pre":
            own = own._replace(code=i)
        elif tag in LISTS:
            own = own._replace(list=i, depth=own.depth + 1)
        elif tag == "li":
            own = own._replace(item=i)
        elif tag in HEADINGS:
            own = own._replace(heading=HEADINGS[tag])
        elif tag == "table":
            own = own._replace(table=i)
        elif tag == "tr":
            own = own._replace(row=i)
        around.append(own)
    return around


def _edits(page: Rendered) -> Iterator[Edit]:
    around = _read_containers(page)
    items: dict[int, int] = {}  # so far of each list
    for number, block in enumerate(page.blocks):
        own = around[block.container] if block.container >= 0 else _Around()
        if own.code >= 0:
            code = page.containers[own.code]
            if number == code.first:
                yield Edit(block.start, block.start, f"{FENCE}\n")
            if number == code.end - 1:
                yield Edit(block.end, block.end, f"\n{FENCE}")
        elif own.row >= 0 and any(element.tag in CELLS for element in block.inline):
            yield from _row(page, number, own)
        elif prefix := _item(page, number, own, items) + own.heading:
            yield Edit(block.start, block.start, prefix)


def _row(page: Rendered, number: int, own: _Around) -> Iterator[Edit]:
    """Yield one line of a table, with the line below its first row that Markdown asks for."""
    block, row = page.blocks[number], page.containers[own.row]
    if row.end - row.first > 1:
        return  # a table that is there for the layout
    yield Edit(block.start, block.start, "| ")
    at = page.text.find("\t", block.start, block.end)
    cells = 1
    while at >= 0:
        yield Edit(at, at + 1, " | ")
        cells += 1
        at = page.text.find("\t", at + 1, block.end)
    first = own.table >= 0 and page.containers[own.table].first == number
    below = "\n|" + " --- |" * cells if first else ""
    yield Edit(block.end, block.end, f" |{below}")


def _item(page: Rendered, number: int, own: _Around, items: dict[int, int]) -> str:
    """Return what stands before a block that begins a list item, or goes on with one."""
    if own.item < 0:
        return ""
    indent = INDENT * min(max(0, own.depth - 1), DEEPEST)
    if number != page.containers[own.item].first:
        return indent + INDENT
    if own.list < 0 or page.containers[own.list].element.tag != "ol":
        return f"{indent}- "
    items[own.list] = items.get(own.list, 0) + 1
    return f"{indent}{items[own.list]}. "
