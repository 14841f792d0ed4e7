"""16-byte loads and stores, conversions and the larger of two, as the GPU's own instructions."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from refsoft.drivers._numba_cuda import intrinsic, jitable, types

_WORD = ir.IntType(32)
_HALF = ir.IntType(16)


def conversion(name: str) -> tuple[Any, Any]:
    """To float32 from the bits of a format of 16, and back: to nearest, ties to even."""
    short = {"float16": "f16", "bfloat16": "bf16"}[name]

    @intrinsic  # type: ignore[untyped-decorator]
    def widen(typing_context: Any, bits: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return _instruction(builder, f"cvt.f32.{short}", "=f,h", ir.FloatType(), arguments)

        return types.float32(types.uint16), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def narrow(typing_context: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return _instruction(builder, f"cvt.rn.{short}.f32", "=h,f", _HALF, arguments)

        return types.uint16(types.float32), generate

    return (_from_bfloat16 if name == "bfloat16" else widen), narrow


@intrinsic  # type: ignore[untyped-decorator]
def _from_bfloat16(typing_context: Any, bits: Any) -> Any:
    # A bfloat16 is the upper half of a float32. (cvt.f32.bf16 is for later GPUs.)
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = builder.shl(builder.zext(arguments[0], _WORD), ir.Constant(_WORD, 16))
        return builder.bitcast(word, ir.FloatType())

    return types.float32(types.uint16), generate


@intrinsic  # type: ignore[untyped-decorator]
def larger_single(typing_context: Any, a: Any, b: Any) -> Any:
    """The larger of two float32, NaN if one is NaN."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _instruction(builder, "max.NaN.f32", "=f,f,f", ir.FloatType(), arguments)

    return types.float32(types.float32, types.float32), generate


def _instruction(builder: Any, name: str, constraint: str, result: Any, arguments: Any) -> Any:
    kind = ir.FunctionType(result, [a.type for a in arguments])
    operands = ", ".join(f"${k}" for k in range(len(arguments) + 1))
    return builder.call(ir.InlineAsm(kind, f"{name} {operands};", constraint), arguments)


def vectors(name: str, width: int, widen: Any, narrow: Any) -> tuple[Any, Any]:
    """The functions ``read(data, offset, tile, at)`` and ``write(tile, at, data, offset)``."""
    return _packed(widen, narrow) if width == 8 else (_read, _write)


@intrinsic  # type: ignore[untyped-decorator]
def _read(typing_context: Any, data: Any, offset: Any, tile: Any, at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, target = _ends(context, builder, signature.args, arguments)
        vector = builder.load(_as_vector(builder, source), align=16)
        for i in range(vector.type.count):
            lane = builder.extract_element(vector, ir.Constant(_WORD, i))
            builder.store(lane, builder.gep(target, [ir.Constant(_WORD, i)]))
        return context.get_dummy_value()

    return types.void(data, offset, tile, at), generate


@intrinsic  # type: ignore[untyped-decorator]
def _write(typing_context: Any, tile: Any, at: Any, data: Any, offset: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, target = _ends(context, builder, signature.args, arguments)
        pointer = _as_vector(builder, target)
        vector = ir.Constant(pointer.type.pointee, ir.Undefined)
        for i in range(vector.type.count):
            lane = builder.load(builder.gep(source, [ir.Constant(_WORD, i)]))
            vector = builder.insert_element(vector, lane, ir.Constant(_WORD, i))
        builder.store(vector, pointer, align=16)
        return context.get_dummy_value()

    return types.void(tile, at, data, offset), generate


def _ends(context: Any, builder: Any, kinds: Any, arguments: Any) -> tuple[Any, Any]:
    """The addresses of two pairs of an array and an index."""
    (a, i, b, j), (kind_a, _, kind_b, _) = arguments, kinds
    first = context.make_array(kind_a)(context, builder, value=a).data
    second = context.make_array(kind_b)(context, builder, value=b).data
    return builder.gep(first, [i]), builder.gep(second, [j])


def _as_vector(builder: Any, pointer: Any) -> Any:
    lane = pointer.type.pointee
    width = 16 // {ir.FloatType(): 4, ir.DoubleType(): 8, _WORD: 4}[lane]
    kind = ir.VectorType(lane, width).as_pointer(pointer.type.addrspace)
    return builder.bitcast(pointer, kind)


def _packed(widen: Any, narrow: Any) -> tuple[Any, Any]:
    """Eight values of 16 bits, as four words of two."""

    @jitable
    def read(data: Any, offset: Any, tile: Any, at: Any) -> Any:
        words = _read_words(data, offset)
        for i in range(4):
            tile[at + 2 * i] = widen(_low(words[i]))
            tile[at + 2 * i + 1] = widen(_high(words[i]))

    @jitable
    def write(tile: Any, at: Any, data: Any, offset: Any) -> Any:
        _write_words(
            data,
            offset,
            _joined(narrow(tile[at]), narrow(tile[at + 1])),
            _joined(narrow(tile[at + 2]), narrow(tile[at + 3])),
            _joined(narrow(tile[at + 4]), narrow(tile[at + 5])),
            _joined(narrow(tile[at + 6]), narrow(tile[at + 7])),
        )

    return read, write


def _part(places: int) -> Any:
    @intrinsic  # type: ignore[untyped-decorator]
    def part(typing_context: Any, word: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            shifted = builder.lshr(arguments[0], ir.Constant(_WORD, places))
            return builder.trunc(shifted, _HALF)

        return types.uint16(types.uint32), generate

    return part


_low, _high = _part(0), _part(16)


@intrinsic  # type: ignore[untyped-decorator]
def _joined(typing_context: Any, low: Any, high: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        low, high = (builder.zext(half, _WORD) for half in arguments)
        return builder.or_(low, builder.shl(high, ir.Constant(_WORD, 16)))

    return types.uint32(types.uint16, types.uint16), generate


@intrinsic  # type: ignore[untyped-decorator]
def _read_words(typing_context: Any, data: Any, offset: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, at = arguments
        base = context.make_array(signature.args[0])(context, builder, value=array).data
        vector = builder.load(_words(builder, builder.gep(base, [at])), align=16)
        lanes = [builder.extract_element(vector, ir.Constant(_WORD, i)) for i in range(4)]
        return context.make_tuple(builder, signature.return_type, lanes)

    return types.UniTuple(types.uint32, 4)(data, offset), generate


@intrinsic  # type: ignore[untyped-decorator]
def _write_words(
    typing_context: Any, data: Any, offset: Any, a: Any, b: Any, c: Any, d: Any
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, at, *lanes = arguments
        base = context.make_array(signature.args[0])(context, builder, value=array).data
        pointer = _words(builder, builder.gep(base, [at]))
        vector = ir.Constant(pointer.type.pointee, ir.Undefined)
        for i, lane in enumerate(lanes):
            vector = builder.insert_element(vector, lane, ir.Constant(_WORD, i))
        builder.store(vector, pointer, align=16)
        return context.get_dummy_value()

    return types.void(data, offset, a, b, c, d), generate


def _words(builder: Any, pointer: Any) -> Any:
    return builder.bitcast(pointer, ir.VectorType(_WORD, 4).as_pointer(pointer.type.addrspace))
