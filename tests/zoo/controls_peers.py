"""SciPy, torch and JAX: their own functions, and the other seven composed of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.zoo.controls import Control

Array = Any
SEVEN = (
    "softmax_one", "softmax_n", "softmax_sink", "symax", "ssmax", "self_adjust",
    "self_adjust_normalized",
)  # fmt: skip


def scipy_softmax(x: Array) -> Array:
    from scipy import special

    return special.softmax(x, axis=-1)


def scipy_log_softmax(x: Array) -> Array:
    from scipy import special

    return special.log_softmax(x, axis=-1)


def torch_own(x: Array, name: str) -> Array:
    import torch

    return getattr(torch, name)(x, -1)


def jax_own(x: Array, name: str) -> Array:
    import jax

    return getattr(jax.nn, name)(x, axis=-1)


def torch_composed(x: Array, name: str, **params: Any) -> Array:
    import torch

    def column(value: Any) -> Array:
        return torch.as_tensor(value, dtype=x.dtype)[..., None]

    return _composed(torch, partial(torch.softmax, dim=-1), column, torch.detach, x, name, params)


def jax_composed(x: Array, name: str, **params: Any) -> Array:
    import jax
    import jax.numpy as jnp

    def column(value: Any) -> Array:
        return jnp.asarray(value, x.dtype)[..., None]

    constant = jax.lax.stop_gradient
    return _composed(jnp, partial(jax.nn.softmax, axis=-1), column, constant, x, name, params)


def _composed(
    xp: Any, softmax: Any, column: Any, constant: Any, x: Array, name: str, params: dict[str, Any]
) -> Array:
    zero, one = xp.zeros_like(x[..., :1]), xp.ones_like(x[..., :1])
    columns = {key: column(value) + zero for key, value in params.items()}
    if name in ("softmax_one", "softmax_sink"):
        score = columns.get("sink", zero)
        # A whole array of its own: the slice alone would keep the dropped column alive.
        return softmax(xp.concatenate([x, score], -1))[..., :-1] + 0
    if name == "softmax_n":
        # As a virtual score of log n it has the gradient 0/0 at n = 0.
        return _with_weight(xp, constant, x, columns["n"])
    if name == "symax":
        return _symax(xp, constant, x, columns["eta"], columns["p"])
    if name == "ssmax":
        c = columns["s"] * xp.log(one * x.shape[-1]) + columns["b"]
        return softmax(c * x)
    if name == "self_adjust":
        # Not where(..., 0, x y): its derivative multiplies 0 by the score of -inf.
        return xp.where(x == -xp.inf, zero, x) * softmax(x)
    low = xp.minimum(xp.amin(x, -1)[..., None], zero)
    high = xp.maximum(xp.amax(x, -1)[..., None], zero)
    width = xp.where(high == low, one, high - low)
    # JAX divides by the square of what it divides by, which underflows: that is 1 here.
    unit = constant(width)
    return (x - low) / unit / (width / unit) * softmax(x)


def _with_weight(xp: Any, constant: Any, x: Array, n: Array) -> Array:
    top = constant(xp.maximum(xp.amax(x, -1)[..., None], xp.log(n)))
    w = xp.exp(x - top)
    # -top is at most -log n; at n = 0 it may be more, and exp(88) is among the largest numbers.
    return w / (n * xp.exp(xp.minimum(-top, xp.full_like(top, 88.0))) + w.sum(-1)[..., None])


def _symax(xp: Any, constant: Any, x: Array, eta: Array, p: Array) -> Array:
    size = xp.abs(x)
    top = xp.maximum(xp.amax(size, -1)[..., None], eta ** (1 / p))
    # The result does not depend on the scale: the derivative over it is but rounding.
    m = constant(xp.where(top == 0, xp.ones_like(top), top))
    w = (size / m) ** p
    z = eta / m ** (p / 2) / m ** (p / 2) + w.sum(-1)[..., None]
    return w / xp.where(z == 0, xp.ones_like(z), z)


# What a composition declares besides: where its own products stay within the format.
FINITE: dict[str, dict[str, Any]] = {
    # |x|^p scaled before the power underflows at p < 1: docs/bounds.md, section 10.
    "symax": {"domain": "abs(x)<=1e8", "passes": ("eta",), "call": {"p": 1.0}},
    "ssmax": {"domain": "abs(x)<=1e36"},
    "self_adjust_normalized": {"domain": "abs(x)<=1e38"},
}


def _own(kind: str, function: Callable[..., Any]) -> list[Control]:
    def control(name: str, dtype: str, arithmetic: str) -> Control:
        options = {"passes": (), "array": kind}
        own = partial(function, name=name)
        return Control(kind, name, dtype, own, arithmetic, options, needs=(kind,))

    return [
        *(control(name, "float32", "float32-scale-first") for name in ("softmax", "log_softmax")),
        *(control(name, "float64", "float64") for name in ("softmax", "log_softmax")),
        # JAX rounds every step to 16 bits; torch does not, but for the sum of its logarithm,
        # 1 + 1e-4 for instance: docs/bounds.md, section 10.
        control("softmax", "bfloat16", "bfloat16-storage" if kind == "torch" else "bfloat16-eager"),
        control("softmax", "float16", "float16-storage" if kind == "torch" else "float16-eager"),
        control("log_softmax", "bfloat16", "bfloat16-eager"),
        control("log_softmax", "float16", "float16-eager"),
    ]


def _seven(kind: str, function: Callable[..., Any]) -> list[Control]:
    return [
        Control(
            f"{kind} composition", name, "float32", partial(function, name=name),
            "float32-scale-first", {"array": kind, **FINITE.get(name, {})}, needs=(kind,),
        )
        for name in SEVEN
    ]  # fmt: skip


def _scipy(name: str, dtype: str, arithmetic: str) -> Control:
    function = {"softmax": scipy_softmax, "log_softmax": scipy_log_softmax}[name]
    options: dict[str, Any] = {"passes": ()}
    if name == "log_softmax":
        # [nan, -inf] beside a score of +inf is neither a NaN row nor the limit: convicted.
        options["skip"] = ("plus-inf",)
    if (name, dtype) == ("log_softmax", "float16"):
        options["max_length"] = 65504  # of as many ones and more its float16 sum is infinite
    return Control("scipy", name, dtype, function, arithmetic, options)


CONTROLS = [
    _scipy(name, dtype, arithmetic)
    for name in ("softmax", "log_softmax")
    for dtype, arithmetic in (
        ("float32", "float32-scale-first"),
        ("float64", "float64"),
        ("float16", "float16-eager"),
    )
]
PEERS = [
    *_own("torch", torch_own),
    *_own("jax", jax_own),
    *_seven("torch", torch_composed),
    *_seven("jax", jax_composed),
]
