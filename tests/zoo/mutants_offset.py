"""Mutants of what is added to the sum: unscaled, missing, added too often, dropped on a path."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.zoo.mutants import Mutant, normalised, right, top, total

_ONE, _N, _SINK = right("softmax_one"), right("softmax_n"), right("softmax_sink")
_SYMAX, _SOFTMAX = right("symax"), right("softmax")
_PASS_N: dict[str, Any] = {"passes": ["n"]}
_PASS_SINK: dict[str, Any] = {"passes": ["sink"]}


def _one_per_block(width: int) -> Any:
    return lambda x: _N(x, n=float(max(1, -(-x.shape[-1] // width))))


def _one_not_clamped(x: Any) -> Any:
    return normalised(x, np.exp(-top(x)))


def _one_floored(x: Any) -> Any:
    return normalised(x, np.maximum(np.exp(-np.maximum(top(x), 0)), 1e-4), np.maximum(top(x), 0))


def _one_ceiled(x: Any) -> Any:
    # The offset is clipped so that it does not overflow, the sum is not.
    return normalised(x, np.minimum(np.exp(-top(x)), 1e3))


def _one_if_visible(x: Any) -> Any:
    # A shortcut for rows that look saturated.
    saturated = top(x) > 5
    return np.where(saturated, _SOFTMAX(x), _ONE(x)).astype(x.dtype)


def _first_n(x: Any, n: Any) -> Any:
    return _N(x, n=float(np.ravel(n)[0]) if np.size(n) else 1.0)


def _mean_sink(x: Any, sink: Any) -> Any:
    return _SINK(x, sink=float(np.mean(np.asarray(sink, np.float64))) if np.size(sink) else 0.0)


def _sink_as_weight(x: Any) -> Any:
    return normalised(x, 3 * np.exp(-top(x)))


def _sink_as_value(x: Any) -> Any:
    # A sink is a virtual score whose value counts: its weight is given to the first entry.
    y = _SINK(x, sink=0.0)
    if x.shape[-1]:
        y[..., :1] += 1 - y.sum(-1, keepdims=True)
    return y


def _eta_unscaled(x: Any) -> Any:
    largest = top(np.abs(x))
    w = np.abs(x) / np.where(largest > 0, largest, np.float32(1))
    return w / (np.float32(1) + total(w))


def _eta_per_block(x: Any) -> Any:
    return _SYMAX(x, eta=float(max(1, -(-x.shape[-1] // 64))))


def _eta_to_the_p(x: Any, eta: Any, p: Any) -> Any:
    return _SYMAX(x, eta=np.asarray(eta, np.float64) ** np.asarray(p, np.float64), p=p)


MUTANTS = (
    Mutant("softmax_one-unscaled", "softmax_one", lambda x: normalised(x, 1.0), "normal/3",
           "wrong", "the 1 is not scaled with the maximum",
           "subtracts the maximum but leaves the 1 unscaled"),
    Mutant("softmax_one-missing", "softmax_one", lambda x: normalised(x), "normal/3", "wrong",
           "the 1 is missing", "the 1 is missing: is softmax"),
    Mutant("softmax_one-per-entry", "softmax_one", lambda x: _N(x, n=float(x.shape[-1])),
           "normal/3", "wrong", "the 1 is added once per entry", "adds the 1 once per entry"),
    Mutant("softmax_one-per-block-64", "softmax_one", _one_per_block(64), "balance/130",
           "wrong", "the 1 is added once per block of 64", "adds the 1 once per block of 64"),
    Mutant("softmax_one-per-block-1024", "softmax_one", _one_per_block(1024),
           "balance/2049", "wrong", "the 1 is added once per block of 1024",
           "adds the 1 once per block of 1024"),
    Mutant("softmax_one-twice", "softmax_one", lambda x: _N(x, n=2.0), "normal/3", "wrong",
           "the 1 is added by both halves of a split", "adds the 1 twice"),
    Mutant("softmax_one-lost-on-long-rows", "softmax_one",
           lambda x: _SOFTMAX(x) if x.shape[-1] > 1024 else _ONE(x), "balance/2049",
           "wrong", "the 1 is forgotten on the path for long rows"),
    Mutant("softmax_one-lost-on-short-rows", "softmax_one",
           lambda x: _SOFTMAX(x) if x.shape[-1] <= 3 else _ONE(x), "normal/3", "wrong",
           "the 1 is forgotten on the path for rows of up to 3"),
    Mutant("softmax_one-not-clamped", "softmax_one", _one_not_clamped, "all-minus-inf/3", "special",
           "the maximum is not clamped at the offset: exp(-m) overflows"),
    Mutant("softmax_one-floored", "softmax_one", _one_floored, "balance/3", "wrong",
           "the scaled 1 is kept above 1e-4"),
    Mutant("softmax_one-ceiled", "softmax_one", _one_ceiled, "negative/3", "wrong",
           "the scaled 1 is kept below 1e3"),
    Mutant("softmax_one-shortcut", "softmax_one", _one_if_visible, "sorted/33", "wrong",
           "the 1 is left out where the maximum exceeds 5"),
    Mutant("softmax_n-unscaled", "softmax_n", lambda x: normalised(x, 4.0), "normal/3", "wrong",
           "n is not scaled with the maximum", "subtracts the maximum but leaves the n unscaled",
           options={"param": {"n": 4.0}}),
    Mutant("softmax_n-missing", "softmax_n", lambda x: normalised(x), "normal/3", "wrong",
           "n is missing", "the n is missing: is softmax"),
    Mutant("softmax_n-logarithm", "softmax_n", lambda x: _N(x, n=float(np.log(4.0))), "normal/3",
           "wrong", "ln n is added in place of n", "adds ln n in place of n",
           options={"param": {"n": 4.0}}),
    Mutant("softmax_n-exponential", "softmax_n", lambda x: _N(x, n=float(np.exp(4.0))), "normal/3",
           "wrong", "exp(n) is added in place of n", "adds exp(n) in place of n",
           options={"param": {"n": 4.0}}),
    Mutant("softmax_n-first-row", "softmax_n", _first_n, "normal/8", "wrong",
           "the first row's n is taken for every row", options=_PASS_N),
    Mutant("softmax_sink-missing", "softmax_sink", lambda x: normalised(x), "normal/3", "wrong",
           "the sink is missing", "the sink's weight is missing: is softmax"),
    Mutant("softmax_sink-unscaled", "softmax_sink", lambda x: normalised(x, np.exp(2.0)),
           "normal/3", "wrong", "the sink's weight is not scaled with the maximum",
           "subtracts the maximum but leaves the sink's weight unscaled",
           options={"param": {"sink": 2.0}}),
    Mutant("softmax_sink-not-exponentiated", "softmax_sink", _sink_as_weight, "normal/3", "wrong",
           "the sink is added as it is", "the sink is not exponentiated",
           options={"param": {"sink": 3.0}}),
    Mutant("softmax_sink-negated", "softmax_sink", lambda x: _SINK(x, sink=-2.0), "normal/3",
           "wrong", "the sign of the sink is lost", "the sink has the wrong sign",
           options={"param": {"sink": 2.0}}),
    Mutant("softmax_sink-mean", "softmax_sink", _mean_sink, "normal/8", "wrong",
           "one sink for all rows: their mean", options=_PASS_SINK),
    Mutant("softmax_sink-given-back", "softmax_sink", _sink_as_value, "normal/3", "wrong",
           "the sink's share is given to the first entry"),
    Mutant("symax-eta-unscaled", "symax", _eta_unscaled, "normal/3", "wrong",
           "eta is not scaled with the largest magnitude",
           "divides by the largest magnitude but leaves eta unscaled"),
    Mutant("symax-eta-missing", "symax", lambda x: _SYMAX(x, eta=0.0), "normal/3", "wrong",
           "eta is missing", "the eta is missing"),
    Mutant("symax-eta-per-block", "symax", _eta_per_block, "balance/130", "wrong",
           "eta is added once per block of 64", "adds the eta once per block of 64"),
    Mutant("symax-eta-to-the-p", "symax", _eta_to_the_p, "balance/3", "wrong",
           "eta is raised to the power p", options={"passes": ["eta", "p"]}),
)  # fmt: skip
