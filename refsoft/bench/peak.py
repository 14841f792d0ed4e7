"""Memory that one call takes beside its arrays, seen by the operating system.

Neither torch's memory nor Numba's goes through Python, so the peak of the process is read,
in a process of its own: ``python -m refsoft.bench.peak`` is that process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from refsoft.bench.contender import LIBRARIES, Contender, contenders, ours
from refsoft.bench.measure import FORMS
from refsoft.bench.problem import Problem
from refsoft.bench.record import Peak
from refsoft.bench.sizes import Size, parsed

WARM = parsed("512x512")  # compiles, loads and starts threads before the peak is looked at
# Freed memory goes back to the system at once, so that the next call has to take it again.
RETURNED = {"MALLOC_MMAP_THRESHOLD_": "65536"}


def peaks(
    contender: Contender, op: str, dtype: str, sizes: Sequence[Size], threads: int
) -> list[Peak]:
    """What calls take, into memory that is there and into their own, in a process of their own."""
    words = [contender.variant, contender.name, op, dtype, str(threads), *map(repr, sizes)]
    done = subprocess.run(  # noqa: S603 - this module itself
        [sys.executable, "-m", "refsoft.bench.peak", *words],
        env={**os.environ, **RETURNED},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
        raise RuntimeError(f"memory of {contender.name}: {last}")
    found = json.loads(done.stdout)
    return [
        Peak(contender.name, op, dtype, size, *forms)
        for size, forms in zip(sizes, found, strict=True)
    ]


def named(name: str, variant: str, op: str) -> Contender:
    """The contender of that name for a variant."""
    for contender in _all(variant, op):
        if contender.name == name:
            return contender
    raise ValueError(f"name={name!r}; accepted: {', '.join(c.name for c in _all(variant, op))}")


def _all(variant: str, op: str) -> Iterator[Contender]:
    yield ours(variant, op)
    yield from contenders(variant, op, tuple(LIBRARIES))
    if (variant, op) == ("softmax_one", "forward"):
        from refsoft.bench import contenders_published

        yield contenders_published.contender()


def rise(contender: Contender, dtype: str, size: Size, form: str) -> int | None:
    """Bytes by which the peak rises in one call; None if it cannot be called so."""
    warm = contender.prepare(Problem(WARM, dtype))
    function: Any = getattr(warm, form)
    if function is None:
        return None
    function()
    function()
    problem = Problem(size, dtype)
    function = getattr(contender.prepare(problem), form)
    if form == "into":
        problem.out.fill(0)
    before = _reset()
    result = function()
    after = _highest()
    del result
    return max(0, after - before)


def _reset() -> int:
    """Forget the peak so far; what is in use now, in bytes."""
    forget = Path("/proc/self/clear_refs")
    try:
        forget.write_text("5")
    except OSError:
        return _highest()  # a peak of before hides what stays under it
    return _status("VmRSS")


def _highest() -> int:
    if Path("/proc/self/status").exists():
        return _status("VmHWM")
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def main(words: Sequence[str]) -> None:
    """Measure one and print it."""
    from refsoft.bench.threads import use

    variant, name, op, dtype, threads, *sizes = words
    contender = named(name, variant, op)
    use(int(threads), ("torch",) if contender.library in ("torch", "published") else ())
    found = [[rise(contender, dtype, parsed(size), form) for form in FORMS] for size in sizes]
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
