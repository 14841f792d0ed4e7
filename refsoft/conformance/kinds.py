"""The kinds of arrays, the device they lie on, and the way there and back."""

from __future__ import annotations

import contextlib
import importlib
from types import ModuleType
from typing import Any

import numpy as np

from refsoft._arrays import of_torch, to_torch
from refsoft._dtypes import Array
from refsoft.conformance.layouts import arranged

ARRAYS = ("numpy", "torch", "jax", "cupy")


def prepare(array: str, device: str | None) -> None:
    """Nothing, where arrays of that kind can lie on that device.

    Raises
    ------
    ImportError
        If the package of these arrays cannot be imported.
    ValueError
        If there is no such device. Both messages are one line.
    """
    module = _module(array)
    name, _, index = (device or ("cuda" if array == "cupy" else "cpu")).partition(":")
    if name == "cpu":
        return
    try:
        count = _cuda_devices(array, module)
    except Exception as error:  # noqa: BLE001 - a driver that is absent fails in many ways
        text = " ".join(str(error).split())[:120]
        raise ValueError(
            f"device={device or name!r}: {array} finds no CUDA device: {text}"
        ) from None
    if count <= int(index or 0):
        found = f"{count} CUDA device{'s' * (count != 1)}" if count else "no CUDA device"
        raise ValueError(f"device={device or name!r}: {array} finds {found}")


def _module(array: str) -> ModuleType:
    try:
        return importlib.import_module(array)
    except ModuleNotFoundError as error:
        absent = error.name or array
        raise ImportError(f"array={array!r}: {absent} is not installed", name=absent) from None
    except Exception as error:  # noqa: BLE001 - a library that does not fit fails in many ways
        text = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise ImportError(f"array={array!r}: {array} cannot be imported: {text}") from None


def _cuda_devices(array: str, module: Any) -> int:
    if array == "torch":
        return int(module.cuda.device_count())
    if array == "jax":
        return len(module.devices("cuda"))
    return int(module.cuda.runtime.getDeviceCount())


def precision(array: str, dtype: np.dtype[Any]) -> contextlib.AbstractContextManager[Any]:
    """Where JAX has float64."""
    if array == "jax" and dtype == np.float64:
        import jax

        return jax.enable_x64(True)  # type: ignore[no-any-return]
    return contextlib.nullcontext()


def to_kind(x: Array, array: str, device: str | None = None, layout: str = "") -> Any:
    """A fresh copy of ``x`` as an array of that kind, on a device, in a layout."""
    copy = np.array(x, order="C")
    given: Any = copy
    module: Any = _module(array)
    if array == "torch":
        given = to_torch(copy)
        given = given.to(device) if device else given
    elif array == "jax":
        given = module.numpy.asarray(copy)
        given = module.device_put(given, _jax_device(module, device)) if device else given
    elif array == "cupy":
        with module.cuda.Device(int((device or "").partition(":")[2] or 0)):
            given = module.asarray(copy)
    return arranged(given, layout, module) if layout else given


def _jax_device(jax: Any, device: str) -> Any:
    name, _, index = device.partition(":")
    return jax.devices(name)[int(index or 0)]


def from_kind(result: Any, array: str) -> Array | None:
    """The NumPy form of an array of that kind, None if it is of another."""
    if array == "torch":
        import torch

        if not isinstance(result, torch.Tensor):
            return None
        return np.array(of_torch(result.detach().cpu().contiguous(), "result"))
    if array == "jax":
        import jax

        return np.array(result) if isinstance(result, jax.Array) else None
    if array == "cupy":
        import cupy

        return np.array(cupy.asnumpy(result)) if isinstance(result, cupy.ndarray) else None
    return np.array(result) if isinstance(result, np.ndarray | np.generic) else None


def shares_memory(result: Any, given: Any, array: str) -> bool:
    """Whether a result lies in the memory of the input."""
    if array == "numpy":
        return isinstance(result, np.ndarray) and bool(np.shares_memory(result, given))
    if array == "torch" and hasattr(result, "untyped_storage") and result.numel():
        here, there = result.untyped_storage(), given.untyped_storage()
        return bool(here.data_ptr() == there.data_ptr())
    if array == "cupy":
        import cupy

        return bool(cupy.shares_memory(result, given))
    return False
