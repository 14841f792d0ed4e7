"""The variants: one file each with its card, its rounding bound and its recipe."""

from __future__ import annotations

from refsoft.catalogue import (
    log_softmax,
    self_adjust,
    self_adjust_normalized,
    softmax,
    softmax_n,
    softmax_one,
    softmax_sink,
    ssmax,
    symax,
)
from refsoft.variant import Variant

VARIANTS: dict[str, Variant] = {
    "softmax": Variant(softmax),
    "log_softmax": Variant(log_softmax),
    "softmax_one": Variant(softmax_one),
    "softmax_n": Variant(softmax_n),
    "softmax_sink": Variant(softmax_sink),
    "symax": Variant(symax),
    "ssmax": Variant(ssmax),
    "self_adjust": Variant(self_adjust),
    "self_adjust_normalized": Variant(self_adjust_normalized),
}
