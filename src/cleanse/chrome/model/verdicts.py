"""The model file and what it says about a page: probabilities, the lines that go, and evidence for a person to read.

Imports its own package, and the lines and findings of the rules.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleanse.chrome.model import decide, features, hook, network, reading, scoring

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from cleanse.chrome.lines import Line
    from cleanse.chrome.matching import Finding

Array = NDArray[Any]

FILE = Path(__file__).parent / "model.npz"
SHORTENED = 60  # characters of a line that evidence quotes


class Verdict(NamedTuple):
    """Why one line goes."""

    rule: str  # "model.tail" or "model.line"
    evidence: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model says about a page, parallel to its lines."""

    chance: Array  # float64 (L,) probability that the line is content
    verdicts: tuple[Verdict | None, ...]  # None: the line stays


@dataclass(frozen=True, slots=True)
class Model:
    """The parts of the model file. `about` says where it comes from and how well it does."""

    classes: Array
    folded: Array
    table: scoring.Table
    weights: Mapping[str, Array]
    about: Mapping[str, Any]


@lru_cache(maxsize=1)
def load_model() -> Model:
    """The model of the package; read once per process."""
    with np.load(FILE, allow_pickle=False) as file:
        parts = {name: file[name] for name in file.files}
    table = scoring.build_table(
        parts["places"], parts["fingerprints"], parts["weights"], float(parts["scale"]), parts["bias"]
    )
    net = {name[4:]: value.astype(np.float32) for name, value in parts.items() if name.startswith("net.")}
    about = json.loads(parts["about"].tobytes())
    return Model(parts["classes"], parts["folded"], table, net, about)


def judge(
    text: str,
    lines: Sequence[Line],
    findings: Sequence[Sequence[Finding]],
    setting: str,
    doomed: Collection[int] = (),
    model: Model | None = None,
) -> Judgement:
    """Judge the lines of a page text; `lines` and `findings` as `cleanse.chrome` returns them for this text.

    `doomed`: indices of lines that the rules would remove; the model agrees or not.
    """
    if not lines:
        return Judgement(np.zeros(0), ())
    model = model or load_model()
    bare, gaps, indents = hook.bare_lines(text, lines)
    page = reading.read(bare, model.classes, model.folded)
    scores = scoring.score(page, model.table)
    words = features.word_counts(page)
    found = hook.found_codes(findings)
    seen = network.line_features(scores.lines, scores.used, features.describe(page, gaps, indents), found)
    chance = network.chance(network.run(model.weights, seen, words))
    strength = found[:, : hook.REMOVING].max(1)
    ruled = np.zeros(len(lines), bool)
    ruled[sorted(doomed)] = True
    gone = decide.remove(chance, words, seen[:, network.MARGIN], strength, ruled, decide.SETTINGS[setting])
    return Judgement(chance, _verdicts(bare, page, scores, chance, gone))


def weigh(
    text: str,
    lines: Sequence[Line],
    findings: Sequence[Sequence[Finding]],
    setting: str,
    doomed: Mapping[int, tuple[str, str]],
) -> dict[int, tuple[str, str]]:
    """The lines that go, as index -> rule and evidence: of those that the rules doomed, and of the model's own."""
    verdicts = judge(text, lines, findings, setting, doomed).verdicts
    return {
        i: doomed.get(i, (verdict.rule, verdict.evidence)) for i, verdict in enumerate(verdicts) if verdict is not None
    }


def _verdicts(
    lines: Sequence[str], page: reading.Reading, scores: scoring.Scores, chance: Array, gone: Array
) -> tuple[Verdict | None, ...]:
    out: list[Verdict | None] = [None] * len(lines)
    if not gone.any():
        return tuple(out)
    kept = np.flatnonzero(~gone)
    end = int(kept[-1]) + 1 if len(kept) else 0
    telling = _telling_words(page, scores)
    start = ""
    if end < len(lines):
        start = lines[end] if len(lines[end]) <= SHORTENED else lines[end][: SHORTENED - 1] + "…"
    for i in np.flatnonzero(gone).tolist():
        evidence = f"content {chance[i]:.0%}"
        if i in telling:
            evidence += f', as in "{telling[i]}"'
        if i > end:
            evidence = f'below "{start}"; {evidence}'
        out[i] = Verdict("model.tail" if i >= end else "model.line", evidence)
    return tuple(out)


def _telling_words(page: reading.Reading, scores: scoring.Scores) -> dict[int, str]:
    """For each line the one to three words that speak most against content, where any do."""
    weights = scores.word_weights.astype(np.int32)
    against = weights[:, 1:].max(1) - weights[:, 0]
    lines = page.word_lines[scores.word_at]
    best = np.lexsort((-scores.word_at, against, lines))[::-1]  # the last line first, in it the strongest first
    first = best[np.flatnonzero(np.append(True, np.diff(lines[best]) != 0))] if len(best) else best
    first = first[against[first] > 0]
    at = scores.word_at[first]
    last = np.minimum(at + scores.word_order[first], len(page.word_ends) - 1)
    text = page.folded.tobytes().decode("utf-32-le", "surrogatepass")
    places = zip(lines[first].tolist(), page.word_starts[at].tolist(), page.word_ends[last].tolist(), strict=True)
    return {line: text[begin:end].strip() for line, begin, end in places}
