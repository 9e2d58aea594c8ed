"""From probabilities to a decision over the page: which lines go, given how sure the setting wants to be. Pure, numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanse.chrome.line_model.features import ONE_PAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[Any]

KEEPING = 3  # a line likelier than one in three is worth keeping: a word of content lost weighs two of chrome left
LINE_WORDS = 4  # what a line weighs in the body's sum besides its words
TAIL_SHARE, TAIL_PARAGRAPHS = 0.25, 3  # of a page's words, or paragraphs, from which a tail needs proof
PROSE = 15  # words of a paragraph
SHORT = 12  # words from which a line inside the body is judged as prose
LIST_WORDS = 12  # mean words of a run of lines up to which it could be a list that is content
MARGIN_STEPS = 1 << 10  # of log odds; like those of a chance they keep sums over a page exact
CAP = 3.0  # what one line's words can say for or against a run, as log odds
KNOWN, SURE = 2, 3  # strength of a finding (0..3) that speaks for removing its line's run; that needs no other proof
BONUS = 3.0  # what it says
DOUBT = 0.5  # no line above is removed for a finding
LABEL = 11  # words from which a line that a rule names is more than a label
HEED = 0.45  # share of a rule's limit that holds for such a line on a page with hardly any certain chrome
AGREED = 0.2  # a line below this that a rule of strength KNOWN names is chrome: two witnesses
ALMOST = 0.03  # a line below this is chrome almost for certain
DATA = (
    0.01  # a run of lines that look like data is chrome only below this; two in three words that it spares are content
)
HALF_GONE = 0.4  # share of a page's content that would go, from which on most of its sentences must not
CERTAIN = 0.05  # lines below this tell the dump of a whole page
PLAIN, DUMP = 0.1, 0.4  # share of such lines on a page that is hardly, or surely, the dump of a whole page


@dataclass(frozen=True, slots=True)
class Setting:
    """Probabilities of content below which a line goes. Chosen out of fold on the benchmark; see docs/notes/chrome.md.

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
    risk: float  # share of a page's content that, by the model's own account, would go: from here on it looks again,
    again: float  # and only lines below this go,
    again_ruled: float  # or below this where the rules say so
    clean: float  # on such a page the model by itself removes only lines below this, and those of a sure rule


SETTINGS = {
    "careful": Setting(
        short=(0.07, 0.09), prose=(0.23, 0.11), head=(0.39, 0.15), tail=(0.2, 0.2), ease=4,
        near_head=(1.0, 0.28), near_tail=(0.73, 0.16), certain=0.02, ruled=0.2, outside=0.03,
        words=(1.2, 1.0), strict=0.03, anchor=(0.02, 0.05), page=0.068, proof=1, risk=0.05, again=0.05, again_ruled=0.15, clean=0.007,
    ),
    "balanced": Setting(
        short=(0.17, 0.15), prose=(0.33, 0.25), head=(0.54, 0.4), tail=(0.58, 0.36), ease=2,
        near_head=(0.3, 0.5), near_tail=(0.3, 0.37), certain=0.04, ruled=0.5, outside=0.18,
        words=(1.2, 0.75), strict=0.06, anchor=(0.1, 0.17), page=0.068, proof=1, risk=0.1, again=0.1, again_ruled=0.3, clean=0.007,
    ),
    "thorough": Setting(
        short=(0.25, 0.25), prose=(0.5, 0.5), head=(0.6, 0.6), tail=(0.6, 0.6), ease=4,
        near_head=(1.0, 1.0), near_tail=(0.6, 0.8), certain=0.05, ruled=0.7, outside=0.5,
        words=(1.0, 0.0), strict=0.1, anchor=(0.1, 0.2), page=0.0, proof=1, risk=0.3, again=0.2, again_ruled=0.5, clean=0.05,
    ),
}  # fmt: skip


