"""Golden softmax variants, the mathematics behind them, and a checker for yours."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from refsoft import jax as jax
    from refsoft import torch as torch
    from refsoft.catalogue import VARIANTS as variants  # noqa: N811 - the public name
    from refsoft.conformance.check import check as check
    from refsoft.drivers._threads import set_num_threads as set_num_threads
    from refsoft.variant import Variant as Variant

    softmax: Variant
    log_softmax: Variant
    softmax_one: Variant
    softmax_n: Variant
    softmax_sink: Variant
    symax: Variant
    ssmax: Variant
    self_adjust: Variant
    self_adjust_normalized: Variant

__version__ = "0.1.0"
__all__ = [
    "Variant",
    "check",
    "log_softmax",
    "self_adjust",
    "self_adjust_normalized",
    "set_num_threads",
    "softmax",
    "softmax_n",
    "softmax_one",
    "softmax_sink",
    "ssmax",
    "symax",
    "variants",
]
# Modules for a library that need not be installed: so they are no part of ``import *``.
_LIBRARIES = ("jax", "torch")


def __getattr__(name: str) -> Any:
    # Nothing is imported before it is asked for: neither NumPy, which the command line
    # loads itself once it can be interrupted, nor the checker.
    if name in _LIBRARIES:
        return import_module(f"refsoft.{name}")
    if name not in __all__:
        raise AttributeError(f"module 'refsoft' has no attribute {name!r}")
    found: Any
    if name == "check":
        found = import_module("refsoft.conformance").check
    elif name == "set_num_threads":
        found = import_module("refsoft.drivers._threads").set_num_threads
    elif name == "Variant":
        found = import_module("refsoft.variant").Variant
    else:
        found = import_module("refsoft.catalogue").VARIANTS
        found = found if name == "variants" else found[name]
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_LIBRARIES})
