"""What the caller asked for, checked once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from refsoft._dtypes import as_dtype
from refsoft.card import Card
from refsoft.conformance.cases import Plan
from refsoft.conformance.domain import Domain
from refsoft.conformance.gradients import cases as gradients
from refsoft.conformance.gradients.sources import validate_gradients
from refsoft.conformance.kinds import ARRAYS
from refsoft.conformance.levels import classes
from refsoft.conformance.literals import assignment as assignment
from refsoft.conformance.literals import literal as literal
from refsoft.conformance.xfails import Expected
from refsoft.rounding import PRESETS, Arithmetic, default, presets

REQUIRABLE = ("empty", "strided", "repeatable")
LAW = "law/"  # of the id of a case that is a law
SUBNORMALS = ("gradual", "flush")
DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a check; see :func:`refsoft.check`.

    Attributes
    ----------
    passed : dict
        Keyword of the function by name of the parameter.
    vjp : str or None
        The backward, as the report names it.
    """

    dtypes: tuple[str, ...] = ("float32",)
    params: Mapping[str, float] = field(default_factory=dict)
    passed: Mapping[str, str] = field(default_factory=dict)
    call: Mapping[str, Any] = field(default_factory=dict)
    array: str = "numpy"
    device: str | None = None
    out_dtype: str | None = None
    axis_keyword: str | None = None
    mask_keyword: str | None = None
    arithmetic: str | None = None
    domain: str | None = None
    lengths: tuple[int, ...] | None = None
    max_length: int | None = None
    multiple_of: int = 1
    subnormals: str | None = None
    require: tuple[str, ...] = ()
    quick: bool = False
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    case: str | None = None
    seed: int | None = None
    timeout: float = 30.0
    xfails: tuple[Expected, ...] = ()
    vjp: str | None = None
    vjp_from: str = "x"
    autodiff: bool = False
    lse_cotangent: str | None = None
    returns_lse: bool = False

    def validated(self, card: Card) -> Options:
        """Itself, or an error that names the option, its value and what is accepted."""
        if not self.dtypes:
            raise ValueError("dtype is empty; accepted: at least one format")
        for dtype in self.dtypes:
            as_dtype(dtype)
        known = [parameter.name for parameter in card.parameters]
        for option, names in (("param", self.params), ("pass", self.passed)):
            for name in names:
                if name not in known:
                    accepted = ", ".join(known) or f"nothing, {card.name} has no parameter"
                    raise ValueError(f"{option} names {name!r}; accepted: {accepted}")
        for name, value in self.params.items():
            parameter = card.parameter(name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError(f"param {name}={value!r}; accepted: a number in {parameter.domain}")
            if not parameter.contains(float(value)):
                raise ValueError(f"param {name}={value!r}; accepted: {parameter.domain}")
            if name in self.passed:
                raise ValueError(f"{name} is both fixed by param and passed; accepted: one of them")
        for parameter in card.parameters:
            if parameter.default is None and parameter.name not in {*self.params, *self.passed}:
                raise ValueError(f"{card.name} needs {parameter.name}: give param or pass")
        _among("array", [self.array], ARRAYS)
        _among("arithmetic", [self.arithmetic or "float64"], PRESETS)
        _among("subnormals", [self.subnormals or "gradual"], SUBNORMALS)
        _among("require", self.require, REQUIRABLE)
        self._validate_call()
        validate_gradients(self, card)
        families = [*classes(self), *gradients.classes(self)]
        _among("only", self.only, [*families, "search"])
        _among("skip", self.skip, [*families, "search", "laws"])
        if self.domain is not None:
            Domain.parse(self.domain)
        if self.lengths is not None and (not self.lengths or min(self.lengths) < 0):
            raise ValueError(f"lengths={self.lengths}; accepted: numbers of entries, 0 or more")
        if self.max_length is not None and self.max_length < 1:
            raise ValueError(f"max_length={self.max_length}; accepted: 1 or more")
        if self.multiple_of < 1:
            raise ValueError(f"multiple_of={self.multiple_of}; accepted: 1 or more")
        if any(n % self.multiple_of for n in self.lengths or ()):
            raise ValueError(f"lengths={self.lengths}; accepted: multiples of {self.multiple_of}")
        if self.seed is not None and self.seed < 0:
            raise ValueError(f"seed={self.seed}; accepted: 0 or more")
        if not 0 < self.timeout <= DAY:
            raise ValueError(f"timeout={self.timeout}; accepted: seconds, more than 0, to a day's")
        return self

    def _validate_call(self) -> None:
        if self.out_dtype is not None:
            as_dtype(self.out_dtype)
        taken = {*self.passed.values(), *self.call}
        for option, keyword in (
            ("axis_keyword", self.axis_keyword),
            ("mask_keyword", self.mask_keyword),
            ("lse_cotangent", self.lse_cotangent),
        ):
            if keyword is None:
                continue
            if not keyword.isidentifier() or keyword in taken:
                raise ValueError(f"{option}={keyword!r}; accepted: a keyword not yet in use")
            taken.add(keyword)
        if self.device is None:
            return
        if not re.fullmatch(r"cpu|cuda(:\d+)?", self.device):
            raise ValueError(f"device={self.device!r}; accepted: cpu, cuda or cuda:<number>")
        if (self.array == "numpy" and self.device != "cpu") or (
            self.array == "cupy" and self.device == "cpu"
        ):
            raise ValueError(f"device={self.device!r} does not go with array={self.array!r}")

    def plan(self, card: Card) -> Plan:
        """The plan of cases that follows from them."""
        return Plan(
            fixed={name: float(value) for name, value in self.params.items()},
            swept=tuple(p.name for p in card.parameters if p.name in self.passed),
            lengths=self.lengths,
            max_length=self.max_length,
            multiple_of=self.multiple_of,
            domain=Domain.parse(self.domain) if self.domain is not None else Domain(),
            quick=self.quick,
            seed=self.seed or 0,
            only=frozenset(self.only),
            skip=frozenset(self.skip),
        )

    def preset(self, dtype: np.dtype[Any]) -> Arithmetic:
        """The arithmetic that a function of that dtype is held to.

        Raises
        ------
        ValueError
            If the one declared does not apply to the dtype.
        """
        if self.arithmetic is None:
            return default(dtype)
        chosen = PRESETS[self.arithmetic]
        applicable = [preset.name for preset in presets(dtype)]
        if chosen.name not in applicable:
            raise ValueError(
                f"arithmetic={chosen.name!r} does not apply to {dtype}; "
                f"accepted: {', '.join(applicable)}"
            )
        return chosen

    @property
    def differentiates(self) -> bool:
        """Whether gradients are judged."""
        return self.vjp is not None or self.autodiff

    @property
    def joint(self) -> bool:
        """Whether the gradients are those of a loss on the log-sum-exp too."""
        return self.lse_cotangent is not None or (self.autodiff and self.returns_lse)

    @property
    def flush(self) -> bool:
        """Whether results below the normal range may be 0; the default for JAX and CUDA."""
        flushes = self.array in ("jax", "cupy") or (self.device or "cpu") != "cpu"
        return (self.subnormals or ("flush" if flushes else "gradual")) == "flush"

    @property
    def tries_laws(self) -> bool:
        """Whether the laws are put to the function besides the cases."""
        if self.case is not None:
            return self.case.startswith(LAW)
        return not self.only and "laws" not in self.skip

    @property
    def searches(self) -> bool:
        """Whether hypothesis looks further after the cases."""
        chosen = "search" in self.only if self.only else not self.quick
        return chosen and "search" not in self.skip and self.case is None

    def narrowed(self) -> str:
        """The narrowed domain in words, empty if nothing was narrowed."""
        words = []
        if self.domain:
            words.append(self.domain)
        if self.lengths is not None:
            words.append(f"n in {{{', '.join(map(str, self.lengths))}}}")
        if self.max_length is not None:
            words.append(f"n <= {self.max_length}")
        if self.multiple_of > 1:
            words.append(f"n a multiple of {self.multiple_of}")
        if self.only:
            words.append(f"{', '.join(self.only)} alone")
        if self.skip:
            words.append(f"all but {', '.join(self.skip)}")
        if self.case:
            words.append(f"the case {self.case}")
        return ", ".join(words)


def _among(option: str, values: Iterable[str], accepted: Iterable[str]) -> None:
    accepted = list(accepted)
    for value in values:
        if value not in accepted:
            raise ValueError(f"{option}={value!r}; accepted: {', '.join(accepted)}")
