"""Estimate shares of the corpus from verdicts on a sample of pages, with intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_Z = 1.959964  # 97.5 % quantile of the normal distribution


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share of words, estimated from a sample of pages.

    Attributes:
        share: The share, 0 to 1.
        half_width: Half the width of its 95 % interval, 0 to 1; None: the sample is too small for an interval.
        pages: Number of pages in the sample.
        pages_with_any: Number of pages on which the share is not zero.
    """

    share: float
    half_width: float | None
    pages: int
    pages_with_any: int

    @property
    def text(self) -> str:
        """Return the estimate for people, such as "0.3 % ± 0.2"; if no page shows any, a bound on the share of pages."""
        if self.pages_with_any == 0 and self.pages:
            most = 1 - 0.05 ** (1 / self.pages)  # with this share of pages affected, none seen is a 1-in-20 chance
            return f"0 % (none on {self.pages:,} pages: fewer than {100 * most:.1f} % of pages)"
        interval = "" if self.half_width is None else f" ± {_digits(100 * self.half_width)}"
        return f"{_digits(100 * self.share)} %{interval}"


def estimate(pairs: Sequence[tuple[float, float]], population: int) -> Estimate:
    """Return the share of a part in a whole over all pages, estimated from pages drawn with equal chances.

    This is the ratio estimator, with the variance of its linear form and the correction for a finite population
    (Cochran 1977, chapter 6); the quantile is Student's.

    Args:
        pairs: Pairs (part, whole) of each page in the sample, in words.
        population: Number of pages that the sample was drawn from.
    """
    n, whole = len(pairs), sum(w for _, w in pairs)
    share = sum(p for p, _ in pairs) / whole if whole else 0.0
    hit = sum(p > 0 for p, _ in pairs)
    if n < 2 or not whole:
        return Estimate(share, None, n, hit)
    variance = sum((p - share * w) ** 2 for p, w in pairs) / (n - 1)
    left = max(0.0, 1 - n / max(population, n))
    return Estimate(share, _student(n - 1) * math.sqrt(left * variance / n) / (whole / n), n, hit)


def _student(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t (Cornish and Fisher), exact to 0.01 from 3 degrees of freedom on."""
    z, v = _Z, freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + ((3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3))
    )


def _digits(value: float) -> str:
    """Return a percentage with one digit after the point, two for a very small one."""
    return f"{value:.1f}" if value >= 0.1 or value == 0 else f"{value:.2f}"
