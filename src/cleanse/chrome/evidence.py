"""Evidence that carries numbers: written and read back here alone. Pure; imports nothing of ours.

Numbers stand at the start, in a fixed form, and words of the page after them. So whatever a page says, the numbers that are
read back are those that were written.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# RE2 (Arrow) and Python read these alike
CHANCE_PATTERN = r"\Acontent (?P<content>\d{1,3})%"
_CHANCE = re.compile(CHANCE_PATTERN)
_RECURRENCE = re.compile(r"on (\d+) of (\d+) pages of (.*), (above|below) the text", re.DOTALL)


class SiteRecurrence(NamedTuple):
    """Where a line recurs: the site, the side of the text, and on how many pages of the site's sample."""

    site: str
    side: str  # "above" or "below"
    pages: int
    of: int


def write_chance(chance: float, words: str | None = None, below: str | None = None) -> str:
    """Return evidence of the line model: `content 4%, as in "read also"; below "Share this"`.

    Args:
        chance: Probability that the line is content, 0 to 1.
        words: The words that spoke most against it.
        below: The line that starts the tail it stands in.
    """
    telling = f', as in "{words}"' if words else ""
    start = f'; below "{below}"' if below else ""
    return f"content {chance:.0%}{telling}{start}"


def read_chance(evidence: str) -> int | None:
    """Return the probability of content in per cent that `write_chance` wrote; None from other evidence."""
    match = _CHANCE.match(evidence)
    return int(match["content"]) if match else None


def write_recurrence(recurrence: SiteRecurrence) -> str:
    """Return evidence of a line learned of its site: `on 34 of 40 pages of example.org, above the text`."""
    site, side, pages, of = recurrence
    return f"on {pages} of {of} pages of {site}, {side} the text"


def read_recurrence(evidence: str) -> SiteRecurrence | None:
    """Return what `write_recurrence` wrote; None from other evidence."""
    match = _RECURRENCE.fullmatch(evidence)
    return SiteRecurrence(match[3], match[4], int(match[1]), int(match[2])) if match else None
