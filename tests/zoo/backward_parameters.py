"""Backwards whose gradient of a parameter is wrong: its weight, its sign, its sum over rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.zoo.backward import Backward, Step, dot, formed, pulled

_T, _SB, _EP, _SINK, _N = ("temperature",), ("s", "b"), ("eta", "p"), ("sink",), ("n",)


def _sum(v: Any) -> Any:
    return np.sum(v, axis=-1, keepdims=True)


def _mean(r: Step) -> Any:
    return dot(r.g, r.y)


def _sink(slope: Any) -> Any:
    return formed("softmax_sink", sink=slope)


def _changed(name: str, **changes: Any) -> Any:
    """The right backward with what it returns for a parameter changed at the very end."""

    def function(x: Any, g: Any, **params: Any) -> Any:
        dx, slopes = pulled(name)(x, g, **params)
        return dx, {k: changes[k](v) if k in changes else v for k, v in slopes.items()}

    return function


def _rows_apart(x: Any, g: Any, sink: Any) -> Any:
    own = np.broadcast_to(np.asarray(sink, np.float64), x.shape[:-1])
    return pulled("softmax_sink")(x, g, sink=own)


def _rows_together(name: str) -> Any:
    def function(x: Any, g: Any, **params: Any) -> Any:
        dx, slopes = pulled(name)(x, g, **params)
        return dx, {k: np.asarray(np.sum(v, dtype=np.float64), x.dtype) for k, v in slopes.items()}

    return function


def _averaged(r: Step) -> Any:
    return r.slopes["sink"] / max(1, r.x.size // r.n)


def _first(x: Any, g: Any, n: Any) -> Any:
    # The gradient of what rows share is that of the first.
    dx, slopes = pulled("softmax_n")(x, g, n=np.broadcast_to(np.float64(n), x.shape[:-1]))
    rows = slopes["n"]
    return dx, {"n": rows if np.ndim(n) else np.asarray(rows.ravel()[:1].sum(), x.dtype)}


def _entries(x: Any, g: Any, sink: Any) -> Any:
    # Broadcast against the scores and never reduced.
    dx, slopes = _rows_apart(x, g, sink)
    return dx, {"sink": slopes["sink"][..., np.newaxis] * np.ones_like(x)}


def _without(x: Any, g: Any, sink: Any) -> Any:
    return pulled("softmax_sink")(x, g, sink=sink)[0]


def _dp_of_log(r: Step) -> Any:
    # 0 times log 0 is NaN.
    return _sum(r.y * (r.g - _mean(r)) * np.log(np.abs(r.x)))


def _logs(r: Step) -> Any:
    return np.log(np.where(r.x == 0, 1, np.abs(r.x)))


def _t(slope: Any, name: str = "softmax") -> Any:
    return formed(name, temperature=slope)


MUTANTS = (
    Backward("softmax_sink-zero", "softmax_sink", _sink(lambda r: 0 * r.slopes["sink"]),
             "vjp-normal/2/normal", "wrong", "dsink is 0", "the gradient of sink is 0",
             passes=_SINK),
    Backward("softmax_sink-sign", "softmax_sink", _sink(lambda r: -r.slopes["sink"]),
             "vjp-normal/2/normal", "wrong", "-dsink",
             "the gradient of sink has the wrong sign", "bfloat16", passes=_SINK),
    Backward("softmax_sink-weight-missing", "softmax_sink", _sink(lambda r: -_mean(r)),
             "vjp-normal/3/normal", "wrong", "dsink = -<g,y>",
             "the gradient of sink misses the weight of the sink, 1 - sum(y)", passes=_SINK),
    Backward("softmax_sink-weight-of-scores", "softmax_sink",
             _sink(lambda r: -_mean(r) * _sum(r.y)), "vjp-normal/3/normal", "wrong",
             "weighed by sum(y)",
             "the gradient of sink weighs by sum(y) in place of 1 - sum(y)", "float64",
             passes=_SINK),
    Backward("softmax_sink-raw-weight", "softmax_sink",
             _sink(lambda r: -_mean(r) * np.exp(r.p["sink"])), "vjp-normal/2/normal", "wrong",
             "weighed by exp(sink), not divided by the normaliser",
             "the gradient of sink weighs by exp(sink), not divided by the normaliser",
             passes=_SINK),
    Backward("softmax_sink-of-weight", "softmax_sink",
             _sink(lambda r: r.slopes["sink"] * np.exp(-r.p["sink"])), "vjp-normal/3/normal",
             "wrong", "the gradient of exp(sink)", "the gradient of sink is that of exp(sink)",
             passes=_SINK),
    Backward("softmax_sink-sum-of-g", "softmax_sink",
             _sink(lambda r: -_sum(r.g) * (1 - _sum(r.y))), "vjp-normal/2/normal", "wrong",
             "sum(g) in place of <g,y>",
             "the gradient of sink takes sum(g) in place of <g,y>", passes=_SINK),
    Backward("softmax_sink-rows-apart", "softmax_sink", _rows_apart, "vjp-normal/3/normal",
             "contract", "a shared sink's gradient is not summed over the batch",
             "the gradient of sink is not summed over the rows that share it", passes=_SINK),
    Backward("softmax_sink-entries-apart", "softmax_sink", _entries, "vjp-normal/3/normal",
             "contract", "the sink's gradient has the shape of the scores",
             "the gradient of sink is not summed at all: one value per entry", passes=_SINK),
    Backward("softmax_sink-rows-together", "softmax_sink", _rows_together("softmax_sink"),
             "vjp-normal/40/normal", "contract", "sinks of rows are summed to one number",
             "the gradient of sink is summed over rows that have their own value", passes=_SINK),
    Backward("softmax_sink-averaged", "softmax_sink", _sink(_averaged),
             "vjp-normal/2/normal", "wrong", "averaged over the batch",
             "the gradient of sink is averaged over the rows, not summed", passes=_SINK),
    Backward("softmax_sink-not-returned", "softmax_sink", _without, "vjp-normal/3/normal",
             "contract", "dx alone is returned", passes=_SINK),
    Backward("softmax_sink-wider", "softmax_sink",
             _changed("softmax_sink", sink=lambda v: v.astype(np.float64)),
             "vjp-normal/40/normal", "contract", "sinks of rows have gradients in float64",
             passes=_SINK),
    Backward("softmax_n-normaliser-missing", "softmax_n",
             formed("softmax_n", n=lambda r: -_mean(r)), "vjp-normal/3/normal", "wrong",
             "dn = -<g,y>", "the gradient of n misses the factor 1/Z", passes=_N),
    Backward("softmax_n-logarithm", "softmax_n",
             formed("softmax_n", n=lambda r: r.p["n"] * r.slopes["n"]), "vjp-normal/3/normal",
             "wrong", "the gradient of ln n", "the gradient of n is that of ln n", "float64",
             passes=_N),
    Backward("softmax_n-first-row", "softmax_n", _first, "vjp-normal/3/normal", "wrong",
             "a shared n's gradient is that of the first row",
             "the gradient of n is of the first row alone", passes=_N),
    Backward("symax-eta-twice", "symax", formed("symax", eta=lambda r: 2 * r.slopes["eta"]),
             "vjp-normal/3/normal", "wrong", "2 deta",
             "the gradient of eta is twice too large", passes=_EP),
    Backward("symax-eta-without-normaliser", "symax", formed("symax", eta=lambda r: -_mean(r)),
             "vjp-normal/3/normal", "wrong", "deta = -<g,y>",
             "the gradient of eta misses the factor 1/Z", "float64", passes=_EP),
    Backward("symax-p-zero", "symax", formed("symax", p=lambda r: 0 * r.slopes["p"]),
             "vjp-normal/3/normal", "wrong", "p is held constant", "the gradient of p is 0",
             passes=_EP),
    Backward("symax-p-sign", "symax",
             formed("symax", p=lambda r: -_sum(r.y * (r.g - _mean(r)) * _logs(r))),
             "vjp-normal/3/normal", "wrong", "-dp", "the gradient of p has the wrong sign",
             "float64", passes=_EP),
    Backward("symax-p-log-of-0", "symax", formed("symax", p=_dp_of_log), "vjp-ties/3/normal",
             "wrong", "0 log 0 is NaN", passes=_EP),
    Backward("softmax-dt-sign", "softmax", _t(lambda r: -r.slopes["temperature"]),
             "vjp-normal/3/normal", "wrong", "-dT",
             "the gradient of temperature has the wrong sign", passes=_T),
    Backward("softmax-dt-once", "softmax",
             _t(lambda r: r.slopes["temperature"] * r.p["temperature"]), "vjp-normal/3/normal",
             "wrong", "one factor 1/T is missing",
             "the gradient of temperature misses one factor 1/T", "float16", passes=_T),
    Backward("log_softmax-dt-without-square", "log_softmax",
             _t(lambda r: -dot(r.dx * r.p["temperature"], r.x), "log_softmax"),
             "vjp-normal/3/normal", "wrong", "1/T^2 is missing",
             "the gradient of temperature misses the factor 1/T^2", passes=_T),
    Backward("softmax-dt-of-inverse", "softmax",
             _t(lambda r: -r.slopes["temperature"] * r.p["temperature"] ** 2),
             "vjp-normal/3/normal", "wrong", "the gradient of 1/T",
             "the gradient of temperature is that of 1/T", passes=_T),
    Backward("ssmax-s-without-ln-n", "ssmax",
             formed("ssmax", s=lambda r: r.slopes["b"]), "vjp-normal/3/normal", "wrong",
             "ln n is missing in ds", "the gradient of s misses the factor ln n", passes=_SB),
    Backward("ssmax-s-log2", "ssmax",
             formed("ssmax", s=lambda r: r.slopes["b"] * np.log2(r.n)), "vjp-normal/3/normal",
             "wrong", "log2 n in ds", "the gradient of s takes log2 n in place of ln n",
             "float64", passes=_SB),
    Backward("ssmax-b-with-ln-n", "ssmax",
             formed("ssmax", b=lambda r: r.slopes["s"]), "vjp-normal/3/normal", "wrong",
             "db has the ln n of ds", "the gradient of b has a factor ln n too many",
             passes=_SB),
    Backward("ssmax-b-half", "ssmax", formed("ssmax", b=lambda r: r.slopes["b"] / 2),
             "vjp-normal/3/normal", "wrong", "db is halved", "the gradient of b is half of it",
             passes=_SB),
)  # fmt: skip
