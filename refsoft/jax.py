"""The variants as differentiable functions of JAX arrays, for `jit`, `grad` and `vmap`.

``refsoft.jax.softmax_one(x)`` calls the CPU kernel of ``refsoft.softmax_one`` from within
compiled code, by ``jax.pure_callback``; its gradients are those of the kernel of ``vjp``.
A concrete array may be given to ``refsoft.softmax_one`` itself.

Reverse mode is ours, to any order: the second derivatives are JAX's, of the definition as
operations of ``jax.numpy``, in float64 where JAX has that. Forward mode (``jax.jvp``,
``jax.jacfwd``, ``jax.hessian``) is not there, as a function has it or a VJP of its own:
``jax.jacrev(jax.jacrev(f))`` is the Hessian.

Examples
--------
>>> import jax, jax.numpy as jnp
>>> import refsoft as rs
>>> x, sink = jnp.array([[1.0, 2.0], [-3.0, -4.0]]), jnp.array([0.0, 1.0])
>>> loss = jax.jit(lambda x, sink: rs.jax.softmax_sink(x, sink=sink).sum())
>>> dx, dsink = jax.grad(loss, argnums=(0, 1))(x, sink)
>>> dsink.shape
(2,)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from refsoft import _validate as check
from refsoft._dtypes import as_dtype
from refsoft._forms import Library
from refsoft._help import docstring
from refsoft._map import Map
from refsoft.catalogue import VARIANTS
from refsoft.variant import Variant


def _on_host(operation: Callable[..., Any], results: Any, *operands: Any) -> Any:
    """What an operation on NumPy arrays gives, of these shapes and formats."""

    def call(*given: Any) -> Any:
        return jax.tree.map(np.asarray, operation(*jax.tree.map(np.asarray, given)))

    return jax.pure_callback(call, results, *operands, vmap_method="broadcast_all")


def _alike(a: Any, dtype: Any = None) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(a.shape, dtype or a.dtype)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _result(of: Map, where: Any, x: Any, params: Any) -> Any:
    return _on_host(of.result, _alike(x, of.dtype), where, x, params)


def _result_forward(of: Map, where: Any, x: Any, params: Any) -> Any:
    y = _result(of, where, x, params)
    return y, (where, y if of.starts_from_result else None, x, params)


def _result_backward(of: Map, saved: Any, g: Any) -> Any:
    where, y, x, params = saved
    dx, *gradients = _pull(of, where, y, x, g, params)
    return None, dx, tuple(gradients)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _pull(of: Map, where: Any, y: Any, x: Any, g: Any, params: Any) -> Any:
    return _on_host(of.pulled, tuple(map(_alike, (x, *params))), where, y, x, g, params)


def _pull_forward(of: Map, where: Any, y: Any, x: Any, g: Any, params: Any) -> Any:
    return _pull(of, where, y, x, g, params), (where, x, g, params)


def _pull_backward(of: Map, saved: Any, moved: Any) -> Any:
    where, x, g, params = saved
    u, *moves = moved
    # <J'g, u> = <g, J u>, which is linear in g.
    by_g = _push(of, where, x, u, params, tuple(moves))
    by_x, *by_params = of.curvature(_jax(), where, x, params, g, u, moves)
    return None, None, by_x, by_g, tuple(by_params)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _push(of: Map, where: Any, x: Any, v: Any, params: Any, moves: Any) -> Any:
    return _on_host(of.pushed, _alike(x, of.dtype), where, x, v, params, moves)


def _push_forward(of: Map, where: Any, x: Any, v: Any, params: Any, moves: Any) -> Any:
    return _push(of, where, x, v, params, moves), (where, x, v, params, moves)


def _push_backward(of: Map, saved: Any, g: Any) -> Any:
    where, x, v, params, moves = saved
    by_v, *by_moves = _pull(of, where, None, x, g, params)
    by_x, *by_params = of.curvature(_jax(), where, x, params, g, v, moves)
    return None, by_x, by_v, tuple(by_params), tuple(by_moves)


_result.defvjp(_result_forward, _result_backward)
_pull.defvjp(_pull_forward, _pull_backward)
_push.defvjp(_push_forward, _push_backward)


def _jax() -> Library:
    widest = jnp.float64 if jax.config.jax_enable_x64 else jnp.float32
    return Library(jnp, jax.lax.stop_gradient, jax, jnp.asarray, widest)


def differentiable(
    variant: Variant,
    x: Any,
    /,
    *,
    axis: Any = -1,
    where: Any = None,
    out: Any = None,
    dtype: Any = None,
    return_lse: bool = False,
    **params: Any,
) -> jax.Array:
    """A variant of x, which JAX can trace, and differentiate by x and by each parameter.

    Parameters
    ----------
    variant : Variant
        One of the nine, or your own.
    x : Array
        Concrete or traced.
    axis, where, dtype, **params
        As in the call of the variant; ``axis`` and ``dtype`` are static. A
        parameter that is a number is static too, and stays a float64.

    Returns
    -------
    Array
        Of the shape of x.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value and what is accepted. A traced
        parameter outside its domain is seen when the compiled code runs: as an
        error of JAX that says so. ``out`` and ``return_lse`` are refused.
    """
    if out is not None:
        raise TypeError("out is an array that is written to, which JAX has not; accepted: None")
    if return_lse:
        raise TypeError("return_lse=True is not differentiable; accepted: False")
    x = _real(x)
    if x.ndim == 0:
        check.as_axes(axis, 0)
        keywords = {"where": where, "dtype": dtype, **params}
        return differentiable(variant, x[None], axis=-1, **keywords)[0]
    layout = check.Layout.of(x.shape, axis)
    result = as_dtype(x.dtype if dtype is None else dtype)
    if result == np.float64 and not jax.config.jax_enable_x64:
        raise TypeError("dtype='float64' needs jax_enable_x64; accepted: that, or another dtype")
    fixed = {name: value for name, value in params.items() if isinstance(value, float | int)}
    usual = {p.name: p.default for p in variant.card.parameters}
    check.as_parameters(variant.card, {**params, **_present(usual, params), **fixed}, layout)
    traced = {name: value for name, value in params.items() if name not in fixed}
    axes = tuple(a - x.ndim for a in layout.axes)
    of = Map(variant, axes, result, tuple(fixed.items()), tuple(traced))
    batch = "the batch (x without its axis)"
    columns = tuple(_leading(_real(v), layout.batch, name, batch) for name, v in traced.items())
    visible = where is None or where is True
    mask = None if visible else _leading(jnp.asarray(where), x.shape, "where", "x")
    return _result(of, mask, x, columns)


def _present(usual: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in usual.items() if name in params}


def _real(value: Any) -> jax.Array:
    array = jnp.asarray(value)
    return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(float)


def _leading(array: jax.Array, shape: tuple[int, ...], argument: str, target: str) -> jax.Array:
    """The array with leading axes of length 1, up to as many as the shape has."""
    check.broadcast(np.broadcast_to(np.True_, array.shape), shape, argument, target)
    return array.reshape((1,) * (len(shape) - array.ndim) + array.shape)


def _function(variant: Variant) -> Callable[..., jax.Array]:
    def function(x: Any, /, **keywords: Any) -> jax.Array:
        return differentiable(variant, x, **keywords)

    function.__name__ = function.__qualname__ = variant.__name__
    function.__doc__ = docstring(variant.card)
    function.__signature__ = variant.__signature__  # type: ignore[attr-defined]
    return function


softmax = _function(VARIANTS["softmax"])
log_softmax = _function(VARIANTS["log_softmax"])
softmax_one = _function(VARIANTS["softmax_one"])
softmax_n = _function(VARIANTS["softmax_n"])
softmax_sink = _function(VARIANTS["softmax_sink"])
symax = _function(VARIANTS["symax"])
ssmax = _function(VARIANTS["ssmax"])
self_adjust = _function(VARIANTS["self_adjust"])
self_adjust_normalized = _function(VARIANTS["self_adjust_normalized"])
