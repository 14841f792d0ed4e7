"""Calls of the CUDA driver in Numba's simulator, which needs a process of its own.

A call is a dictionary: ``name`` of the variant, ``operation``, ``plan`` as eight numbers,
and the arrays x, g, where, params and moves; results are added to it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

ARRAYS = ("x", "g", "where", "params", "moves")


def simulate(calls, folder):
    """Compute all calls in one process."""
    arrays = {}
    for k, call in enumerate(calls):
        arrays |= {f"{k}/{part}": bits(call[part]) for part in ARRAYS if part in call}
    about = [
        {key: call[key] for key in ("name", "operation", "plan")} | {"dtype": call["x"].dtype.name}
        for call in calls
    ]
    (folder / "about.json").write_text(json.dumps(about))
    np.savez(folder / "given.npz", **arrays)
    environment = os.environ | {"NUMBA_ENABLE_CUDASIM": "1"}
    command = [sys.executable, "-m", "tests.helpers.simulated", str(folder)]
    subprocess.run(command, env=environment, check=True)
    with np.load(folder / "found.npz") as found:
        for k, call in enumerate(calls):
            for part in ("y", "lse", "gradients"):
                if f"{k}/{part}" in found:
                    value = found[f"{k}/{part}"]
                    half = call["x"].dtype.itemsize == 2 and value.dtype == np.uint16
                    call[part] = value.view(call["x"].dtype) if half else value
    return calls


def bits(array):
    return array.view(np.uint16) if array.dtype.itemsize == 2 else array


def main(folder):
    import refsoft as rs
    from refsoft._dtypes import DTYPES
    from refsoft.drivers import cuda
    from refsoft.drivers._launch import Plan, Shape

    given, found = dict(np.load(folder / "given.npz")), {}
    for k, call in enumerate(json.loads((folder / "about.json").read_text())):
        part = {name: given.get(f"{k}/{name}") for name in ARRAYS}
        x, g = (
            None if part[name] is None else part[name].view(DTYPES[call["dtype"]])
            for name in ("x", "g")
        )
        recipe, where = rs.variants[call["name"]].definition.RECIPE, part["where"]
        plan = Plan(Shape(*call["plan"][:4]), *call["plan"][4:])
        with np.errstate(all="ignore"):
            if call["operation"] == "forward":
                y, lse = cuda.forward(recipe, x, where, part["params"], True, plan)
                found |= {f"{k}/y": bits(y), f"{k}/lse": bits(lse)}
            elif call["operation"] == "vjp":
                y, gradients = cuda.vjp(recipe, x, g, where, part["params"], plan=plan)
                found |= {f"{k}/y": bits(y), f"{k}/gradients": gradients}
            else:
                t = cuda.jvp(recipe, x, g, where, part["params"], part["moves"], plan)
                found[f"{k}/y"] = bits(t)
    np.savez(folder / "found.npz", **found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
