"""Plain text → page text: line ends and the white space at the ends of lines made uniform. Pure.

What belongs to the carrier and not to the text is marked: running heads and page numbers, the times of subtitles.
"""

from __future__ import annotations

import re

from cleanse.documents import Page
from cleanse.html.printed_pages import mark_running_lines
from cleanse.html.subtitles import mark_cues

_ODD_ENDS = "\r\v\f\x85\u2028\u2029"  # of lines
_LINE_ENDS = re.compile(f"\r\n?|[{_ODD_ENDS}]")


def read_plain_text(text: str, url: str | None = None) -> Page:
    """Return the page text of a plain text, with spans for what its carrier added."""
    normal = normalise(text)
    if "\f" in text:
        return Page(normal, mark_running_lines(normal, _page_starts(text)), url=url)
    return Page(normal, mark_cues(normal), url=url)


def _page_starts(text: str) -> list[int]:
    """Return where the pages that form feeds part begin in the normal form of a text: offsets of line starts."""
    lines = _LINE_ENDS.sub(lambda end: "\n\f" if end[0] == "\f" else "\n", text).split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip("\ufeff \t\f\r\v")), len(lines))
    starts, at = [], 0
    for line in lines[first:]:
        if line.startswith("\f"):
            starts.append(at)
        at += len(line.removeprefix("\f").rstrip()) + 1
    return starts


def normalise(text: str) -> str:
    r"""Leave only "\n" as line end, no byte order mark, no white space at line ends.

    Nor blank lines before the first or after the last line: they say nothing, and cutting the first or last line would take them along. Idempotent.
    """
    if any(end in text for end in _ODD_ENDS):  # a search for one character at a time is far quicker
        text = _LINE_ENDS.sub("\n", text)
    lines = [line.rstrip() for line in text.split("\n")]
    first = 0
    while first < len(lines) and not lines[first].strip("\ufeff"):
        first += 1
    return "\n".join(lines[first:]).lstrip("\ufeff").rstrip("\n")
