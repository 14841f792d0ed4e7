"""The oracle: correctly rounded values and certified enclosures, by ball arithmetic.

Each file ``refsoft/oracle/<name>.py`` states the definition of one variant.
Evaluated in balls (python-flint's Arb) by Ziv's loop, ``_ziv.py``, it gives the
truth to any precision; evaluated in exact arithmetic, ``_symbolic.py``, it tells
a value from a tie that it equals or all but equals. Rounding is done in
integers, ``_round.py``.

Writing a definition
--------------------
A module, of this package or not, with

``forward(x, **params)``
    The function from an index i to y_i.
``vjp(x, g, **params)``
    The function from an index k to dx_k, and a dictionary with a function
    without arguments for the gradient of every parameter.
``lse_gradient(x, **params)``, where the variant has a log-sum-exp
    Its derivatives, in the same two forms; see :class:`Joint`.
``MASKED``
    The result at a masked entry; 0 if left out.

x and g hold the visible entries of one row, at least one. Every entry of them
and every parameter is an exact number, except that a score or parameter of -inf
is None. The numbers support ``+ - * /``, comparison, ``abs``, ``**`` with a
constant base of at least 0, and the methods ``exp``, ``log`` and ``log1p``; the
constructor ``type(p)(7)`` makes an integer like the parameter p. The text may mix
in ints (an int 0 is an exact zero), never floats, and reads like the formula; it
is called once per precision, its results only for the entries still open.

A value may be a float where it is no real number: NaN or an infinity. Rows with
a NaN or a score of +inf are NaN without a call. Prefer forms that are exactly zero
where the truth is (differences of g before sums), and that do not overflow or
lose the small against the large where a shift avoids it: both save precision,
and neither is needed for a right result.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from refsoft._dtypes import Array
from refsoft.oracle._joint import LSE as LSE
from refsoft.oracle._joint import Joint as Joint
from refsoft.oracle._results import Enclosure as Enclosure
from refsoft.oracle._results import Exact as Exact

__all__ = [
    "LSE",
    "Enclosure",
    "Exact",
    "Joint",
    "enclose",
    "enclose_vjp",
    "exact",
    "exact_vjp",
    "ulp_error",
]

Params = dict[str, Any]


def _engine() -> ModuleType:
    try:
        import flint  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "refsoft's oracle computes exact values in ball arithmetic and needs python-flint: "
            "pip install python-flint"
        ) from error
    from refsoft.oracle import _arrays as arrays

    return arrays


def exact(module: Any, x: Array, where: Any, params: Params, dtype: Any) -> Exact:
    """The correctly rounded result of every entry, and float64 bounds of the truth.

    Parameters
    ----------
    module : module
        A definition.
    x : ndarray, shape (rows, n)
        Scores in any of the four dtypes, taken exactly.
    where : ndarray of bool, shape (rows, n), or None
        True = visible.
    params : dict
        A float64 column (rows, 1) for every parameter.
    dtype : dtype
        Of the result.

    Returns
    -------
    Exact

    Raises
    ------
    ArithmeticError
        If the last precision leaves an entry open; it names the row and entry.
    ImportError
        Without python-flint.

    Examples
    --------
    >>> import numpy as np
    >>> from refsoft.oracle import exact, softmax_one
    >>> exact(softmax_one, np.array([[0.0]]), None, {}, "float16")
    Exact(value=array([[0.5]], dtype=float16), lo=array([[0.5]]), hi=array([[0.5]]))
    """
    result: Exact = _engine().exact(module, x, where, params, dtype)
    return result


def exact_vjp(
    module: Any, x: Array, g: Array, where: Any, params: Params, dtype: Any
) -> tuple[Exact, dict[str, Exact]]:
    """:func:`exact` for J(x)ᵀg, shape (rows, n), and the parameters' gradients, (rows,).

    A row with a NaN or an infinity in its visible cotangent is NaN.
    """
    result: tuple[Exact, dict[str, Exact]] = _engine().exact_vjp(module, x, g, where, params, dtype)
    return result


def ulp_error(module: Any, y: Array, x: Array, where: Any, params: Params) -> tuple[Array, Array]:
    """Certified bounds of |y − truth| in units in the last place of the dtype of y.

    The unit is that of the truth's binade, the truth rounded to float64, and at
    least the distance of subnormal numbers. An infinity that is the truth's
    correct rounding, and a NaN where the truth is none, have error 0; another
    infinity or NaN has an infinite error.

    Returns
    -------
    low, high : ndarray of float64
        At most 0.01 apart, or a relative 1e-15 where the error is huge.
    """
    result: tuple[Array, Array] = _engine().ulp_error(module, y, x, where, params)
    return result


def enclose(module: Any, x: Array, where: Any, params: Params) -> Enclosure:
    """The truth as head + tail with a radius, see :class:`Enclosure`."""
    result: Enclosure = _engine().enclose(module, x, where, params)
    return result


def enclose_vjp(
    module: Any, x: Array, g: Array, where: Any, params: Params
) -> tuple[Enclosure, dict[str, Enclosure]]:
    """:func:`enclose` for J(x)ᵀg and the gradients of the parameters."""
    result: tuple[Enclosure, dict[str, Enclosure]] = _engine().enclose_vjp(
        module, x, g, where, params
    )
    return result
