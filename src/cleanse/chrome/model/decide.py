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
LIST_WORDS = 12  # mean words of a run of lines up to which it could be a list that is content
CAP = 3.0  # what one line's words can say for or against a run, as log odds
KNOWN, SURE = 2, 3  # strength of a finding (0..3) that speaks for removing its line's run; that needs no other proof
BONUS = 3.0  # what it says
ALMOST = 0.03  # a line below this is chrome almost for certain
CERTAIN = 0.05  # lines below this tell the dump of a whole page
PLAIN, DUMP = 0.1, 0.4  # share of such lines on a page that is hardly, or surely, the dump of a whole page


@dataclass(frozen=True, slots=True)
class Setting:
    """Probabilities of content below which a line goes. Chosen out of fold on the benchmark; see docs/chrome.md.

    Pairs hold the value for a page with hardly any certain chrome and the one for the dump of a whole page.
    """

    short: float  # the shortest line inside the body, where subheadings stand
    prose: float  # a line of SHORT words and more inside the body
    outside: float  # a long line above or below the body
    ruled: float  # a line that the rules would remove
    words: tuple[float, float]  # mean log odds against content that the words of a run of short lines must show
    strict: float  # without them only lines below this go
    anchor: tuple[float, float]  # a run goes only with a line below this in it, or with one that a rule knows
    page: float  # chrome per word of content below which a page counts as clean already
    proof: int  # lines that are chrome almost for certain; a page with fewer counts as clean, too
    clean: float  # on such a page the model by itself removes only lines below this, and those of a sure rule


SETTINGS = {
    "careful": Setting(0.04, 0.12, 0.30, 0.20, (1.5, 1.0), 0.02, (0.03, 0.06), 0.08, 3, 0.01),
    "balanced": Setting(0.10, 0.30, 0.50, 0.50, (1.0, 0.0), 0.05, (0.03, 0.10), 0.04, 2, 0.03),
    "thorough": Setting(0.25, 0.50, 0.70, 0.70, (0.0, -1.0), 0.10, (0.20, 1.00), 0.0, 1, 0.05),
}


def remove(chance: Array, words: Array, margin: Array, found: Array, ruled: Array, setting: Setting) -> Array:
    """The lines that go, bool (L,); at least one line always stays.

    chance: probability that a line is content; words: of the line; margin: log odds of content by its n-grams alone;
    found: strength of the strongest finding on it, 0 where there is none; ruled: the rules would remove it.
    """
    if not len(chance):
        return np.zeros(0, bool)
    solid = np.flatnonzero((chance >= SOLID_CHANCE) & (words >= SOLID_WORDS))
    if not len(solid):
        solid = np.flatnonzero(chance >= min(0.5, chance.max()))
    at = np.arange(len(chance))
    inside = (at >= solid[0]) & (at <= solid[-1])
    limit = np.where(
        inside,
        setting.short + (setting.prose - setting.short) * np.minimum(words / SHORT, 1),
        setting.outside * (words + 1) / (words + 1 + EASE),
    )
    gone = chance < limit
    _spare(gone, chance, words, margin, found, setting)
    content = (words * chance)[~gone].sum() + 1
    chrome = ((1 - chance) * words)[gone].sum()
    agreed = ruled & (chance < setting.ruled)
    sure = (found >= SURE) & (chance < 0.5)
    if chrome < setting.page * content or (sure | (chance < ALMOST)).sum() < setting.proof:
        gone &= sure | (chance < setting.clean)
    gone |= agreed
    if gone.all():
        gone[np.argmax(chance * words)] = False
    return gone


def _spare(gone: Array, chance: Array, words: Array, margin: Array, found: Array, setting: Setting) -> None:
    """Take back runs of lines for which there is no proof.

    Runs of short lines whose words do not look like chrome: winners, ingredients, fixtures are content. And runs
    without a single certain line. The dump of a whole page needs less proof.
    """
    share = float((chance < CERTAIN).mean())
    dump = min(1.0, max(0.0, (share - PLAIN) / (DUMP - PLAIN)))
    least = setting.words[0] + (setting.words[1] - setting.words[0]) * dump
    anchor = setting.anchor[0] + (setting.anchor[1] - setting.anchor[0]) * dump
    against = np.clip(-margin, -CAP, CAP) + np.where(found >= KNOWN, BONUS, 0)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], gone, [False]])))
    for start, end in edges.reshape(-1, 2):
        run = slice(start, end)
        if words[run].mean() < LIST_WORDS and against[run].mean() < least:
            gone[run] = chance[run] < setting.strict
        elif chance[run].min() >= anchor and found[run].max() < KNOWN:
            gone[run] = False
