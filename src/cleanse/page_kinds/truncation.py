"""Texts that stop where their readers have to pay or to click."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cleanse.page_kinds.flags import Flag
from cleanse.page_kinds.page_lines import find_phrases, lexicon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.page_kinds.page_lines import TextLine

LAST_LINES = 12  # of a page, in which a call to subscribe or to go on stands
OPEN_WORDS = 6  # words of a last line that can break off; a shorter one is a caption or a heading
NOTICE_WORDS = 30  # of a line that says that the rest is withheld
CALL_WORDS = 12  # of a line that calls to subscribe
SHORT_PAGE = 400  # words up to which a stub with a weak phrase is believed
_BREAKS = re.compile(r"(?:\[\s?(?:…|\.{3})\s?\]|\((?:…|\.{3})\))\W*$")
_TRAILS = re.compile(r"(?:…|\.{3})[»”\"']?$")
_LAST_WORD = re.compile(r"(?:^|[\s'’(])(?P<word>[^\W\d_]+)(?P<mark>\W*)$")


def find_truncation(lines: Sequence[TextLine], everything: Sequence[TextLine]) -> Flag | None:
    """Return why a text is held to be cut off, None if nothing speaks for it.

    Args:
        lines: The text that is kept.
        everything: The whole page, chrome included: the notice usually stands there.
    """
    if not lines:
        return None
    if sure := find_phrases((line for line in everything if line.words <= NOTICE_WORDS), "truncation", "sure"):
        return Flag("paywall", repr(sure[0][1]))
    weak = find_phrases((line for line in everything[-LAST_LINES:] if line.words <= CALL_WORDS), "truncation", "weak")
    called = {line.text for line, _ in weak}
    last = next((line for line in reversed(lines) if line.text not in called), None)
    broken = _broken_off(last) if last else None
    if broken is None:
        return None
    if weak and sum(line.words for line in lines) <= SHORT_PAGE:
        return Flag("paywall", f"{broken}; {weak[0][1]!r}")
    return Flag("cut", broken) if not broken.startswith("trails") else None


def _broken_off(line: TextLine) -> str | None:
    """Return how the last line breaks off, None if it ends."""
    if line.words < OPEN_WORDS:
        return None
    if _BREAKS.search(line.text):
        return "ends in […]"
    if _TRAILS.search(line.text):
        return "trails off in …"
    match = _LAST_WORD.search(line.text)
    if match is None:
        return None
    if match["mark"].strip() in (",", "-") or (
        not match["mark"] and match["word"] in lexicon()["truncation"]["open_words"].split()
    ):
        return f"ends in {line.text[-30:]!r}, within a sentence"
    return None
