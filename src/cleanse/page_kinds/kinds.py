"""The type of a page, by what its lines look like and say; and pages that are no documents."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from cleanse.page_kinds.flags import Flag
from cleanse.page_kinds.page_lines import beginnings, find_phrases, fold, heading_pattern, key_set, lexicon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.page_kinds.page_lines import TextLine

PAGE_TYPES = ("article", "brief", "live-blog", "listing", "forum", "recipe", "table", "error-page", "consent-wall")
NO_DOCUMENTS = ("error-page", "consent-wall")

FEW_WORDS = 20  # of a kept text that says nothing about its page
ERROR_WORDS = 150  # of a page that can be an error page
ERROR_LINE_WORDS = 30
CONSENT_WORDS = 600  # of a page that can be a consent wall
CONSENT_PHRASES = 3  # different ones that it holds, at least
CONSENT_SHARE = 0.6  # of its words, in lines that speak of consent
BRIEF_WORDS = 120
PROSE_WORDS = 12  # of a line that is prose
HEADING_WORDS = 6
TABLE_LINES, TABLE_SHARE, NUMBER_SHARE = 6, 0.6, 0.28
LIVE_TIMES = 4  # lines that begin with a time of day, the latest first; 2 where the page says that it is live
TIME_CHARS = 12  # of a line in which a time stands
LISTING_LINES = 12
_ERROR_CODE = re.compile(r"(?<!\d)(?:40[034]|410|50[0234])(?!\d)")
_TIME = re.compile(
    r"^\W{0,3}(?P<hour>[01]?\d|2[0-3])\s?(?:[:.]|h|H)\s?(?P<minute>[0-5]\d)(?![:.]\d)(?:\s?Uhr|\s?[ap]\.?m\.?)?(?!\w)"
)
_DATE = re.compile(
    r"^\W*(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d|\d{1,2}\.? [^\W\d_]{3,12}\.? (?:19|20)\d\d|[^\W\d_]{3,12} \d{1,2}, (?:19|20)\d\d)\W*$"
)
_MINUTE = re.compile(r"\d{1,3}[.'’](?:\s?\+\s?\d{1,2})?[.:]?")  # of a match
_DAYTIME = re.compile(r"(?<!\d)[0-2]?\d[:h][0-5]\d(?!\d)|(?<!\d)\d{1,2}[./]\d{1,2}[./](?:19|20)?\d\d(?!\d)")
_STAMP = re.compile(r"\W*\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d\W{1,3}\d{1,2}[:.h]\d\d(?:[:.]\d\d)?\W*")  # of a post
_NUMERIC = re.compile(r"[\W_]*\d[\d.,:'’/%+–-]*[^\W\d_]{0,3}[\W_]*")


def classify_page(lines: Sequence[TextLine], everything: Sequence[TextLine], title: str | None = None) -> Flag | None:
    """Return the type of a page, one of `PAGE_TYPES`, and what speaks for it; None for a text without a sentence.

    Args:
        lines: The text that is kept.
        everything: The whole page: it tells what the page is where next to nothing of it is kept.
        title: The headline, where known.
    """
    words = sum(line.words for line in lines)
    shown = lines if words >= FEW_WORDS else everything
    if flag := _error_page(shown, title) or _consent_wall(shown):
        return flag
    for kind in (_recipe, _live_blog, _forum, _table, _listing):
        if flag := kind(lines):
            return flag
    if not any(line.words >= PROSE_WORDS for line in lines):
        return None
    return (
        Flag("brief", f"at most {BRIEF_WORDS} words") if words <= BRIEF_WORDS else Flag("article", "nothing else fits")
    )


def _error_page(lines: Sequence[TextLine], title: str | None) -> Flag | None:
    if not lines or sum(line.words for line in lines) > ERROR_WORDS:
        return None
    short = [line for line in lines if line.words <= ERROR_LINE_WORDS]
    whole = [
        key for key in (line.key.strip(" .!:-|") for line in short) if key in key_set("error", "lines") and key != "#"
    ]
    said = [phrase for _, phrase in find_phrases(short, "error", "phrases")]
    code = any(line.text in ("404", "403", "410", "500", "502", "503") for line in lines)
    headline = fold(title or "").strip(" .!:-|")
    if headline in key_set("error", "lines") or (_ERROR_CODE.search(title or "") and (said or whole)):
        return Flag("error-page", f"title {title!r}")
    if (said and (whole or code or len(lines) <= 6)) or (whole and (code or len(lines) <= 3)):
        return Flag("error-page", "; ".join(repr(seen) for seen in (whole + said)[:3]))
    return None


def _consent_wall(lines: Sequence[TextLine]) -> Flag | None:
    words = sum(line.words for line in lines)
    if not lines or words > CONSENT_WORDS:
        return None
    spoken = find_phrases(lines, "consent", "phrases")
    distinct = sorted({phrase for _, phrase in spoken})
    if len(distinct) < CONSENT_PHRASES:
        return None
    about = sum(line.words for line in lines if any(line is one for one, _ in spoken))
    stems = any(stem in line.key for line in lines for stem in lexicon()["consent"]["stems"])
    if stems and about >= CONSENT_SHARE * words:
        return Flag("consent-wall", f"{about} of {words} words in lines such as {', '.join(map(repr, distinct[:3]))}")
    return None


@cache
def _quantity() -> re.Pattern[str]:
    return re.compile(
        rf"^[\W_]*(?:\d+(?:[.,/]\d+)?|[½¼¾⅓])\s?(?:à|-|–)?\s?\d*\s?(?:{lexicon()['recipe']['units']})(?!\w)",
        re.IGNORECASE,
    )


def _recipe(lines: Sequence[TextLine]) -> Flag | None:
    short = [line for line in lines if line.words <= PROSE_WORDS]
    headed = [name for name in ("ingredients", "preparation") if _has_heading(short, name)]
    quantities = sum(_quantity().match(line.text) is not None for line in short) if headed else 0
    if (quantities >= 3 and headed) or (quantities >= 2 and len(headed) == 2):
        return Flag("recipe", f"{quantities} quantities, headings: {' and '.join(headed)}")
    return None


def _has_heading(short: Sequence[TextLine], name: str) -> bool:
    pattern = heading_pattern("recipe", name)
    return any(line.words <= HEADING_WORDS and pattern.match(line.key) for line in short)


def _live_blog(lines: Sequence[TextLine]) -> Flag | None:
    """Return the flag of a live blog: many times of day, the latest first, or words that say so and some times; else None.

    A transcript's times run the other way.
    """
    near = [line for line in (*lines[:6], *lines[-6:]) if line.words <= PROSE_WORDS]
    said = find_phrases(near, "live", "phrases")
    matches = [match for line in lines if (match := _TIME.match(line.text[:TIME_CHARS]))]
    times = [int(match["hour"]) * 60 + int(match["minute"]) for match in matches]
    backwards = len(times) >= LIVE_TIMES and all(a >= b for a, b in pairwise(times))
    minutes = sum(_MINUTE.fullmatch(line.text) is not None for line in lines) if said else 0
    if not any(line.words >= PROSE_WORDS // 2 for line in lines):
        return None
    if backwards or (said and (len(times) >= 2 or minutes >= LIVE_TIMES)):
        seen = f"{len(times) or minutes} lines begin with a time"
        return Flag("live-blog", f"{seen}; {said[0][1]!r}" if said else f"{seen}, the latest first")
    return None


def _forum(lines: Sequence[TextLine]) -> Flag | None:
    short = [line for line in lines if line.words <= PROSE_WORDS]
    said = len(find_phrases(short, "forum", "phrases"))
    posts = sum("#" in line.key and _is_post_header(line) for line in short)
    stamps = sum("#" in line.key and _STAMP.fullmatch(line.text) is not None for line in short)
    buttons = sum(line.key.strip(" .") in key_set("forum", "lines") for line in short)
    if said >= 2 or posts >= 2 or stamps >= 3 or (said + posts + stamps >= 1 and buttons >= 3):
        return Flag("forum", f"{said} quoted posts, {posts + stamps} post headers, {buttons} buttons")
    return None


def _is_post_header(line: TextLine) -> bool:
    """Return whether a line says who wrote a post and when, or how many posts somebody wrote."""
    if line.key.startswith(beginnings("forum", "starts")):
        return True
    return line.key.startswith(beginnings("forum", "bylines")) and _DAYTIME.search(line.text) is not None


def _table(lines: Sequence[TextLine]) -> Flag | None:
    tabular = sum("#" in line.key and _is_tabular(line) for line in lines)
    if tabular >= TABLE_LINES and tabular >= TABLE_SHARE * len(lines):
        return Flag("table", f"{tabular} of {len(lines)} lines are rows of numbers")
    return None


def _is_tabular(line: TextLine) -> bool:
    cells = line.text.split()
    numbers = sum(_NUMERIC.fullmatch(cell) is not None for cell in cells)
    return len(cells) <= 30 and numbers >= 1 and numbers >= NUMBER_SHARE * len(cells)


def _listing(lines: Sequence[TextLine]) -> Flag | None:
    if len(lines) < LISTING_LINES:
        return None
    more = sum(line.key.strip(" .>»›→") in key_set("listing", "lines") for line in lines)
    dates = sum("#" in line.key and _DATE.match(line.text) is not None for line in lines)
    prose = sum(line.words for line in lines if line.words >= 2 * PROSE_WORDS)
    words = sum(line.words for line in lines)
    if more >= 4 or (more + dates >= 5 and prose <= 0.6 * words):
        return Flag("listing", f"{more} calls to read on, {dates} date lines, {len(lines)} lines")
    return None
