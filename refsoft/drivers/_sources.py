"""What a compiled recipe depends on: its functions, and a stamp of their sources."""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import FunctionType
from typing import Any

from refsoft.catalogue import _primitives
from refsoft.catalogue._recipe import Recipe

# Read with this module, as the files themselves are imported: what is edited later is
# not what this process compiles.
_ALWAYS = b"".join(
    path.read_bytes()
    for path in (Path(_primitives.__file__), *sorted(Path(__file__).parent.glob("*.py")))
)


def functions(recipe: Recipe) -> list[FunctionType]:
    """The functions of a recipe and all that they call, the primitives apart."""
    found: list[FunctionType] = []
    waiting: list[Any] = [getattr(recipe, field.name) for field in fields(recipe)]
    while waiting:
        function = waiting.pop()
        if not isinstance(function, FunctionType) or function in found:
            continue
        if function.__module__ != _primitives.__name__:
            found.append(function)
            waiting += referenced(function)
    return found


def stamp(recipe: Recipe, settings: tuple[object, ...] = ()) -> int:
    """A hash of all that the kernels of a recipe are compiled from, as it was imported, and by.

    Numba's disk cache looks at the file of the driver alone: a kernel that
    captures this number is compiled anew when anything else has changed, and a
    process that outlives an edit stores nothing under the new text.
    """
    digest = hashlib.sha256(_ALWAYS)
    digest.update(repr(settings).encode())
    for function in functions(recipe):
        # Version 2 is the last whose bytes depend on nothing but the code.
        digest.update(marshal.dumps(function.__code__, 2))
        constants = [v for v in referenced(function) if isinstance(v, int | float | tuple)]
        digest.update(repr(constants).encode())
    return int.from_bytes(digest.digest()[:7], "big")


def referenced(function: FunctionType) -> Iterator[Any]:
    """The values of the globals and of the closure that a function mentions."""
    for name in function.__code__.co_names:
        if name in function.__globals__:
            yield function.__globals__[name]
    for cell in function.__closure__ or ():
        yield cell.cell_contents
