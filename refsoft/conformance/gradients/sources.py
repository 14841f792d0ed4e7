"""What a backward is called with: the scores, the result, or the scores and the log-sum-exp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from refsoft._dtypes import Array, cast
from refsoft.conformance.gradients.cases import Pull, wide
from refsoft.conformance.truth import truth

if TYPE_CHECKING:
    from refsoft.card import Card
    from refsoft.conformance.options import Options
    from refsoft.variant import Variant

SOURCES = ("x", "y", "x,lse")
# Their results do not tell their gradients: the scores themselves stand in these.
NEEDS_X = ("symax", "self_adjust", "self_adjust_normalized")


def validate_gradients(options: Options, card: Card) -> None:
    """Nothing, where the options of gradients go together.

    Raises
    ------
    ValueError
        Naming the option, its value and what is accepted.
    """
    source = options.vjp_from
    if source not in SOURCES:
        raise ValueError(f"vjp_from={source!r}; accepted: {' or '.join(SOURCES)}")
    if options.vjp is not None and options.autodiff:
        raise ValueError("vjp and autodiff are both given; accepted: one of them")
    if source != "x" and options.vjp is None:
        raise ValueError(f"vjp_from={source!r} without vjp; accepted: with vjp")
    if options.autodiff and options.array not in ("torch", "jax"):
        raise ValueError(f"autodiff with array={options.array!r}; accepted: torch or jax")
    if source == "y" and card.name in NEEDS_X:
        raise ValueError(f"vjp_from='y': the gradient of {card.name} needs x; accepted: x")
    if source == "x,lse" and card.lse is None:
        raise ValueError(f"vjp_from='x,lse': {card.name} has no log-sum-exp; accepted: x")
    keyword = options.lse_cotangent
    if keyword is not None and options.vjp is None:
        raise ValueError(f"lse_cotangent={keyword!r} without vjp; accepted: with vjp")
    for option, given in (("lse_cotangent", keyword), ("returns_lse", options.returns_lse)):
        if given and card.lse is None:
            raise ValueError(f"{option}={given!r}: {card.name} has no log-sum-exp; accepted: none")


def inputs(variant: Variant, pull: Pull, source: str, dtype: np.dtype[Any]) -> dict[str, Array]:
    """The positional arguments of a backward, by name.

    The result is the exact one, rounded to ``dtype``; so is the log-sum-exp, which 16-bit
    kernels keep in float32.
    """
    case = pull.case
    if source == "y":
        with np.errstate(all="ignore"):
            y = cast(truth(variant, case).head.reshape(case.x.shape), dtype)
        return {"y": y, "g": pull.g}
    if source == "x,lse":
        return {"x": case.x, "lse": _lse(variant, pull, dtype), "g": pull.g}
    return {"x": case.x, "g": pull.g}


def _lse(variant: Variant, pull: Pull, dtype: np.dtype[Any]) -> Array:
    case = pull.case
    with np.errstate(all="ignore"):
        lse = variant.golden_module.lse(
            case.rows.astype(np.float64), case.visible, **case.columns()
        )
        return cast(np.asarray(lse).reshape(case.x.shape[:-1]), wide(dtype))
