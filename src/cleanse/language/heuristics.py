"""Judge windows of text without a model: by script, by shape and by function words. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING

from cleanse.language import lexicon
from cleanse.language.shared_scripts import decide_shared_script, is_misread, shared_scripts

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN = "und"
GLANCE = 160  # characters of a window that show the script, and the words of a known language
OWN_SCRIPT = 0.4  # characters of one script / characters that are not blank, below which text is no prose
PROSE = (
    (60, 0.4),
    (200, 0.65),
)  # characters, needed share of those that are not blank to stand in words; else no prose
DENSITY = 0.15  # function words / words, for a paragraph to follow an earlier one without a model
MIN_HITS = 3  # function words that this needs

_ASCII = re.compile(r"[\x00-\x7f]+")
_LETTER = re.compile(r"[A-Za-z]+")
_WORD = re.compile(  # a word as prose has it: letters, with an apostrophe or hyphen inside, punctuation only around it
    r"(?<!\S)[\"'(\[«„“”‚‘¿¡—–-]{0,3}[^\W\d_][^\W\d_\u0300-\u036f]{0,30}"
    r"(?:['’ʼ‐‑.\u0300-\u036f-]{1,2}[^\W\d_]{0,30}){0,9}[.,;:!?)\]\"'»”“’…]{0,4}(?!\S)"
)


def judge_without_model(window: str, known: Mapping[str, float]) -> tuple[str, float]:
    """Return code and confidence where script, shape or words suffice; ("", 0.0) where a model has to be asked.

    Args:
        window: A paragraph's beginning, as `blocks.window_of` gives it.
        known: Languages that earlier paragraphs of the text surely have, with their confidence.
    """
    glance = window[:GLANCE]
    scripts = _count_scripts(glance)
    if not scripts:
        return UNKNOWN, 0.0
    script = max(scripts, key=lambda s: (scripts[s], s))
    if script not in ("Latin", "Cyrillic"):
        if scripts[script] < OWN_SCRIPT * len(glance.replace(" ", "")):
            return UNKNOWN, 0.0
        if script in ("Han", "Kana") and is_misread(window):
            return UNKNOWN, 0.0
        code = "Kana" if script == "Han" and scripts.get("Kana", 0) > scripts["Han"] / 10 else script
        told = decide_shared_script(script, glance) if script in shared_scripts() else ""
        language = told or lexicon.tables()["scripts"][code].get("language", "")
        return language, (0.99 if scripts[script] > 9 else 0.9) if language else 0.0
    if known:
        counts, words = _count_lanes(glance)
        for code, confidence in known.items():
            lane = lexicon.lane_of(code)
            own = counts[lane] if 0 <= lane < len(counts) else 0
            others = max(counts[:lane] + counts[lane + 1 :], default=0)
            if own >= max(MIN_HITS, DENSITY * words, others + 2):
                return code, confidence
    return (UNKNOWN, 0.0) if words_share(window) < interpolate(PROSE, len(window)) else ("", 0.0)


@lru_cache(maxsize=4096)  # a window that is put to a model is asked about again
def words_share(window: str) -> float:
    """Return the share of the characters, blanks aside, that stand in whitespace-bounded words."""
    blanks = window.count(" ")
    return 1 - (len(_WORD.sub("", window)) - blanks) / max(1, len(window) - blanks)


def _count_scripts(window: str) -> Mapping[str, int]:
    """Return characters by script, without punctuation, digits and symbols. Mostly ASCII is Latin without a count."""
    latin = _LETTER.search(window) is not None
    beyond = "" if window.isascii() else _ASCII.sub("", window)
    if latin and len(beyond) < len(window) / 4:
        return {"Latin": len(window)}
    starts, names = lexicon.script_table()
    counts = Counter({"Latin": len(window) - len(_LETTER.sub("", window))} if latin else {})
    for page, n in Counter(ord(c) >> 4 for c in beyond).items():
        name = names[bisect_right(starts, page) - 1]
        if name:
            counts[name] += n
    return counts


def count_function_words(window: str) -> tuple[dict[str, int], int]:
    """Return function words by language, and the number of words."""
    counts, words = _count_lanes(window)
    return {code: n for code, n in zip(lexicon.counted_languages(), counts, strict=False) if n}, words


def _count_lanes(window: str) -> tuple[bytes, int]:
    """Return function words by lane (see `lexicon.function_words`), and the number of words; a window has no 256."""
    words = window.lower().replace("’", "'").replace("'", "' ").split()
    total = sum(map(lexicon.function_words().get, words, repeat(0)))
    return total.to_bytes((total.bit_length() + 7) // 8, "little"), len(words)


def interpolate(ends: tuple[tuple[int, float], tuple[int, float]], chars: int) -> float:
    """Return the value for so many characters: constant outside the two ends, on a line between them."""
    (short, low), (long, high) = ends
    return low + (high - low) * min(1.0, max(0.0, (chars - short) / (long - short)))
