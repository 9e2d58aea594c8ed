"""Where the article ends: below a comment form, other stories, an author's note or a footer. Proof is demanded for much.

A cut that takes little (`SMALL_SHARE` of the words and fewer than `SMALL_PROSE` paragraphs) needs a marker only. A larger
one is the costliest single error there is: it needs proof, that is reader comments or a list of other stories.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cleanse.chrome.lines import fold_phrase
from cleanse.chrome.names import is_name

if TYPE_CHECKING:
    from cleanse.chrome.dates import Words
    from cleanse.chrome.matching import Finding
    from cleanse.chrome.reading import Reading

SMALL_SHARE = 0.25  # of the page's words below the cut
SMALL_PROSE = 3  # prose paragraphs below the cut
SMALL_SHORT = 3  # lines below a lone marker that may go with it
MOST_PROSE = 0.5  # words of prose below a large cut per word above it


class Ending(NamedTuple):
    """The article ends above line `at`."""

    at: int
    rule: str
    evidence: str


class _Below(NamedTuple):
    share: float  # of the page's words
    words: int  # words of prose lines
    above: int  # words of prose lines above the cut
    prose: int  # prose lines
    run: int  # the longest run of prose lines
    flagged: int  # lines with a finding that is more than a hint
    marks: int  # lines with a mark of reader comments
    short: int  # other lines that are not prose


def find_ending(reading: Reading, body: int, setting: str, author: str | None, words: Words) -> Ending | None:
    """The first marker below line `body`, where the body begins, whose cut is borne out by what stands below it."""
    total = sum(line.words for line in reading.lines) or 1
    known = fold_phrase(author) if author else None
    for i in range(max(reading.first, body) + 1, len(reading.lines)):
        flag = reading.flag[i]
        if flag is not None and flag.action == "tail":
            if (setting != "careful" or flag.strength == "sure") and not reading.kept[i]:
                below = _survey(reading, i, total)
                if _borne_out(below, flag, setting):
                    return Ending(i, flag.rule, flag.evidence)
        elif setting != "careful" and flag is None:
            evidence = _authors_note(reading, i, known, words)
            if evidence:
                below = _survey(reading, i, total)
                if below.share <= SMALL_SHARE and below.prose < SMALL_PROSE:
                    return Ending(i, "tail.author", evidence)
    return None


def _authors_note(reading: Reading, i: int, author: str | None, words: Words) -> str | None:
    """Why a note on the author begins at line `i`: the name of the byline again, or a name twice running."""
    line = reading.lines[i]
    if author and line.key.startswith(author):
        if line.key == author:
            return f'the author of the byline again: "{line.text}"'
        rest = line.text[len(author) :].lower()
        about = next((w for w in words.about if w in rest), None)
        return f'the author of the byline, then "{about}"' if about else None
    if i + 1 < len(reading.lines) and reading.lines[i + 1].key == line.key and is_name(line.text):
        return f'the name "{line.text}" stands here twice'
    return None


def _borne_out(below: _Below, flag: Finding, setting: str) -> bool:
    if setting == "careful":
        return below.prose == 0
    if below.share <= SMALL_SHARE and below.prose < SMALL_PROSE:
        if flag.strength == "sure" or below.flagged > 2 * below.prose + 1:
            return True
        return below.prose == 0 and ("related" in flag.rule or below.flagged >= 2 or below.short < SMALL_SHORT)
    if "comment" in flag.rule and below.marks >= max(3, below.prose // 3):
        return True
    lists = below.flagged >= 3 and below.flagged + below.short >= 3 * below.prose
    return lists and below.run < SMALL_PROSE and below.words <= below.above * MOST_PROSE


def _survey(reading: Reading, at: int, total: int) -> _Below:
    words = prose = run = longest = flagged = marks = short = mass = 0
    for i in range(at, len(reading.lines)):
        n = reading.lines[i].words
        words += n
        flag = reading.flag[i]
        run = run + 1 if reading.prose[i] else 0
        longest = max(longest, run)
        if reading.prose[i]:
            prose += reading.joined[i] == n or i == at or reading.joined[i] != reading.joined[i - 1]
            mass += n
        elif flag is not None and flag.strength != "hint":
            flagged += 1
        else:
            short += 1
        if any(f.rule.endswith("comment-marks") for f in reading.found[i]):
            marks += 1
    above = sum(reading.lines[i].words for i in range(at) if reading.prose[i])
    return _Below(words / total, mass, above, prose, longest, flagged, marks, short)
