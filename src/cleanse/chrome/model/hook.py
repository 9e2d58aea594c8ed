"""From the engine's lines and findings to the model's arrays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.lines import Line
    from cleanse.chrome.matching import Finding

Array = NDArray[Any]

ACTIONS = ("tail", "block", "line", "match", "keep")
REMOVING = 3  # of these, the first ones remove whole lines,
STARTING = 2  # the very first ones also what is below
KEEPING = ACTIONS.index("keep")
STRENGTH = {"sure": 3, "likely": 2, "hint": 1}
FOUND = len(ACTIONS)
_UNEVEN = re.compile(r"[^\S ]")  # white space other than single spaces


def bare_lines(text: str, lines: Sequence[Line]) -> tuple[list[str], Array, Array]:
    """The lines with single spaces, the blank lines above each, its leading white space."""
    bare = [line.text for line in lines]
    joined = "".join(bare)  # of the printable characters only the space is white
    if "  " in joined or (not joined.isprintable() and _UNEVEN.search(joined)):
        bare = [" ".join(line.split()) for line in bare]
    starts = [line.start for line in lines]
    gaps = [line.gap for line in lines]
    rfind = text.rfind
    indents = [start - rfind("\n", 0, start) - 1 for start in starts]
    return bare, np.array(gaps, np.int64), np.array(indents, np.int64)


def found_codes(found: Sequence[Sequence[Finding]]) -> Array:
    """float32 (L, FOUND): for each kind of action the strength of the strongest finding, 0 where there is none."""
    codes = np.zeros((len(found), FOUND), np.float32)
    for i, several in enumerate(found):
        if several:
            for finding in several:
                column = ACTIONS.index(finding.action)
                codes[i, column] = max(codes[i, column], STRENGTH[finding.strength])
    return codes
