"""The language of a text from those of its paragraphs. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cleanse.language.blocks import WINDOW, blocks, window_of
from cleanse.language.detectors import DEFAULT, load_detector
from cleanse.language.heuristics import UNKNOWN, between, without_model
from cleanse.language.lexicon import normal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cleanse.language.detectors import Detector

    Verdict = tuple[str, float, int]  # code, confidence, characters of a paragraph

SEVERAL = "mul"
ENOUGH = (
    (150, 0.33),
    (300, 0.6),
)  # characters, confidence needed to name a language; in between on a line: a long text
# that does not speak clearly is code or a language that no detector knows, a short one may be only short
SURE = 0.9  # confidence from which a block speaks for later ones
MAJORITY = 0.6  # share of the named characters that makes a language the page's; below it the page is "mul"
MINORITY = 1 / 3  # share of all characters that it needs; below it the page is "und": mostly code, tables, addresses


@dataclass(frozen=True, slots=True)
class Language:
    """The main language of a text, how sure that is (0..1), and the share of characters of every language in it."""

    code: str  # ISO 639-1, else 639-3; "und" where unknown, "mul" where several and none is the main one
    confidence: float
    shares: dict[str, float] = field(default_factory=dict)  # largest first; sums to 1, "und" among them


def detect_language(text: str, detector: str = DEFAULT) -> Language:
    """The language of a text. `detector` is a name of DETECTORS or "package.module:function" (str -> code, confidence).

    Every paragraph is judged by itself and weighs its characters; one that is no prose, or for which the confidence
    does not reach `enough`, counts as "und"; an unsure one follows the page if its own best guess is the page's
    language. No main language but several: "mul". Mostly no prose, or prose of no known language: "und", confidence 0.
    Raises SettingError for a detector that cannot be loaded.
    """
    verdicts = _verdicts(blocks(text), load_detector(detector))
    total = sum(chars for *_, chars in verdicts)
    named, belief = _named(verdicts, "")
    if not named:
        return Language(UNKNOWN, 0.0, {UNKNOWN: 1.0} if total else {})
    main = min(named, key=lambda code: (-named[code], code))
    named, belief = _named(verdicts, main)
    known = sum(named.values())
    obscure = sum(chars for code, _, chars in verdicts if code != UNKNOWN) - known  # prose, but in what language?
    confidence = belief[main] / named[main]
    if named[main] < max(obscure, MINORITY * total) or confidence < ENOUGH[0][1]:
        code, confidence = UNKNOWN, 0.0
    elif named[main] < MAJORITY * known:
        code, confidence = SEVERAL, sum(belief.values()) / known
    else:
        code = main
    shares = {**named, UNKNOWN: total - known} if known < total else named
    ordered = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    return Language(code, round(confidence, 4), {c: round(n / total, 4) for c, n in ordered})


def _named(verdicts: list[Verdict], main: str) -> tuple[dict[str, int], dict[str, float]]:
    """Characters by language, and the same times confidence; an unsure paragraph counts only if its guess is `main`."""
    named: dict[str, int] = {}
    belief: dict[str, float] = {}
    for code, confidence, chars in verdicts:
        if code != UNKNOWN and (confidence >= enough(chars) or code == main):
            named[code] = named.get(code, 0) + chars
            belief[code] = belief.get(code, 0.0) + confidence * chars
    return named, belief


def enough(chars: int) -> float:
    """The confidence needed to name the language of a paragraph of so many characters."""
    return between(ENOUGH, chars)


def _verdicts(texts: Iterable[str], detect: Detector) -> list[Verdict]:
    """Code, confidence and characters of every block."""
    verdicts: list[Verdict] = []
    known: dict[str, float] = {}  # languages that a block of this text surely was, and how sure
    for block in texts:
        window = window_of(block)
        code, confidence = without_model(window, known)
        if not code:
            code, confidence = detect(window)
            code = normal(code)
            if confidence >= SURE and len(window) >= WINDOW // 2:
                known.setdefault(code, confidence)
        verdicts.append((code, confidence, len(block)))
    return verdicts
