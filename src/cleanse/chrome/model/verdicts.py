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
    from collections.abc import Mapping, Sequence

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
    text: str, lines: Sequence[Line], findings: Sequence[Sequence[Finding]], setting: str, model: Model | None = None
) -> Judgement:
    """Judge the lines of a page text; `lines` and `findings` as `cleanse.chrome` returns them for this text."""
    if not lines:
        return Judgement(np.zeros(0), ())
    model = model or load_model()
    bare, gaps, indents = hook.bare_lines(text, lines)
    page = reading.read(bare, model.classes, model.folded)
    scores = scoring.score(page, model.table)
    words = features.word_counts(page)
    own = features.describe(page, gaps, indents)
    found = hook.found_codes(findings)
    seen = network.line_features(scores.lines, scores.used, own, found)
    chance = network.chance(network.run(model.weights, seen, words))
    strength = found[:, : hook.REMOVING].max(1)
    gone = decide.remove(chance, words, seen[:, network.MARGIN], strength, decide.SETTINGS[setting])
    return Judgement(chance, _verdicts(bare, page, scores, chance, gone))


def _verdicts(
    lines: Sequence[str], page: reading.Reading, scores: scoring.Scores, chance: Array, gone: Array
) -> tuple[Verdict | None, ...]:
    if not gone.any():
        return (None,) * len(lines)
    kept = np.flatnonzero(~gone)
    end = int(kept[-1]) + 1 if len(kept) else 0
    telling = _telling_words(page, scores)
    out: list[Verdict | None] = []
    for i, line in enumerate(lines):
        if not gone[i]:
            out.append(None)
            continue
        evidence = f"content {chance[i]:.0%}"
        if telling[i]:
            evidence += f', as in "{telling[i]}"'
        if i > end:
            start = lines[end]
            quoted = start if len(start) <= SHORTENED else start[: SHORTENED - 1] + "…"
            evidence = f'below "{quoted}"; {evidence}'
        out.append(Verdict("model.tail" if i >= end else "model.line", evidence))
    return tuple(out)


def _telling_words(page: reading.Reading, scores: scoring.Scores) -> list[str]:
    """For each line the one to three words that speak most against content; empty where none does."""
    best = scores.of_words.max(0)
    order = scores.of_words.argmax(0)
    peaks = np.maximum.reduceat(best, page.line_words)
    first = np.flatnonzero(best == peaks[page.word_lines.clip(max=len(peaks) - 1)])
    place = dict(zip(page.word_lines[first][::-1].tolist(), first[::-1].tolist(), strict=True))
    text = page.folded.astype(np.uint32).tobytes().decode("utf-32-le", "surrogatepass")
    out = []
    for i, peak in enumerate(peaks.tolist()):
        at = place.get(i, -1)
        if peak <= 0 or at < 0:
            out.append("")
            continue
        last = min(at + int(order[at]), len(page.word_ends) - 1)
        out.append(text[page.word_starts[at] : page.word_ends[last]].strip())
    return out
