"""Call a backward, or differentiate a function, and see what comes back."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from refsoft._dtypes import Array, cast
from refsoft.conformance.kinds import from_kind, precision, shares_memory, to_kind
from refsoft.conformance.load import Outcome, one_line


@dataclass(frozen=True, slots=True)
class Request:
    """What a backward is called with.

    Attributes
    ----------
    inputs : tuple of ndarray
        Positional: x and g, y and g, or x, the log-sum-exp and g.
    keywords : dict
        Parameters, mask, what is passed verbatim.
    wanted : tuple of str
        Keywords whose gradients are wanted.
    layout : str
        Of x and g.
    differentiate : bool
        Whether the function is the forward, which torch or JAX differentiates.
    lse : ndarray or None
        The cotangent of the log-sum-exp, where it returns that too and is differentiated.
    """

    inputs: tuple[Array, ...]
    keywords: Mapping[str, Any] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    layout: str = ""
    differentiate: bool = False
    lse: Array | None = None


def pull(
    function: Callable[..., Any], request: Request, array: str, device: str | None = None
) -> Outcome:
    """What the backward returns: dx as the outcome's y, and the gradients by keyword."""
    started = time.perf_counter()
    x = request.inputs[0]
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), precision(array, x.dtype):
            warnings.simplefilter("ignore")
            inputs = [
                to_kind(v, array, device, request.layout if v.shape == x.shape else "")
                for v in request.inputs
            ]
            keywords = {
                name: to_kind(value, array, device) if isinstance(value, np.ndarray) else value
                for name, value in request.keywords.items()
            }
            if request.differentiate:
                result = _differentiated(function, inputs, keywords, request, array, device)
            else:
                result = function(*inputs, **keywords)
            dx, given = _parts(result)
            y = from_kind(dx, array)
            gradients = {str(name): _number(value, array) for name, value in given.items()}
            after = [from_kind(v, array) for v in inputs]
    except SystemExit:
        return Outcome("exited", message="it called sys.exit")
    except Exception as error:  # noqa: BLE001 - a stranger's function may raise anything
        return Outcome("raised", message=one_line(error), seconds=time.perf_counter() - started)
    return Outcome(
        "returned",
        y,
        message=type(dx).__name__,
        modified=any(
            now is None or now.shape != before.shape or now.tobytes() != before.tobytes()
            for now, before in zip(after, request.inputs, strict=True)
        ),
        aliased=any(shares_memory(dx, v, array) for v in inputs),
        seconds=time.perf_counter() - started,
        gradients=gradients,
    )


def _parts(result: Any) -> tuple[Any, Mapping[Any, Any]]:
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], Mapping):
        return result
    return result, {}


def _number(value: Any, array: str) -> Array | str | None:
    """A gradient of a parameter as an array; its type's name where it is none."""
    if value is None:
        return None
    if isinstance(value, float | int) and not isinstance(value, np.generic):
        return np.asarray(value, np.float64)
    found = from_kind(value, array)
    if found is None and isinstance(value, np.ndarray | np.generic):
        found = np.asarray(value)
    return type(value).__name__ if found is None else found


def _differentiated(
    function: Callable[..., Any],
    inputs: list[Any],
    keywords: dict[str, Any],
    request: Request,
    array: str,
    device: str | None,
) -> Any:
    x, g = inputs
    if request.lse is not None:
        g = (g, to_kind(request.lse, array, device))
    given = {
        name: keywords[name]
        if isinstance(request.keywords[name], np.ndarray)
        else to_kind(
            cast(np.asarray(float(keywords[name])), request.inputs[0].dtype), array, device
        )
        for name in request.wanted
    }
    rest = {name: value for name, value in keywords.items() if name not in given}
    if array == "jax":
        import jax

        _, back = jax.vjp(lambda v, p: function(v, **p, **rest), x, given)
        return back(g)
    import torch

    leaves = [v.detach().requires_grad_() for v in (x, *given.values())]
    y = function(leaves[0], **dict(zip(given, leaves[1:], strict=True)), **rest)
    dx, *others = torch.autograd.grad(y, leaves, g, allow_unused=True)
    # A parameter that the result does not depend on has no gradient: 0 it is.
    zeros = (torch.zeros_like(v) for v in leaves[1:])
    return dx, {
        name: zero if slope is None else slope
        for name, slope, zero in zip(given, others, zeros, strict=True)
    }
