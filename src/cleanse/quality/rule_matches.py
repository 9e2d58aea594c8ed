"""Signals to reasons: every rule that fires on a document, with its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanse.documents import Reason
from cleanse.quality.presets import OTHERS
from cleanse.quality.rule_evidence import Match, format_matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pyarrow as pa

    from cleanse.quality.presets import Preset, Rule

    Mask = npt.NDArray[np.bool_]
    Numbers = npt.NDArray[np.float64]


def find_matches(signals: pa.Table, languages: Sequence[str], preset: Preset) -> list[tuple[Match, ...]]:
    """Return all rules that fire on each document, in the order of the preset; an empty tuple where none does.

    Args:
        signals: One row a document, with the columns that the rules name and `words`.
        languages: The language of each document.
        preset: The rules.

    """
    matches: list[list[Match]] = [[] for _ in languages]
    for rule, mask in find_masks(signals, languages, preset).items():
        values, limits = _numbers(signals, rule.signal), _limits(rule, languages)
        for row in np.flatnonzero(mask).tolist():
            matches[row].append(Match(rule.id, rule.signal, float(values[row]), rule.below, float(limits[row])))
    return [tuple(several) for several in matches]


def find_masks(signals: pa.Table, languages: Sequence[str], preset: Preset) -> dict[Rule, Mask]:
    """Return, for each rule, which documents it takes."""
    words = _numbers(signals, "words")
    fired = {}
    for rule in preset.rules:
        values, limits = _numbers(signals, rule.signal), _limits(rule, languages)
        beyond = values < limits if rule.below else values > limits  # not a number: neither
        fired[rule] = beyond & (words >= rule.min_words)
    return fired


def first_reason(matches: Sequence[Match]) -> Reason | None:
    """Return the reason for which a document is withheld: the first rule, and all of them as evidence."""
    return Reason(matches[0].rule, format_matches(matches)) if matches else None


def _numbers(signals: pa.Table, name: str) -> Numbers:
    """Return a column as floating-point numbers, null as not a number."""
    column = signals[name].combine_chunks().cast("float64")
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)


def _limits(rule: Rule, languages: Sequence[str]) -> Numbers:
    others = rule.limits.get(OTHERS, float("nan"))
    return np.array([rule.limits.get(language, others) for language in languages], np.float64)
