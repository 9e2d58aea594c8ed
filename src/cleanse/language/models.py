"""The models of other libraries: py3langid and langdetect, each loaded on first use."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from cleanse.language.heuristics import UNKNOWN
from cleanse.language.lexicon import normal

CANDIDATES = 12  # most likely languages of py3langid that are looked at


def py3langid(window: str) -> tuple[str, float]:
    """py3langid alone, with its own probability as the confidence."""
    return py3langid_ranked(window)[0]


def langdetect(window: str) -> tuple[str, float]:
    """Langdetect alone (seeded), with its own probability as the confidence."""
    ranked = _langdetect_ranked(window)
    return max(ranked.items(), key=lambda item: (item[1], item[0])) if ranked else (UNKNOWN, 0.0)


@cache
def identifier() -> Any:
    """py3langid's identifier with its model, loaded once."""
    import numpy as np
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.nb_ptc = identifier.nb_ptc.astype(np.float32)  # scores 3 times as fast as float16, for 29 MB more
    return identifier


def py3langid_ranked(window: str) -> list[tuple[str, float]]:
    """The likeliest languages with their probabilities, likeliest first."""
    merged: dict[str, float] = {}
    for code, p in identifier().rank(window)[:CANDIDATES]:
        name = normal(code)
        merged[name] = merged.get(name, 0.0) + p
    return sorted(merged.items(), key=lambda item: (-item[1], item[0]))


@cache
def _factory() -> Any:
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    files = sorted(p for p in Path(PROFILES_DIRECTORY).iterdir() if not p.name.startswith("."))
    factory.load_json_profile([p.read_text("utf-8") for p in files])  # in a fixed order: sums of floats depend on it
    factory.set_seed(0)
    return factory


def _langdetect_ranked(window: str) -> dict[str, float]:
    from langdetect.lang_detect_exception import LangDetectException

    detector = _factory().create()
    detector.append(window)
    try:
        found = detector.get_probabilities()
    except LangDetectException:  # no letters that it knows
        return {}
    merged: dict[str, float] = {}
    for guess in found:
        code = normal(guess.lang)
        merged[code] = merged.get(code, 0.0) + guess.prob
    return merged


@cache
def langdetect_codes() -> frozenset[str]:
    """The languages that langdetect knows."""
    return frozenset(map(normal, _factory().get_lang_list()))
