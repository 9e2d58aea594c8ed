"""Lines that the user's own rules keep, although extraction left them out. Pure."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cleanse.chrome.lines import has_too_many_lines, split_lines
from cleanse.chrome.page_analysis import protected_lines
from cleanse.chrome.rule_matcher import match
from cleanse.spans import places_outside, settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.rule_files import Rules
    from cleanse.chrome.rule_matcher import Place
    from cleanse.documents import Span


class Kept(NamedTuple):
    """The spans that are still removed, and what brought lines back; None if nothing did."""

    removed: tuple[Span, ...]
    reason: str | None = None


def keep_lines(text: str, removed: Sequence[Span], rules: Rules, place: Place) -> Kept:
    """Return the removed spans without the lines that the user's own keep rules name, and the lists below them.

    Args:
        text: The page text.
        removed: What extraction removed of it, sorted and disjoint.
        rules: The rules in force.
        place: Site and id of the document, for rules that are bound to them.
    """
    if rules.own_keeps is None or not removed or has_too_many_lines(text):
        return Kept(tuple(removed))
    lines = split_lines(text)
    found = match(lines, rules.own_keeps, place)
    protected = protected_lines(lines, found, [None] * len(lines))
    named = [(line.start, line.end) for line, keep in zip(lines, protected, strict=True) if keep]
    untouched = set(places_outside(named, removed))
    back = [line for line in named if line not in untouched]
    if not back:
        return Kept(tuple(removed))
    places = [replace(removed[0], start=start, end=end) for start, end in back]
    starts = [span.start for span in removed]
    left = [
        replace(removed[bisect_right(starts, start) - 1], start=start, end=end)
        for start, end in places_outside([(span.start, span.end) for span in removed], places)
        if text[start:end].strip()
    ]
    ids = sorted({finding.rule for several in found for finding in several})
    plural = "lines" if len(back) > 1 else "line"
    return Kept(settle(text, left), f"kept {len(back)} {plural} that extraction left out: {', '.join(ids)}")
