"""Whom the survey measures: library functions as installed, and what is composed of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import numpy as np

import refsoft as rs
from tests.zoo.controls_peers import FINITE, SEVEN, jax_composed, torch_composed

Array = Any
ALL = ("float32", "float64", "float16", "bfloat16")
TWO = ("softmax", "log_softmax")


@dataclass(frozen=True, slots=True)
class Subject:
    """One function of one library.

    Attributes
    ----------
    source : str
        The library, or where the form was published.
    name : str
        What is called there.
    variant : str
    function : callable
        Called with the scores, and with every parameter of the variant that ``passes`` names.
    dtypes : tuple of str
    array : str
        The kind of array that it takes.
    package : str
        Whose version the survey states.
    options : dict
        Others of :func:`refsoft.check`.
    """

    source: str
    name: str
    variant: str
    function: Callable[..., Any]
    dtypes: tuple[str, ...] = ALL
    array: str = "numpy"
    package: str = "numpy"
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Unique in the survey."""
        return f"{self.source} {self.name} as {self.variant}"


def unshifted(x: Array) -> Array:
    """The textbook's formula."""
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


def shifted(x: Array) -> Array:
    """The maximum subtracted, every step in the format of the scores."""
    w = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return w / w.sum(-1, keepdims=True)


def log_of_shifted(x: Array) -> Array:
    """The logarithm of a softmax, as is often written."""
    return np.log(shifted(x))


def one_unscaled(x: Array) -> Array:
    """The maximum subtracted, the 1 not scaled with it, as first published."""
    w = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return w / (1 + w.sum(-1, keepdims=True))


def symax_plain(x: Array) -> Array:
    """Magnitudes over 1 and their sum."""
    w = np.abs(x)
    return w / (1 + w.sum(-1, keepdims=True))


def scipy_special(x: Array, name: str) -> Array:
    from scipy import special

    return getattr(special, name)(x, axis=-1)


def torch_own(x: Array, name: str) -> Array:
    import torch

    return getattr(torch, name)(x, -1)


def jax_own(x: Array, name: str) -> Array:
    import jax

    return getattr(jax.nn, name)(x, axis=-1)


def entmax_bisect(x: Array, alpha: float) -> Array:
    import entmax

    return entmax.entmax_bisect(x, alpha=alpha, dim=-1)


@cache
def _model(name: str, dtype: str) -> Any:
    from onnx import TensorProto, helper

    kind = getattr(TensorProto, {"float32": "FLOAT", "float64": "DOUBLE"}.get(dtype, dtype.upper()))
    ends = [helper.make_tensor_value_info(end, kind, None) for end in ("x", "y")]
    node = helper.make_node(name, ["x"], ["y"], axis=-1)
    graph = helper.make_graph([node], "survey", ends[:1], ends[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


@cache
def _reference(name: str, dtype: str) -> Any:
    from onnx.reference import ReferenceEvaluator

    return ReferenceEvaluator(_model(name, dtype))


@cache
def _session(name: str, dtype: str) -> Any:
    import onnxruntime

    model = _model(name, dtype).SerializeToString()
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


def onnx_reference(x: Array, name: str) -> Array:
    return _reference(name, x.dtype.name).run(None, {"x": x})[0]


def onnx_runtime(x: Array, name: str) -> Array:
    return _session(name, x.dtype.name).run(None, {"x": x})[0]


def _libraries() -> list[Subject]:
    found = []
    for name in TWO:
        node = {"softmax": "Softmax", "log_softmax": "LogSoftmax"}[name]
        found += [
            Subject("SciPy", f"special.{name}", name, partial(scipy_special, name=name),
                    package="scipy"),
            Subject("torch", name, name, partial(torch_own, name=name), array="torch",
                    package="torch"),
            Subject("JAX", f"nn.{name}", name, partial(jax_own, name=name), array="jax",
                    package="jax"),
            Subject("ONNX reference", node, name, partial(onnx_reference, name=node),
                    package="onnx"),
            Subject("onnxruntime", node, name, partial(onnx_runtime, name=node), ALL[:3],
                    package="onnxruntime"),
            Subject("refsoft", f"{name} (golden)", name, rs.variants[name].using("golden"),
                    package="refsoft"),
        ]  # fmt: skip
    return [*found, Subject("refsoft", "softmax (kernel)", "softmax", rs.softmax.using("cpu"),
                            package="refsoft")]  # fmt: skip


def _written() -> list[Subject]:
    """What people write themselves."""
    return [
        Subject("NumPy", "exp(x) / sum(exp(x))", "softmax", unshifted),
        Subject("NumPy", "w / sum(w), w = exp(x - max(x))", "softmax", shifted),
        Subject("NumPy", "log(softmax(x))", "log_softmax", log_of_shifted),
        Subject("AttentionIsOFFByOne", "as published", "softmax_one", one_unscaled),
        Subject("symax", "as published", "symax", symax_plain),
    ]


def _entmax() -> list[Subject]:
    """At alpha = 1 the entmax family is softmax, by definition; near 1 it tends to it."""
    return [
        Subject("entmax", f"entmax_bisect(alpha={alpha:g})", "softmax",
                partial(entmax_bisect, alpha=alpha), ALL[:2], "torch", "entmax")
        for alpha in (1.0, 1.0001, 1.01)
    ]  # fmt: skip


def _compositions() -> list[Subject]:
    found = []
    for name in SEVEN:
        passes = [p.name for p in rs.variants[name].card.parameters]
        narrowed = {"passes": passes, **FINITE.get(name, {})}
        for kind, function, source in (
            ("torch", torch_composed, "torch"), ("jax", jax_composed, "JAX")
        ):  # fmt: skip
            found.append(
                Subject(source, "composition", name, partial(function, name=name), ALL, kind, kind,
                        narrowed)
            )  # fmt: skip
        found.append(
            Subject("refsoft", f"{name} (golden)", name, rs.variants[name].using("golden"),
                    package="refsoft", options={"passes": passes})
        )  # fmt: skip
    return found


def subjects() -> list[Subject]:
    """Everybody."""
    return [*_libraries(), *_written(), *_entmax(), *_compositions()]
