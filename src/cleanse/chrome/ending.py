"""Where the article ends: below a comment form, other stories, an author's note or a footer. Proof is demanded for much.

A cut that takes little (`SMALL_SHARE` of the words and fewer than `SMALL_PROSE` paragraphs) needs a marker only. A larger
one is the costliest single error there is: it needs proof, that is reader comments or a list of other stories.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cleanse.chrome.reading import Reading

SMALL_SHARE = 0.25  # of the page's words below the cut
SMALL_PROSE = 3  # prose paragraphs below the cut


class Ending(NamedTuple):
    """The article ends above line `at`."""

    at: int
    rule: str
    evidence: str


class _Below(NamedTuple):
    share: float  # of the page's words
    prose: int  # prose lines
    run: int  # the longest run of prose lines
    flagged: int  # lines with a finding that is more than a hint
    marks: int  # lines with a mark of reader comments
    short: int  # other lines that are not prose


def find_ending(reading: Reading, setting: str) -> Ending | None:
    """The first marker below the first prose line whose cut is borne out by what stands below it."""
    total = sum(line.words for line in reading.lines) or 1
    for i in range(reading.first + 1, len(reading.lines)):
        flag = reading.flag[i]
        if flag is None or flag.action != "tail" or (setting == "careful" and flag.strength != "sure"):
            continue
        below = _survey(reading, i, total)
        if _borne_out(below, flag.strength, flag.rule, setting):
            return Ending(i, flag.rule, flag.evidence)
    return None


def _borne_out(below: _Below, strength: str, rule: str, setting: str) -> bool:
    if setting == "careful":
        return below.prose == 0
    if below.share <= SMALL_SHARE and below.prose < SMALL_PROSE:
        return strength == "sure" or below.prose == 0 or below.flagged > 2 * below.prose
    if "comment" in rule and below.marks >= max(3, below.prose // 3):
        return True
    return below.run < SMALL_PROSE and below.flagged >= 3 and below.flagged + below.short >= 3 * below.prose


def _survey(reading: Reading, at: int, total: int) -> _Below:
    words = prose = run = longest = flagged = marks = short = 0
    for i in range(at, len(reading.lines)):
        words += reading.lines[i].words
        flag = reading.flag[i]
        run = run + 1 if reading.prose[i] else 0
        longest = max(longest, run)
        if reading.prose[i]:
            prose += 1
        elif flag is not None and flag.strength != "hint":
            flagged += 1
        else:
            short += 1
        if any(f.rule.endswith("comment-marks") for f in reading.found[i]):
            marks += 1
    return _Below(words / total, prose, longest, flagged, marks, short)
