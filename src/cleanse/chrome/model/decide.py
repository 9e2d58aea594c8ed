"""From probabilities to a decision over the page: which lines go, given how sure the setting wants to be. Pure, numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SOLID_CHANCE, SOLID_WORDS = 0.6, 8  # a line that counts as the article's body
SHORT = 12  # words from which a line inside the body is judged as prose
EASE = 4  # words that a line above or below the body lacks to be judged as a long one
LIST_WORDS = 20  # mean words of a run of lines up to which it could be a list that is content
CAP = 3.0  # what one line's words can say for or against a run, as log odds
KNOWN = 2  # strength of a finding (0..3) that speaks for removing its line's run
BONUS = 3.0  # what it says


@dataclass(frozen=True, slots=True)
class Setting:
    """Probabilities of content below which a line goes. Chosen out of fold on the benchmark; see docs/chrome.md."""

    short: float  # the shortest line inside the body, where subheadings stand
    prose: float  # a line of SHORT words and more inside the body
    outside: float  # a long line above or below the body
    words: float  # mean log odds that the words of a run's lines must show against content
    strict: float  # without them only lines below this go
    page: float  # chrome per word of content below which a page counts as clean already
    clean: float  # on such a page only lines below this go


SETTINGS = {
    "careful": Setting(0.02, 0.06, 0.15, 1.5, 0.01, 0.12, 0.02),
    "balanced": Setting(0.06, 0.20, 0.45, 1.0, 0.02, 0.08, 0.05),
    "thorough": Setting(0.20, 0.35, 0.55, 0.0, 0.05, 0.0, 0.05),
}


def remove(chance: Array, words: Array, margin: Array, found: Array, setting: Setting) -> Array:
    """bool (L,): the lines that go. At least one line always stays.

    chance: probability that a line is content; words: of the line; margin: log odds of content by its n-grams alone;
    found: strength of the strongest finding of a rule, 0 where there is none.
    """
    if not len(chance):
        return np.zeros(0, bool)
    solid = np.flatnonzero((chance >= SOLID_CHANCE) & (words >= SOLID_WORDS))
    if not len(solid):
        solid = np.flatnonzero(chance >= min(0.5, chance.max()))
    at = np.arange(len(chance))
    inside = (at >= solid[0]) & (at <= solid[-1])
    length = np.minimum(words / SHORT, 1)
    limit = np.where(
        inside,
        setting.short + (setting.prose - setting.short) * length,
        setting.outside * (words + 1) / (words + 1 + EASE),
    )
    gone = _spare_lists(chance < limit, chance, words, margin, found, setting)
    content = (words * chance)[~gone].sum() + 1
    if ((1 - chance) * words)[gone].sum() < setting.page * content:
        gone &= chance < setting.clean
    if gone.all():
        gone[np.argmax(chance * words)] = False
    return gone


def _spare_lists(gone: Array, chance: Array, words: Array, margin: Array, found: Array, setting: Setting) -> Array:
    """Runs of short lines whose words do not look like chrome stay: winners, ingredients, fixtures are content."""
    against = np.clip(-margin, -CAP, CAP) + np.where(found >= KNOWN, BONUS, 0)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], gone, [False]])))
    for start, end in edges.reshape(-1, 2):
        if against[start:end].mean() < setting.words and words[start:end].mean() < LIST_WORDS:
            gone[start:end] = chance[start:end] < setting.strict
    return gone
