"""How likely the line model finds stretches of a text content, for other stages that are in doubt of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from cleanse.chrome.lines import has_too_many_lines, split_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.line_model import Model

UNKNOWN = 0.5  # of a stretch in which no line stands


def line_chances(text: str, stretches: Sequence[tuple[int, int]], model: Model | None = None) -> list[float] | None:
    """Return for each stretch the mean chance of its lines that they are content, by their words and place alone.

    The rules are not asked: on HTML, what they find hardly changes the answer and takes as long as the model.

    Args:
        text: A page text.
        stretches: Half-open offsets in it, ascending and disjoint.
        model: Another line model than the package's.

    Returns:
        None where the text has more lines than the chrome stage looks at.
    """
    from cleanse.chrome.line_model import Judge, Question  # loads numpy and the model file

    if has_too_many_lines(text):
        return None
    lines = split_lines(text)
    if not lines:
        return [UNKNOWN] * len(stretches)
    chances = Judge("balanced", model).judge({0: Question(text, lines, [()] * len(lines))})[0].chance.tolist()
    starts, ends = [line.start for line in lines], [line.end for line in lines]
    out = []
    for start, end in stretches:
        own = chances[bisect_right(ends, start) : bisect_left(starts, end)]
        out.append(sum(own) / len(own) if own else UNKNOWN)
    return out
