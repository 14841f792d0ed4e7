"""Arrays of other libraries: read as NumPy arrays of the same memory, and given back in kind.

A library is looked up among the modules that are loaded, and never imported. Where an
array's memory cannot be read by the CPU, or its values are being differentiated or traced,
:func:`elsewhere` says who computes instead.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from refsoft._dtypes import BFLOAT16, Array

_CUDA_OF_DLPACK = 2
_NUMPYS_OWN = (np.ndarray, np.generic, float, int, list, tuple)


class Library(NamedTuple):
    """The way of an array into NumPy, and of a result back.

    ``read(value, argument)`` shares the memory of the value; ``give(result)`` makes the
    array of a NumPy array.
    """

    read: Callable[[Any, str], Array]
    give: Callable[[Any], Any]


def library(value: object) -> Library | None:
    """The library of an array; None for what is NumPy's own, a number or a sequence."""
    if isinstance(value, _NUMPYS_OWN):
        return None
    if isinstance(value, _loaded("torch", "Tensor")):
        return _TORCH
    if isinstance(value, _loaded("jax", "Array")):
        return _JAX
    if hasattr(value, "__dlpack__"):
        return _ANY
    return None


def read(value: Any, argument: str) -> Any:
    """The NumPy array in the memory of another library's array; anything else as it is."""
    found = library(value)
    return value if found is None else found.read(value, argument)


def like(given: object, result: Any) -> Any:
    """A result of NumPy's as an array of the library of ``given``."""
    if type(given) is np.ndarray:
        return result
    found = library(given)
    return result if found is None else found.give(result)


def elsewhere(x: object, params: Mapping[str, object]) -> Callable[..., Any] | None:
    """Who computes a variant of x instead, if NumPy and the CPU kernels are not to.

    Parameters
    ----------
    x : object
        The scores.
    params : mapping
        The parameters by name.

    Returns
    -------
    callable or None
        Takes the variant, x and the keywords of the call.
    """
    if type(x) is np.ndarray:
        return None
    if isinstance(x, _loaded("torch", "Tensor")) and _differentiated(x, params):
        return import_module("refsoft.torch").differentiable  # type: ignore[no-any-return]
    return on_gpu().result if lies_on_gpu(x) else None


def lies_on_gpu(x: object) -> bool:
    """Whether an array lies in the memory of a CUDA GPU."""
    if isinstance(x, _NUMPYS_OWN):
        return False
    if isinstance(x, _loaded("torch", "Tensor")):
        return bool(x.is_cuda)
    if hasattr(x, "__cuda_array_interface__"):
        return True
    device = getattr(x, "__dlpack_device__", None)
    return device is not None and int(device()[0]) == _CUDA_OF_DLPACK


def on_gpu() -> Any:
    """What computes a variant of such arrays: ``result``, ``pulled`` and ``pushed``."""
    return import_module("refsoft.drivers.cuda_arrays")


def _loaded(module: str, name: str) -> Any:
    """A class of a module that is loaded; otherwise a class of nothing."""
    return getattr(sys.modules.get(module), name, ())


def _differentiated(x: Any, params: Mapping[str, object]) -> bool:
    torch = sys.modules["torch"]
    if torch._C._are_functorch_transforms_active() or torch.compiler.is_compiling():
        return True
    if torch.autograd.forward_ad._current_level >= 0:
        return True
    if not torch.is_grad_enabled():
        return False
    return any(getattr(value, "requires_grad", False) for value in (x, *params.values()))


def of_torch(tensor: Any, argument: str) -> Array:
    """The NumPy array of a tensor, in its memory."""
    import torch

    if tensor.requires_grad:
        if torch.is_grad_enabled():
            raise TypeError(
                f"{argument} requires grad; accepted: {argument}.detach(), or the call itself "
                "of a torch tensor x, which torch differentiates"
            )
        tensor = tensor.detach()
    if not tensor.is_cpu:
        raise _not_here(argument, tensor.device)
    try:
        if tensor.dtype == torch.bfloat16:
            return tensor.view(torch.int16).numpy().view(BFLOAT16)  # type: ignore[no-any-return]
        return tensor.numpy()  # type: ignore[no-any-return]
    except (TypeError, RuntimeError) as error:
        raise TypeError(f"{argument} has no NumPy form: {error}") from None


def to_torch(result: Any) -> Any:
    """A NumPy array as a tensor in its memory."""
    import torch

    array = np.asarray(result)
    if array.dtype == BFLOAT16:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def _of_jax(array: Any, argument: str) -> Array:
    import jax

    if isinstance(array, jax.core.Tracer):
        raise TypeError(
            f"{argument} is traced by JAX; accepted: a concrete array, "
            "or the function of the same name in refsoft.jax"
        )
    device = next(iter(array.devices()))
    if device.platform != "cpu":
        raise _not_here(argument, device)
    return np.asarray(array)


def _to_jax(result: Any) -> Any:
    import jax

    if result.dtype == np.float64:
        with jax.enable_x64(True):  # without which JAX would round to float32
            return jax.numpy.asarray(result)
    return jax.numpy.asarray(result)


def _of_any(value: Any, argument: str) -> Array:
    device = getattr(value, "__dlpack_device__", lambda: (1, 0))()
    if device[0] != 1:
        raise _not_here(argument, f"device {tuple(map(int, device))} of DLPack")
    try:
        return np.from_dlpack(value)
    except (TypeError, RuntimeError, BufferError) as error:
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        raise TypeError(
            f"{argument} is a {kind}, of which NumPy takes none by DLPack ({error}); "
            "accepted: a CPU array of a format that NumPy has"
        ) from None


def _itself(result: Any) -> Any:
    return result


def _not_here(argument: str, place: object) -> TypeError:
    return TypeError(
        f"{argument} lies on {place}; accepted: memory of the CPU. "
        "The kernels for CUDA are in refsoft.drivers.cuda"
    )


_TORCH = Library(of_torch, to_torch)
_JAX = Library(_of_jax, _to_jax)
_ANY = Library(_of_any, _itself)
