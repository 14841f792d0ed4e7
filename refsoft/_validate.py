"""The one place that checks and arranges arguments, in front of every backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft._arrays import read
from refsoft._dtypes import DTYPES, Array
from refsoft._layout import Layout as Layout
from refsoft._layout import as_axes as as_axes
from refsoft.card import Card

Rows = NDArray[np.float64]
_FORMATS = frozenset(DTYPES.values())


def as_array(value: object, argument: str) -> Array:
    """A real array in one of the four formats or of integers, without a copy where it is one."""
    if type(value) is np.ndarray and value.dtype in _FORMATS:
        return value
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            f"{argument} is a masked array; pass its data, "
            f"and where=~numpy.ma.getmaskarray({argument})"
        )
    array = np.asarray(read(value, argument))
    if array.dtype.kind in "iub":
        return array
    if array.dtype.newbyteorder("=") not in DTYPES.values():
        accepted = ", ".join(DTYPES)
        raise TypeError(
            f"{argument} has dtype {array.dtype}; "
            f"accepted: {accepted}, or integers, which become float64"
        )
    return array


def format_of(array: Array) -> np.dtype[Any]:
    """The format of a result for this array, unless another is asked for."""
    if array.dtype.kind in "iub":
        return np.dtype(np.float64)
    return array.dtype.newbyteorder("=")


def as_floats(array: Array) -> Array:
    """The array, integers as float64."""
    return array.astype(np.float64) if array.dtype.kind in "iub" else array


def as_where(where: object, layout: Layout) -> NDArray[np.bool_] | None:
    """The visible entries in the shape of x, or None if all are."""
    if where is None or where is True:
        return None
    mask = np.asarray(read(where, "where"))
    if mask.dtype != np.bool_:
        raise TypeError(f"where has dtype {mask.dtype}; accepted: bool, True = visible")
    return broadcast(mask, layout.shape, "where", "x")


def as_broadcast(value: object, layout: Layout, argument: str) -> Array:
    """A cotangent or tangent, broadcast against x."""
    return broadcast(as_array(value, argument), layout.shape, argument, "x")


def as_out(out: object, layout: Layout) -> Array | None:
    """The caller's output array, checked."""
    if out is None:
        return None
    out = read(out, "out")
    if not isinstance(out, np.ndarray) or out.dtype not in DTYPES.values():
        raise TypeError(f"out is {_kind(out)}; accepted: a NumPy array of {', '.join(DTYPES)}")
    if out.shape != layout.shape:
        raise ValueError(f"out has shape {out.shape}; accepted: the shape of x, {layout.shape}")
    if not out.flags.writeable:
        raise ValueError("out is read-only; accepted: a writeable array")
    return out


def as_parameters(card: Card, given: Mapping[str, Any], layout: Layout) -> dict[str, Rows]:
    """Every parameter of the card as a float64 column: an entry for each row, or one for all."""
    names = [parameter.name for parameter in card.parameters]
    for name in given:
        if name == "dim":
            raise TypeError(f"{card.name} takes no dim; the axis of the rows is the keyword axis")
        if name not in names:
            accepted = ", ".join([*names, "axis", "where", "out", "dtype"])
            raise TypeError(f"{card.name} takes no keyword {name!r}; accepted: {accepted}")
    columns = {}
    for parameter in card.parameters:
        value = given.get(parameter.name, parameter.default)
        if value is None:
            raise TypeError(
                f"{card.name} needs {parameter.name}: {parameter.meaning}, in {parameter.domain}"
            )
        if type(value) is float and parameter.contains(value):
            columns[parameter.name] = np.array([[value]])
            continue
        array = as_array(value, parameter.name).astype(np.float64)
        outside = array[~np.asarray(parameter.contains(array))]
        if outside.size:
            raise ValueError(f"{parameter.name}={outside.flat[0]:g}; accepted: {parameter.domain}")
        columns[parameter.name] = _column(array, layout, parameter.name)
    return columns


def as_tangents(card: Card, given: Mapping[str, Any], layout: Layout) -> dict[str, Rows]:
    """A tangent for every parameter of the card, 0 where none is given."""
    names = [parameter.name for parameter in card.parameters]
    for name in given:
        if name not in names:
            raise TypeError(f"dparams names {name!r}; accepted: {', '.join(names) or 'nothing'}")
    columns = {}
    for name in names:
        array = as_array(given.get(name, 0.0), f"dparams[{name!r}]").astype(np.float64)
        columns[name] = _column(array, layout, f"dparams[{name!r}]")
    return columns


def as_column(value: object, layout: Layout, argument: str) -> Rows:
    """Numbers in float64 for the rows: a column with one for each, or one for all."""
    return _column(as_array(value, argument).astype(np.float64), layout, argument)


def as_names(wrt: Any, card: Card) -> tuple[str, ...]:
    """The names of what is differentiated by: of ``"x"`` and the parameters of the card."""
    names = ("x", *(parameter.name for parameter in card.parameters))
    if wrt is None:
        return names
    wanted = (wrt,) if isinstance(wrt, str) else wrt
    if not isinstance(wanted, tuple | list | set | frozenset):
        raise TypeError(f"wrt={wrt!r}; accepted: a name, or several, of {', '.join(names)}")
    for name in wanted:
        if name not in names:
            raise ValueError(f"wrt={wrt!r} names {name!r}; accepted: {', '.join(names)}")
    return tuple(name for name in names if name in wanted)


def _column(array: Array, layout: Layout, argument: str) -> Rows:
    if not array.ndim:
        return array.reshape(1, 1)
    full = broadcast(array, layout.batch, argument, "the batch (x without its axis)")
    return full.reshape(layout.count, 1)


def as_same(value: object, layout: Layout, argument: str) -> Array:
    """An array of exactly the shape of x."""
    array = as_array(value, argument)
    if array.shape != layout.shape:
        raise ValueError(
            f"{argument} has shape {array.shape}; accepted: the shape of x, {layout.shape}"
        )
    return array


def sum_to(gradient: Array, batch: tuple[int, ...], parameter: Any) -> Array:
    """A gradient per row, summed back to the parameter's own shape."""
    shape = np.shape(parameter)
    full = gradient.reshape(batch)
    full = full.sum(axis=tuple(range(full.ndim - len(shape))))
    kept = tuple(i for i, size in enumerate(shape) if size == 1 and full.shape[i] != 1)
    return np.asarray(full.sum(axis=kept, keepdims=True))


def broadcast(array: Array, shape: tuple[int, ...], argument: str, target: str) -> Array:
    if array.shape == shape:
        return array
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise ValueError(
            f"{argument} has shape {array.shape}; "
            f"accepted: one that broadcasts to {target}, {shape}"
        ) from None


def _kind(value: object) -> str:
    return f"an array of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
