"""The card of a variant: what it is, where it is defined, what is claimed of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a variant, with its domain.

    Attributes
    ----------
    name : str
        The keyword under which every method takes it.
    default : float or None
        ``None`` means that the parameter is required.
    low, high : float
        Ends of the domain.
    low_open, high_open : bool
        Whether the end itself is outside the domain.
    meaning : str
        One line, with the unit where there is one.
    """

    name: str
    default: float | None
    meaning: str
    low: float = -math.inf
    high: float = math.inf
    low_open: bool = True
    high_open: bool = True

    @property
    def domain(self) -> str:
        """The domain as an interval, ``(0, inf)`` for instance."""
        left, right = "(" if self.low_open else "[", ")" if self.high_open else "]"
        return f"{left}{self.low:g}, {self.high:g}{right}"

    def contains(self, value: Any) -> Any:
        """Whether a number, or each entry of an array, is in the domain; NaN never is."""
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above & below


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement about a variant, and whether the card says that it is true.

    What has been established by a proof is not written here: it is read from
    the certificate, see :meth:`Card.status`.
    """

    id: str
    statement: str
    latex: str
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Rulings:
    """What a conforming implementation may return where the definition is silent.

    Attributes
    ----------
    masked : float
        The result at a masked entry, and of a row without a visible entry.
    at_minus_inf : float or None
        The limit at a score of -inf beside finite ones; None where it depends
        on the parameters or the score has no limit.
    all_minus_inf : tuple of float
        Accepted values of a row whose visible scores are all -inf.
    at_plus_inf : tuple of (float, float) or None
        The path-independent limit (there, elsewhere) of a row with exactly one
        +inf. NaN is accepted besides.
    """

    masked: float = 0.0
    at_minus_inf: float | None = 0.0
    all_minus_inf: tuple[float, ...] = (0.0,)
    at_plus_inf: tuple[float, float] | None = (1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Card:
    """Everything that is said about a variant, apart from code that computes it.

    Attributes
    ----------
    name : str
        The public name, ``refsoft.<name>``.
    title, summary : str
        One line each.
    formula, latex : str
        The definition of one entry, plain and in LaTeX.
    gradient : str
        The vector-Jacobian product in plain notation.
    source : str
        Where the definition is published.
    parameters : tuple of Parameter
    claims : tuple of Claim
    rulings : Rulings
    aliases : tuple of str
        Other names in use.
    lse : str or None
        The logarithm of the normaliser in plain notation, where it exists.
    neighbour : str
        The variant with which an implementation is most easily confused.
    """

    name: str
    title: str
    summary: str
    formula: str
    latex: str
    gradient: str
    source: str
    neighbour: str
    parameters: tuple[Parameter, ...] = ()
    claims: tuple[Claim, ...] = ()
    rulings: Rulings = Rulings()
    aliases: tuple[str, ...] = ()
    lse: str | None = None

    def parameter(self, name: str) -> Parameter:
        """The parameter of that name; KeyError if the variant has none."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise KeyError(name)

    def status(self, claim: str) -> str:
        """``proved``, ``refuted``, ``conjectured``, or ``unproved`` without a certificate."""
        from refsoft.certificates import status

        return status(self.name, claim)
