"""Mark what is not speech in subtitles: cue numbers, times and tags. Pure; knows only documents.

Formats: SubRip (.srt), WebVTT (W3C, https://www.w3.org/TR/webvtt1/) and SubViewer (.sbv), as YouTube gives it.
"""

from __future__ import annotations

import re

from cleanse.documents import Span
from cleanse.spans import settle

MIN_CUES = 2  # times in a text that make it subtitles
FIRST_CHARS = 400  # among which the first cue of a .sbv file begins
MIN_SHARE = 0.15  # lines of times among those that are not blank

_CLOCK = r"(?:\d{1,3}:)?[0-5]?\d:[0-5]\d[.,]\d{1,3}"
_TIME = re.compile(rf"^[ \t]*{_CLOCK}(?:[ \t]*-->[ \t]*|,){_CLOCK}(?:[ \t]+\S+:\S+)*[ \t]*$", re.MULTILINE)
_NUMBER_ABOVE = re.compile(r"(?:^|\n)[ \t]*\d{1,6}[ \t]*\n$")
_TAG = re.compile(
    rf"</?(?:i|b|u|s|c|v|font|ruby|rt|lang)(?:[.\s][^<>\n]{{0,80}})?>|<{_CLOCK}>|\{{\\[^{{}}\n]{{1,40}}\}}",
    re.IGNORECASE,
)
_HEADER = re.compile(r"\AWEBVTT[^\n]*(?:\n[^\n]+)*|(?:(?<=\n\n)|\A)(?:NOTE|STYLE|REGION)\b[^\n]*(?:\n[^\n]+)*")


def mark_cues(text: str) -> tuple[Span, ...]:
    """Return spans with step "extract" for the numbers, times and tags of subtitles; none for any other text."""
    if "-->" not in text and not _TIME.search(text, 0, FIRST_CHARS):
        return ()
    times = list(_TIME.finditer(text))
    lines = sum(1 for line in text.split("\n") if line.strip())
    if len(times) < MIN_CUES or len(times) < MIN_SHARE * lines:
        return ()
    spans = [
        _span(match.start(), match.end(), text, "subtitles.header", "a header or note of WebVTT")
        for match in _HEADER.finditer(text)
    ]
    for match in times:
        above = text.rfind("\n", 0, max(0, match.start() - 1)) + 1
        number = _NUMBER_ABOVE.search(text[above : match.start()])
        start = above if number else match.start()
        spans.append(_span(start, match.end(), text, "subtitles.cue", f'a cue at "{match[0].strip()[:12]}"'))
    spans += [_span(m.start(), m.end(), text, "subtitles.tag", "a tag of subtitles") for m in _TAG.finditer(text)]
    return settle(text, spans)


def _span(start: int, end: int, text: str, rule: str, evidence: str) -> Span:
    return Span(start, end, text[start:end], "extract", rule, evidence)
