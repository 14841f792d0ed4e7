"""What is timed, in one form: a function into given memory, one that allocates, a reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from refsoft._dtypes import Array
from refsoft.bench.problem import Problem


@dataclass(frozen=True, slots=True)
class Prepared:
    """A contender that has its arrays.

    Attributes
    ----------
    into : callable or None
        Computes into memory that is there; None if the library cannot.
    fresh : callable or None
        The same with memory of its own; None if that is no way it is used.
    read : callable
        From what they return to the NumPy array of y, dx or the tangent.
    """

    into: Callable[[], Any] | None
    fresh: Callable[[], Any] | None
    read: Callable[[Any], Array]


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody's function for a variant and an operation.

    Attributes
    ----------
    name : str
        What is called.
    prepare : callable
        From a :class:`Problem` to :class:`Prepared`.
    variant : str
        What it computes.
    library : str
    most : int
        The largest number of entries that it is tried on.
    most_short : int
        The same in a format of 16 bits.
    """

    name: str
    prepare: Callable[[Problem], Prepared]
    variant: str
    library: str
    most: int = 1 << 62
    most_short: int = 1 << 62

    def limit(self, problem: Problem) -> int:
        """The largest number of entries in the format of a problem."""
        return self.most_short if problem.format.itemsize == 2 else self.most


@dataclass(frozen=True, slots=True)
class Library:
    """Whose functions they are.

    Attributes
    ----------
    package : str
        Which must be installed.
    module : str
        Of this package, with ``contender(variant, op)``, which is None where the
        library has nothing for it.
    """

    package: str
    module: str


LIBRARIES: Mapping[str, Library] = {
    "torch": Library("torch", "contenders_torch"),
    "scipy": Library("scipy", "contenders_scipy"),
    "jax": Library("jax", "contenders_jax"),
    "numpy": Library("numpy", "contenders_numpy"),
    "golden": Library("refsoft", "contenders_own"),
}
OURS = "refsoft"


@cache
def absent(library: str) -> bool:
    """Whether it is not installed."""
    return find_spec(LIBRARIES[library].package) is None


def contenders(variant: str, op: str, libraries: tuple[str, ...]) -> Iterator[Contender]:
    """Whoever of these libraries has the operation for the variant."""
    for library in libraries:
        if not absent(library):
            module = import_module(f"refsoft.bench.{LIBRARIES[library].module}")
            found = module.contender(variant, op)
            if found is not None:
                yield found


def ours(variant: str, op: str) -> Contender:
    """Our kernel."""
    found: Contender = import_module("refsoft.bench.contenders_own").kernel(variant, op)
    return found


def versions(libraries: tuple[str, ...]) -> dict[str, str]:
    """Of the packages that took part, ours and Numba among them."""
    packages = [LIBRARIES[name].package for name in libraries if not absent(name)]
    found = {}
    for package in sorted({*packages, OURS, "numba", "numpy"}):
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # run from a copy that is not installed
            found[package] = str(import_module(package).__version__)
    return found
