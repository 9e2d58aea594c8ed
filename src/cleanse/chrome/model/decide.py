"""From probabilities to a decision over the page: which lines go, given how sure the setting wants to be. Pure, numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

WORTH = 1 / 3  # a line likelier than this is worth keeping: a word of content lost weighs two of chrome left
LINE_WORDS = 4  # what a line weighs in the body's sum besides its words
TAIL_SHARE, TAIL_PARAGRAPHS = 0.25, 3  # of a page's words, or paragraphs, from which a tail needs proof
PROSE = 15  # words of a paragraph
SHORT = 12  # words from which a line inside the body is judged as prose
LIST_WORDS = 12  # mean words of a run of lines up to which it could be a list that is content
CAP = 3.0  # what one line's words can say for or against a run, as log odds
KNOWN, SURE = 2, 3  # strength of a finding (0..3) that speaks for removing its line's run; that needs no other proof
BONUS = 3.0  # what it says
DOUBT = 0.5  # no line above is removed for a finding
LABEL = 11  # words from which a line that a rule names is more than a label
HEED = 0.45  # share of a rule's limit that holds for such a line on a page with hardly any certain chrome
AGREED = 0.2  # a line below this that a rule of strength KNOWN names is chrome: two witnesses
ALMOST = 0.03  # a line below this is chrome almost for certain
CERTAIN = 0.05  # lines below this tell the dump of a whole page
PLAIN, DUMP = 0.1, 0.4  # share of such lines on a page that is hardly, or surely, the dump of a whole page


@dataclass(frozen=True, slots=True)
class Setting:
    """Probabilities of content below which a line goes. Chosen out of fold on the benchmark; see docs/chrome.md.

    Pairs hold the value for a page with hardly any certain chrome and the one for the dump of a whole page.
    """

    short: tuple[float, float]  # the shortest line inside the body, where subheadings stand
    prose: tuple[float, float]  # a line of SHORT words and more inside the body
    head: tuple[float, float]  # a long line above the body
    tail: tuple[float, float]  # one below it
    ease: int  # words that a line above or below the body lacks to be judged as a long one
    near_head: tuple[float, float]  # share of `head` that holds between the last certain line above and the body
    near_tail: tuple[float, float]  # share of `tail` that holds between the body and the first certain line below it
    certain: float  # what such a line is below, unless a rule knows it
    ruled: float  # a line that a rule removes
    outside: float  # one that goes with a menu above or a list below the body, where no rule names it
    words: tuple[float, float]  # mean log odds against content that the words of a run of short lines must show
    strict: float  # without them only lines below this go
    anchor: tuple[float, float]  # a run goes only with a line below this in it, or with one that a rule knows
    page: float  # chrome per word of content below which a page counts as clean already
    proof: int  # lines that are chrome almost for certain; a page with fewer counts as clean, too
    clean: float  # on such a page the model by itself removes only lines below this, and those of a sure rule


SETTINGS = {
    "careful": Setting(
        short=(0.07, 0.09), prose=(0.23, 0.11), head=(0.39, 0.15), tail=(0.2, 0.2), ease=4,
        near_head=(1.0, 0.28), near_tail=(0.73, 0.16), certain=0.02, ruled=0.2, outside=0.03,
        words=(1.2, 1.0), strict=0.03, anchor=(0.02, 0.05), page=0.068, proof=1, clean=0.007,
    ),
    "balanced": Setting(
        short=(0.17, 0.15), prose=(0.33, 0.25), head=(0.54, 0.4), tail=(0.58, 0.36), ease=2,
        near_head=(0.3, 0.5), near_tail=(0.3, 0.37), certain=0.04, ruled=0.5, outside=0.18,
        words=(1.2, 0.75), strict=0.06, anchor=(0.1, 0.17), page=0.068, proof=1, clean=0.007,
    ),
    "thorough": Setting(
        short=(0.25, 0.25), prose=(0.5, 0.5), head=(0.6, 0.6), tail=(0.6, 0.6), ease=4,
        near_head=(1.0, 1.0), near_tail=(0.6, 0.8), certain=0.05, ruled=0.7, outside=0.5,
        words=(1.0, 0.0), strict=0.1, anchor=(0.1, 0.2), page=0.0, proof=1, clean=0.05,
    ),
}  # fmt: skip


def remove(
    chance: Array, words: Array, margin: Array, found: Array, starts: Array, ruled: Array, setting: Setting
) -> Array:
    """The lines that go, bool (L,); at least one line always stays.

    chance: probability that a line is content; words: of the line; margin: log odds of content by its n-grams alone;
    found: strength of the strongest finding on it, 0 where there is none; starts: the same for findings that start a
    tail or a block; ruled: chance below which it goes because the rules say so, 0 where they do not.
    """
    if not len(chance):
        return np.zeros(0, bool)
    share = float((chance < CERTAIN).mean())
    dump = min(1.0, max(0.0, (share - PLAIN) / (DUMP - PLAIN)))  # 0: hardly any certain chrome; 1: a whole page
    gone = chance < _limits(chance, words, found, starts, setting, dump)
    _spare(gone, chance, words, margin, found, setting, dump)
    _prove_tail(gone, chance, words, found, starts)
    content = (words * chance)[~gone].sum() + 1
    chrome = ((1 - chance) * words)[gone].sum()
    sure = ((found >= SURE) & (chance < DOUBT)) | ((found >= KNOWN) & (chance < AGREED))
    if chrome < setting.page * content or (sure | (chance < ALMOST)).sum() < setting.proof:
        gone &= sure | (chance < setting.clean)
    gone |= chance < ruled * np.where(words >= LABEL, _between((HEED, 1), dump), 1)
    if gone.all():
        gone[np.argmax(chance * words)] = False
    return gone


def _limits(chance: Array, words: Array, found: Array, starts: Array, setting: Setting, dump: float) -> Array:
    """The probability below which each line goes: inside the body by its length, outside by what stands between.

    Before the first line that is certainly chrome a list or a contact may still belong to the article.
    """
    start, end = _body(chance, words)
    short, prose = _between(setting.short, dump), _between(setting.prose, dump)
    limits: Array = short + (prose - short) * np.minimum(words / SHORT, 1)
    length = (words + 1) / (words + 1 + setting.ease)
    limits[:start] = (_between(setting.head, dump) * length)[:start]
    limits[end:] = (_between(setting.tail, dump) * length)[end:]
    certain, doubted = chance < setting.certain, chance < DOUBT
    above = np.flatnonzero((certain | (doubted & (found >= KNOWN)))[:start])
    below = np.flatnonzero((certain | (doubted & (starts >= KNOWN)))[end:])  # an advertisement ends no article
    limits[above[-1] + 1 if len(above) else 0 : start] *= _between(setting.near_head, dump)
    limits[end : end + below[0] if len(below) else None] *= _between(setting.near_tail, dump)
    return limits


def _body(chance: Array, words: Array) -> tuple[int, int]:
    """Half-open bounds of the run of lines that it costs least to keep whole, and to drop all the rest.

    The run with the greatest sum (Pasternack and Roth 2009), of what keeping a line is worth.
    """
    sums = np.append(0, np.cumsum((words + LINE_WORDS) * (chance - WORTH)))
    end = int(np.argmax(sums - np.minimum.accumulate(sums)))
    if not end:
        best = int(np.argmax(chance))
        return best, best + 1
    return int(np.argmin(sums[:end])), end


def _between(pair: tuple[float, float], dump: float) -> float:
    return pair[0] + (pair[1] - pair[0]) * dump


def _prove_tail(gone: Array, chance: Array, words: Array, found: Array, starts: Array) -> None:
    """Take back a large tail in which nothing starts that a rule knows, such as comments or other stories."""
    kept = np.flatnonzero(~gone)
    cut = int(kept[-1]) + 1 if len(kept) else 0
    large = words[cut:].sum() > TAIL_SHARE * words.sum() or (words[cut:] >= PROSE).sum() >= TAIL_PARAGRAPHS
    if large and starts[cut:].max(initial=0) < KNOWN:
        gone[cut:] &= (chance[cut:] < ALMOST) | (found[cut:] >= KNOWN)


def _spare(
    gone: Array, chance: Array, words: Array, margin: Array, found: Array, setting: Setting, dump: float
) -> None:
    """Take back runs of lines for which there is no proof.

    Runs of short lines whose words do not look like chrome: winners, ingredients, fixtures are content. And runs
    without a single certain line. The dump of a whole page needs less proof.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], gone, [False]])))
    starts, sizes = edges[::2], edges[1::2] - edges[::2]
    if not len(starts):
        return
    at = np.flatnonzero(gone)
    firsts = np.append(0, np.cumsum(sizes)[:-1])  # of each run, in `at`
    least, anchor = _between(setting.words, dump), _between(setting.anchor, dump)
    against = np.clip(-margin[at], -CAP, CAP) + np.where(found[at] >= KNOWN, BONUS, 0)
    listed = np.add.reduceat(words[at], firsts) / sizes < LIST_WORDS
    listed &= np.add.reduceat(against, firsts) / sizes < least
    loose = (np.minimum.reduceat(chance[at], firsts) >= anchor) & (np.maximum.reduceat(found[at], firsts) < KNOWN)
    strict = np.add.reduceat(chance[at], firsts) / sizes < setting.strict
    gone[at] = np.repeat(np.where(listed, strict, ~loose), sizes)
