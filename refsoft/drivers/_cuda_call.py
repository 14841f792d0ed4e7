"""The arguments of one call with arrays on a GPU, checked and arranged for a kernel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from refsoft._arrays import lies_on_gpu
from refsoft._dtypes import DTYPES, as_dtype
from refsoft._validate import as_axes
from refsoft.card import Card
from refsoft.drivers._cuda_launch import Prepared, Task, prepared
from refsoft.drivers._cuda_memory import Memory, broadcast, laid, memory
from refsoft.drivers._cuda_parameters import fitted
from refsoft.drivers._cuda_results import empty, given, stream_of
from refsoft.drivers._index import Rows, lead_of
from refsoft.drivers._lanes import form
from refsoft.drivers._numba_cuda import cuda


class Call:
    """The arguments of one call, checked; see :class:`refsoft.variant.Variant`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value and what is accepted.
    """

    def __init__(
        self, variant: Any, x: Any, axis: Any, where: Any, dtype: Any, params: Mapping[str, Any]
    ) -> None:
        self.variant, self.like, self.x = variant, x, _scores(x, "x")
        self.axes = as_axes(axis, len(self.x.shape))
        sizes = self.x.shape or (1,)
        self.batch = tuple(size for d, size in enumerate(sizes) if d not in self.axes)
        self.rows, self.n = math.prod(self.batch), math.prod(sizes[a] for a in self.axes)
        if dtype is not None and as_dtype(dtype).name != self.x.dtype:
            raise TypeError(f"dtype={dtype!r}; accepted on CUDA: that of x, {self.x.dtype}")
        self.where = None if where is None or where is True else self._mask(where)
        self.params = dict(params)
        self.given = self._parameters(variant.card, params, lambda p: p.default)
        self.stream = stream_of(self.x.stream)

    def _mask(self, where: Any) -> Memory:
        if not lies_on_gpu(where):
            where = cuda.to_device(np.ascontiguousarray(where, np.bool_))
        found = memory(where, "where")
        if found.dtype not in ("bool", "uint8"):
            raise TypeError(f"where has dtype {found.dtype}; accepted: bool, True = visible")
        return broadcast(found, self.x.shape, "where")

    def _parameters(self, card: Card, params: Mapping[str, Any], default: Any) -> tuple[Any, ...]:
        names = [parameter.name for parameter in card.parameters]
        for name in params:
            if name not in names:
                raise TypeError(
                    f"{card.name} takes no keyword {name!r}; accepted: "
                    f"{', '.join([*names, 'axis', 'where', 'out', 'dtype'])}"
                )
        return tuple(
            self._parameter(parameter, params.get(parameter.name, default(parameter)))
            for parameter in card.parameters
        )

    def _parameter(self, parameter: Any, value: Any) -> Any:
        name, real = parameter.name, form(self.x.dtype).real
        if not lies_on_gpu(value):
            numbers = np.asarray(value, np.float64)
            if not np.all(parameter.contains(numbers)):
                raise ValueError(f"{name}={value!r}; accepted: {parameter.domain}")
            if numbers.ndim == 0:
                return fitted(numbers, real)[()]
            value = cuda.to_device(fitted(numbers, real))
        found = broadcast(memory(value, name), self.batch, name)
        if found.dtype not in (np.dtype(real).name, self.x.dtype):
            accepted = f"{self.x.dtype} or {np.dtype(real).name}"
            raise TypeError(f"{name} has dtype {found.dtype}; accepted: {accepted}")
        return self._laid(found, (), name)

    def tangents(self, moves: Mapping[str, Any]) -> tuple[Any, ...]:
        """The tangents of the parameters, 0 where none is given."""
        real = form(self.x.dtype).real
        found = []
        for parameter in self.variant.card.parameters:
            value = moves.get(parameter.name, 0.0)
            if lies_on_gpu(value):
                found.append(self._parameter(parameter, value))
                continue
            numbers = np.asarray(value, np.float64).astype(real)
            if numbers.ndim:
                device = memory(cuda.to_device(numbers), parameter.name)
                found.append(self._laid(broadcast(device, self.batch, parameter.name), (), ""))
            else:
                found.append(numbers[()])
        return tuple(found)

    def _laid(self, found: Memory, axes: tuple[int, ...], argument: str) -> Rows:
        where = laid(found, axes, argument)
        bits = {"bfloat16": "uint16", "float16": "uint16", "uint8": "bool"}
        stored = np.dtype(bits.get(found.dtype, found.dtype))
        about = {
            "shape": (where.span,), "typestr": stored.str, "data": (found.pointer, False),
            "strides": None, "version": 3,
        }  # fmt: skip
        data = cuda.from_cuda_array_interface(about, owner=found.owner, sync=False)
        lead = lead_of(found.pointer, stored.itemsize)
        return Rows(data, where.sizes, where.strides, where.step, lead)

    def scores(self, value: Any, argument: str) -> Rows:
        """A cotangent or a tangent, which broadcasts to x."""
        found = _scores(value, argument)
        if found.dtype != self.x.dtype:
            raise TypeError(f"{argument} has dtype {found.dtype}; accepted: {self.x.dtype}, as x")
        return self._laid(broadcast(found, self.x.shape, argument), self.axes, argument)

    def prepared(self, operation: str, g: Rows | None, moves: Any, out: Any, more: Any) -> Prepared:
        """The launches of the kernels that write into out and more."""
        target = memory(out, "out")
        if (target.shape, target.dtype) != (self.x.shape, _stored(self.x.dtype, target.dtype)):
            raise ValueError(
                f"out is {target.dtype} of shape {target.shape}; "
                f"accepted: {self.x.dtype} of shape {self.x.shape}"
            )
        if not self.rows or not self.n:
            return Prepared([])
        rest = memory(more, "more")
        flat = self._laid(rest, tuple(range(len(rest.shape))), "more").data
        task = Task(
            operation=operation,
            recipe=self.variant.definition.RECIPE,
            format=self.x.dtype,
            rows=self.rows,
            n=self.n,
            x=self._laid(self.x, self.axes, "x"),
            g=g,
            where=None if self.where is None else self._laid(self.where, self.axes, "where"),
            given=self.given,
            moves=moves,
            y=self._laid(target, self.axes, "out"),
            more=flat.reshape(rest.shape) if operation == "vjp" else flat,
        )
        return prepared(task, stream=self.stream)

    def empty(self, shape: tuple[int, ...], dtype: str) -> Any:
        """A new array beside x."""
        return empty(self.like, self.x, shape, dtype)

    def give(self, result: Any, dtype: str) -> Any:
        """It, as the library of x has it."""
        return given(self.like, result, dtype, self.stream)


def _scores(value: Any, argument: str) -> Memory:
    found = memory(value, argument)
    if found.dtype not in DTYPES:
        raise TypeError(f"{argument} has dtype {found.dtype}; accepted: {', '.join(DTYPES)}")
    return found


def _stored(dtype: str, found: str) -> str:
    # Numba has no bfloat16: its bits stand for it.
    return found if dtype == "bfloat16" and found == "uint16" else dtype
