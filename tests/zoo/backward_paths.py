"""Backwards with a wrong path that few calls take: a shape, a shortcut, a kind of row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.zoo.backward import Backward, pulled


def path(name: str, taken: Callable[[Any], Any], factor: float = 2.0) -> Callable[..., Any]:
    """The right backward, dx times a factor in calls without a mask that take the path."""
    right = pulled(name)

    def function(x: Any, g: Any, mask: Any = None) -> Any:
        dx = right(x, g, mask)
        if mask is not None or not x.size:
            return dx
        with np.errstate(all="ignore"):
            return np.where(taken(x), factor * dx, dx).astype(x.dtype)

    return function


def _batch(taken: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A path of rows in one batch axis."""
    return lambda x: x.ndim == 2 and taken(x)


def _every(v: Any) -> Any:
    return np.all(v, axis=-1, keepdims=True)


def _some(v: Any) -> Any:
    return np.any(v, axis=-1, keepdims=True)


def _span(x: Any) -> Any:
    return np.max(x, axis=-1, keepdims=True) - np.min(x, axis=-1, keepdims=True)


def _one_score(x: Any) -> Any:
    return 8 < x.shape[-1] < 4096 and _every((x == x[..., :1]) & (x != 0) & np.isfinite(x))


def _table(x: Any) -> Any:
    return _every((x == np.round(x)) & (np.abs(x) < 100)) & (_span(x) > 0)


def _running(x: Any) -> Any:
    return x.shape[-1] > 8 and _every(np.diff(x) > 0)


def _sums_to_0(x: Any) -> Any:
    back = np.sort(x)[..., ::-1]
    return x.shape[-1] > 2 and np.any(x) and _every(np.sort(x) + back == 0) & (_span(x) > 1e-3)


def _logarithms(x: Any) -> Any:
    return x.shape[-1] > 8 and np.all((x < 0) & (x > -30)) and np.all(_span(x) > 0)


def _nothing_else(x: Any) -> Any:
    return _every(x[..., 1:] < -60) & (x[..., :1] == 0) & (x.shape[-1] > 1)


def _far(x: Any) -> Any:
    wide = x.shape[0] == 3 and np.all(_span(x) > 50) and np.all(_span(x) < 1e3)
    return wide and not np.any(x == 0)


def _apart(x: Any) -> Any:
    top = np.max(x, axis=-1)
    return np.isfinite(x).all() and 1e3 < np.max(top) - np.min(top) < 1e30


def _beside(x: Any) -> Any:
    n = x.shape[-1]
    return 1 < n < 100 and _some(np.isneginf(x)) & _some(np.isfinite(x))


def _tiles(x: Any) -> Any:
    return x.shape[-1] > 100 and _some(np.isneginf(x)) & _some(np.isfinite(x))


def _blocks(x: Any) -> Any:
    return 100 < x.shape[-1] < 1024 and np.isfinite(x).all()


def _nan(x: Any, g: Any) -> Any:
    dx = pulled("softmax")(x, g)
    return np.where(_some(np.isnan(x)), np.zeros_like(dx), dx)


def _nothing(x: Any, g: Any) -> Any:
    dx = pulled("softmax_one")(x, g)
    return np.where(_every(np.isneginf(x)) & (x.shape[-1] > 0), np.full_like(dx, np.nan), dx)


def _overflow(x: Any, g: Any) -> Any:
    dx = pulled("self_adjust_normalized")(x, g)
    if not x.size:
        return dx
    with np.errstate(all="ignore"):
        width = np.maximum(np.max(x, -1, keepdims=True), 0) - np.minimum(x, 0).min(-1)[..., None]
        return np.where(np.isinf(width) & _every(np.isfinite(x)), width - width, dx)


def _needs_rows(x: Any, g: Any) -> Any:
    return pulled("softmax")(x, g) if x.size else np.zeros((1, *x.shape), x.dtype)


TWICE = "dx is 2 times the gradient"


def _twice(id_: str, name: str, taken: Any, case: str, error: str, named: str = TWICE) -> Backward:
    return Backward(f"{name}-{id_}", name, path(name, taken), case, "wrong", error, named)


def _lost(
    id_: str, name: str, taken: Any, case: str, error: str, named: str = "dx is 0"
) -> Backward:
    function = path(name, taken, 0.0)
    return Backward(f"{name}-{id_}", name, function, case, "wrong", error, named)


