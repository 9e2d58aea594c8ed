"""Compute `exp` and `log` with the same bits on every machine.

`math.exp`, `np.exp` and BLAS round their last bit differently from one processor to the next. The functions here use
only additions, multiplications and divisions, which IEEE 754 fixes to the bit. Both are right to about 1e-15.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_Number = TypeVar("_Number", float, "Floats")

LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # ln 2 in two parts (fdlibm)
INVERSE_LN2 = 1.44269504088896338700
SQRT_HALF = 0.7071067811865476
_EXP = tuple(1.0 / math.factorial(n) for n in range(14))  # Taylor series; enough for |x| <= ln 2 / 2
_LOG = tuple(1.0 / (2 * n + 1) for n in range(12))  # of atanh(s) / s in s squared; enough for |s| <= .172


def exp(x: float) -> float:
    """Return e to the power x, for x between -700 and 700."""
    n = round(x * INVERSE_LN2)
    return math.ldexp(_polynomial(_EXP, x - n * LN2_HIGH - n * LN2_LOW), n)


def exp_array(x: Floats) -> Floats:
    """Return e to the power of each value, all between -700 and 700."""
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


def _polynomial(coefficients: Sequence[float], x: _Number) -> _Number:
    """Return the value of a polynomial by Horner's rule, each step rounded by itself."""
    value = x * coefficients[-1]
    for coefficient in coefficients[-2:0:-1]:
        value = (value + coefficient) * x
    return value + coefficients[0]
