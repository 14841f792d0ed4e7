"""Compile every CUDA kernel for every generation, and write docs/cuda.json.

    python -m tests.cuda_product [SECONDS]

goes on where it was stopped; kernels whose sources have changed are compiled anew. Needs
numba-cuda and ptxas, no GPU; all of it takes hours of one core.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
import time
from pathlib import Path

import refsoft as rs
from refsoft._dtypes import DTYPES
from tests.helpers import ptx
from tests.helpers.ptx import LONG, Case

FILE = Path("docs/cuda.json")
CAPABILITIES = [(9, 0), (8, 0), (10, 0)]
OPERATIONS = ["forward", "vjp", "jvp"]
OTHERS = ("_device.py", "_index.py", "_lanes.py", "_launch.py", "_reduce.py", "_vectors.py")
PASSES = dict.fromkeys(("vjp", "jvp"), (("survey",), ("sum",), ("finish",)))
PASSES["forward"] = (("survey",), ("finish",))


def cases():
    """Rows that are held, with the usual parameters and others, and the passes of long ones."""
    for capability in CAPABILITIES:
        product = itertools.product(rs.variants, OPERATIONS, DTYPES)
        for name, operation, dtype in product:
            yield capability, Case(name, operation, dtype, 1024)
        for name, operation, dtype in itertools.product(rs.variants, OPERATIONS, DTYPES):
            usual = bool(ptx.recipe_of(name)[0].usual)
            if usual:
                yield capability, Case(name, operation, dtype, 1024, usual=True)
            yield capability, Case(name, operation, dtype, 1000, masked=True, per_row=True)
            for passes in PASSES[operation]:
                yield capability, Case(name, operation, dtype, LONG, passes)


def stamp():
    """A hash of what the kernels are made of."""
    import refsoft.catalogue
    import refsoft.drivers

    recipes = Path(refsoft.catalogue.__file__).parent.glob("*.py")
    drivers = Path(refsoft.drivers.__file__).parent
    files = [*recipes, *drivers.glob("*cuda*.py"), *(drivers / name for name in OTHERS)]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(files)))
    return digest.hexdigest()[:16]


def measured(case, capability):
    text = ptx.compiled(case, capability)
    registers, stack, spills = ptx.assembled(text, capability)
    loads, stores = ptx.vector_moves(text, case.dtype)
    return {
        "registers": registers,
        "stack": stack,
        "spills": spills,
        "vector_loads": loads,
        "vector_stores": stores,
        "float64": case.dtype != "float64" and len(ptx.float64_arithmetic(text)),
    }


def main(seconds):
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    sources, started, every = stamp(), time.monotonic(), list(cases())
    kernels = known["kernels"] if known.get("sources") == sources else {}
    for capability, case in every:
        label = f"{case}, {capability[0]}.{capability[1]}"
        if label in kernels:
            continue
        if time.monotonic() - started > seconds:
            break
        kernels[label] = measured(case, capability)
        about = {"sources": sources, "of": len(every), "kernels": kernels}
        FILE.write_text(json.dumps(about, indent=0) + "\n")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else float("inf"))
