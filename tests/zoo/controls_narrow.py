"""Golden cast to the four formats; 16-bit formats as storage, and as the format of the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import refsoft as rs
from refsoft import rounding
from refsoft._dtypes import DTYPES
from tests.zoo.controls import Control
from tests.zoo.controls_forms import FORMS, NARROWER, column

HALVES = ("float16", "bfloat16")


def stored(form: Callable[..., Any]) -> Callable[..., Any]:
    """float32 inside; scores and results are kept in 16 bits."""

    def function(x: Any, **params: Any) -> Any:
        return form(x.astype(np.float32), **params).astype(x.dtype)

    return function


def _exp(t: Any) -> Any:
    return np.exp(t.astype(np.float32)).astype(t.dtype)


def _sum(w: Any) -> Any:
    """From left to right, every partial sum rounded."""
    s = np.zeros_like(w[..., :1])
    for j in range(w.shape[-1]):
        s = s + w[..., j : j + 1]
    return s


def eager_softmax(x: Any) -> Any:
    w = _exp(x - x.max(axis=-1, keepdims=True))
    return w / _sum(w)


def eager_softmax_one(x: Any) -> Any:
    m = np.maximum(x.max(axis=-1, keepdims=True), x.dtype.type(0))
    w = _exp(x - m)
    return w / (_sum(w) + _exp(-m))


def eager_sink(x: Any, sink: Any) -> Any:
    sink = column(sink, x)
    m = np.maximum(x.max(axis=-1, keepdims=True), sink)
    w = _exp(x - m)
    return w / (_sum(w) + _exp(sink - m))


EAGER = {
    "softmax": (eager_softmax, {"passes": ()}),
    "softmax_one": (eager_softmax_one, {}),
    "softmax_sink": (eager_sink, {}),
}

CONTROLS = [
    *(
        Control("golden cast", name, dtype, variant.using("golden"), rounding.default(dtype).name)
        for name, variant in rs.variants.items()
        for dtype in DTYPES
    ),
    *(
        Control("storage", name, dtype, stored(form), f"{dtype}-storage", NARROWER.get(name, {}))
        for name, form in FORMS.items()
        for dtype in HALVES
    ),
    *(
        Control("eager", name, dtype, function, f"{dtype}-eager", options)
        for name, (function, options) in EAGER.items()
        for dtype in HALVES
    ),
]
