"""Backwards whose closed form is wrong: the mean, its sign, its weights, the y they start from."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.zoo.backward import Backward, Step, dot, formed
from tests.zoo.mutants import normalised


def _softmax(r: Step) -> Any:
    """The softmax of the scores, whatever the variant."""
    return normalised(r.x)


def _half(v: Any) -> Any:
    return v.astype(np.float16).astype(np.float64)


def _one(dx: Any) -> Any:
    return formed("softmax_one", dx)


def _unscaled(r: Step) -> Any:
    # The forward that subtracts the maximum and leaves the 1 as it is.
    y = normalised(r.x, 1.0)
    return y * (r.g - dot(r.g, y))


def _takes_y(y: Any, g: Any) -> Any:
    y, g = y.astype(np.float64), g.astype(np.float64)
    return (g - np.where(np.isfinite(y), y, 0) * g.sum(-1, keepdims=True)).astype(np.float32)


def _without_mean(y: Any, g: Any) -> Any:
    return y * g


def _without_one(x: Any, lse: Any, g: Any) -> Any:
    # Softmax's own log-sum-exp is taken out of the one that is given.
    y = np.exp(x - np.log(np.expm1(lse[..., np.newaxis].astype(np.float64))))
    return (y * (g - dot(g, y))).astype(x.dtype)


def _coarse(x: Any, lse: Any, g: Any) -> Any:
    # The log-sum-exp has been kept in float16.
    y = np.exp(x - lse[..., np.newaxis].astype(np.float16).astype(np.float64))
    return (y * (g - dot(g, y))).astype(x.dtype)


MEAN = "the term <g,y> is missing: dx = y*g"
MUTANTS = (
    Backward("softmax-zero", "softmax", formed("softmax", lambda r: 0 * r.dx),
             "vjp-normal/3/normal", "wrong", "dx is 0", "dx is 0"),
    Backward("softmax-negated", "softmax", formed("softmax", lambda r: -r.dx),
             "vjp-normal/3/normal", "wrong", "-dx", "dx has the wrong sign", "bfloat16"),
    Backward("softmax-mean-missing", "softmax", formed("softmax", lambda r: r.y * r.g),
             "vjp-normal/3/normal", "wrong", "y*g", MEAN),
    Backward("softmax-mean-missing-from-y", "softmax", _without_mean, "vjp-normal/3/normal",
             "wrong", "y*g, from the result", MEAN, options={"vjp_from": "y"}),
    Backward("softmax-diagonal", "softmax", formed("softmax", lambda r: r.y * (1 - r.y) * r.g),
             "vjp-normal/3/normal", "wrong", "the diagonal of the Jacobian alone",
             "dx = y (1 - y) g, the diagonal alone", "float64"),
    Backward("softmax-mean-of-all-rows", "softmax",
             formed("softmax", lambda r: r.y * (r.g - np.sum(r.g * r.y))), "vjp-normal/3/normal",
             "wrong", "<g,y> is summed over the batch too", "<g,y> is of all rows"),
    Backward("softmax-plain-mean", "softmax",
             formed("softmax", lambda r: r.y * (r.g - np.mean(r.g * r.y, -1, keepdims=True))),
             "vjp-normal/3/normal", "wrong", "<g,y> is divided by n", "<g,y> is a mean"),
    Backward("softmax-sum-of-g", "softmax",
             formed("softmax", lambda r: r.y * (r.g - np.sum(r.g, -1, keepdims=True))),
             "vjp-normal/3/normal", "wrong", "sum(g) in place of <g,y>",
             "takes sum(g) in place of <g,y>", "float16"),
    Backward("softmax-mean-alone", "softmax", formed("softmax", lambda r: -r.y * dot(r.g, r.y)),
             "vjp-normal/3/normal", "wrong", "the diagonal of the Jacobian is missing",
             "only the term <g,y> is there"),
    Backward("softmax-result-in-float16", "softmax",
             formed("softmax", lambda r: _half(r.y) * (r.g - dot(r.g, _half(r.y)))),
             "vjp-normal/3/normal", "wrong", "the forward has stored y in float16",
             "y in float16"),
    Backward("log_softmax-sum-missing", "log_softmax", formed("log_softmax", lambda r: r.g),
             "vjp-normal/3/normal", "wrong", "the sum is missing: dx = g",
             "the term exp(y) sum(g) is missing"),
    Backward("log_softmax-takes-y", "log_softmax", _takes_y, "vjp-normal/3/normal", "wrong",
             "y itself is the weight, not exp(y)", "takes y in place of exp(y)",
             options={"vjp_from": "y"}),
    Backward("log_softmax-is-softmax", "log_softmax",
             formed("log_softmax", lambda r: np.exp(r.y) * (r.g - dot(r.g, np.exp(r.y)))),
             "vjp-normal/3/normal", "wrong", "softmax's backward", "is the gradient of softmax"),
    Backward("log_softmax-mean", "log_softmax",
             formed("log_softmax",
                    lambda r: r.g - np.exp(r.y) * np.mean(r.g, -1, keepdims=True)),
             "vjp-normal/3/normal", "wrong", "the mean of g in place of its sum",
             "sum(g) is a mean", "float16"),
    Backward("softmax_one-plus", "softmax_one", _one(lambda r: r.y * (r.g + dot(r.g, r.y))),
             "vjp-normal/3/normal", "wrong", "<g,y> is added", "adds the term <g,y>"),
    Backward("softmax_one-jacobian", "softmax_one",
             _one(lambda r: r.y * (r.g - dot(r.g, _softmax(r)))), "vjp-normal/3/normal", "wrong",
             "softmax's Jacobian: <g,y> with weights that sum to 1",
             "<g,y> is taken with y that sum to 1 (softmax's Jacobian)"),
    Backward("softmax_one-of-softmax", "softmax_one",
             _one(lambda r: _softmax(r) * (r.g - dot(r.g, _softmax(r)))), "vjp-normal/3/normal",
             "wrong", "y is softmax's",
             "y is that of another forward, without the offset: its rows sum to 1", "bfloat16"),
    Backward("softmax_one-unscaled", "softmax_one", _one(_unscaled), "vjp-normal/3/normal",
             "wrong", "y is that of a forward with the 1 unscaled"),
    Backward("softmax_one-mean-in-float16", "softmax_one",
             _one(lambda r: r.y * (r.g - _half(dot(r.g, r.y)))), "vjp-normal/3/normal", "wrong",
             "<g,y> is stored in float16", "<g,y> in float16"),
    Backward("softmax_one-without-one", "softmax_one", _without_one, "vjp-normal/3/normal",
             "wrong", "the log-sum-exp is taken without the 1",
             "y is that of another forward, without the offset: its rows sum to 1",
             options={"vjp_from": "x,lse"}),
    Backward("softmax_one-lse-in-float16", "softmax_one", _coarse, "vjp-normal/3/normal",
             "wrong", "the log-sum-exp has been stored in float16",
             options={"vjp_from": "x,lse"}),
    Backward("softmax_n-jacobian", "softmax_n",
             formed("softmax_n", lambda r: r.y * (r.g - dot(r.g, _softmax(r)))),
             "vjp-normal/3/normal", "wrong", "softmax's Jacobian",
             "<g,y> is taken with y that sum to 1 (softmax's Jacobian)", "float64", passes=("n",)),
    Backward("softmax_sink-of-softmax", "softmax_sink",
             formed("softmax_sink", lambda r: _softmax(r) * (r.g - dot(r.g, _softmax(r)))),
             "vjp-normal/2/normal", "wrong", "y is softmax's",
             "y is that of another forward, without the offset: its rows sum to 1",
             passes=("sink",)),
)  # fmt: skip
