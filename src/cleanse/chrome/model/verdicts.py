"""The model file and what it says about a page: probabilities, the lines that go, and evidence for a person to read.

Imports its own package, and the lines and findings of the rules.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleanse.chrome.lines import shorten
from cleanse.chrome.model import decide, features, hook, network, reading, scoring

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from cleanse.chrome.lines import Line
    from cleanse.chrome.matching import Finding

Array = NDArray[Any]

FILE = Path(__file__).parent / "model.npz"
OUTSIDE = "body."  # how rules begin that go by where a line stands alone


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


@dataclass(frozen=True, slots=True)
class Model:
    """The parts of the model file. `about` says where it comes from and how well it does."""

    classes: Array
    folded: Array
    table: scoring.Table
    weights: Mapping[str, Array]
    about: Mapping[str, Any]


@lru_cache(maxsize=8)
def load_model(path: Path = FILE) -> Model:
    """The model of the package, or of another file that training wrote; read once per process."""
    with np.load(path, allow_pickle=False) as file:
        parts = {name: file[name] for name in file.files}
    table = scoring.build_table(
        parts["places"], parts["fingerprints"], parts["weights"], float(parts["scale"]), parts["bias"]
    )
    net = {name[4:]: value.astype(np.float32) for name, value in parts.items() if name.startswith("net.")}
    about = json.loads(parts["about"].tobytes())
    return Model(parts["classes"], parts["folded"], table, net, about)


class Judge:
    """The line model on one page. Lines that stay from one round to the next are read only once."""

    def __init__(self, model: Model | None = None) -> None:
        self._model = model or load_model()
        self._seen: _Seen | None = None

    def judge(
        self,
        text: str,
        lines: Sequence[Line],
        findings: Sequence[Sequence[Finding]],
        setting: str,
        doomed: Mapping[int, tuple[str, str]] | None = None,
        sure: Collection[int] = (),
    ) -> Judgement:
        """Judge the lines of a page text; `lines` and `findings` as `cleanse.chrome` returns them for this text.

        doomed: lines that the rules would remove, with rule and evidence; the model agrees or not. sure: those among
        them on which it is not asked.
        """
        if not lines:
            return Judgement(np.zeros(0), np.zeros(0, bool), {})
        bare, gaps, indents = hook.bare_lines(text, lines)
        self._seen = seen = _see(bare, self._model, self._seen)
        rows, scores = seen.rows, seen.scores
        words = features.word_counts(seen.page)[rows]
        found = hook.found_codes(findings)
        own = features.describe(seen.page, gaps, indents, seen.surface, rows)
        inputs = network.line_features(scores.lines[rows], scores.used[rows], own, found)
        chance = network.chance(network.run(self._model.weights, inputs, words))
        limits = decide.SETTINGS[setting]
        ruled = np.zeros(len(lines))
        for i, (rule, _) in (doomed or {}).items():
            ruled[i] = np.inf if i in sure else limits.outside if rule.startswith(OUTSIDE) else limits.ruled
        strength, starts = found[:, : hook.REMOVING].max(1), found[:, : hook.STARTING].max(1)
        chance[found[:, hook.KEEPING] > 0] = 1  # what a keep rule names is no proof against its page
        gone = decide.remove(chance, words, inputs[:, network.MARGIN], strength, starts, ruled, limits)
        return Judgement(chance, gone, _verdicts(bare, seen, chance, gone, doomed or {}))

    def weigh(
        self,
        text: str,
        lines: Sequence[Line],
        findings: Sequence[Sequence[Finding]],
        setting: str,
        doomed: Mapping[int, tuple[str, str]],
        sure: Collection[int] = (),
    ) -> dict[int, tuple[str, str]]:
        """The lines that go, as index -> rule and evidence: of those that the rules doomed, and of the model's own."""
        judgement = self.judge(text, lines, findings, setting, doomed, sure)
        return {i: doomed.get(i) or judgement.verdicts[i] for i in np.flatnonzero(judgement.gone).tolist()}


@dataclass(frozen=True, slots=True)
class _Seen:
    """A page as it was read, and which of its lines are still there."""

    bare: Sequence[str]
    page: reading.Reading
    scores: scoring.Scores
    surface: Array
    rows: Array  # (L,) ascending


def _see(bare: list[str], model: Model, before: _Seen | None) -> _Seen:
    """Read the lines, or find them among those read before."""
    if before is not None:
        rows, at = [], 0
        for line in bare:
            while at < len(before.bare) and before.bare[at] != line:
                at += 1
            rows.append(at)
            at += 1
        if rows[-1] < len(before.bare):
            return replace(before, rows=np.array(rows))
    page = reading.read(bare, model.classes, model.folded)
    return _Seen(bare, page, scoring.score(page, model.table), features.surface_of(page), np.arange(len(bare)))


def _verdicts(
    lines: Sequence[str], seen: _Seen, chance: Array, gone: Array, doomed: Collection[int]
) -> dict[int, Verdict]:
    """Rule and evidence for the lines that go and that are not doomed by a rule."""
    ours = gone.copy()
    ours[list(doomed)] = False
    if not ours.any():
        return {}
    kept = np.flatnonzero(~gone)
    end = int(kept[-1]) + 1 if len(kept) else 0
    telling = _telling_words(seen, ours)
    start = ""
    if end < len(lines):
        start = shorten(lines[end])
    out = {}
    for i in np.flatnonzero(ours).tolist():
        evidence = f"content {chance[i]:.0%}"
        if i in telling:
            evidence += f', as in "{telling[i]}"'
        if i > end:
            evidence = f'below "{start}"; {evidence}'
        out[i] = Verdict("model.tail" if i >= end else "model.line", evidence)
    return out


def _telling_words(seen: _Seen, gone: Array) -> dict[int, str]:
    """For each line that goes the one to three words that speak most against content, where any do."""
    page, scores = seen.page, seen.scores
    row_of = np.full(len(seen.bare) + 1, -1)
    row_of[seen.rows[gone]] = np.flatnonzero(gone)
    lines = row_of.take(page.word_lines.take(scores.word_at))
    weights = scores.word_weights.astype(np.int64)
    against = weights[:, 1:].max(1) - weights[:, 0]
    telling = np.flatnonzero((against > 0) & (lines >= 0))
    best = np.full(len(gone), -1)  # the strongest of each line, the first of equals: the largest of these keys
    np.maximum.at(best, lines.take(telling), (against.take(telling) << 32) - telling)
    chosen = np.flatnonzero(best >= 0)
    first = -best[chosen] & 0xFFFFFFFF
    at = scores.word_at.take(first)
    last = np.minimum(at + scores.word_order.take(first), len(page.word_ends) - 1)
    text = page.folded.tobytes().decode("utf-32-le", "surrogatepass")
    places = zip(chosen.tolist(), page.word_starts[at].tolist(), page.word_ends[last].tolist(), strict=True)
    return {line: text[begin:end].strip() for line, begin, end in places}
