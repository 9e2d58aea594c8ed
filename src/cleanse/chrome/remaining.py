"""What remains of a page's lines when spans are gone, without reading the text anew. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanse.chrome.lines import split_lines
from cleanse.chrome.rule_matcher import match

if TYPE_CHECKING:
    from cleanse.chrome.lines import Line
    from cleanse.chrome.page_analysis import Reading
    from cleanse.chrome.rule_files import Rules
    from cleanse.chrome.rule_matcher import Finding, Place
    from cleanse.documents import Span


def remaining_lines(
    reading: Reading, spans: list[Span], rules: Rules, place: Place
) -> tuple[list[Line], list[tuple[Finding, ...]]]:
    """Return the lines and findings that remain when the spans are gone, as a reading of the cut text would give them."""
    order = sorted(spans, key=lambda s: (s.start, s.end))
    lines: list[Line] = []
    findings: list[tuple[Finding, ...]] = []
    first, gap = 0, 0  # the first span that may touch the line; blank lines above the removed run before it
    gone = False
    for line, found in zip(reading.lines, reading.found, strict=True):
        while first < len(order) and order[first].end <= line.start:
            first += 1
        pieces, at = [], line.start
        for k in range(first, len(order)):
            span = order[k]
            if span.start >= line.end or (span.start <= line.start and span.end >= line.end):
                at = line.end if span.start < line.end else at
                break
            pieces.append(reading.text[at : max(at, span.start)])
            at = max(at, min(span.end, line.end))
        if at == line.start and not pieces:
            above = max(gap, line.gap) if lines else 0  # a text begins without blank lines when its first line has gone
            lines.append(line._replace(gap=above) if gone else line)
            findings.append(found)
            gone = False
            continue
        rest = split_lines("".join([*pieces, reading.text[at : line.end]])) if at < line.end or any(pieces) else []
        if rest:
            shifted = rest[0]._replace(number=line.number, start=line.start, end=line.end, gap=line.gap)
            lines.append(shifted)
            findings += [tuple(f for f in fs if f.action != "match") for fs in match([shifted], rules.index, place)]
        elif not gone:
            gone, gap = True, line.gap
    return lines, findings
