"""A rendered page as Markdown: what has to be put into its text so that headings, lists, tables and code show. Pure.

Nothing is escaped and no word is changed. The page is judged as plain text first; its spans move with the text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cleanse.html.visible_text import Rendered

INDENT = "  "  # of an item in a list within a list
FENCE = "```"
HEADINGS = {"h1": "# ", "h2": "## ", "h3": "### ", "h4": "#### ", "h5": "##### ", "h6": "###### "}
CELLS = ("td", "th")


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
        """Where a span begins that begins there in the plain text: before what is put in there."""
        return offset + self.shifts[bisect_left(self.starts, offset)]

    def end(self, offset: int) -> int:
        """Where a span ends that ends there in the plain text: behind what is put in there."""
        return offset + self.shifts[bisect_right(self.starts, offset)]


def as_markdown(page: Rendered) -> Markdown:
    """Return a page as Markdown."""
    edits = sorted(_edits(page), key=lambda edit: edit[:2])
    parts, shifts = [], [0]
    at = 0
    for edit in edits:
        parts += [page.text[at : edit.start], edit.text]
        at = edit.end
        shifts.append(shifts[-1] + len(edit.text) - (edit.end - edit.start))
    parts.append(page.text[at:])
    return Markdown("".join(parts), tuple(edit.start for edit in edits), tuple(shifts))


def _edits(page: Rendered) -> Iterator[Edit]:
    marks = _Marks(page)
    for number, block in enumerate(page.blocks):
        chain = marks.chain(block.container)
        tags = [page.containers[at].element.tag for at in chain]
        if "pre" in tags:
            code = page.containers[chain[tags.index("pre")]]
            if number == code.first:
                yield Edit(block.start, block.start, f"{FENCE}\n")
            if number == code.end - 1:
                yield Edit(block.end, block.end, f"\n{FENCE}")
            continue
        heading = next((HEADINGS[tag] for tag in tags if tag in HEADINGS), "")
        prefix = marks.item(chain, tags, number) + heading
        if "tr" in tags and any(element.tag in CELLS for element in block.inline):
            yield from _row(page, number, chain[tags.index("tr")])
        elif prefix:
            yield Edit(block.start, block.start, prefix)


def _row(page: Rendered, number: int, row: int) -> Iterator[Edit]:
    """One line of a table, with the line below its first row that Markdown asks for."""
    block = page.blocks[number]
    if page.containers[row].end - page.containers[row].first > 1:
        return  # a table that is there for the layout
    yield Edit(block.start, block.start, "| ")
    at = page.text.find("\t", block.start, block.end)
    cells = 1
    while at >= 0:
        yield Edit(at, at + 1, " | ")
        cells += 1
        at = page.text.find("\t", at + 1, block.end)
    table = row
    while page.containers[table].element.tag != "table" and page.containers[table].parent >= 0:
        table = page.containers[table].parent
    below = "\n|" + " --- |" * cells if page.containers[table].first == number else ""
    yield Edit(block.end, block.end, f" |{below}")


class _Marks:
    """Where list items begin, and how deep they stand."""

    def __init__(self, page: Rendered) -> None:
        self._page = page
        self._chains: dict[int, list[int]] = {}
        self._numbers: dict[int, int] = {}  # of each item in its ordered list
        self._items: dict[int, int] = {}  # items so far of each list

    def chain(self, container: int) -> list[int]:
        """The containers around a block, the innermost first."""
        if container not in self._chains:
            parent = self._page.containers[container].parent if container >= 0 else -1
            self._chains[container] = [container, *self.chain(parent)] if container >= 0 else []
        return self._chains[container]

    def item(self, chain: Sequence[int], tags: Sequence[str], number: int) -> str:
        """What stands before a block that begins a list item, or goes on with one."""
        if "li" not in tags:
            return ""
        at = chain[tags.index("li")]
        lists = [one for one, tag in zip(chain, tags, strict=True) if tag in ("ul", "ol", "menu")]
        indent = INDENT * max(0, len(lists) - 1)
        if number != self._page.containers[at].first:
            return indent + INDENT
        if not lists or self._page.containers[lists[0]].element.tag != "ol":
            return f"{indent}- "
        if at not in self._numbers:
            self._items[lists[0]] = self._numbers[at] = self._items.get(lists[0], 0) + 1
        return f"{indent}{self._numbers[at]}. "
