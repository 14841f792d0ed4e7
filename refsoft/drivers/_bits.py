"""Numbers as bits, for Numba: reinterpretation, integers that order alike, and fused a*b + c."""

from __future__ import annotations

import platform
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array


class Format(NamedTuple):
    """What the bit arithmetic needs to know about float32 or float64."""

    real: Any
    integer: Any
    digits: int
    bias: int
    ln2_head: float
    ln2_tail: float
    series: tuple[float, ...]


# log(2) is ln2_head, rounded to nearest, plus ln2_tail. With the series q from its highest
# coefficient on, 1 + r + r^2 q(r) is exp(r) up to a factor 1 + e for |r| <= log(2)/2, |e| below
# 0.07 u in float32 and 0.1 u in float64: a minimax polynomial, found by Remez's exchange in 60
# digits, its coefficients rounded.
FORMATS = {
    types.float32: Format(
        np.float32,
        np.int32,
        23,
        127,
        0.693147182464599609375,
        -1.90465429995776799e-9,
        (
            0.0013814620906487107,
            0.008368710055947304,
            0.04166838899254799,
            0.1666652113199234,
            0.4999999403953552,
        ),
    ),
    types.float64: Format(
        np.float64,
        np.int64,
        52,
        1023,
        6.93147180559945286227e-01,
        2.31904681384629955842e-17,
        (
            2.5000071206731564e-08,
            2.763023445382892e-07,
            2.755758627261953e-06,
            2.4801493134815208e-05,
            0.0001984126950676975,
            0.0013888888943598885,
            0.008333333333494338,
            0.04166666666653026,
            0.16666666666666413,
            0.5000000000000011,
        ),
    ),
}


@intrinsic  # type: ignore[untyped-decorator]
def bits_as(typing_context: Any, value: Any, target: Any) -> Any:
    """The bits of ``value`` read as the NumPy scalar type ``target``."""
    to = target.dtype

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(to))

    return to(value, target), generate


@intrinsic  # type: ignore[untyped-decorator]
def row_of(typing_context: Any, rows: Any, r: Any) -> Any:
    """Row r of a 2-D array whose rows are contiguous, wherever each of them begins."""
    row = types.Array(rows.dtype, 1, "C", readonly=not rows.mutable)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given = context.make_array(rows)(context, builder, arguments[0])
        (step, _), (_, n) = (
            cgutils.unpack_tuple(builder, pair, 2) for pair in (given.strides, given.shape)
        )
        index = context.cast(builder, arguments[1], r, types.intp)
        found = context.make_array(row)(context, builder)
        populate_array(
            found,
            data=cgutils.pointer_add(builder, given.data, builder.mul(index, step)),
            shape=[n],
            strides=[given.itemsize],
            itemsize=given.itemsize,
            meminfo=None,  # the caller owns the memory for as long as the kernel runs
        )
        return found._getvalue()

    return row(rows, r), generate


@intrinsic  # type: ignore[untyped-decorator]
def address(typing_context: Any, array: Any) -> Any:
    """Where an array begins."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given = context.make_array(array)(context, builder, arguments[0])
        return builder.ptrtoint(given.data, context.get_value_type(types.intp))

    return types.intp(array), generate


@intrinsic  # type: ignore[untyped-decorator]
def fetch_and_add(typing_context: Any, array: Any, amount: Any) -> Any:
    """The first entry of an array, to which the amount is added for all threads at once."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given = context.make_array(array)(context, builder, arguments[0])
        return builder.atomic_rmw("add", given.data, arguments[1], "seq_cst")

    return array.dtype(array, array.dtype), generate


@intrinsic  # type: ignore[untyped-decorator]
def pause(typing_context: Any) -> Any:
    """Tell the processor that a loop is waiting, where it can be told."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if platform.machine() in ("x86_64", "AMD64"):
            kind = ir.FunctionType(ir.VoidType(), [])
            builder.call(
                cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.sse2.pause"), []
            )
        return context.get_dummy_value()

    return types.none(), generate


@intrinsic  # type: ignore[untyped-decorator]
def fused(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """The product a*b plus c with one rounding."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        llvm = context.get_value_type(a)
        name = f"llvm.fma.{'f32' if a == types.float32 else 'f64'}"
        kind = ir.FunctionType(llvm, [llvm] * 3)
        return builder.call(builder.module.declare_intrinsic(name, (), kind), arguments)

    return a(a, a, a), generate


@intrinsic  # type: ignore[untyped-decorator]
def use_wide_vectors(typing_context: Any) -> Any:
    """Let LLVM compile the calling function for vectors of 512 bits where there are any.

    It prefers 256 bits on most machines that have both.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        # llvmlite's own method knows no attributes with values.
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.none(), generate


@intrinsic  # type: ignore[untyped-decorator]
def from_half(typing_context: Any, bits: Any) -> Any:
    """The float32 that the bits of a float16 stand for."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        half = builder.bitcast(arguments[0], ir.HalfType())
        return builder.fpext(half, ir.FloatType())

    return types.float32(types.uint16), generate


@intrinsic  # type: ignore[untyped-decorator]
def to_half(typing_context: Any, x: Any) -> Any:
    """The bits of the float16 nearest to a float32, ties to even."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        half = builder.fptrunc(arguments[0], ir.HalfType())
        return builder.bitcast(half, ir.IntType(16))

    return types.uint16(types.float32), generate


@intrinsic  # type: ignore[untyped-decorator]
def ordinal(typing_context: Any, x: Any) -> Any:
    """An integer that orders as x does, NaN above everything; its own inverse as bits."""
    form = FORMATS[x]
    result = types.int32 if x == types.float32 else types.int64

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = context.get_value_type(result)
        most = ir.Constant(kind, 2 ** (kind.width - 1) - 1)
        infinity = ir.Constant(kind, (2 * form.bias + 1) << form.digits)
        bits = builder.bitcast(arguments[0], kind)
        is_nan = builder.icmp_signed(">", builder.and_(bits, most), infinity)
        return builder.select(is_nan, most, _flip(builder, bits, most))

    return result(x), generate


@intrinsic  # type: ignore[untyped-decorator]
def from_ordinal(typing_context: Any, k: Any) -> Any:
    """The number of an `ordinal`; NaN for that of NaN."""
    result = types.float32 if k == types.int32 else types.float64

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (bits,) = arguments
        most = ir.Constant(bits.type, 2 ** (bits.type.width - 1) - 1)
        return builder.bitcast(_flip(builder, bits, most), context.get_value_type(result))

    return result(k), generate


def _flip(builder: Any, bits: Any, most: Any) -> Any:
    """Turn sign and magnitude into two's complement, or back."""
    sign_everywhere = builder.ashr(bits, ir.Constant(bits.type, bits.type.width - 1))
    return builder.xor(bits, builder.and_(sign_everywhere, most))