def remove(
    chance: Array,
    words: Array,
    margin: Array,
    found: Array,
    starting: Array,
    ruled: Array,
    setting: Setting,
    starts: Array = ONE_PAGE,
) -> Array:
    """Return the lines that go, bool (L,); of each page at least one line stays. Each page is judged by itself.

    chance: probability that a line is content; words: of the line; margin: log odds of content by its n-grams alone;
    found: strength of the strongest finding on it, 0 where there is none; starting: the same for findings that start a
    tail or a block; ruled: chance below which it goes because the rules say so, 0 where they do not; starts: where each
    page begins among the lines.
    """
    if not len(chance):
        return np.zeros(0, bool)
    pages = _Pages(starts, len(chance))
    share = pages.sums((chance < CERTAIN).astype(np.float64)) / pages.sizes
    dump = np.clip((share - PLAIN) / (DUMP - PLAIN), 0, 1)  # 0: hardly any certain chrome; 1: a whole page
    gone = chance < _limits(pages, chance, words, found, starting, setting, dump)
    _spare(pages, gone, chance, words, margin, found, setting, dump)
    _prove_tail(pages, gone, chance, words, found, starting)
    content = pages.sums(np.where(gone, 0, words * chance)) + 1
    chrome = pages.sums(np.where(gone, (1 - chance) * words, 0))
    sure = ((found >= SURE) & (chance < DOUBT)) | ((found >= KNOWN) & (chance < AGREED))
    proofs = pages.sums((sure | (chance < ALMOST)).astype(np.int64))
    clean = (chrome < setting.page * content) | (proofs < setting.proof)
    gone &= sure | (chance < setting.clean) | ~clean[pages.of]
    gone |= chance < ruled * np.where(words >= LABEL, _between((HEED, 1), dump)[pages.of], 1)
    for page in np.flatnonzero(pages.sums(gone.astype(np.int64)) == pages.sizes).tolist():
        best = int(np.argmax((chance * words)[pages.lines(page)]))
        gone[starts[page] + best] = False
    return gone


def spare_data(gone: Array, chance: Array, found: Array, ruled: Array, runs: Sequence[tuple[int, int, bool]]) -> None:
    """Take back the lines of data, such as a table's, unless the model is certain of the run or a rule knows a line."""
    for start, stop, certain in runs:
        if certain or chance[start:stop].sum() >= DATA * (stop - start):
            gone[start:stop] &= (found[start:stop] > 0) | np.isinf(ruled[start:stop])


def look_again(
    gone: Array, chance: Array, words: Array, found: Array, ruled: Array, sentences: Array, setting: Setting,
    starts: Array = ONE_PAGE,
) -> Array:  # fmt: skip
    """Take back the less certain lines of each page of whose content, by the model's own account, much would go.

    Where most of the sentences would go even so, as of thousands of lines that are made alike, only lines go that rules
    name. Returns for each page the share of its content that would have gone; 0 where that is too little to look again.
    """
    pages = _Pages(starts, len(gone))
    worth = words * chance
    share: Array = pages.sums(np.where(gone, worth, 0)) / np.maximum(pages.sums(worth), 1)
    share[share < setting.risk] = 0
    limits = np.where(ruled > 0, setting.again_ruled, setting.again)
    gone &= (chance < limits) | np.isinf(ruled) | (share == 0)[pages.of]
    named = (found >= KNOWN) | (ruled > 0)
    plain = words * (sentences & ~named)
    kept_whole = (share >= HALF_GONE) & (2 * pages.sums(plain * gone) > pages.sums(plain))
    gone &= named | ~kept_whole[pages.of]
    return share


class _Pages:
    """Which lines are of which page: P pages that stand one after the other."""

    def __init__(self, starts: Array, lines: int) -> None:
        self.starts = starts
        self.sizes = np.diff(np.append(starts, lines))  # (P,)
        self.of = np.repeat(np.arange(len(starts)), self.sizes)  # (L,)
        self.at = np.arange(lines)

    def sums(self, values: Array) -> Array:
        """Return the sum of each page, (P,): one after the other, so that no sum depends on the pages beside it."""
        result: Array = np.add.reduceat(values, self.starts)
        return result

    def last(self, flag: Array) -> Array:
        """Return the last flagged line of each page, (P,); that before the page where none is."""
        found = np.maximum.reduceat(np.where(flag, self.at, -1), self.starts)
        result: Array = np.maximum(found, self.starts - 1)
        return result

    def first(self, flag: Array) -> Array:
        """Return the index, among the lines of all pages, of each page's first flagged line, (P,); the page's end if none is."""
        found = np.minimum.reduceat(np.where(flag, self.at, len(self.at)), self.starts)
        result: Array = np.minimum(found, self.starts + self.sizes)
        return result

    def lines(self, page: int) -> slice:
        """Return the lines of a page."""
        start = int(self.starts[page])
        return slice(start, start + int(self.sizes[page]))


