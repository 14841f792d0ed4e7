"""Compile every CUDA kernel for every generation, and write docs/cuda.json.

    python -m tests.cuda_product [SECONDS]

goes on where it was stopped; kernels whose sources have changed are compiled anew. Needs
numba-cuda and ptxas, no GPU; all of it takes about an hour of one core. With 0 seconds it
says how many are of the sources as they are.
"""

from __future__ import annotations

import hashlib
import inspect
import itertools
import json
import sys
import time
from pathlib import Path

import refsoft as rs
from refsoft import drivers
from refsoft._dtypes import DTYPES
from refsoft.catalogue import _primitives
from refsoft.drivers import _sources
from tests.helpers import ptx
from tests.helpers.ptx import LONG, Case

FILE = Path("docs/cuda.json")
CAPABILITIES = [(9, 0), (8, 0), (10, 0)]
OPERATIONS = ["forward", "vjp", "jvp"]
# What kernels are made of, beside the recipe.
HELD = (
    "_cuda_ends", "_cuda_finish", "_cuda_held", "_cuda_key", "_cuda_parameters", "_cuda_rows",
    "_cuda_slopes", "_device", "_index", "_lanes", "_numba_cuda", "_reduce", "_vectors",
)  # fmt: skip
SPANS = (*HELD, "_cuda_found", "_cuda_spans", "_cuda_turns")


def cases():
    """Rows that are held, with the usual parameters, others, and others each; then long ones."""
    product = list(itertools.product(rs.variants, OPERATIONS, DTYPES))
    for name, operation, dtype in product:
        yield Case(name, operation, dtype, 1024)
        if ptx.recipe_of(name)[0].usual:
            yield Case(name, operation, dtype, 1024, usual=True)
        yield Case(name, operation, dtype, 1000, masked=True, per_row=True)
    for name, operation, dtype in product:
        yield Case(name, operation, dtype, LONG)


def stamp(case):
    """A hash of what a kernel is compiled from: the shape, the drivers' files, the recipe."""
    folder, recipe = Path(drivers.__file__).parent, ptx.recipe_of(case.name)[0]
    shape, spans = ptx.shape_of(case)
    digest = hashlib.sha256(repr(shape).encode())
    for name in SPANS if spans else HELD:
        digest.update((folder / f"{name}.py").read_bytes())
    digest.update(Path(_primitives.__file__).read_bytes())
    for function in _sources.functions(recipe):
        digest.update(inspect.getsource(function).encode())
    return digest.hexdigest()[:8]


def measured(case, text, capability):
    registers, stack, spills = ptx.assembled(text, capability)
    loads, stores = ptx.vector_moves(text, case.dtype)
    return {
        "stamp": stamp(case),
        "registers": registers,
        "stack": stack,
        "spills": spills,
        "local": ptx.local_memory(text),
        "vector_loads": loads,
        "vector_stores": stores,
        "float64": case.dtype != "float64" and len(ptx.float64_arithmetic(text)),
    }


def label(case, capability):
    return f"{case}, {capability[0]}.{capability[1]}"


def write(kernels, of):
    """A line for each kernel."""
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(kernels[key])}" for key in kernels)
    FILE.write_text(f'{{"of": {of}, "kernels": {{\n{lines}\n}}}}\n')


def main(seconds):
    started, every = time.monotonic(), list(cases())
    known = json.loads(FILE.read_text())["kernels"] if FILE.exists() else {}
    kernels = {}
    for case in every:
        for capability in CAPABILITIES:
            found = known.get(label(case, capability), {})
            if found.get("stamp") == stamp(case):
                kernels[label(case, capability)] = found
    for case in every:
        if label(case, CAPABILITIES[-1]) in kernels:
            continue
        if time.monotonic() - started > seconds:
            break
        for capability, text in ptx.texts(case, CAPABILITIES).items():
            kernels[label(case, capability)] = measured(case, text, capability)
        write(kernels, len(every) * len(CAPABILITIES))
    print(f"{len(kernels)} of {len(every) * len(CAPABILITIES)} are of these sources")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else float("inf"))
