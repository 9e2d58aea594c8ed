"""Logarithm and exponential that are the same on every CPU. Pure, numpy.

numpy's own round the last bit as the CPU's instructions do. These are made of sums, products, quotients and powers of two,
each one ufunc call, and every CPU rounds those alike (IEEE 754).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_LOG_TERMS = tuple(2 / k for k in range(17, 0, -2))  # of the series of the inverse hyperbolic tangent, smallest first
_EXP_TERMS = 13
_LN2 = 0.6931471805599453
_HALF_ROOT = 0.7071067811865476
_MOST = 700.0  # beyond it an exponential leaves the range of a float64
_WHOLE = 1 << 12  # logarithms of whole numbers up to here are looked up


def log(values: Array) -> Array:
    """Return the natural logarithm of positive values, float64, right to 14 digits."""
    mantissa, exponent = np.frexp(np.asarray(values, np.float64))
    small = mantissa < _HALF_ROOT
    mantissa = np.where(small, mantissa * 2, mantissa)
    exponent = exponent - small
    ratio = (mantissa - 1) / (mantissa + 1)
    square = ratio * ratio
    total = np.full_like(ratio, _LOG_TERMS[0])
    for term in _LOG_TERMS[1:]:
        total *= square
        total += term
    result: Array = total * ratio + exponent * _LN2
    return result


def log1p(values: Array) -> Array:
    """Return the natural logarithm of one more than values that are not negative, float64."""
    return log(np.asarray(values, np.float64) + 1)


def exp(values: Array) -> Array:
    """Return the exponential, float64, right to 14 digits; of values beyond 700 that of 700."""
    values = np.clip(np.asarray(values, np.float64), -_MOST, _MOST)
    power = np.rint(values * (1 / _LN2))
    rest = values - power * _LN2
    total = np.ones_like(rest)
    for k in range(_EXP_TERMS, 0, -1):
        total *= rest
        total *= 1 / k
        total += 1
    result: Array = np.ldexp(total, power.astype(np.int32))
    return result


def log1p_whole(counts: Array) -> Array:
    """Return the natural logarithm of one more than whole numbers that are not negative, float32, by a table."""
    counts = np.asarray(counts)
    result: Array = _TABLE.take(np.minimum(counts, _WHOLE - 1).astype(np.intp))
    large = counts >= _WHOLE
    if large.any():
        result[large] = log1p(counts[large])
    return result


_TABLE = log1p(np.arange(_WHOLE)).astype(np.float32)
