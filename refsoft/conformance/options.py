"""What the caller asked for, checked once, and how to ask for it again."""

from __future__ import annotations

import ast
import math
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from refsoft._dtypes import as_dtype
from refsoft.card import Card
from refsoft.conformance.cases import Plan
from refsoft.conformance.domain import Domain
from refsoft.conformance.families import FAMILIES
from refsoft.conformance.load import ARRAYS
from refsoft.rounding import PRESETS, Arithmetic, default, presets

REQUIRABLE = ("empty",)
SUBNORMALS = ("gradual", "flush")
REPEATED = (
    "array", "arithmetic", "domain", "lengths", "max_length", "subnormals", "require", "quick",
    "seed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a check; see :func:`refsoft.check`.

    Attributes
    ----------
    passed : dict
        Keyword of the function by name of the parameter.
    """

    dtypes: tuple[str, ...] = ("float32",)
    params: Mapping[str, float] = field(default_factory=dict)
    passed: Mapping[str, str] = field(default_factory=dict)
    call: Mapping[str, Any] = field(default_factory=dict)
    array: str = "numpy"
    arithmetic: str | None = None
    domain: str | None = None
    lengths: tuple[int, ...] | None = None
    max_length: int | None = None
    subnormals: str | None = None
    require: tuple[str, ...] = ()
    quick: bool = False
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    case: str | None = None
    seed: int | None = None
    timeout: float = 30.0

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
        families = [family.id for family in FAMILIES]
        _among("only", self.only, [*families, "search"])
        _among("skip", self.skip, [*families, "search"])
        if self.domain is not None:
            Domain.parse(self.domain)
        if self.lengths is not None and (not self.lengths or min(self.lengths) < 0):
            raise ValueError(f"lengths={self.lengths}; accepted: numbers of entries, 0 or more")
        if self.max_length is not None and self.max_length < 1:
            raise ValueError(f"max_length={self.max_length}; accepted: 1 or more")
        if self.seed is not None and self.seed < 0:
            raise ValueError(f"seed={self.seed}; accepted: 0 or more")
        if not self.timeout > 0:
            raise ValueError(f"timeout={self.timeout}; accepted: seconds, more than 0")
        return self

    def plan(self, card: Card) -> Plan:
        """The plan of cases that follows from them."""
        return Plan(
            fixed={name: float(value) for name, value in self.params.items()},
            swept=tuple(p.name for p in card.parameters if p.name in self.passed),
            lengths=self.lengths,
            max_length=self.max_length,
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
    def flush(self) -> bool:
        """Whether results below the normal range may be 0; the default for JAX."""
        return (self.subnormals or ("flush" if self.array == "jax" else "gradual")) == "flush"

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
        if self.only:
            words.append(f"{', '.join(self.only)} alone")
        if self.skip:
            words.append(f"all but {', '.join(self.skip)}")
        if self.case:
            words.append(f"the case {self.case}")
        return ", ".join(words)

    def command(self, target: str, variant: str, dtype: str, case: str) -> str:
        """The command line that runs one case again."""
        words = ["refsoft", "check", target, "--variant", variant, "--dtype", dtype]
        words += _repeated("--param", self.params)
        for name, keyword in self.passed.items():
            words += ["--pass", name if keyword == name else f"{name}={keyword}"]
        words += _repeated("--call", self.call)
        if self.array != "numpy":
            words += ["--array", self.array]
        for option, value in (
            ("--arithmetic", self.arithmetic),
            ("--domain", self.domain),
            ("--max-length", self.max_length),
            ("--subnormals", self.subnormals),
        ):
            words += [] if value is None else [option, str(value)]
        if self.lengths is not None:
            words += ["--lengths", ",".join(map(str, self.lengths))]
        words += ["--require", "empty"] if "empty" in self.require else []
        words += ["--quick"] if self.quick else []
        words += ["--seed", str(self.seed)] if self.seed else []
        return shlex.join([*words, "--case", case])

    def python(self, function: str, variant: str, dtype: str, case: str) -> str:
        """The call of :func:`refsoft.check` that runs one case again."""
        plain = Options()
        values = {
            "param": (dict(self.params), {}),
            "passes": (dict(self.passed), {}),
            "call": (dict(self.call), {}),
            **{name: (getattr(self, name), getattr(plain, name)) for name in REPEATED},
        }
        words = [function, repr(variant), f"dtype={dtype!r}"]
        words += [
            f"{name}={value!r}" for name, (value, default) in values.items() if value != default
        ]
        return f"rs.check({', '.join(words)}, case={case!r})"


def literal(text: str) -> Any:
    """A Python literal, inf, -inf or nan; never evaluated.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    special = {"inf": math.inf, "+inf": math.inf, "-inf": -math.inf, "nan": math.nan}
    if text.strip() in special:
        return special[text.strip()]
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise ValueError(
            f"{text!r} is no value; accepted: a Python literal ('text' in quotes), inf, -inf or nan"
        ) from None


def assignment(text: str) -> tuple[str, Any]:
    """``NAME=VALUE`` as a name and a literal.

    Raises
    ------
    ValueError
        If there is no name, or the value is no literal.
    """
    name, equals, value = text.partition("=")
    if not (equals and name.strip().isidentifier()):
        raise ValueError(f"{text!r}; accepted: NAME=VALUE")
    return name.strip(), literal(value)


def _repeated(option: str, values: Mapping[str, Any]) -> list[str]:
    return [word for name, value in values.items() for word in (option, f"{name}={value!r}")]


def _among(option: str, values: Iterable[str], accepted: Iterable[str]) -> None:
    accepted = list(accepted)
    for value in values:
        if value not in accepted:
            raise ValueError(f"{option}={value!r}; accepted: {', '.join(accepted)}")
