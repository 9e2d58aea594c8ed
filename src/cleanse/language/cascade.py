"""The detector of our own: py3langid and function words, calibrated together; langdetect where they are unsure."""

from __future__ import annotations

import math
from operator import mul
from typing import TYPE_CHECKING

from cleanse.language import lexicon
from cleanse.language.heuristics import hits_of, words_share
from cleanse.language.models import langdetect, langdetect_codes, py3langid_ranked

if TYPE_CHECKING:
    from collections import Counter

OUTVOTE = 0.3  # function words / words of a language that no model knows, from which they outvote the models
SPOKEN = 4.0  # weight of the density of function words when py3langid's candidates are compared, in an exponent
UNSURE = (0.2, 0.9)  # confidence between which langdetect is asked, if no function word backs the guess
DENSITY_AT = 6  # place of the density of function words in the evidence
CONFIRMED, CONTRADICTED = 1.39, 0.62  # factors on the odds when langdetect names the same language, or another

# Weights of the evidence (see `weigh`); a logistic regression by `benchmarks/language.py --fit`, on one half of the bench.
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


def cascade(window: str) -> tuple[str, float]:
    """py3langid and the function words, calibrated; where that is unsure, langdetect confirms or contradicts."""
    code, evidence = weigh(window)
    confidence = calibrated(evidence)
    if asks_langdetect(code, confidence, evidence):
        second, _ = langdetect(window)
        odds = confidence / (1 - confidence) * (CONFIRMED if second == code else CONTRADICTED)
        confidence = odds / (1 + odds)
    return code, confidence


def asks_langdetect(code: str, confidence: float, evidence: tuple[float, ...]) -> bool:
    """Whether langdetect has something to say: the guess is unsure, one that it knows, and not backed by words."""
    return UNSURE[0] <= confidence < UNSURE[1] and evidence[DENSITY_AT] == 0 and code in langdetect_codes()


def weigh(window: str) -> tuple[str, tuple[float, ...]]:
    """py3langid's best guess for a window of prose, and the evidence for it, in the order of WEIGHTS.

    A language that no model knows takes its place where its function words are more than any other's.
    """
    prior, ranked = lexicon.prior(), py3langid_ranked(window)
    hits, words = hits_of(window)
    weights = [(code, p * prior.get(code, 1.0) * math.exp(SPOKEN * hits[code] / words)) for code, p in ranked]
    code, p = max(weights, key=lambda item: item[1])
    group = lexicon.close().get(code, frozenset((code,)))
    among = sum(p for c, p in weights if c in group)  # the guess and its close relatives
    contested = 1 - p / among
    p = min(1.0, among / (1 + sum(p for _, p in weights) - sum(p for _, p in ranked)))
    outsider, modelled = _leaders(hits)
    outvoted = hits[outsider] >= max(4, OUTVOTE * words) and hits[outsider] > hits[modelled]
    if outvoted:
        code, p, contested = outsider, 0.5, 0.0
    logit = max(-6.0, min(8.0, math.log((p + 1e-6) / (1 - p + 1e-6))))
    length = math.log(len(window)) - 4
    density = hits[code] / words
    ahead = max(0.0, max((n for c, n in hits.items() if c != code and c not in group), default=0) / words - density)
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
        float(outvoted),
        outvoted * density,
        contested,
        float(prior.get(code, 1.0) < 1),
    )


def calibrated(evidence: tuple[float, ...]) -> float:
    """The probability that a guess with this evidence is right."""
    return 1 / (1 + math.exp(-sum(map(mul, WEIGHTS, evidence))))


def _leaders(hits: Counter[str]) -> tuple[str, str]:
    """The language with most function words among those that no model knows, and among the others."""
    outsiders = lexicon.outsiders()
    best = {True: "", False: ""}
    for code in sorted(hits):
        side = code in outsiders
        if hits[code] > hits[best[side]]:
            best[side] = code
    return best[True], best[False]
