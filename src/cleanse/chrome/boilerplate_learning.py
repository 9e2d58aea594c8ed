"""Which lines are chrome of a site, told from what was noted of a sample of its pages. Pure; knows numpy.

Neither the order of the pages matters nor how often one was noted. Thresholds were set for safety on the 11 sites of the
development pages that have 8 pages or more: chrome left hardly depends on them (docs/notes/chrome.md).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from cleanse.chrome.site_boilerplate import ABOVE, INSIDE, Recurrence, SiteLines, sides_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.site_boilerplate import PageNote

MIN_PAGES = 8  # of a site, copies counted once; with fewer nothing is learned
SHARE = 0.5  # of these, on which a line stands on the same side of the text
COPY_SHARE = 0.5  # of the shorter page's words in prose that two pages share: copies, or versions of one article
DOUBT_SHARE = 0.1  # of a line's pages, at most, on which it looks like content
NEAR_WORDS = 4  # up to so many words just below the text may be its end: "Amen", "Ends"
LIST_ABOVE, LIST_BELOW = 4, 2  # lines of the page's own from which a line heads a list of it: "Ingredients", "Line-ups"


def learn(site: str, pages: Sequence[PageNote]) -> SiteLines:
    """Return the lines above or below the text on at least half of a site's pages that never look like content.

    They look like it inside the text, as prose above it, as its first or last words, as the heading of a list.
    """
    articles = [(page, group) for page, group in zip(pages, group_copies(pages), strict=True) if group is not None]
    of = len({group for _, group in articles})
    if of < MIN_PAGES:
        return SiteLines(site)
    need = SHARE * of
    holders: defaultdict[int, set[int]] = defaultdict(set)
    for page, group in articles:
        for mark in page.marks:
            holders[mark].add(group)
    recurring = {mark for mark, groups in holders.items() if len(groups) >= need}
    standing: defaultdict[tuple[int, str], set[int]] = defaultdict(set)
    doubted: defaultdict[int, set[int]] = defaultdict(set)
    for page, group in articles:
        recurs = [mark in recurring for mark in page.marks]
        for i, side in enumerate(sides_of(page.prose, recurs)):
            if recurs[i] and side is not None:
                standing[page.marks[i], side].add(group)
                if side == INSIDE or (not page.gone[i] and _like_content(page, recurs, i, side)):
                    doubted[page.marks[i]].add(group)
    return SiteLines(
        site,
        {
            (mark, side): Recurrence(len(groups), of)
            for (mark, side), groups in sorted(standing.items())
            if side != INSIDE and len(groups) >= need and len(doubted[mark]) <= DOUBT_SHARE * len(holders[mark])
        },
    )


def _like_content(page: PageNote, recurs: Sequence[bool], i: int, side: str) -> bool:
    """Return whether line `i` may belong to the text.

    Such lines recur but are no chrome: a standing introduction, the last word of a prayer, a list's heading.
    """
    if side == ABOVE and page.prose[i]:
        return True
    step, stop = (1, len(recurs)) if side == ABOVE else (-1, -1)
    beside = next((k for k in range(i + step, stop, step) if not page.gone[k]), None)
    if beside is not None and page.prose[beside] and not recurs[beside]:
        return side == ABOVE or page.words[i] <= NEAR_WORDS
    return not page.prose[i] and _list_below(page, recurs, i) >= (LIST_ABOVE if side == ABOVE else LIST_BELOW)


def _list_below(page: PageNote, recurs: Sequence[bool], i: int) -> int:
    """Return how many lines follow that are no prose and the page's own."""
    size = 0
    for k in range(i + 1, len(recurs)):
        if recurs[k] or page.prose[k]:
            break
        size += not page.gone[k]
    return size


def group_copies(pages: Sequence[PageNote]) -> list[int | None]:
    """Return for each page the number of a page that it is a copy of, by itself or by others.

    None for one without prose.

    Print views, reprints, updates, the states of a live blog share much of their prose. So do short pages with much
    standing prose: they count as one page, and too little is learned rather than too much.
    """
    columns: dict[int, int] = {}
    weights: list[int] = []
    for page in pages:
        for mark, words, prose in zip(page.marks, page.words, page.prose, strict=True):
            if prose and mark not in columns:
                columns[mark] = len(columns)
                weights.append(words)
    holds = np.zeros((len(pages), len(columns)), np.float32)
    for row, page in enumerate(pages):
        holds[row, [columns[mark] for mark, prose in zip(page.marks, page.prose, strict=True) if prose]] = 1
    shared = (holds * np.array(weights, np.float32)) @ holds.T
    own = shared.diagonal()
    alike = (shared >= COPY_SHARE * np.minimum.outer(own, own)) & (np.minimum.outer(own, own) > 0)
    groups, before = np.arange(len(pages)), None
    while before is None or (groups != before).any():
        before = groups
        groups = np.minimum(groups, np.where(alike, groups, len(pages)).min(1, initial=len(pages)))
    return [int(group) if words > 0 else None for group, words in zip(groups, own, strict=True)]
