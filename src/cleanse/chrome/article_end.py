"""Where the article ends: below a comment form, other stories, an author's note or a footer. Proof is demanded for much.

A cut that takes little (`SMALL_SHARE` of the words and fewer than `SMALL_PROSE` paragraphs) needs a marker only. A larger
one is the costliest single error there is: it needs proof, that is reader comments or a list of other stories. What a
marker is, its rule's kind says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cleanse.chrome.lines import fold_phrase, shorten
from cleanse.chrome.names import is_name, leading_name
from cleanse.chrome.rule_matcher import AUTHOR, COMMENT_COUNT, COMMENT_FORM, COMMENT_MARK, COMMENTS, RELATED

if TYPE_CHECKING:
    from cleanse.chrome.dates import Words
    from cleanse.chrome.lines import Line
    from cleanse.chrome.page_analysis import Reading
    from cleanse.chrome.rule_matcher import Finding

SMALL_SHARE = 0.25  # of the page's words below the cut
SMALL_PROSE = 3  # prose paragraphs below the cut
SMALL_SHORT = 3  # lines below a lone marker that may go with it
MOST_PROSE = 0.5  # words of prose below a large cut per word above it
LIST_PROSE = 8  # paragraphs below the heading of a list whose items are a headline and a lead
MOST_HEADLINES = 6  # that a label such as "Read also" in mid-text announces
SENTENCE_WORDS = 4  # of a sentence that goes on with the text, at least
FULL_STOP = re.compile(r"[.…。．।॥۔][\"'”’»«)\]」』）】]*$")  # a question or a call is a page's own at least as often
NOTE_MOST = 60  # words of a note on the author in one line
NOTE_WORDS = 12  # words after a name among which a note says what its bearer does
NOTE_REACH = 12  # lines above the end among which an author's note is looked for
NOTE_LINES = 4  # the same for a note that no other line bears out


class Ending(NamedTuple):
    """The article ends above line `at`."""

    at: int
    rule: str
    evidence: str


class _Below(NamedTuple):
    """What stands from a line to the end of the page."""

    words: int = 0
    mass: int = 0  # words of prose lines
    prose: int = 0  # prose lines; pieces of one sentence count once
    run: int = 0  # prose lines with which it begins
    longest: int = 0  # the longest run of prose lines
    flagged: int = 0  # lines with a finding that is more than a hint
    marks: int = 0  # lines with a mark of reader comments
    forms: int = 0  # lines of a comment form
    short: int = 0  # other lines that are not prose
    sentences: int = 0  # of these, lines that end like a sentence


def find_ending(reading: Reading, body: int, setting: str, author: str | None, words: Words | None) -> Ending | None:
    """Return the first marker below line `body`, where the body begins, whose cut is borne out by what stands below it.

    Without `words` notes on the author that no marker announces are left alone.
    """
    start = max(reading.first, body) + 1
    markers = _markers(reading, start, setting)
    below = _survey(reading) if markers else []
    found = None
    for i, flag in markers:
        if _borne_out(below, i, flag, setting) and not (flag.kind == RELATED and text_goes_on(reading, i)):
            found = Ending(i, flag.rule, flag.evidence)
            break
    if setting == "careful" or words is None:
        return found
    known = fold_phrase(author) if author else None
    end = len(reading.lines) if found is None else found.at
    for i in range(max(start, end - NOTE_REACH), end):
        evidence = _authors_note(reading, i, end, known, words) if reading.flag[i] is None else None
        if evidence is None:
            continue
        below = below or _survey(reading)
        small = below[i].words - below[end].words <= below[0].words * SMALL_SHARE
        if small and below[i].prose - below[end].prose < SMALL_PROSE:
            return Ending(i, "tail.author", evidence)
    return found


def _markers(reading: Reading, start: int, setting: str) -> list[tuple[int, Finding]]:
    """Return the lines from `start` on below which all may go, each with its finding."""
    return [
        (i, flag)
        for i, flag in enumerate(reading.flag)
        if i >= start
        and flag is not None
        and flag.action == "tail"
        and not reading.kept[i]
        and (setting != "careful" or flag.strength == "sure")
    ]


def _borne_out(below: list[_Below], i: int, flag: Finding, setting: str) -> bool:  # noqa: PLR0911 - one return per proof
    here, above = below[i], below[0].mass - below[i].mass
    little = here.words <= below[0].words * SMALL_SHARE
    if setting == "careful":
        return here.prose == 0
    related = flag.kind == RELATED
    if little and here.prose < SMALL_PROSE:
        if flag.strength == "sure" or flag.kind == AUTHOR or here.flagged > 2 * here.prose + 1:
            return True
        if here.prose == 0 and (related or here.flagged >= 2 or here.short < SMALL_SHORT or not here.sentences):
            return True
    if flag.kind in COMMENTS and here.marks >= max(3, here.prose // 3):
        return True
    if flag.kind == COMMENT_COUNT and here.forms:
        return True
    if here.mass > above * MOST_PROSE:
        return False
    if related and here.longest <= (2 if little else 1) and here.prose <= min(LIST_PROSE, here.short + here.flagged):
        return True
    return here.longest < SMALL_PROSE and here.flagged >= 3 and here.flagged + here.short >= 3 * here.prose


def text_goes_on(reading: Reading, at: int) -> bool:
    """Return whether a sentence of the text follows the headlines below a label such as "Read also".

    Below two headlines or more a sentence is no teaser; below a single one it may be, unless no other headline follows.
    """
    first = at + 1
    after = _run_end(reading, first, sentences=False)
    beyond = _run_end(reading, after, sentences=True)
    if not first < after <= first + MOST_HEADLINES or after == beyond:
        return False
    followed = beyond < len(reading.lines) and reading.flag[beyond] is None
    return after - first > 1 or not followed


def _run_end(reading: Reading, start: int, *, sentences: bool) -> int:
    """Return where a run of lines without a finding ends that are all sentences, or all are not."""
    stop = start
    while stop < len(reading.lines) and reading.flag[stop] is None and _is_closed(reading.lines[stop]) == sentences:
        stop += 1
    return stop


def _is_closed(line: Line) -> bool:
    return line.words >= SENTENCE_WORDS and FULL_STOP.search(line.text) is not None


def _authors_note(  # noqa: PLR0911 - one return per proof
    reading: Reading, i: int, end: int, author: str | None, words: Words
) -> str | None:
    """Return why a note on the author begins at line `i`: by a name that a byline, the next lines or its own words confirm."""
    line = reading.lines[i]
    if author and line.key == author:
        return f'the author of the byline again: "{line.text}"'
    if is_name(line.text):
        if i + 1 < end and reading.lines[i + 1].key == line.key:
            return f'the name "{line.text}" stands here twice'
        for below in reading.lines[i + 1 : min(i + 3, end)]:
            if below.words > line.words and below.text.startswith((line.text + " ", line.text.split()[0] + " ")):
                return f'the name "{line.text}", then "{shorten(below.text, 50)}"'
        return None
    name = leading_name(line.text) if line.words <= NOTE_MOST else None
    if name is None:
        return None
    rest = line.text[len(name) :].lower().split()[:NOTE_WORDS]
    near = " ".join(rest)
    about = next((w for w in words.about if w in near), None)
    if about is None or not (rest[0] in words.does or near[0] == ","):
        return None
    if author and fold_phrase(name) == author:
        return f'the author of the byline, then "{about}"'
    last = name.split()[-1]
    if i >= end - NOTE_LINES and not any(last in above.text for above in reading.lines[:i]):
        return f'"{name}", of whom the text does not speak, then "{about}"'
    return None


def _survey(reading: Reading) -> list[_Below]:
    """Return for every line what stands from there to the end of the page."""
    out = [_Below()] * (len(reading.lines) + 1)
    for i in range(len(reading.lines) - 1, -1, -1):
        below, flag, n = out[i + 1], reading.flag[i], reading.lines[i].words
        prose, found = reading.prose[i], reading.found[i]
        run = below.run + 1 if prose else 0
        piece = prose and below.run > 0 and reading.joined[i] > n and reading.joined[i] == reading.joined[i + 1]
        flagged = not prose and flag is not None and flag.strength != "hint"
        short = not prose and not flagged
        out[i] = _Below(
            below.words + n,
            below.mass + n * prose,
            below.prose + (prose and not piece),
            run,
            max(below.longest, run),
            below.flagged + flagged,
            below.marks + (bool(found) and any(f.kind == COMMENT_MARK for f in found)),
            below.forms + (flagged and flag is not None and flag.kind == COMMENT_FORM),
            below.short + short,
            below.sentences + (short and reading.ends[i]),
        )
    return out