def _limits(
    pages: _Pages, chance: Array, words: Array, found: Array, starting: Array, setting: Setting, dump: Array
) -> Array:
    """Return the probability below which each line goes: inside the body by its length, outside by what stands between.

    Before the first line that is certainly chrome a list or a contact may still belong to the article.
    """
    of = pages.of
    body = _bodies(pages, chance, words)
    above, below = pages.at < body[of, 0], pages.at >= body[of, 1]
    short, prose = _between(setting.short, dump)[of], _between(setting.prose, dump)[of]
    length = (words + 1) / (words + 1 + setting.ease)
    limits: Array = short + (prose - short) * np.minimum(words / SHORT, 1)
    limits = np.where(above, _between(setting.head, dump)[of] * length, limits)
    limits = np.where(below, _between(setting.tail, dump)[of] * length, limits)
    certain, doubted = chance < setting.certain, chance < DOUBT
    last = pages.last(above & (certain | (doubted & (found >= KNOWN))))
    first = pages.first(below & (certain | (doubted & (starting >= KNOWN))))  # an advertisement ends no article
    near = np.where(above & (pages.at > last[of]), _between(setting.near_head, dump)[of], 1)
    near = np.where(below & (pages.at < first[of]), _between(setting.near_tail, dump)[of], near)
    return limits * near


def _bodies(pages: _Pages, chance: Array, words: Array) -> Array:
    """(P, 2): half-open bounds of the run of lines that it costs least to keep whole, and to drop all the rest.

    The run with the greatest sum (Pasternack and Roth 2009), of what keeping a line is worth.
    """
    worth = (words + LINE_WORDS) * (chance * KEEPING - 1)
    bounds = np.empty((len(pages.starts), 2), np.intp)
    for page, start in enumerate(pages.starts.tolist()):
        one = pages.lines(page)
        sums = np.concatenate([[0], worth[one].cumsum()])
        end = int((sums - np.minimum.accumulate(sums)).argmax())
        first = int(sums[:end].argmin()) if end else int(chance[one].argmax())
        bounds[page] = start + first, start + (end or first + 1)
    return bounds


def _between(pair: tuple[float, float], dump: Array) -> Array:
    return pair[0] + (pair[1] - pair[0]) * dump


def _prove_tail(pages: _Pages, gone: Array, chance: Array, words: Array, found: Array, starting: Array) -> None:
    """Take back a large tail in which nothing starts that a rule knows, such as comments or other stories."""
    tail = pages.at > pages.last(~gone)[pages.of]
    tail &= pages.at < pages.first(tail & (starting >= KNOWN))[pages.of]  # what starts proves what stands below it
    large = pages.sums(words * tail) > TAIL_SHARE * pages.sums(words)
    large |= pages.sums((tail & (words >= PROSE)).astype(np.int64)) >= TAIL_PARAGRAPHS
    gone &= ~(tail & large[pages.of]) | (chance < ALMOST) | (found >= KNOWN)


def _spare(
    pages: _Pages,
    gone: Array,
    chance: Array,
    words: Array,
    margin: Array,
    found: Array,
    setting: Setting,
    dump: Array,
) -> None:
    """Take back runs of lines for which there is no proof.

    Runs of short lines whose words do not look like chrome: winners, ingredients, fixtures are content. And runs
    without a single certain line. The dump of a whole page needs less proof.
    """
    begins = gone.copy()
    begins[1:] &= ~gone[:-1]
    begins[pages.starts] = gone[pages.starts]
    at = np.flatnonzero(gone)
    if not len(at):
        return
    firsts = np.flatnonzero(begins.take(at))  # of each run, in `at`
    sizes = np.diff(np.append(firsts, len(at)))
    dump = dump.take(pages.of.take(at.take(firsts)))
    chance, found = chance.take(at), found.take(at)
    against = np.rint(np.clip(-margin.take(at), -CAP, CAP) * MARGIN_STEPS) / MARGIN_STEPS
    against += np.where(found >= KNOWN, BONUS, 0)
    listed = np.add.reduceat(words.take(at), firsts) / sizes < LIST_WORDS
    listed &= np.add.reduceat(against, firsts) / sizes < _between(setting.words, dump)
    loose = np.minimum.reduceat(chance, firsts) >= _between(setting.anchor, dump)
    loose &= np.maximum.reduceat(found, firsts) < KNOWN
    strict = np.add.reduceat(chance, firsts) / sizes < setting.strict
    gone[at] = np.repeat(np.where(listed, strict, ~loose), sizes)
