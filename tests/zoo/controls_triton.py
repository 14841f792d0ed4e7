"""Triton kernels on the CPU, in Triton's interpreter."""

from __future__ import annotations

import os
from typing import Any

from tests.zoo.controls import Control

os.environ["TRITON_INTERPRET"] = "1"  # read when Triton is imported, its own functions included
LONGEST = 4096  # of a row in one block


def softmax_one(x: Any) -> Any:
    from tests.zoo import triton_kernels

    return triton_kernels.softmax_one(x)


def softmax_sink(x: Any, sink: Any) -> Any:
    from tests.zoo import triton_kernels

    return triton_kernels.softmax_sink(x, sink)


CONTROLS = [
    Control(
        "triton", function.__name__, dtype, function, arithmetic,
        {"array": "torch", "max_length": LONGEST}, needs=("torch", "triton"),
    )
    for function in (softmax_one, softmax_sink)
    for dtype, arithmetic in (("float32", "float32-tree"), ("float16", "float16-storage"))
]  # fmt: skip
