"""HTML or plain text? Judged by where the prose stands. Pure.

In a page nearly all prose stands inside elements that are opened and closed; in an article that speaks of markup, or
quotes some, most of it stands outside. So a count of tags decides nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLE = 200_000  # characters looked at
MIN_INSIDE = 0.6  # share of the prose inside closed elements from which on a text is HTML ...
MIN_INSIDE_LATE = 0.8  # ... and if it does not begin with a tag
MIN_BREAKS = 3  # <br> and <p> that end a line or a sentence: the markup of old forums, where nothing is closed ...
PROSE_PER_BREAK = 600  # ... with at most so many characters for each

_CLOSED = (
    "a|abbr|address|article|aside|b|blockquote|body|button|caption|center|cite|code|dd|del|details|div|dl|dt|em|"
    "fieldset|figcaption|figure|font|footer|form|h[1-6]|head|header|html|i|iframe|ins|label|legend|li|main|mark|nav|"
    "noscript|ol|option|p|pre|q|s|script|section|select|small|span|strike|strong|style|sub|summary|sup|svg|table|"
    "tbody|td|template|textarea|tfoot|th|thead|time|title|tr|u|ul|video|audio"
)
_TAG = re.compile(rf"<(/?)(?:({_CLOSED})(?=[\s/>])|[a-z])[^<>]*>", re.IGNORECASE)
_START = re.compile(
    r"(?:<\?xml[^<>]{0,500}\?>\s*)?(?:<!doctype\s+html\b[^>]{0,500}>|<(?:html|head|body)\b[^<>]*>)\s*<",
    re.IGNORECASE,
)
_BREAK = re.compile(
    r"(?:^|[.!?…:>])[ \t]*<(?:br|p)\b[^<>]{0,500}>|<(?:br|p)\s*/?>[ \t]*$", re.IGNORECASE | re.MULTILINE
)


def sniff(text: str) -> str:
    """Say "html" or "text". Markdown, XML of other kinds, JSON and source code are text."""
    sample = _without_comments(text[:SAMPLE].lstrip("\ufeff")).lstrip()
    begin = sample[:1]
    if "<" not in sample or begin in ("{", "["):
        return "text"
    if _START.match(sample):
        return "html"
    tags = list(_TAG.finditer(sample))
    if sample.startswith("<?") or not any(tag[2] for tag in tags):
        return "text"
    total, inside = _prose(sample, tags)
    if inside >= (MIN_INSIDE if begin == "<" else MIN_INSIDE_LATE) * total:
        return "html"
    breaks = sum(1 for _ in _BREAK.finditer(sample))
    return "html" if breaks >= MIN_BREAKS and total <= PROSE_PER_BREAK * breaks else "text"


def _without_comments(sample: str) -> str:
    kept, at = [], 0
    while (start := sample.find("<!--", at)) >= 0 and (end := sample.find("-->", start + 4)) >= 0:
        kept.append(sample[at:start])
        at = end + 3
    return "".join(kept) + sample[at:]


def _prose(sample: str, tags: Sequence[re.Match[str]]) -> tuple[int, int]:
    """Return characters between tags, white space and code aside.

    All of them, and those inside elements that are closed.
    """
    total = inside = at = 0
    within, code = False, False
    for tag, closed in zip(tags, _closed(tags), strict=True):
        length = 0 if code else len("".join(sample[at : tag.start()].split()))
        total += length
        inside += length * within
        at, within = tag.end(), closed
        code = not tag[1] and (tag[2] or "").lower() in ("script", "style")
    return total + (0 if code else len("".join(sample[at:].split()))), inside


def _closed(tags: Sequence[re.Match[str]]) -> list[bool]:
    """Return for each tag whether what follows it stands inside an element that is opened before and closed later on."""
    changes = [0] * (len(tags) + 1)
    opened: dict[str, list[int]] = {}
    for i, tag in enumerate(tags):
        if not tag[2]:  # one that is never closed, or not known
            continue
        name = tag[2].lower()
        if not tag[1]:
            opened.setdefault(name, []).append(i)
        elif opened.get(name):
            changes[opened[name].pop()] += 1
            changes[i] -= 1
    depth, closed = 0, []
    for change in changes[:-1]:
        depth += change
        closed.append(depth > 0)
    return closed
