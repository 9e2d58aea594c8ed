"""Name languages with py3langid and function words, weighed together into one calibrated confidence."""

from __future__ import annotations

import math
from operator import mul
from typing import TYPE_CHECKING

from cleanse.language import lexicon
from cleanse.language.heuristics import UNKNOWN, count_function_words, words_share
from cleanse.language.langid_scores import rank_languages
from cleanse.language.shared_scripts import is_filler
from cleanse.portable_math import exp, log

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OUTVOTE = 0.3  # function words / words of a language that no model knows, from which they outvote the model
MIN_OUTVOTE = 4  # function words that this needs
SPOKEN = 4.0  # weight of the density of function words when py3langid's candidates are compared, in an exponent
FILLER_LOOKS = "la"  # what filler such as "lorem ipsum" is taken for
LOGIT = (-6.0, 8.0)  # bounds of the logit of py3langid's probability
SMOOTHING = 1e-6  # added to a probability and to its complement, so that both have a logarithm

# Weights of the evidence (see `weigh`), a logistic regression: `benchmarks/language.py --fit`, on half of its texts
WEIGHTS = (
    -0.972,  # constant
    0.561,  # logit of py3langid's probability
    0.02,  # times length
    0.452,  # logit below even
    -0.254,  # times length
    -1.377,  # log of the characters, - 4
    2.8,  # density of function words
    1.764,  # times length
    2.801,  # a list of function words exists
    -2.62,  # how far another language's words are ahead
    1.872,  # times length
    -2.101,  # share of words in the window
    -1.054,  # named by its words alone
    7.386,  # times density
    -6.857,  # share of close relatives in the probability
    -0.545,  # rare on the web
)


def cascade(windows: Sequence[str]) -> list[tuple[str, float]]:
    """Return the language of each window of prose, and the probability that this is right."""
    rankings = rank_languages(windows)
    guesses = (weigh(window, ranking) for window, ranking in zip(windows, rankings, strict=True))
    return [
        (UNKNOWN, 0.0) if code == FILLER_LOOKS and is_filler(window) else (code, calibrate(evidence))
        for window, (code, evidence) in zip(windows, guesses, strict=True)
    ]


def weigh(window: str, ranking: Sequence[tuple[str, float]]) -> tuple[str, tuple[float, ...]]:
    """Return the best guess for a window of prose, and the evidence for it in the order of WEIGHTS.

    The guess is py3langid's, corrected by function words and by how rare a language is. A language that no model knows
    takes its place where its function words are more than any other's.

    Args:
        window: A paragraph's beginning, as `blocks.window_of` gives it.
        ranking: Languages and probabilities, as `rank_languages` gives them.
    """
    prior = lexicon.prior()
    hits, words = count_function_words(window)
    weights = [
        (code, p * prior.get(code, 1.0) * (exp(SPOKEN * hits[code] / words) if code in hits else 1.0))
        for code, p in ranking
    ]
    code, p = max(weights, key=lambda item: item[1])
    group = lexicon.close().get(code, frozenset((code,)))
    among = math.fsum(p for c, p in weights if c in group)  # the guess and its close relatives
    contested = 1 - p / among
    p = min(1.0, among / (1 + math.fsum(p for _, p in weights) - math.fsum(p for _, p in ranking)))
    outsider = _outvoting(hits, words)
    if outsider:
        code, p, contested = outsider, 0.5, 0.0
    logit = max(LOGIT[0], min(LOGIT[1], log((p + SMOOTHING) / (1 - p + SMOOTHING))))
    length = log(len(window)) - 4
    density = hits.get(code, 0) / words
    ahead = max((n for c, n in hits.items() if c != code and c not in group), default=0) / words - density
    ahead = max(0.0, ahead)
    return code, (
        1.0,
        logit,
        logit * length,
        min(0.0, logit),
        min(0.0, logit) * length,
        length,
        density,
        density * length,
        float(code in lexicon.listed()),
        ahead,
        ahead * length,
        words_share(window),
        float(bool(outsider)),
        density if outsider else 0.0,
        contested,
        float(prior.get(code, 1.0) < 1),
    )


def calibrate(evidence: tuple[float, ...]) -> float:
    """Return the probability that a guess with this evidence is right."""
    return 1 / (1 + exp(-math.fsum(map(mul, WEIGHTS, evidence))))


def _outvoting(hits: Mapping[str, int], words: int) -> str:
    """Return the language that no model knows and whose function words outvote the models; "" for none."""
    outsiders = lexicon.outsiders()
    outsider = min((code for code in hits if code in outsiders), key=lambda code: (-hits[code], code), default="")
    if not outsider or hits[outsider] < max(MIN_OUTVOTE, OUTVOTE * words):
        return ""
    modelled = max((n for code, n in hits.items() if code not in outsiders), default=0)
    return outsider if hits[outsider] > modelled else ""
