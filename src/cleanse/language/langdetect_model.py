"""Ask langdetect, made deterministic. Its profiles load on first use."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.language.heuristics import UNKNOWN
from cleanse.language.lexicon import normal

if TYPE_CHECKING:
    from collections.abc import Sequence


def langdetect(windows: Sequence[str]) -> list[tuple[str, float]]:
    """Return langdetect's likeliest language of each window, with its own probability as the confidence."""
    return [_ask(window) for window in windows]


@cache
def load_factory() -> Any:
    """Return langdetect's factory of detectors with its profiles and a fixed seed."""
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    files = sorted(p for p in Path(PROFILES_DIRECTORY).iterdir() if not p.name.startswith("."))
    factory.load_json_profile([p.read_text("utf-8") for p in files])  # in a fixed order: sums of floats depend on it
    factory.set_seed(0)
    return factory


def _ask(window: str) -> tuple[str, float]:
    from langdetect.lang_detect_exception import LangDetectException

    detector = load_factory().create()
    detector.append(window)
    try:
        guesses = detector.get_probabilities()
    except LangDetectException:  # no letters that it knows
        return UNKNOWN, 0.0
    merged: dict[str, float] = {}
    for guess in guesses:
        code = normal(guess.lang)
        merged[code] = merged.get(code, 0.0) + guess.prob
    return max(merged.items(), key=lambda item: (item[1], item[0])) if merged else (UNKNOWN, 0.0)
