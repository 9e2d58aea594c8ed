"""Compute exponentials and logarithms with the same bits on every machine.

`math.exp`, `np.exp` and BLAS round their last bit differently from one processor to the next. The functions here use
only sums, products, quotients and powers of two, which IEEE 754 fixes to the bit. All are right to about 1e-15.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]

_Number = TypeVar("_Number", float, "Floats")

LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # ln 2 in two parts (fdlibm)
INVERSE_LN2 = 1.44269504088896338700
SQRT_HALF = 0.7071067811865476
LARGEST = 700.0  # beyond it an exponential leaves the range of a float64
TABLED = 1 << 12  # logarithms of whole numbers up to here are looked up
_EXP = tuple(1.0 / math.factorial(n) for n in range(14))  # Taylor series; enough for |x| <= ln 2 / 2
_LOG = tuple(1.0 / (2 * n + 1) for n in range(12))  # of atanh(s) / s in s squared; enough for |s| <= .172


def exp(x: float) -> float:
    """Return e to the power x, for x between -700 and 700."""
    n = round(x * INVERSE_LN2)
    return math.ldexp(_polynomial(_EXP, x - n * LN2_HIGH - n * LN2_LOW), n)


def exp_array(x: Array) -> Floats:
    """Return e to the power of each value; of values beyond 700 that of 700, below -700 that of -700."""
    x = np.clip(np.asarray(x, np.float64), -LARGEST, LARGEST)
    n = np.rint(x * INVERSE_LN2)
    powers: Floats = np.ldexp(_polynomial(_EXP, x - n * LN2_HIGH - n * LN2_LOW), n.astype(np.int32))
    return powers


def log(x: float) -> float:
    """Return the natural logarithm of a positive number."""
    mantissa, exponent = math.frexp(x)
    if mantissa < SQRT_HALF:
        mantissa, exponent = 2 * mantissa, exponent - 1
    s = (mantissa - 1) / (mantissa + 1)
    return exponent * LN2_HIGH + (exponent * LN2_LOW + 2 * s * _polynomial(_LOG, s * s))


def log_array(x: Array) -> Floats:
    """Return the natural logarithm of each value, all positive."""
    mantissa, exponent = np.frexp(np.asarray(x, np.float64))
    small = mantissa < SQRT_HALF
    mantissa, exponent = np.where(small, 2 * mantissa, mantissa), exponent - small
    s = (mantissa - 1) / (mantissa + 1)
    logarithms: Floats = exponent * LN2_HIGH + (exponent * LN2_LOW + 2 * s * _polynomial(_LOG, s * s))
    return logarithms


def log1p_array(x: Array) -> Floats:
    """Return the natural logarithm of one more than each value, none negative."""
    return log_array(np.asarray(x, np.float64) + 1)


def log1p_whole(counts: Array) -> Array:
    """Return the natural logarithm of one more than whole numbers that are not negative, float32, by a table."""
    counts = np.asarray(counts)
    result: Array = _TABLE.take(np.minimum(counts, TABLED - 1).astype(np.intp))
    large = counts >= TABLED
    if large.any():
        result[large] = log1p_array(counts[large])
    return result


def _polynomial(coefficients: Sequence[float], x: _Number) -> _Number:
    """Return the value of a polynomial by Horner's rule, each step rounded by itself."""
    value = x * coefficients[-1]
    for coefficient in coefficients[-2:0:-1]:
        value = (value + coefficient) * x
    return value + coefficients[0]


_TABLE = log1p_array(np.arange(TABLED)).astype(np.float32)
