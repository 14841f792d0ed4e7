"""Backwards that are wrong under a mask: of a shape, of a pattern, of what stands behind it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.zoo.backward import Backward, pulled

MASKED = {"mask_keyword": "mask"}


def _leaks_g(x: Any, g: Any, mask: Any = None) -> Any:
    dx = pulled("softmax_one")(x, g, mask)
    return dx if mask is None else np.where(mask, dx, g)


def _counts_masked(x: Any, g: Any, mask: Any = None) -> Any:
    dx = pulled("ssmax")(x, g, mask)
    if mask is None or not x.size:
        return dx
    n = np.sum(np.broadcast_to(mask, x.shape), axis=-1, keepdims=True)
    factor = np.log(x.shape[-1]) / np.log(np.maximum(n, 2))
    return (dx * factor).astype(x.dtype)


def _under(taken: Any) -> Any:
    """The right backward, but twice too large under a mask of a kind."""

    def function(x: Any, g: Any, mask: Any = None) -> Any:
        dx = pulled("softmax_one")(x, g, mask)
        if mask is None or not x.size:
            return dx
        here = taken(x, np.broadcast_to(mask, x.shape), mask)
        return (2 * dx).astype(x.dtype) if here else dx

    return function


def _behind(test: Any) -> Any:
    """Rows behind whose mask stands a value of a kind are spoilt by it."""

    def function(x: Any, g: Any, mask: Any = None) -> Any:
        dx = pulled("softmax_one")(x, g, mask)
        if mask is None or not x.size:
            return dx
        hidden = ~np.broadcast_to(mask, x.shape)
        leak = np.any(hidden & test(x), axis=-1, keepdims=True)
        return np.where(leak & ~hidden, np.float32(np.nan), dx)

    return function


def _nothing(x: Any, g: Any, mask: Any = None) -> Any:
    dx = pulled("softmax_one")(x, g, mask)
    return g.copy() if mask is not None and x.size and not np.any(mask) else dx


def _masked(id_: str, taken: Any, n: int, error: str) -> Backward:
    case = f"vjp-mask-{id_}/{n}/normal"
    name = f"softmax_one-mask-{id_}"
    return Backward(name, "softmax_one", _under(taken), case, "wrong", error, options=MASKED)


def _poison(id_: str, test: Any, error: str) -> Backward:
    case = f"vjp-mask-{id_}/33/normal"
    name = f"softmax_one-behind-{id_}"
    return Backward(name, "softmax_one", _behind(test), case, "wrong", error, options=MASKED)


def _is_prefix(m: Any) -> Any:
    return np.all(m[..., :-1] >= m[..., 1:])


def _is_suffix(m: Any) -> Any:
    return np.all(m[..., :-1] <= m[..., 1:])


def _plain(x: Any, m: Any) -> Any:
    """A mask of three rows, with ordinary scores behind it."""
    usual = np.isfinite(x).all() and np.max(np.abs(x)) < 1e9
    return x.ndim == 2 and x.shape == (3, x.shape[-1]) and usual and not m.all() and m.any()


def _ragged(x: Any, m: Any) -> Any:
    inside = not _is_prefix(m) and not _is_suffix(m) and np.min(np.sum(m, -1)) > 1
    return _plain(x, m) and inside and x.shape[-1] <= 40 and not m[:, 0].any()


def _single(x: Any, m: Any) -> Any:
    return _plain(x, m) and x.shape[-1] > 8 and np.all(np.sum(m, -1) == 1)


def _padded_before(x: Any, m: Any) -> Any:
    return _plain(x, m) and x.shape[-1] > 8 and _is_suffix(m) and m[0].all()


def _padded_after(x: Any, m: Any) -> Any:
    return _plain(x, m) and x.shape[-1] > 8 and _is_prefix(m) and m[0].all()


def _in_tiles(x: Any, m: Any) -> Any:
    return _plain(x, m) and x.shape[-1] > 40 and not m[0, 0] and m[0, -1]


MUTANTS = (
    Backward("softmax_one-leaks-g", "softmax_one", _leaks_g, "vjp-mask-random/33/normal", "wrong",
             "g itself at masked entries", options=MASKED),
    Backward("ssmax-counts-masked", "ssmax", _counts_masked, "vjp-mask-random/33/normal", "wrong",
             "ln n counts masked keys", options=MASKED),
    _masked("patterns", lambda x, _m, _: x.ndim == 2 and len(x) == 2 ** x.shape[-1] and len(x) > 3,
            3, "more rows than a warp's mask has bits"),
    _masked("all", lambda x, m, _: x.shape[0] == 3 and x.ndim == 2 and m.all(), 33,
            "a mask that hides nothing"),
    _masked("one", lambda x, m, _: _single(x, m), 33, "a single visible entry"),
    _masked("causal", lambda x, _m, mask: mask.ndim == 2 and x.ndim == 3, 33,
            "a matrix shared by a batch"),
    _masked("leading", lambda x, m, _: _padded_before(x, m), 33, "padding before the row"),
    _masked("trailing", lambda x, m, _: _padded_after(x, m), 33, "padding after the row"),
    _masked("random", lambda x, m, _: _ragged(x, m), 33, "holes inside the row"),
    _masked("tiles", lambda x, m, _: _in_tiles(x, m), 64, "a first tile that is skipped"),
    _masked("shared", lambda x, _m, mask: mask.ndim == 1 and x.ndim > 1, 33,
            "one mask for all rows"),
    _masked("per-batch", lambda _x, _m, mask: mask.ndim == 3 and mask.shape[-2] == 1, 33,
            "one mask for each batch"),
    _poison("nan", np.isnan, "NaN behind the mask is multiplied by 0"),
    _poison("inf", np.isposinf, "+inf behind the mask is multiplied by 0"),
    _poison("minus-inf", np.isneginf, "-inf behind the mask is multiplied by 0"),
    _poison("1e30", lambda x: np.isfinite(x) & (np.abs(x) > 1e29), "1e30 behind the mask squared"),
    Backward("softmax_one-mask-none", "softmax_one", _nothing, "vjp-mask-none/33/normal", "wrong",
             "a batch without a visible entry returns g", options=MASKED),
)  # fmt: skip
