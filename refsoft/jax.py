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
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero, custom_vjp_primal_tree_values

from refsoft import _validate as check
from refsoft._call import Names
from refsoft._dtypes import as_dtype
from refsoft._forms import Library
from refsoft._map import Map, named
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
    y = _alike(x, of.dtype)
    if not of.lse:
        return _on_host(of.result, y, where, x, params)
    rows = tuple(a % x.ndim for a in of.axes)
    batch = tuple(size for a, size in enumerate(x.shape) if a not in rows)
    return _on_host(of.result, (y, jax.ShapeDtypeStruct(batch, of.dtype)), where, x, params)


@jax.tree_util.register_static
@dataclass(frozen=True)
class _Perturbed:
    """The names of what is differentiated by."""

    names: Names


def _result_forward(of: Map, where: Any, x: Any, params: Any) -> Any:
    primals = zip(of.every, (x, *params), strict=True)
    wrt = tuple(name for name, primal in primals if primal.perturbed)
    where, x, params = custom_vjp_primal_tree_values((where, x, params))
    found = _result(of, where, x, params)
    y = found[0] if of.lse else found
    return found, (_Perturbed(wrt), where, y if of.starts_from_result else None, x, params)


def _result_backward(of: Map, saved: Any, cotangents: Any) -> Any:
    perturbed, where, y, x, params = saved
    g, h = cotangents if of.lse else (cotangents, None)
    wrt = perturbed.names
    if isinstance(g, SymbolicZero):
        g, wrt = jnp.zeros(g.shape, g.dtype), wrt if of.lse else ()
    h = None if isinstance(h, SymbolicZero) else h
    found = dict(zip(wrt, _pull(of, wrt, where, y, x, g, h, params) if wrt else (), strict=True))
    return None, found.get("x"), tuple(map(found.get, of.names))


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _pull(of: Map, wrt: Names, where: Any, y: Any, x: Any, g: Any, h: Any, params: Any) -> Any:
    by_name = dict(zip(of.every, (x, *params), strict=True))
    results = tuple(_alike(by_name[name]) for name in wrt)
    return _on_host(partial(of.pulled, wrt=wrt), results, where, y, x, g, h, params)


def _pull_forward(
    of: Map, wrt: Names, where: Any, y: Any, x: Any, g: Any, h: Any, params: Any
) -> Any:
    return _pull(of, wrt, where, y, x, g, h, params), (where, x, g, h, params)


def _pull_backward(of: Map, wrt: Names, saved: Any, moved: Any) -> Any:
    where, x, g, h, params = saved
    found, points = dict(zip(wrt, moved, strict=True)), zip(of.every, (x, *params), strict=True)
    u, *moves = (found[n] if n in found else jnp.zeros_like(point) for n, point in points)
    # <J'g, u> = <g, J u>, which is linear in g.
    by_g = _push(of, where, x, u, params, tuple(moves))
    by_h = None
    if h is not None:
        by_h = of.log_sum_moved(_jax(), where, x, params, u, moves).astype(h.dtype)
    by_x, *by_params = of.curvature(_jax(), where, x, params, g, h, u, moves)
    return None, None, by_x, by_g, by_h, tuple(by_params)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _push(of: Map, where: Any, x: Any, v: Any, params: Any, moves: Any) -> Any:
    return _on_host(of.pushed, _alike(x, of.dtype), where, x, v, params, moves)


def _push_forward(of: Map, where: Any, x: Any, v: Any, params: Any, moves: Any) -> Any:
    return _push(of, where, x, v, params, moves), (where, x, v, params, moves)


def _push_backward(of: Map, saved: Any, g: Any) -> Any:
    where, x, v, params, moves = saved
    by_v, *by_moves = _pull(of, of.every, where, None, x, g, None, params)
    by_x, *by_params = of.curvature(_jax(), where, x, params, g, None, v, moves)
    return None, by_x, by_v, tuple(by_params), tuple(by_moves)


_result.defvjp(_result_forward, _result_backward, symbolic_zeros=True)
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
) -> Any:
    """A variant of x, which JAX can trace, and differentiate by x and by each parameter.

    Parameters
    ----------
    variant : Variant
        One of the nine, or your own.
    x : Array
        Concrete or traced.
    axis, where, dtype, return_lse, **params
        As in the call of the variant; ``axis`` and ``dtype`` are static. A
        parameter that is a number is static too, and stays a float64.

    Returns
    -------
    Array, or two
        Of the shape of x; with ``return_lse`` its log-sum-exp, too, of the shape of a batch.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value and what is accepted. A traced
        parameter outside its domain is seen when the compiled code runs: as an
        error of JAX that says so. ``out`` is refused.
    """
    if out is not None:
        raise TypeError("out is an array that is written to, which JAX has not; accepted: None")
    if return_lse:
        variant._needs_lse()
    x = _real(x)
    if x.ndim == 0:
        check.as_axes(axis, 0)
        keywords = {"where": where, "dtype": dtype, "return_lse": return_lse, **params}
        found = differentiable(variant, x[None], axis=-1, **keywords)
        return (found[0][0], found[1]) if return_lse else found[0]
    layout = check.Layout.of(x.shape, axis)
    result = as_dtype(x.dtype if dtype is None else dtype)
    if result == np.float64 and not jax.config.jax_enable_x64:
        raise TypeError("dtype='float64' needs jax_enable_x64; accepted: that, or another dtype")
    of, traced = Map.of(variant, x.ndim, layout.axes, result, return_lse, params)
    # What is traced has no value yet: its name alone is checked.
    usual = {p.name: p.default for p in variant.card.parameters if p.name in traced}
    check.as_parameters(variant.card, {**params, **usual}, layout)
    batch = "the batch (x without its axis)"
    columns = tuple(_leading(_real(v), layout.batch, name, batch) for name, v in traced.items())
    visible = where is None or where is True
    mask = None if visible else _leading(jnp.asarray(where), x.shape, "where", "x")
    return _result(of, mask, x, columns)


def _real(value: Any) -> jax.Array:
    array = jnp.asarray(value)
    return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(float)


def _leading(array: jax.Array, shape: tuple[int, ...], argument: str, target: str) -> jax.Array:
    """The array with leading axes of length 1, up to as many as the shape has."""
    check.broadcast(np.broadcast_to(np.True_, array.shape), shape, argument, target)
    return array.reshape((1,) * (len(shape) - array.ndim) + array.shape)


softmax = named(VARIANTS["softmax"], differentiable)
log_softmax = named(VARIANTS["log_softmax"], differentiable)
softmax_one = named(VARIANTS["softmax_one"], differentiable)
softmax_n = named(VARIANTS["softmax_n"], differentiable)
softmax_sink = named(VARIANTS["softmax_sink"], differentiable)
symax = named(VARIANTS["symax"], differentiable)
ssmax = named(VARIANTS["ssmax"], differentiable)
self_adjust = named(VARIANTS["self_adjust"], differentiable)
self_adjust_normalized = named(VARIANTS["self_adjust_normalized"], differentiable)
