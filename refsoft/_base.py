"""What every method of a variant starts from: its modules, its backend, its arguments."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import Any, Literal, Self, get_args

from refsoft import backends
from refsoft._call import Call
from refsoft._dtypes import Array
from refsoft._help import docstring, signature
from refsoft.card import Card

Axis = int | tuple[int, ...] | None
BackendName = Literal["auto", "golden", "plain", "cpu"]


class Base:
    """A variant without its methods."""

    def __init__(
        self,
        definition: ModuleType,
        *,
        golden: ModuleType | None = None,
        oracle: ModuleType | None = None,
        backend: BackendName = "auto",
    ) -> None:
        self.definition = definition
        self.card: Card = definition.CARD
        self.__name__ = self.card.name
        self.__doc__ = docstring(self.card)
        self.__signature__ = signature(self.card)
        self._golden = golden
        self._oracle = oracle
        self.backend = backend

    def __repr__(self) -> str:
        return f"<refsoft variant {self.card.name}: {self.card.formula}>"

    def _repr_latex_(self) -> str:
        return f"${self.card.latex}$"

    @cached_property
    def golden_module(self) -> ModuleType:
        """The golden module: NumPy float64, straight from the definition."""
        return self._golden or import_module(f"refsoft.golden.{self.card.name}")

    @cached_property
    def oracle_module(self) -> ModuleType:
        """The oracle module: the definition in ball arithmetic."""
        return self._oracle or import_module(f"refsoft.oracle.{self.card.name}")

    def using(self, backend: BackendName) -> Self:
        """The same variant, computed by ``golden``, ``plain`` or ``cpu``.

        ``auto``, the default, is the CPU kernel.

        Examples
        --------
        >>> import refsoft as rs
        >>> rs.symax.using("golden")([1.0, -2.0])
        array([0.25, 0.5 ])
        """
        if backend not in get_args(BackendName):
            accepted = ", ".join(get_args(BackendName))
            raise ValueError(f"backend={backend!r}; accepted: {accepted}")
        return type(self)(
            self.definition, golden=self._golden, oracle=self._oracle, backend=backend
        )

    def _call(
        self, x: Any, axis: Any, where: Any, dtype: Any, params: dict[str, Any], out: Any = None
    ) -> Call:
        return Call.of(self.card, x, axis, where, dtype, params, out)

    def _needs_lse(self, accepted: str = "return_lse=False") -> None:
        if self.card.lse is None:
            raise TypeError(f"{self.card.name} has no log-sum-exp; accepted: {accepted}")

    def _golden_backend(self) -> backends.Golden:
        return backends.Golden(self.golden_module)

    def _backend(self) -> backends.Backend:
        if self.backend == "golden":
            return self._golden_backend()
        recipe = self.definition.RECIPE
        return backends.Plain(recipe) if self.backend == "plain" else backends.kernel(recipe)

    @cached_property
    def _quick(self) -> Callable[[Array, Any, dict[str, Any]], Array | None]:
        """The way of a small array through the kernel; it gives None where there is none."""
        if self.backend not in ("auto", "cpu") or self.definition.RECIPE is None:
            return lambda *_: None
        return backends.quick(self.card, self.definition.RECIPE)
