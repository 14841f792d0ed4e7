"""What ``help`` shows of a variant, written from its card."""

from __future__ import annotations

import inspect

from refsoft.card import Card


def signature(card: Card) -> inspect.Signature:
    """The parameters of the card between x and the common keywords."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    own = [
        inspect.Parameter(
            p.name, keyword, default=inspect.Parameter.empty if p.default is None else p.default
        )
        for p in card.parameters
    ]
    common = {"axis": -1, "where": None, "out": None, "dtype": None, "return_lse": False}
    shared = [inspect.Parameter(name, keyword, default=value) for name, value in common.items()]
    return inspect.Signature(
        [inspect.Parameter("x", inspect.Parameter.POSITIONAL_ONLY), *own, *shared]
    )


def docstring(card: Card) -> str:
    """A numpydoc text."""
    parameters = "".join(
        f"{p.name} : float or array_like, default {p.default:g}\n    {p.meaning}; in {p.domain}. "
        "An array broadcasts against x without its axis.\n"
        for p in card.parameters
        if p.default is not None
    )
    lse = f"lse : ndarray\n    {card.lse}, only with return_lse=True.\n" if card.lse else ""
    return f"""{card.title}.

{card.summary}

    {card.formula}

Parameters
----------
x : array_like
    Scores: float64, float32, float16 or bfloat16; integers become float64.
{parameters}axis : int, tuple of int or None, default -1
    The axes of one row; None takes the whole array as one row.
where : array_like of bool, optional
    True = visible. A masked entry is outside the row, whatever its value.
out : ndarray, optional
    Where to write; may overlap x.
dtype : dtype, optional
    Of the result, default that of x. The input is never rounded first.

Returns
-------
y : ndarray
    Of the shape of x; {card.rulings.masked:g} at masked entries.
{lse}
Raises
------
TypeError, ValueError
    Naming the argument, its value and what is accepted.

References
----------
{card.source}
"""
