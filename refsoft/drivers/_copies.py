"""Copies between rows that lie across memory and rows that lie along it."""

from __future__ import annotations

from functools import cache
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from refsoft._dtypes import Array
from refsoft.drivers._compile import compiled, given_rows, result_rows

# Entries of a side of a tile: of 32 bits, a line of the cache, or half of one.
TILES = (16, 8)


def copied_across(source: Array, target: Array) -> bool:
    """Copy rows to or from where they are columns; False where nothing was done."""
    if source.shape != target.shape or source.ndim != 2 or source.dtype != target.dtype:
        return False
    if not (source.flags.aligned and target.flags.aligned):
        return False
    size = source.itemsize
    tile = TILES[0] if min(source.shape) >= TILES[0] else TILES[1]
    if source.strides[0] == target.strides[1] == size:
        _turner(size, tile)(_words(source.T), _words(target))
    elif source.strides[1] == target.strides[0] == size:
        _turner(size, tile)(_words(source), _words(target.T))
    else:
        return False
    return True


def _words(array: Array) -> Array:
    return array.view(f"u{array.itemsize}")


@cache
def _turner(size: int, tile: int) -> Any:
    """The kernel ``(source, target)`` that copies the transpose; lines of both are contiguous."""
    word = types.Integer.from_bitwidth(8 * size, False)

    def turn(source: Any, target: Any) -> Any:
        m, n = source.shape
        whole_m, whole_n = m - m % tile, n - n % tile
        for i in range(0, whole_m, tile):
            for j in range(0, whole_n, tile):
                turn_tile(source, i, j, target, tile)
        for i in range(m):
            for j in range(whole_n if i < whole_m else 0, n):
                target[j, i] = source[i, j]
        return 0

    return compiled(turn, given_rows(word), result_rows(word))


@intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]
def turn_tile(context: Any, source: Any, i: Any, j: Any, target: Any, tile: Any) -> Any:
    """Copy the transpose of the tile of a constant size at (i, j) to (j, i)."""
    side = tile.literal_value

    # A line of the tile at a time: entry by entry, lines that lie powers of two apart
    # would drive each other out of the cache before they are used up.
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given, result = (
            context.make_array(kind)(context, builder, value)
            for kind, value in ((source, arguments[0]), (target, arguments[3]))
        )
        row, column = (
            context.cast(builder, value, kind, types.intp)
            for value, kind in ((arguments[1], i), (arguments[2], j))
        )
        size = source.dtype.bitwidth // 8
        vector = ir.VectorType(context.get_value_type(source.dtype), side)

        def line(array: Any, first: Any, k: int, at: Any) -> Any:
            (step, _) = cgutils.unpack_tuple(builder, array.strides, 2)
            down = builder.mul(builder.add(first, first.type(k)), step)
            offset = builder.add(down, builder.mul(at, at.type(size)))
            begin = cgutils.pointer_add(builder, array.data, offset)
            return builder.bitcast(begin, vector.as_pointer())

        lines = [builder.load(line(given, row, k, column), align=size) for k in range(side)]
        for k, turned in enumerate(_transposed(builder, lines)):
            builder.store(turned, line(result, column, k, row), align=size)
        return context.get_dummy_value()

    return types.none(source, i, j, target, tile), generate


def _transposed(builder: Any, lines: list[Any]) -> list[Any]:
    """The columns of a square of lines: log2(n) times line k and line k + n/2 are interleaved."""
    n, half = len(lines), len(lines) // 2
    mask = ir.VectorType(ir.IntType(32), n)
    halves = [
        mask([lane for k in part for lane in (k, n + k)]) for part in (range(half), range(half, n))
    ]
    for _ in range(n.bit_length() - 1):
        lines = [
            builder.shuffle_vector(lines[k], lines[k + half], interleaved)
            for k in range(half)
            for interleaved in halves
        ]
    return lines
