"""Right functions with an error that has no name: whatever is said of them would be false."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import refsoft as rs
from tests.culprits import ALL, PARAM, Function

Change = Callable[[Any, Any], Any]


def _of_result(change: Change) -> Callable[[str], Function]:
    """A change of (x, y), where y is right."""

    def twin(name: str) -> Function:
        right, params = rs.variants[name].using("golden"), PARAM.get(name, {})

        def function(x: Any) -> Any:
            y = right(x, **params)
            return np.asarray(change(x, y)).astype(x.dtype) if x.size else y

        return function

    return twin


def _of_scores(change: Callable[[Any], Any]) -> Callable[[str], Function]:
    def twin(name: str) -> Function:
        right, params = rs.variants[name].using("golden"), PARAM.get(name, {})
        return lambda x: right(np.asarray(change(x)).astype(x.dtype), **params)

    return twin


def _of_bound(factor: float, *, alternating: bool = True) -> Callable[[str], Function]:
    """Every entry is off by a multiple of its bound, to either side in turn or to one."""

    def twin(name: str) -> Function:
        variant, params = rs.variants[name], PARAM.get(name, {})
        from refsoft.rounding import presets

        def function(x: Any) -> Any:
            if not x.size:
                return x.copy()
            rows = x.reshape(-1, x.shape[-1]).astype(np.float64)
            values = {p.name: params.get(p.name, p.default) for p in variant.card.parameters}
            columns = {k: np.full((len(rows), 1), float(v)) for k, v in values.items()}
            seen = np.ones(rows.shape, bool)
            arithmetic = next(
                a for a in presets(np.dtype("float32")) if a.name == "float32-scale-first"
            )
            with np.errstate(all="ignore"):
                y = variant.using("golden")(rows, dtype="float64", **params)
                bound = variant.definition.bound(
                    rows, y, seen, arithmetic, np.dtype("float32"), **columns
                )
            odd = np.arange(rows.size).reshape(rows.shape) % 2 == 1
            sign = np.where(odd | (not alternating), 1, -1)
            moved = np.where(np.isfinite(bound), y + sign * factor * bound, y)
            return moved.reshape(x.shape).astype(x.dtype)

        return function

    return twin


def _noise(x: Any, y: Any) -> Any:
    return y * (1 + 1e-4 * np.random.default_rng(3).standard_normal(y.shape))


def _one_entry(x: Any, y: Any) -> Any:
    y[..., :1] *= y.dtype.type(1.5)
    return y


def _tail(x: Any, y: Any) -> Any:
    whole = x.shape[-1] // 4 * 4
    if whole:
        y[..., whole:] *= y.dtype.type(1.25)
    return y


def _first_row(x: Any, y: Any) -> Any:
    rows = y.reshape(-1, y.shape[-1])
    rows[0] *= y.dtype.type(1.5)
    return rows.reshape(y.shape)


def _largest(x: Any, y: Any) -> Any:
    return np.where(x == np.max(x, axis=-1, keepdims=True), y * y.dtype.type(0.99), y)


def _truncated(x: Any) -> Any:
    """Scores with the 8 significant bits of bfloat16, cut off."""
    return (x.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


TWINS: dict[str, Callable[[str], Function]] = {
    "scaled by 1.001": _of_result(lambda x, y: y * 1.001),
    "scaled by 1 + 1e-5": _of_result(lambda x, y: y * (1 + 1e-5)),
    "noise of 1e-4": _of_result(_noise),
    "the first entry": _of_result(_one_entry),
    "the tail": _of_result(_tail),
    "the first row": _of_result(_first_row),
    "the largest entry": _of_result(_largest),
    "entries in reverse": _of_result(lambda x, y: y[..., ::-1].copy()),
    "1e-6 is added": _of_result(lambda x, y: y + 1e-6),
    "results in float16": _of_result(lambda x, y: y.astype(np.float16)),
    "results below 1e-12 are 0": _of_result(lambda x, y: np.where(np.abs(y) < 1e-12, 0, y)),
    "the square root of the square": _of_result(lambda x, y: np.sqrt(y * y + 1e-10)),
    "scores clipped at 65": _of_scores(lambda x: np.clip(x, -65, 65)),
    "scores cut to bfloat16": _of_scores(lambda x: _truncated(np.ascontiguousarray(x))),
    "scores scaled by 1.01": _of_scores(lambda x: x * 1.01),
    "scores to the base 3": _of_scores(lambda x: x * np.log(3.0)),
    "scores moved by 1e-3 of the first": _of_scores(lambda x: x - 1e-3 * x[..., :1] * (x > 0)),
    "1.2 times the bound": _of_bound(1.2),
    "3 times the bound": _of_bound(3.0),
    "10 times the bound": _of_bound(10.0),
}  # fmt: skip


def twins() -> list[tuple[str, str, Function]]:
    """Every form of every variant: form, variant, function."""
    return [(form, name, make(name)) for form, make in TWINS.items() for name in ALL]


# A kernel that is right, but for a sum that drifts past its bound: in these classes some
# known mistake errs by about as much.
DRIFTS = (
    ("softmax_one", "edges", -1.3),
    ("softmax_one", "edges", 1.3),
    ("softmax_one", "edges", -3.0),
    ("softmax_one", "wide", 3.0),
    ("softmax_one", "long-uniform", -1.3),
    ("softmax_one", "long-uniform", 1.3),
    ("softmax_one", "long-uniform", -3.0),
    ("softmax_sink", "long-uniform", -3.0),
    ("softmax_sink", "subnormal", 1.3),
)


def drifting(name: str, factor: float) -> Function:
    """Right, but every entry is off by that multiple of its bound."""
    return _of_bound(factor, alternating=False)(name)
