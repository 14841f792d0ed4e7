"""Which mistakes are known of which variant, and how each is named."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from refsoft.card import Card
from refsoft.conformance import mistakes as wrong
from refsoft.conformance import mistakes_steps as steps
from refsoft.conformance.mistakes import Compute, Floats

# What is added to the sum, in the words of a report.
OFFSETS = {"softmax_one": "1", "softmax_n": "n", "softmax_sink": "sink's weight", "symax": "eta"}

BLOCKS = (16, 32, 64, 128, 256, 512, 1024)
CLIPS = (10, 20, 30, 50, 80, 88, 100, 1e4)

HALVES = (
    ("shifts in float16", "shift"),
    ("divides in float16", "division"),
    ("rounds the scores to float16", "scores"),
    ("rounds the scores to float16", "saturated scores"),
)

EXPONENTIAL = ("softmax", "log_softmax", "ssmax", "self_adjust", "self_adjust_normalized")


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong function with a name.

    Attributes
    ----------
    sentence : str
        The name.
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

    sentence: str
    compute: Compute
    exact: bool = True
    gross: bool = False
    native: bool = False
    at_infinity: bool = False


def known(card: Card) -> tuple[Mistake, ...]:
    """The mistakes of a variant, the most specific first."""
    zeros = Mistake("returns all zeros", lambda x, _: np.zeros_like(x))
    if card.name not in {*OFFSETS, *EXPONENTIAL}:
        return (zeros,)
    own = (*_offset(card.name), *_own(card.name), *_steps(card.name), *_common(card.name))
    return (zeros, *own)


def _offset(name: str) -> list[Mistake]:
    if name not in OFFSETS:
        return []
    word = OFFSETS[name]
    if name == "symax":
        return [
            Mistake("divides by the largest magnitude but leaves eta unscaled", wrong.unscaled_eta),
            Mistake("the eta is missing", wrong.without_eta),
            *_repeated(name, word),
        ]
    sentence = f"subtracts the maximum but leaves the {word} unscaled"
    return [
        Mistake(sentence, wrong.unscaled_offset(name)),
        Mistake(f"the {word} is missing: is softmax", wrong.without_offset),
        *_repeated(name, word),
    ]


def _repeated(name: str, word: str) -> list[Mistake]:
    """The offset is added too often; each block width is a mistake of its own."""
    return [
        Mistake(f"adds the {word} twice", steps.repeated_offset(name, None)),
        Mistake(f"adds the {word} once per entry", steps.repeated_offset(name, 1)),
        *(
            Mistake(f"adds the {word} once per block of {w}", steps.repeated_offset(name, w))
            for w in BLOCKS
        ),
    ]


def _own(name: str) -> list[Mistake]:
    zero_row = Mistake(
        "divides 0 by 0 in an all-zero row",
        steps.zero_row if name == "symax" else wrong.stepwise(name),
        gross=True,
    )
    multiplied = Mistake("multiplies by the temperature", wrong.multiplied(name))
    match name:
        case "softmax":
            return [multiplied, Mistake("is applied twice", steps.twice(name))]
        case "softmax_n":
            return [
                Mistake("adds ln n in place of n", steps.other_weight(name, _log_log)),
                Mistake("adds exp(n) in place of n", steps.other_weight(name, lambda n: n)),
            ]
        case "log_softmax":
            sentence = "takes the logarithm of a result that has underflowed"
            return [
                multiplied,
                Mistake(sentence, wrong.log_of_result),
                Mistake("gives log2 in place of ln", steps.base(name, 2)),
                Mistake("gives log10 in place of ln", steps.base(name, 10)),
            ]
        case "softmax_sink":
            return [
                Mistake("the sink is not exponentiated", wrong.sink_as_weight),
                Mistake("the sink has the wrong sign", steps.other_weight(name, lambda b: -b)),
            ]
        case "symax":
            return [
                Mistake("the magnitude is missing in the sum", wrong.signed_sum),
                Mistake("the magnitude is missing", wrong.signed),
                zero_row,
            ]
        case "ssmax":
            return [
                Mistake("takes log2 in place of ln", wrong.ssmax_with(_log2)),
                Mistake("takes log10 in place of ln", wrong.ssmax_with(_log10)),
                Mistake("counts n wrongly (n + 1)", wrong.ssmax_with(_one_more)),
                Mistake("counts n wrongly (n - 1)", wrong.ssmax_with(_one_less)),
                Mistake("counts n wrongly (the rows)", wrong.ssmax_with(_rows)),
                Mistake("counts n wrongly (all entries)", wrong.ssmax_with(_entries)),
                Mistake("scales by n in place of ln n", wrong.ssmax_with(_length)),
                *(
                    Mistake(
                        f"counts the padding to a multiple of {w}",
                        wrong.ssmax_with(steps.padded(w)),
                    )
                    for w in (8, *BLOCKS)
                ),
            ]
        case "self_adjust":
            sentence = "multiplies -inf by 0: the limit is 0"
            return [Mistake(sentence, wrong.naive_product, at_infinity=True)]
        case "self_adjust_normalized":
            return [Mistake("does not extend the extremes to 0", wrong.min_max), zero_row]
    return []


def _common(name: str) -> list[Mistake]:
    overflow = "the maximum is not subtracted (exp overflows)"
    kept = "sums over the wrong axis: the sum is taken without keeping the dimension"
    stepwise = "rounds every step to the format of the scores"
    return [
        Mistake(kept, wrong.no_kept_dimension(name)),
        *(
            Mistake(f"sums over the wrong axis ({axis})", wrong.over_axes(name, axis))
            for axis in (0, -2, 1)
        ),
        Mistake("sums over all axes", wrong.over_axes(name, None)),
        Mistake(
            "the sum overflows" if name == "symax" else overflow,
            wrong.overflowing(name),
            gross=True,
        ),
        Mistake("sums in float16", wrong.summed_in_half(name), exact=False),
        Mistake(stepwise, wrong.stepwise(name), exact=False, native=True),
        Mistake(stepwise, wrong.stepwise(name, wrong.running), exact=False, native=True),
    ]


def _steps(name: str) -> list[Mistake]:
    """One step of an otherwise right form."""
    found = []
    if name != "log_softmax":  # A logarithm near 0 is known to an absolute error only.
        found.append(Mistake("flushes subnormal results to 0", steps.flushed(name)))
    if name != "self_adjust_normalized":  # Neither limit is a natural one.
        absent = "0" if name == "symax" else "-inf"
        deaf = steps.without_nan(name)
        found.append(Mistake(f"takes a NaN for {absent}", deaf, at_infinity=True))
    if name == "symax":
        return found
    if name in ("softmax", "log_softmax"):
        found.append(Mistake("ignores the temperature", steps.no_temperature(name)))
    if name in ("softmax", "log_softmax", "ssmax"):
        overflow = "the scaled scores overflow"
        found.append(Mistake(overflow, steps.scaled_overflow(name), gross=True))
    if name in EXPONENTIAL:
        start = "the maximum starts at 0 in place of -inf"
        found.append(Mistake(start, steps.maximum_from_zero(name), gross=True))
    if name in ("softmax", *OFFSETS):
        found += [Mistake(s, steps.in_half(name, k)) for s, k in HALVES]
    return [
        Mistake("returns 1/n everywhere", steps.uniform(name))
        if name != "log_softmax"
        else Mistake("returns -ln n everywhere", steps.uniform(name)),
        *(
            [Mistake("takes 2**x in place of exp(x)", steps.base(name, 2))]
            if name != "log_softmax"
            else []
        ),
        *(Mistake(f"clips the scores at {c:g}", steps.clipped(name, c)) for c in CLIPS),
        *found,
    ]


def _log_log(n: Floats) -> Floats:
    with np.errstate(all="ignore"):
        return np.asarray(np.log(np.log(n)))


def _log2(x: Floats) -> float:
    return math.log2(x.shape[-1])


def _log10(x: Floats) -> float:
    return math.log10(x.shape[-1])


def _one_more(x: Floats) -> float:
    return math.log(x.shape[-1] + 1)


def _one_less(x: Floats) -> float:
    return math.log(max(x.shape[-1] - 1, 1))


def _rows(x: Floats) -> float:
    return math.log(x.shape[-2] if x.ndim > 1 else 1)


def _entries(x: Floats) -> float:
    return math.log(x.size)


def _length(x: Floats) -> float:
    return float(x.shape[-1])
