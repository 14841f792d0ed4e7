"""Which mistakes are known of which variant, and how each is named."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from refsoft.card import Card
from refsoft.conformance import mistakes as wrong
from refsoft.conformance.mistakes import Compute, Floats

OFFSET = frozenset({"softmax_one", "softmax_n", "softmax_sink", "symax"})
EXPONENTIAL = frozenset(
    {"softmax", "log_softmax", "softmax_one", "softmax_n", "softmax_sink", "ssmax", "self_adjust",
     "self_adjust_normalized"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong function with a name.

    Attributes
    ----------
    id, sentence : str
    variants : frozenset of str
        The variants of which it is a mistake.
    compute : (x, params) -> y
        ``params`` are scalars, or columns that broadcast against x, of its format.
    exact : bool
        Whether a function that makes it agrees to rounding; otherwise it is
        enough to be nearer to the mistake than the mistake is to the truth.
    gross : bool
        Whether it makes a function wrong, never just inaccurate.
    native : bool
        Whether it is a mistake in the format of the scores alone.
    at_infinity : bool
        Whether it explains a function that is wrong at infinities alone.
    """

    id: str
    sentence: str
    variants: frozenset[str]
    compute: Compute
    exact: bool = True
    gross: bool = False
    native: bool = False
    at_infinity: bool = False


def known(card: Card) -> tuple[Mistake, ...]:
    """The mistakes of a variant, the most specific first."""
    name = card.name
    of = frozenset({name})
    offset_word = {"softmax_n": "n", "softmax_sink": "sink's weight", "symax": "eta"}.get(name, "1")
    found = [Mistake("zeros", "returns all zeros", of, lambda x, _: np.zeros_like(x))]
    if name in {"softmax_one", "softmax_n", "softmax_sink"}:
        sentence = f"subtracts the maximum but leaves the {offset_word} unscaled"
        found.append(Mistake("unscaled-offset", sentence, of, wrong.unscaled_offset(name)))
    if name == "symax":
        sentence = "divides by the largest magnitude but leaves eta unscaled"
        found += [
            Mistake("unscaled-offset", sentence, of, wrong.unscaled_magnitudes),
            Mistake("signed-sum", "the magnitude is missing in the sum", of, wrong.signed_sum),
            Mistake("signed", "the magnitude is missing", of, wrong.signed),
        ]
    if name in OFFSET:
        sentence = f"the {offset_word} is missing"
        sentence += "" if name == "symax" else ": is softmax"
        found.append(Mistake("no-offset", sentence, of, wrong.without_offset(name)))
    if name == "softmax_sink":
        sentence = "the sink is not exponentiated"
        found.append(Mistake("sink-as-weight", sentence, of, wrong.sink_as_weight))
    if name == "ssmax":
        found += [
            Mistake("log2", "takes log2 in place of ln", of, wrong.ssmax_with(_log2)),
            Mistake("log10", "takes log10 in place of ln", of, wrong.ssmax_with(_log10)),
            Mistake("n+1", "counts n wrongly (n + 1)", of, wrong.ssmax_with(_one_more)),
            Mistake("n-1", "counts n wrongly (n - 1)", of, wrong.ssmax_with(_one_less)),
            Mistake("rows", "counts n wrongly (the rows)", of, wrong.ssmax_with(_count_rows)),
            Mistake("size", "counts n wrongly (all entries)", of, wrong.ssmax_with(_count_all)),
            Mistake("n", "scales by n in place of ln n", of, wrong.ssmax_with(_length)),
        ]
    if name in {"softmax", "log_softmax"}:
        sentence = "multiplies by the temperature"
        found.append(Mistake("multiplied", sentence, of, wrong.multiplied(name)))
    if name == "log_softmax":
        sentence = "takes the logarithm of a result that has underflowed"
        found.append(Mistake("log-of-result", sentence, of, wrong.log_of_result))
    if name == "self_adjust":
        sentence = "multiplies -inf by 0: the limit is 0"
        found.append(Mistake("naive-product", sentence, of, wrong.naive_product, at_infinity=True))
    if name == "self_adjust_normalized":
        sentence = "does not extend the extremes to 0"
        found.append(Mistake("min-max", sentence, of, wrong.min_max))
    if name in EXPONENTIAL or name == "symax":
        overflow = (
            "the sum overflows"
            if name == "symax"
            else "the maximum is not subtracted (exp overflows)"
        )
        found += [
            Mistake(
                "kept-dimension",
                "sums over the wrong axis: the sum is taken without keeping the dimension",
                of,
                wrong.no_kept_dimension(name),
            ),
            *(
                Mistake(
                    f"axis{axis}",
                    f"sums over the wrong axis ({axis})",
                    of,
                    wrong.over_axes(name, axis),
                )
                for axis in (0, -2, 1)
            ),
            Mistake("all-axes", "sums over all axes", of, wrong.over_axes(name, None)),
            Mistake("overflow", overflow, of, wrong.overflowing(name), gross=True),
            Mistake("float16-sum", "sums in float16", of, wrong.summed_in_half(name), exact=False),
            Mistake(
                "stepwise",
                "rounds every step to the format of the scores",
                of,
                wrong.stepwise(name),
                exact=False,
                native=True,
            ),
        ]
    return tuple(found)


def _log2(x: Floats) -> float:
    return math.log2(x.shape[-1])


def _log10(x: Floats) -> float:
    return math.log10(x.shape[-1])


def _one_more(x: Floats) -> float:
    return math.log(x.shape[-1] + 1)


def _one_less(x: Floats) -> float:
    return math.log(max(x.shape[-1] - 1, 1))


def _count_rows(x: Floats) -> float:
    return math.log(x.shape[-2] if x.ndim > 1 else 1)


def _count_all(x: Floats) -> float:
    return math.log(x.size)


def _length(x: Floats) -> float:
    return float(x.shape[-1])
