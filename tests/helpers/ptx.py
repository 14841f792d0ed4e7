"""CUDA kernels compiled and assembled on a machine without a GPU."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import refsoft as rs
from refsoft.drivers._index import Rows
from refsoft.drivers._launch import plan_for

LONG = 2**20


@dataclass(frozen=True)
class Case:
    """A kernel for rows of length n."""

    name: str
    operation: str
    dtype: str
    n: int
    masked: bool = False
    usual: bool = False
    per_row: bool = False
    aligned: bool = True

    def __str__(self):
        flags = [flag for flag in ("masked", "usual", "per_row") if getattr(self, flag)]
        flags += [] if self.aligned else ["unaligned"]
        return " ".join([self.name, self.operation, self.dtype, str(self.n), *flags])


def compiled(case, capability):
    """The PTX text."""
    return texts(case, [capability])[capability]


def texts(case, capabilities):
    """The PTX for each generation of GPUs; typed and lowered once, which takes most of the time."""
    from numba.cuda import compiler, dispatcher

    from refsoft.drivers._numba_cuda import bounds

    device = SimpleNamespace(compute_capability=capabilities[0])
    kernel, arguments, threads = _kernel(case)
    # Calls between device functions ask for the capability of the current GPU.
    with mock.patch.object(dispatcher, "get_current_device", return_value=device):
        # What `cuda.compile_ptx` does for one generation.
        library, _ = compiler._compile_pyfunc_with_fixup(
            kernel.py_func, arguments, device=False, cc=capabilities[0], abi="numba",
            launch_bounds=bounds(threads),
        )  # fmt: skip
    return {capability: library.get_asm_str(cc=capability) for capability in capabilities}


def shape_of(case):
    """What a kernel of the case is compiled for, and whether it is that of long rows."""
    from refsoft.drivers._cuda_launch import takes_powers
    from refsoft.drivers._lanes import form

    kind, (recipe, _) = form(case.dtype), recipe_of(case.name)
    plan = plan_for(
        case.operation, 4096, case.n, kind.real(0).itemsize, kind.width, aligned=case.aligned,
        leads=case.n % kind.width != 0,
        heavy=takes_powers(recipe) and not (case.usual and recipe.usual),
    )  # fmt: skip
    return plan.shape, bool(plan.blocks)


def _kernel(case):
    from numba.cuda import types

    from refsoft.drivers._cuda_held import held_kernel
    from refsoft.drivers._cuda_key import Key
    from refsoft.drivers._cuda_spans import span_kernel
    from refsoft.drivers._lanes import form

    recipe, count = recipe_of(case.name)
    kind, usual = form(case.dtype), recipe.usual if case.usual else ()
    shape, spans = shape_of(case)
    key = Key(recipe, count, case.dtype, shape, case.masked, usual)
    index, stored = types.int64, getattr(types, kind.stored.name)
    real = types.float64 if case.dtype == "float64" else types.float32
    lengths = types.UniTuple(index, 1)

    def rows(entry):
        line = types.Array(entry, 1, "C")
        return types.NamedTuple((line, lengths, lengths, index, index), Rows)

    given = types.Tuple([rows(real) if case.per_row else real] * count)
    moves = given if case.operation == "jvp" else types.Tuple([])
    more = types.Array(real, 2, "C") if case.operation == "vjp" else types.Array(stored, 1, "C")
    x, table = rows(stored), types.Array(real, 2, "C")
    where = rows(types.boolean) if case.masked else x
    if not spans:
        arguments = types.void(index, index, x, x, where, given, moves, x, more)
        return held_kernel(case.operation, key), arguments, shape.threads
    counts, places = types.Array(index, 1, "C"), types.Array(index, 2, "C")
    arguments = types.void(
        index, index, index, index, index, x, x, where, given, moves, counts, counts, table,
        table, places, table, places, x, more,
    )  # fmt: skip
    return span_kernel(case.operation, key), arguments, shape.threads


def recipe_of(name):
    variant = rs.variants[name]
    return variant.definition.RECIPE, len(variant.card.parameters)


def float64_arithmetic(text):
    return re.findall(r"^.*\.f64\b.*$", text, re.MULTILINE)


def local_memory(text):
    """How many lines declare or move memory of a thread of its own, which is as far as any."""
    return len(re.findall(r"\.local\b", text))


def vector_moves(text, dtype):
    """How many loads and how many stores move 16 bytes."""
    pairs = {"float64": r"v2\.(?:f64|b64|u64)"}.get(dtype, r"v4\.(?:f32|b32|u32)")
    return tuple(len(re.findall(rf"{way}\.global\.{pairs}", text)) for way in ("ld", "st"))


def assembler():
    """The ptxas of the nvidia-cuda-nvcc wheel, or of a toolkit; None without."""
    wheels = [Path(folder) / "nvidia/cu13/bin/ptxas" for folder in sys.path]
    return next((str(p) for p in wheels if p.is_file()), shutil.which("ptxas"))


def assembled(text, capability):
    """Registers, bytes of stack and bytes spilled, by ptxas."""
    arch = f"sm_{capability[0]}{capability[1]}"
    with tempfile.NamedTemporaryFile("w", suffix=".ptx") as file:
        file.write(text)
        file.flush()
        command = [assembler(), "-arch", arch, "-v", file.name, "-o", "/dev/null"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = done.stderr
    spills = sum(map(int, re.findall(r"(\d+) bytes spill", found)))
    stack = max(map(int, re.findall(r"(\d+) bytes stack frame", found)))
    return int(re.search(r"Used (\d+) registers", found)[1]), stack, spills
