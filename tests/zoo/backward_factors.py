"""Backwards with a wrong factor on dx: temperature, s ln n + b, and what powers bring."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.zoo.backward import Backward, Step, dot, formed

_T, _SB, _EP = ("temperature",), ("s", "b"), ("eta", "p")


def _bare(r: Step) -> Any:
    """Softmax's backward without the factor on the scores."""
    return r.y * (r.g - dot(r.g, r.y))


def _normaliser(r: Step) -> Any:
    return r.p["eta"] + np.sum(np.abs(r.x) ** r.p["p"], axis=-1, keepdims=True)


def _powers(r: Step) -> Any:
    """|x|^(p-1) with its sign, 0 at 0."""
    size = np.abs(r.x)
    return np.sign(r.x) * np.where(size > 0, size, 1) ** (r.p["p"] - 1)


def _less(r: Step) -> Any:
    return r.g - dot(r.g, r.y)


def _of_one(r: Step) -> Any:
    """The result without eta; the largest magnitude weighs 1."""
    top = np.max(np.abs(r.x), axis=-1, keepdims=True)
    w = (np.abs(r.x) / np.where(top == 0, 1, top)) ** r.p["p"]
    return w / np.maximum(np.sum(w, axis=-1, keepdims=True), 1)


def _symax(dx: Any) -> Any:
    return formed("symax", dx)


MUTANTS = (
    Backward("softmax-without-temperature", "softmax", formed("softmax", _bare),
             "vjp-normal/3/normal", "wrong", "the factor 1/T is missing",
             "dx misses the factor 1/T", passes=_T),
    Backward("softmax-times-temperature", "softmax",
             formed("softmax", lambda r: _bare(r) * r.p["temperature"]), "vjp-normal/3/normal",
             "wrong", "multiplied by T", "dx is multiplied by T", "bfloat16", passes=_T),
    Backward("log_softmax-temperature-twice", "log_softmax",
             formed("log_softmax", lambda r: r.dx / r.p["temperature"]), "vjp-normal/3/normal",
             "wrong", "divided by T twice", "dx is divided by T twice", passes=_T),
    Backward("softmax-twice", "softmax", formed("softmax", lambda r: 2 * r.dx),
             "vjp-normal/3/normal", "wrong", "added up by two passes",
             "dx is 2 times the gradient"),
    Backward("softmax_one-mean-loss", "softmax_one",
             formed("softmax_one", lambda r: r.dx / (r.x.size // max(r.n, 1))),
             "vjp-normal/3/normal", "wrong", "the loss is taken for a mean over rows",
             "dx is divided by the number of rows"),
    Backward("softmax_n-entry-mean", "softmax_n", formed("softmax_n", lambda r: r.dx / r.n),
             "vjp-normal/3/normal", "wrong", "the loss is taken for a mean over entries",
             "dx is divided by n"),
    Backward("ssmax-without-factor", "ssmax", formed("ssmax", _bare), "vjp-normal/3/normal",
             "wrong", "the factor s ln n + b is missing", "dx misses the factor s ln n + b",
             passes=_SB),
    Backward("ssmax-times-s", "ssmax", formed("ssmax", lambda r: _bare(r) * r.p["s"]),
             "vjp-normal/3/normal", "wrong", "s in place of s ln n + b",
             "dx is multiplied by s alone", "float64", passes=_SB),
    Backward("ssmax-over-ln-n", "ssmax", formed("ssmax", lambda r: r.dx / np.log(r.n)),
             "vjp-normal/3/normal", "wrong", "divided by ln n", "dx misses ln n", passes=_SB),
    Backward("symax-without-sign", "symax", _symax(lambda r: r.dx * np.sign(r.x)),
             "vjp-normal/3/normal", "wrong", "the sign of x is missing",
             "the sign of x is missing"),
    Backward("symax-without-power", "symax",
             _symax(lambda r: r.p["p"] * np.sign(r.x) * _less(r) / _normaliser(r)),
             "vjp-normal/40/normal", "wrong", "|x|^(p-1) is missing",
             "the factor |x|^(p-1) is missing", passes=_EP),
    Backward("symax-without-p", "symax",
             _symax(lambda r: _powers(r) * _less(r) / _normaliser(r)), "vjp-normal/40/normal",
             "wrong", "the factor p is missing", "dx misses the factor p", "float64", passes=_EP),
    Backward("symax-without-normaliser", "symax",
             _symax(lambda r: r.p["p"] * _powers(r) * _less(r)), "vjp-normal/3/normal", "wrong",
             "the factor 1/Z is missing", "dx misses the factor 1/Z", passes=_EP),
    Backward("symax-mean-missing", "symax",
             _symax(lambda r: r.p["p"] * _powers(r) * r.g / _normaliser(r)),
             "vjp-normal/3/normal", "wrong", "<g,y> is missing",
             "the term <g,y> is missing: dx = y*g", passes=_EP),
    Backward("symax-jacobian", "symax",
             _symax(lambda r: r.p["p"] * _powers(r) / _normaliser(r)
                    * (r.g - dot(r.g, _of_one(r)))),
             "vjp-normal/2/normal", "wrong", "<g,y> is taken with weights that sum to 1",
             "<g,y> is taken with y that sum to 1 (softmax's Jacobian)", passes=_EP),
)  # fmt: skip
