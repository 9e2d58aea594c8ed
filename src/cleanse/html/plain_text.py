"""Plain text → page text: line ends and the white space at the ends of lines made uniform, nothing else. Pure."""

from __future__ import annotations

import re

_LINE_ENDS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")


def normalise(text: str) -> str:
    r"""Leave only "\n" as line end, no byte order mark, no white space at line ends.

    Nor blank lines before the first or after the last line: they say nothing, and cutting the first or last line would take them along. Idempotent.
    """
    if _LINE_ENDS.search(text):
        text = _LINE_ENDS.sub("\n", text)
    lines = [line.rstrip() for line in text.split("\n")]
    first = 0
    while first < len(lines) and not lines[first].strip("\ufeff"):
        first += 1
    return "\n".join(lines[first:]).lstrip("\ufeff").rstrip("\n")
