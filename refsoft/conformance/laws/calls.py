"""How the inputs of a law are made from rows of scores that are multiples of 1/4, up to 8.

Every shift, scale and parameter is chosen so that bfloat16 represents the
result: nobody is blamed for rounding an input.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from refsoft.conformance.laws.model import Call, Calls, Move, Params, Rows

FAR = 512.0
STEP = 4.0  # the distance of bfloat16 numbers at FAR
SMALL = 2.0**-14
LARGE = 2.0**14
WITHOUT: dict[str, dict[str, float]] = {
    "softmax_n": {"n": 0.0},
    "softmax_sink": {"sink": -np.inf},
    "symax": {"eta": 0.0},
}
ENDS: dict[str, dict[str, float]] = {**WITHOUT, "ssmax": {"s": 0.0, "b": 1.0}}
EVEN_ENDS: dict[str, dict[str, float]] = {
    "softmax": {"temperature": LARGE},
    "log_softmax": {"temperature": LARGE},
    "ssmax": {"s": 0.0, "b": 0.0},
}
SHARP_ENDS: dict[str, dict[str, float]] = {
    "softmax": {"temperature": 1 / FAR},
    "log_softmax": {"temperature": 1 / FAR},
    "ssmax": {"s": FAR, "b": 0.0},
}
GROWING: dict[str, dict[str, float]] = {"ssmax": {"s": 1.0, "b": 0.0}}
DROWNED: dict[str, dict[str, float]] = {
    "softmax_n": {"n": LARGE},
    "softmax_sink": {"sink": FAR},
    "symax": {"eta": LARGE},
}
ONES: dict[str, dict[str, float]] = {
    "softmax_n": {"n": 1.0},
    "softmax_sink": {"sink": 0.0},
}


def alone(_: str, x: Rows, params: Params, __: Move) -> tuple[Call, ...]:
    """The rows as they are."""
    return (Call(x, params),)


def mapped(change: Callable[[Rows], Rows]) -> Calls:
    """The changed rows alone."""
    return lambda _, x, params, __: (Call(change(x), params),)


def beside(change: Callable[[Rows, Move], Rows]) -> Calls:
    """The rows, and the changed rows."""
    return lambda _, x, params, move: (Call(x, params), Call(change(x, move), params))


def shifted(x: Rows, move: Move) -> Rows:
    """All scores moved by the same."""
    return x + move.shift


def reversed_(x: Rows, move: Move) -> Rows:
    """The scores in reverse, the row turned."""
    return np.asarray(np.roll(x[:, ::-1], move.place, axis=1))


def flipped(x: Rows, _: Move) -> Rows:
    """Every second sign the other way."""
    return np.asarray(x * np.resize([-1.0, 1.0], x.shape[1]))


def raised(x: Rows, move: Move) -> Rows:
    """One score raised."""
    n = x.shape[1]
    return np.asarray(x + move.rise * (np.arange(n) == move.place % n))


def doubled(x: Rows) -> Rows:
    """The row twice."""
    return np.tile(x, (1, 2))


def far(end: float) -> Callable[[Rows], Rows]:
    """Rows near ``end``, as far apart as their signs."""
    return lambda x: end + STEP * np.sign(x)


def near_zero(x: Rows) -> Rows:
    """Rows of tiny scores."""
    return SMALL * x


def first_entries(x: Rows) -> Rows:
    """Rows of one entry."""
    return x[:, :1]


def joint_shift(_: str, x: Rows, params: Params, move: Move) -> tuple[Call, ...]:
    """The rows, and the rows shifted together with the sink."""
    both = {k: v + move.shift if k == "sink" else v for k, v in params.items()}
    return Call(x, params), Call(x + move.shift, both)


def scaled(_: str, x: Rows, params: Params, move: Move) -> tuple[Call, ...]:
    """The rows, and the scaled rows with a parameter that makes up for it."""
    a = move.factor
    factors = {"temperature": a, "s": 1 / a, "b": 1 / a, "eta": a ** params.get("p", 1.0)}
    made = {k: v * factors.get(k, 1.0) for k, v in params.items()}
    return Call(x, params), Call(a * x, made)


def grown(parameter: str) -> Calls:
    """The rows at a parameter, and at a larger one."""
    return lambda _, x, params, move: (
        Call(x, params),
        Call(x, {**params, parameter: params[parameter] + move.rise}),
    )


def at(ends: dict[str, dict[str, float]]) -> Calls:
    """The rows at the end of the parameters' range, where the variant has that end."""
    return lambda variant, x, params, _: (Call(x, {**params, **ends.get(variant, {})}),)


def drowned(variant: str, x: Rows, params: Params, move: Move) -> tuple[Call, ...]:
    """Scores of at most 4 beside the largest offset that every format has room for."""
    return at(DROWNED)(variant, np.minimum(x, 4.0), params, move)


def against(other: str, ends: dict[str, dict[str, float]], virtual: bool = False) -> Calls:
    """The rows, and another variant of them, or of them after a 0."""

    def calls(variant: str, x: Rows, params: Params, _: Move) -> tuple[Call, ...]:
        own = {**params, **ends.get(variant, {})}
        shown = np.pad(x, ((0, 0), (1, 0))) if virtual else x
        kept = {"temperature": params.get("temperature", 1.0)} if other == "softmax" else {}
        return Call(x, own), Call(shown, kept, of=other)

    return calls


def sigma(variant: str, x: Rows, params: Params, _: Move) -> tuple[Call, ...]:
    """Rows of one entry with an offset of weight 1."""
    return (Call(x[:, :1], {**params, **ONES.get(variant, {})}),)
