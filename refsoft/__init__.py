"""Golden softmax variants, the mathematics behind them, and a checker for yours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from refsoft.catalogue import VARIANTS
from refsoft.variant import Variant as Variant

if TYPE_CHECKING:
    from refsoft.conformance import check as check

variants = VARIANTS
softmax = variants["softmax"]
log_softmax = variants["log_softmax"]
softmax_one = variants["softmax_one"]
softmax_n = variants["softmax_n"]
softmax_sink = variants["softmax_sink"]
symax = variants["symax"]
ssmax = variants["ssmax"]
self_adjust = variants["self_adjust"]
self_adjust_normalized = variants["self_adjust_normalized"]

__version__ = "0.1.0"
__all__ = [
    "Variant",
    "check",
    "log_softmax",
    "self_adjust",
    "self_adjust_normalized",
    "softmax",
    "softmax_n",
    "softmax_one",
    "softmax_sink",
    "ssmax",
    "symax",
    "variants",
]


def __getattr__(name: str) -> Any:
    # The checker pulls in rich and python-flint; nobody pays for it before asking.
    if name == "check":
        from refsoft.conformance import check

        return check
    raise AttributeError(f"module 'refsoft' has no attribute {name!r}")