MUTANTS = (
    _twice("alone", "softmax_one", lambda x: x.ndim == 1, "vjp-vector/3/normal",
           "a row without a batch is added up twice"),
    _twice("heads", "softmax_one", lambda x: x.ndim == 3 and x.shape[-2] != 1,
           "vjp-batch-3d/3/normal", "a second batch axis is added up twice"),
    _twice("middle-of-one", "softmax_one", lambda x: x.ndim == 3 and x.shape[-2] == 1,
           "vjp-batch-middle/3/normal", "a middle axis of one is taken for a broadcast one"),
    _twice("four-axes", "softmax", lambda x: x.ndim == 4, "vjp-batch-4d/3/normal",
           "a third batch axis is added up twice"),
    _lost("long-rows", "softmax_one", lambda x: x.shape[-1] > 4096,
          "vjp-long-uniform/20000/normal", "the path for long rows writes nothing"),
    _twice("square-batch", "softmax", _batch(lambda x: x.shape[0] == x.shape[1] != 3),
           "vjp-square/8/normal", "as many rows as entries: taken for a Jacobian, and both halves",
           ),
    _twice("many-rows", "softmax", _batch(lambda x: x.shape[0] > 16 and x.shape[1] > 8),
           "vjp-edges/33/middle", "more than 16 rows: the last group is added twice"),
    _lost("zeros", "softmax", _batch(lambda x: _every(x == 0)), "vjp-zero/3/normal",
          "a row of zeros is taken for padding"),
    _lost("equal", "softmax", _batch(_one_score), "vjp-equal/40/normal",
          "a constant row is taken for one without a gradient"),
    _lost("one-entry", "softmax_one", lambda x: x.shape[-1] == 1, "vjp-one/1/ones",
          "rows of one entry are taken to sum to 1", ""),
    _twice("whole-numbers", "softmax", _batch(_table), "vjp-ties/3/normal",
           "the table of whole distances is read twice", ""),
    _twice("running", "softmax", _batch(_running), "vjp-sorted/40/normal",
           "the correction of a maximum that moves at every step is applied twice"),
    _twice("centred", "softmax", _batch(_sums_to_0), "vjp-pairs/40/normal",
           "rows that sum to 0 are taken for centred ones, and centred again"),
    _twice("negative", "softmax", _batch(_logarithms), "vjp-negative/40/normal",
           "a negative batch is taken for logarithms of probabilities"),
    _lost("subnormal-scores", "softmax",
          _batch(lambda x: _some((x != 0) & (np.abs(x) < np.finfo(x.dtype).tiny))),
          "vjp-tiny-scores/3/normal", "a row with a subnormal score is dropped", ""),
    _lost("one-hot", "softmax_one", _batch(_nothing_else), "vjp-subnormal/3/normal",
          "a row whose rest is below the normal range is taken for one-hot"),
    _twice("wide", "softmax_one", _batch(_far), "vjp-wide/40/normal",
           "the range beyond exp is split, and both parts are added"),
    Backward("self_adjust_normalized-overflow", "self_adjust_normalized", _overflow,
             "vjp-huge/3/small", "wrong", "the width of the largest scores overflows"),
    _twice("offsets", "softmax", _batch(_apart), "vjp-scales/3/scales",
           "rows far apart are taken in two groups that overlap"),
    _twice("beside-minus-inf", "softmax_one", _batch(_beside), "vjp-some-minus-inf/3/normal",
           "a row with -inf is compressed, and added to what it was", ""),
    _twice("tiles-of-minus-inf", "softmax_one", _batch(_tiles),
           "vjp-tiles-minus-inf/128/normal", "empty tiles are visited again", ""),
    _twice("blocks", "softmax_one", _batch(_blocks), "vjp-balance/130/normal",
           "a second block is added up twice"),
    Backward("softmax-nan-is-0", "softmax", _nan, "vjp-nan/3/normal", "special",
             "the gradient of a row with a NaN is 0"),
    Backward("softmax_one-nothing-left", "softmax_one", _nothing, "vjp-all-minus-inf/3/normal",
             "special", "a row of -inf alone has NaN"),
    Backward("softmax-empty-shape", "softmax", _needs_rows, "vjp-empty/0/normal", "contract",
             "an empty gradient has an axis too many"),
)  # fmt: skip
