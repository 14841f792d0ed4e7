"""A counterexample as Python that can be pasted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from refsoft._dtypes import Array
from refsoft.conformance.layouts import code

LONGEST = 130


def source_of(target: str, name: str = "f") -> str:
    """The lines that bring the function into scope under a name."""
    where, _, attribute = target.rpartition(":")
    first, *rest = attribute.split(".")
    if where.endswith(".py"):
        path = ".".join([f"runpy.run_path({where!r})[{first!r}]", *rest])
        return f"import runpy\n{name} = {path}"
    return f"from {where} import {first}\n{name} = {attribute}"


def origin(fn: Callable[..., Any], scope: str = "f") -> tuple[str, str]:
    """The name of a function, and code that gets hold of it under the name ``scope``."""
    name = getattr(fn, "__qualname__", None)
    if name is None:
        name = str(getattr(fn, "__name__", type(fn).__name__))
        return name, f"{scope} = ...  # {name}"
    target = f"{fn.__module__}:{name}"
    if fn.__module__ in (None, "__main__") or "<" in name:
        return target, f"{scope} = ...  # {name}"
    return target, source_of(target, scope)


def snippet(
    source: str,
    x: Array,
    keywords: dict[str, Any],
    array: str,
    layout: str = "",
    device: str | None = None,
    inputs: Mapping[str, Array] | None = None,
    ending: str = "f({})",
) -> str:
    """Code that calls ``f`` with ``x``; ``source`` defines f.

    ``inputs`` are the positional arguments by name where there are others than x, and ``ending``
    is the last line, with the arguments in place of the braces.
    """
    inputs = inputs or {"x": x}
    lines = []
    if array == "numpy" or max(x.size, 1) > LONGEST:
        lines.append("import numpy as np")
    if x.dtype.name == "bfloat16" and array == "numpy":
        lines.append("import ml_dtypes")
    lines += {
        "numpy": [],
        "torch": ["import torch"],
        "jax": ["import jax, jax.numpy as jnp"],
        "cupy": ["import cupy as cp"],
    }[array]
    if array == "jax" and x.dtype == np.float64:
        lines.append('jax.config.update("jax_enable_x64", True)')
    lines.append(source)
    on = f".to({device!r})" if device and array == "torch" else ""
    lines += [f"{name} = {_array(value, array)}{on}" for name, value in inputs.items()]
    if layout:
        lines.append(code(layout, array))
    words = list(inputs)
    for name, value in keywords.items():
        if isinstance(value, np.ndarray):
            lines.append(f"{name} = {_array(value, array)}{on}")
            words.append(f"{name}={name}")
        else:
            words.append(f"{name}={_number(value)}")
    lines.append(ending.format(", ".join(words)))
    return "\n".join(lines)


def numbers(values: Array) -> str:
    """Values as nested lists of the shortest decimals that read back, long ones cut."""
    if values.size > LONGEST:
        flat = values.reshape(-1)
        shown = ", ".join(_number(v) for v in flat[:4])
        return f"[{shown}, ..., {_number(flat[-1])}]  ({values.size} values)"
    return _nested(values)


def _nested(values: Any) -> str:
    if np.ndim(values) == 0:
        return _number(values[()] if isinstance(values, np.ndarray) else values)
    return "[" + ", ".join(_nested(v) for v in values) + "]"


def _number(value: Any) -> str:
    if isinstance(value, np.bool_):
        return str(value)
    if not isinstance(value, np.generic | float):
        return repr(value)
    number = float(value)
    if np.isnan(number):
        return "float('nan')"
    if np.isinf(number):
        return "float('inf')" if number > 0 else "-float('inf')"
    if isinstance(value, np.float32 | np.float16):
        text = str(value)
        return text if any(mark in text for mark in ".e") else f"{text}."
    return repr(number)


def _array(x: Array, array: str) -> str:
    make, module = {
        "numpy": ("np.array", "np"),
        "torch": ("torch.tensor", "torch"),
        "jax": ("jnp.array", "jnp"),
        "cupy": ("cp.array", "cp"),
    }[array]
    name = x.dtype.name
    dtype = "ml_dtypes.bfloat16" if (array, name) == ("numpy", "bfloat16") else f"{module}.{name}"
    if x.size == 0:
        return (
            f"{make.replace('array', 'zeros').replace('tensor', 'zeros')}({x.shape}, dtype={dtype})"
        )
    if x.size <= LONGEST:
        return f"{make}({_nested(x)}, dtype={dtype})"
    if x.dtype == np.bool_:
        return f"...  # of shape {x.shape}: run the case"
    values, counts = np.unique(x.reshape(-1).astype(np.float64), return_counts=True)
    common = values[np.argmax(counts)]
    rest = np.flatnonzero(x.reshape(-1).astype(np.float64) != common)
    full = f"np.full({x.shape}, {_number(common)})"
    if len(rest) > 4:
        return f"...  # of shape {x.shape}: run the case"
    base = f"{make}({full}, dtype={dtype})"
    if not len(rest) or array == "jax":
        return base if not len(rest) else f"...  # of shape {x.shape}: run the case"
    parts = [f"x.reshape(-1)[{i}] = {_number(x.reshape(-1)[i])}" for i in rest]
    return "\n".join([base, *parts])
