"""The headline of a page that nothing repeats: its first line, where it looks like one and the text begins below. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cleanse.chrome.names import leading_name
from cleanse.chrome.page_analysis import is_item

if TYPE_CHECKING:
    from cleanse.chrome.article_head import Head
    from cleanse.chrome.lines import Line
    from cleanse.chrome.page_analysis import Reading

WORDS_LEAST, WORDS_MOST = 3, 30
CHARS_LEAST, CHARS_MOST = 12, 200
LABEL_WORDS = 3  # of a section's name above the headline, at most
LABELS = 2  # such lines above it, at most
REACH = 14  # lines above the text among which a headline that would go is looked for
BELOW = 8  # lines below it among which the text begins
_OPEN_END = re.compile(r"[.,;:。，；：、…]$|\.{3}$")
_QUOTATION = re.compile(r"[\"«„“].*[\"»“”]", re.DOTALL)
_CAPTION = re.compile(r"[a-zà-ÿ]\.[A-ZÀ-Þ]|[(/](?:AFP|AP|Reuters|Getty|EPA|dpa)\b")  # "…the bridge.Jane Doe/Getty"
_CALL = re.compile("! [A-ZÀ-Þ]|[\u2190-\u21ff\u2600-\u27bf\U0001f300-\U0001faff]")  # "New! Read our …", a pictograph
_SPEECH = "-–—•*"


def find_title(reading: Reading) -> str | None:
    """Return the headline with which a cleaned page begins; None where another line could be meant as well."""
    top = 0
    while top < min(LABELS, len(reading.lines)) and _is_label(reading.lines[top]):
        top += 1
    if top >= len(reading.lines) or not _looks_like_headline(reading, top):
        return None
    below = reading.lines[top + 1 : top + 1 + BELOW]
    prose = next((i for i in range(top + 1, top + 1 + len(below)) if reading.prose[i]), None)
    if prose is None:
        return None
    rivals = [
        i for i in range(top + 1, prose) if _looks_like_headline(reading, i) and not _names_someone(reading.lines[i])
    ]
    return None if rivals else reading.lines[top].text


def spare_headline(reading: Reading, head: Head, doomed: dict[int, tuple[str, str]]) -> None:
    """Take back the line nearest above the text that looks like its headline, unless another such line stays.

    A line that a rule names stays doomed, and so does a byline.
    """
    able = [] if head.headline is None else [head.headline]
    if head.headline is None and reading.last >= 0:
        bylines = {span.start for span in head.spans}
        nearest = range(reading.first - 1, max(-1, reading.first - 1 - REACH), -1)
        able = [i for i in nearest if _looks_like_headline(reading, i) and reading.lines[i].start not in bylines]
    if able and all(i in doomed for i in able) and doomed[able[0]][0].startswith(("model.", "body.")):
        del doomed[able[0]]


def _is_label(line: Line) -> bool:
    return line.words <= LABEL_WORDS and len(line.text) <= 30 and line.text[-1] not in "?!"


def _names_someone(line: Line) -> bool:
    """Return whether a line below the headline is a name with an office or a number, such as of comments."""
    return leading_name(line.text) is not None or line.text[-1].isdigit()


def _looks_like_headline(reading: Reading, i: int) -> bool:
    line = reading.lines[i]
    if any(finding.action != "keep" for finding in reading.found[i]) or is_item(line) or line.text[0] in _SPEECH:
        return False
    if _QUOTATION.fullmatch(line.text) or _CAPTION.search(line.text) or _CALL.search(line.text):
        return False
    if not (WORDS_LEAST <= line.words <= WORDS_MOST and CHARS_LEAST <= len(line.text) <= CHARS_MOST):
        return False
    return not line.text[0].islower() and _OPEN_END.search(line.text) is None
