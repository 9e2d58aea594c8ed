"""The model file and what it says about a page: probabilities, the lines that go, and evidence for a person to read.

Imports its own package, and the lines and findings of the rules.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleanse.chrome.evidence import write_chance
from cleanse.chrome.line_model import features, network, ngram_weights, page_arrays, thresholds, tokenizer
from cleanse.chrome.lines import shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from cleanse.chrome.lines import Line
    from cleanse.chrome.rule_matcher import Finding
    from cleanse.chrome.structure import Run

Array = NDArray[Any]

FILE = Path(__file__).parent / "model.npz"
SENTENCE_WORDS = 5  # of a line that ends like a sentence, to count as one
OUTSIDE = "body."  # how rules begin that go by where a line stands alone


class Answer(NamedTuple):
    """What the judge answers to a question."""

    doomed: dict[int, tuple[str, str]]  # the lines that go -> rule, evidence
    doubt: str | None  # why the page was judged again, if it was


class Verdict(NamedTuple):
    """Why one line goes."""

    rule: str  # "model.tail" or "model.line"
    evidence: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model says about a page, parallel to its lines."""

    chance: Array  # float64 (L,) probability that the line is content
    gone: Array  # bool (L,)
    verdicts: dict[int, Verdict]  # why lines go that no rule named
    at_risk: float = 0.0  # share of the page's content that would have gone, where that made it be judged again


@dataclass(frozen=True, slots=True)
class Model:
    """The parts of the model file. `about` says where it comes from and how well it does."""

    classes: Array
    folded: Array
    table: ngram_weights.Table
    net: network.Network
    about: Mapping[str, Any]


@lru_cache(maxsize=8)
def load_model(path: Path = FILE) -> Model:
    """Return the model of the package, or of another file that training wrote; read once per process."""
    with np.load(path, allow_pickle=False) as file:
        parts = {name: file[name] for name in file.files}
    table = ngram_weights.build_table(
        parts["places"], parts["fingerprints"], parts["weights"], float(parts["scale"]), parts["bias"]
    )
    net = {name[4:]: value.astype(np.float32) for name, value in parts.items() if name.startswith("net.")}
    about = json.loads(parts["about"].tobytes())
    return Model(parts["classes"], parts["folded"], table, network.quantise(net), about)


@dataclass(frozen=True, slots=True)
class Question:
    """A page text as the rules see it: what stands there, what they would remove."""

    text: str
    lines: Sequence[Line]
    findings: Sequence[Sequence[Finding]]
    doomed: Mapping[int, tuple[str, str]] = field(
        default_factory=dict
    )  # line -> rule, evidence; the model may disagree
    sure: Collection[int] = ()  # lines among them on which it is not asked
    data: Sequence[Run] = ()  # runs of lines that look like a table


class Judge:
    """The line model on some pages, round after round. Lines that stay from one round to the next are read only once.

    Pages are judged together because a call of numpy costs as much on one page as on several; what is said of a page
    does not depend, to the bit, on those beside it.
    """

    def __init__(self, setting: str, model: Model | None = None) -> None:
        self._setting = setting
        self._model = model or load_model()
        self._seen: dict[int, _Seen] = {}

    def judge(self, asked: Mapping[int, Question]) -> dict[int, Judgement]:
        """Judge the lines of pages; a page keeps its number from one round to the next."""
        bare = {n: page_arrays.bare_lines(q.text, q.lines) for n, q in asked.items() if q.lines}
        self._look({n: lines for n, (lines, _, _) in bare.items()})
        out = {n: Judgement(np.zeros(0), np.zeros(0, bool), {}) for n in asked}
        by_source: dict[int, list[int]] = {}
        for n in bare:
            by_source.setdefault(id(self._seen[n].source), []).append(n)
        for numbers in by_source.values():
            beside = [np.concatenate([bare[n][k] for n in numbers]) for k in (1, 2)]
            out |= self._judge({n: asked[n] for n in numbers}, self._seen[numbers[0]].source, *beside)
        return out

    def weigh(self, asked: Mapping[int, Question]) -> dict[int, Answer]:
        """Return the lines that go, of those that the rules doomed and of the model's own, and doubts about the page."""
        return {
            n: Answer(
                {i: asked[n].doomed.get(i) or found.verdicts[i] for i in np.flatnonzero(found.gone).tolist()},
                f"judged again: {found.at_risk:.0%} of the content might have gone" if found.at_risk else None,
            )
            for n, found in self.judge(asked).items()
        }

    def _look(self, bare: Mapping[int, Sequence[str]]) -> None:
        """Find the lines among those read before; read the pages of which one is new."""
        new = []
        for n, lines in bare.items():
            rows = _rows(lines, self._seen[n].bare) if n in self._seen else None
            if rows is None:
                new.append(n)
            else:
                seen = self._seen[n]
                self._seen[n] = _Seen([seen.bare[i] for i in rows], seen.source, seen.rows[rows])
        if new:
            source = _read([line for n in new for line in bare[n]], self._model)
            ends = np.cumsum([0, *(len(bare[n]) for n in new)]).tolist()
            for n, (first, end) in zip(new, pairwise(ends), strict=True):
                self._seen[n] = _Seen(bare[n], source, np.arange(first, end))

    def _judge(
        self, asked: Mapping[int, Question], source: _Source, gaps: Array, indents: Array
    ) -> dict[int, Judgement]:
        """Judge pages that were read together."""
        rows = np.concatenate([self._seen[n].rows for n in asked])
        bounds = list(pairwise(np.cumsum([0, *(len(q.lines) for q in asked.values())]).tolist()))
        starts = np.array([a for a, _ in bounds])
        words = source.words[rows]
        found = page_arrays.found_codes([several for q in asked.values() for several in q.findings])
        own = features.describe(source.page, gaps, indents, source.surface, rows, starts)
        inputs = network.line_features(source.scores.lines[rows], source.scores.used[rows], own, found)
        chance = network.chance(network.run(self._model.net, inputs, words, starts))
        chance[found[:, page_arrays.KEEPING] > 0] = 1  # what a keep rule names is no proof against its page
        strength, opening = found[:, : page_arrays.REMOVING].max(1), found[:, : page_arrays.STARTING].max(1)
        margin = inputs[:, network.MARGIN]
        limits = thresholds.SETTINGS[self._setting]
        ruled = _ruled(asked.values(), bounds, limits)
        gone = thresholds.remove(chance, words, margin, strength, opening, ruled, limits, starts)
        for (start, _), question in zip(bounds, asked.values(), strict=True):
            thresholds.spare_data(gone[start:], chance[start:], strength[start:], ruled[start:], question.data)
        sentences = (source.surface[rows, features.SENTENCE] > 0) & (words >= SENTENCE_WORDS)
        at_risk = thresholds.look_again(gone, chance, words, strength, ruled, sentences, limits, starts)
        ours = gone & (ruled == 0)
        telling = _telling_words(source, rows[ours])
        return {
            n: Judgement(
                chance[a:b],
                gone[a:b],
                _verdicts(self._seen[n].bare, rows[a:b].tolist(), chance[a:b], gone[a:b], ours[a:b], telling),
                share,
            )
            for (a, b), n, share in zip(bounds, asked, at_risk.tolist(), strict=True)
        }


