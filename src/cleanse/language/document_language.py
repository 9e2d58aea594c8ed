"""Tell the language of texts from that of their paragraphs, many texts at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cleanse.language.blocks import WINDOW, cut_blocks, window_of
from cleanse.language.detectors import DEFAULT, load_detector
from cleanse.language.heuristics import UNKNOWN, interpolate, judge_without_model
from cleanse.language.lexicon import normal

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    Judgement = tuple[str, float, int]  # code, confidence, characters of a paragraph
    Judging = Generator[str, tuple[str, float], list[Judgement]]  # asks for windows, is sent code and confidence

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
    """The main language of a text and the languages of its parts.

    Attributes:
        code: ISO 639-1, else 639-3; "und" where unknown, "mul" where there are several and none is the main one.
        confidence: The probability, 0 to 1, that the code is right.
        shares: The share of the characters in each language, the largest first; they sum to 1, "und" among them.
    """

    code: str
    confidence: float
    shares: dict[str, float] = field(default_factory=dict)


def detect_language(text: str, detector: str = DEFAULT) -> Language:
    """Return the language of a text.

    Every paragraph is judged by itself and weighs its characters. One that is not prose, or whose confidence is too
    low, counts as "und"; an unsure one follows the page if its own best guess is the page's language. Several
    languages without a main one are "mul". A page of mostly no prose, or of no known language, is "und" with
    confidence 0.

    Args:
        text: Any text.
        detector: A name of DETECTORS, or "package.module:function" for a function (str -> code, confidence).

    Raises:
        SettingError: If the detector cannot be loaded.
    """
    return detect_languages([text], detector)[0]


def detect_languages(texts: Sequence[str], detector: str = DEFAULT) -> list[Language]:
    """Return the language of each text: as `detect_language` would, in less time.

    A round asks the detector for one window of each text that still has some, all together: whether a later
    paragraph needs a model depends on what the earlier ones of its text were.
    """
    detect = load_detector(detector)
    judgements: list[list[Judgement]] = [[] for _ in texts]
    judging: dict[int, Judging] = {number: _judge_blocks(text) for number, text in enumerate(texts)}
    answers: dict[int, tuple[str, float] | None] = dict.fromkeys(judging)
    while answers:
        asked: dict[int, str] = {}
        for number, answer in answers.items():
            try:
                asked[number] = next(judging[number]) if answer is None else judging[number].send(answer)
            except StopIteration as end:
                judgements[number] = end.value
        windows = list(dict.fromkeys(asked.values()))
        languages = dict(zip(windows, detect(windows) if windows else (), strict=True))
        answers = {number: languages[window] for number, window in asked.items()}
    return [_sum_up(judged) for judged in judgements]


def _judge_blocks(text: str) -> Judging:
    """Judge the blocks of a text in order; ask for the language of a window where a model is needed."""
    judgements: list[Judgement] = []
    known: dict[str, float] = {}  # languages that a block of this text surely was, and how sure
    for block in cut_blocks(text):
        window = window_of(block)
        code, confidence = judge_without_model(window, known)
        if not code:
            code, confidence = yield window
            code = normal(code)
            if confidence >= SURE and len(window) >= WINDOW // 2:
                known.setdefault(code, confidence)
        judgements.append((code, confidence, len(block)))
    return judgements


def _sum_up(judgements: Sequence[Judgement]) -> Language:
    """Return the language of a text from those of its blocks."""
    total = sum(chars for *_, chars in judgements)
    named, belief = _add_up(judgements, "")
    if not named:
        return Language(UNKNOWN, 0.0, {UNKNOWN: 1.0} if total else {})
    main = min(named, key=lambda code: (-named[code], code))
    named, belief = _add_up(judgements, main)
    known = sum(named.values())
    obscure = sum(chars for code, _, chars in judgements if code != UNKNOWN) - known  # prose, in what language?
    confidence = belief[main] / named[main]
    if named[main] < max(obscure, MINORITY * total) or confidence < ENOUGH[0][1]:
        code, confidence = UNKNOWN, 0.0
    elif named[main] < MAJORITY * known:
        code, confidence = SEVERAL, math.fsum(belief.values()) / known
    else:
        code = main
    shares = {**named, UNKNOWN: total - known} if known < total else named
    ordered = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    return Language(code, round(confidence, 4), {c: round(n / total, 4) for c, n in ordered})


def _add_up(judgements: Sequence[Judgement], main: str) -> tuple[dict[str, int], dict[str, float]]:
    """Return characters by language, and the same times confidence; an unsure block counts only if it is `main`."""
    named: dict[str, int] = {}
    belief: dict[str, float] = {}
    for code, confidence, chars in judgements:
        if code != UNKNOWN and (confidence >= needed_confidence(chars) or code == main):
            named[code] = named.get(code, 0) + chars
            belief[code] = belief.get(code, 0.0) + confidence * chars
    return named, belief


def needed_confidence(chars: int) -> float:
    """Return the confidence needed to name the language of a paragraph of so many characters."""
    return interpolate(ENOUGH, chars)
