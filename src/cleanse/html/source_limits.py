"""Limits on the source of a page, set before any parser sees it. Pure; knows no parser.

Parsers compare each attribute of an element with all those before it: 100,000 attributes take libxml2 over a minute.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_ATTRIBUTES = 1000  # of one element; the 933 pages of the extraction bench have at most 62

_ATTRIBUTE = r"""[\s/]*+=?[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?+"""  # HTML Standard, 13.2.5.32 ff.
_TAG_OR_COMMENT = re.compile(rf"<(?:[a-zA-Z][^\s/>]*+(?:{_ATTRIBUTE})*+|!--)")
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_NAME = re.compile(r"<[a-zA-Z][^\s/>]*+")
_COMMENT_END = re.compile("--!?>")
_RAW_TEXT_END = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style")}  # no tags within them
_SHORTEST = 3  # characters of an attribute and the space before it, where all names differ


class LimitedSource(NamedTuple):
    """A source that every parser reads in linear time."""

    html: str
    cut: int = 0  # attributes left out


def limit_attributes(html: str) -> LimitedSource:
    """Leave out what an element has beyond its first `MAX_ATTRIBUTES` attributes. Linear in the source."""
    kept: list[str] = []
    cut = copied = at = 0
    while tag := _TAG_OR_COMMENT.search(html, at):
        start, at = tag.span()
        if html[start + 1] == "!":
            at = _end_of(_COMMENT_END, html, start + 2)
        elif at - start > _SHORTEST * MAX_ATTRIBUTES:
            end, more = _end_of_attributes(html, start, at)
            if more:
                kept.append(html[copied:end])
                copied, cut = at, cut + more
        if html[start + 1] in "sS" and (ending := _RAW_TEXT_END.get(_NAME.match(html, start)[0][1:].lower())):  # type: ignore[index]
            at = _end_of(ending, html, at)
    if not cut:
        return LimitedSource(html)
    return LimitedSource("".join([*kept, html[copied:]]), cut)


def _end_of_attributes(html: str, start: int, stop: int) -> tuple[int, int]:
    """Return where the last attribute of a tag ends that is let through, and how many follow it."""
    name = _NAME.match(html, start)
    ends = [match.end() for match in _ATTRIBUTES.finditer(html, name.end() if name else start, stop)]
    return (ends[MAX_ATTRIBUTES - 1], len(ends) - MAX_ATTRIBUTES) if len(ends) > MAX_ATTRIBUTES else (stop, 0)


def _end_of(pattern: re.Pattern[str], html: str, at: int) -> int:
    match = pattern.search(html, at)
    return match.end() if match else len(html)