@dataclass(frozen=True, slots=True)
class _Source:
    """Lines of pages that were read together."""

    page: tokenizer.Reading
    text: str  # all characters in folded form
    words: Array  # of each line
    scores: ngram_weights.Scores
    surface: Array


@dataclass(frozen=True, slots=True)
class _Seen:
    """A page's lines, and where they stand among those that were read."""

    bare: Sequence[str]
    source: _Source
    rows: Array  # (L,) ascending


def _read(lines: list[str], model: Model) -> _Source:
    page = tokenizer.read(lines, model.classes, model.folded)
    text = page.folded.tobytes().decode("utf-32-le", "surrogatepass")
    return _Source(
        page, text, features.word_counts(page), ngram_weights.score(page, model.table), features.surface_of(page)
    )


def _rows(lines: Sequence[str], before: Sequence[str]) -> list[int] | None:
    """Return where these lines stand among those of the round before, in order; None if one is new."""
    rows, at = [], 0
    for line in lines:
        while at < len(before) and before[at] != line:
            at += 1
        if at == len(before):
            return None
        rows.append(at)
        at += 1
    return rows


def _ruled(asked: Iterable[Question], bounds: Sequence[tuple[int, int]], limits: thresholds.Setting) -> Array:
    """Return for each line the chance below which it goes because the rules say so; 0 where they do not."""
    ruled = np.zeros(bounds[-1][1])
    for (start, _), question in zip(bounds, asked, strict=True):
        for i, (rule, _) in question.doomed.items():
            by_rule = limits.outside if rule.startswith(OUTSIDE) else limits.ruled
            ruled[start + i] = np.inf if i in question.sure else by_rule
    return ruled


def _verdicts(
    lines: Sequence[str], rows: Sequence[int], chance: Array, gone: Array, ours: Array, telling: Mapping[int, str]
) -> dict[int, Verdict]:
    """Return rule and evidence for the lines that the model removes and no rule does."""
    kept = np.flatnonzero(~gone)
    end = int(kept[-1]) + 1 if len(kept) else 0
    start = shorten(lines[end]) if end < len(lines) else ""
    out = {}
    for i in np.flatnonzero(ours).tolist():
        evidence = write_chance(chance[i], telling.get(rows[i]), start if i > end else None)
        out[i] = Verdict("model.tail" if i >= end else "model.line", evidence)
    return out


def _telling_words(source: _Source, rows: Array) -> dict[int, str]:
    """Return for each of these lines the one to three words that speak most against content, where any do."""
    if not len(rows):
        return {}
    page, scores = source.page, source.scores
    wanted = np.zeros(len(source.words) + 1, bool)
    wanted[rows] = True
    at = np.flatnonzero(wanted.take(page.word_lines.take(scores.word_at)))
    weights = scores.word_weights[at].astype(np.int64)
    against = weights[:, 1:].max(1) - weights[:, 0]
    at, against = at[against > 0], against[against > 0]
    lines = page.word_lines.take(scores.word_at.take(at))
    best = np.full(len(wanted), -1)  # the strongest of each line, the first of equals: the largest of these keys
    np.maximum.at(best, lines, (against << 32) - at)
    chosen = np.flatnonzero(best >= 0)
    first = -best[chosen] & 0xFFFFFFFF
    begin = scores.word_at.take(first)
    last = np.minimum(begin + scores.word_order.take(first), len(page.word_ends) - 1)
    places = zip(chosen.tolist(), page.word_starts[begin].tolist(), page.word_ends[last].tolist(), strict=True)
    return {line: source.text[start:end].strip() for line, start, end in places}
