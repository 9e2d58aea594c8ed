"""From the engine's lines and findings to the model's arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.lines import Line
    from cleanse.chrome.rule_matcher import Finding

Array = NDArray[Any]

ACTIONS = ("tail", "block", "line", "match", "keep")
REMOVING = 3  # of these, the first ones remove whole lines,
STARTING = 2  # the very first ones also what is below
COLUMN = {action: column for column, action in enumerate(ACTIONS)}
KEEPING = COLUMN["keep"]
STRENGTH = {"sure": 3, "likely": 2, "hint": 1}
FOUND = len(ACTIONS)


def bare_lines(text: str, lines: Sequence[Line]) -> tuple[list[str], Array, Array]:
    """Return the lines with single spaces, the blank lines above each, its leading white space."""
    _, starts, _, bare, _, _, gaps = map(list, zip(*lines, strict=True))
    if "  " in (joined := "".join(bare)) or not joined.isprintable():  # of printable characters only the space is white
        bare = [t if t.isprintable() and "  " not in t else " ".join(t.split()) for t in bare]
    indents = np.zeros(len(lines), np.int64)
    for i, start in enumerate(starts):
        if start and text[start - 1] != "\n":
            indents[i] = start - text.rfind("\n", 0, start) - 1
    return bare, np.array(gaps, np.int64), indents


def found_codes(found: Sequence[Sequence[Finding]]) -> Array:
    """Return for each kind of action the strength of the strongest finding, 0 where there is none; float32 (L, FOUND)."""
    codes = np.zeros((len(found), FOUND), np.float32)
    for i, several in enumerate(found):
        if several:
            for finding in several:
                column = COLUMN[finding.action]
                codes[i, column] = max(codes[i, column], STRENGTH[finding.strength])
    return codes
