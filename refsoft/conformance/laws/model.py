"""What a law is made of: the calls that it looks at, and what it says of their results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
Params = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Move:
    """What a law does to rows, where it has a choice.

    Attributes
    ----------
    shift : float
        Added to all scores.
    factor : float
        Of all scores, a power of 2.
    rise : float
        Added to one score, or to a parameter.
    place : int
        The score that is raised; how far a reversed row is turned.
    """

    shift: float = 4.0
    factor: float = 2.0
    rise: float = 1.0
    place: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One evaluation that a law needs.

    Attributes
    ----------
    x : ndarray (rows, n)
        Scores that the format represents exactly.
    params : dict
    of : str
        The variant that the law compares with; empty for the function itself.
    visible : ndarray of bool (n,) or None
        The entries that the law speaks of; the others are masked. None for all.
    """

    x: Rows
    params: Params
    of: str = ""
    visible: NDArray[np.bool_] | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What tells calls apart."""
        mask = b"" if self.visible is None else self.visible.tobytes()
        return self.x.shape, self.x.tobytes(), tuple(self.params.items()), self.of, mask

    def seen(self, values: Rows) -> Rows:
        """The columns that the law speaks of."""
        return values if self.visible is None else values[:, self.visible]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A call with its result, which differs from the real value by at most ``error``."""

    x: Rows
    params: Params
    y: Rows
    error: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """By how much a law fails, row by row.

    Attributes
    ----------
    size : ndarray (rows, k)
        0 where the results obey.
    allowance : ndarray (rows, k)
        How far the size may be from that of the real values.
    given, wanted : ndarray (rows, k) or None
        The two sides of the law, where they are worth showing.
    """

    size: Rows
    allowance: Rows
    given: Rows | None = None
    wanted: Rows | None = None

    @property
    def broken(self) -> NDArray[np.bool_]:
        """The rows in which no real values within the errors obey."""
        return np.asarray((self.size > self.allowance).any(axis=1))


Calls = Callable[[str, Rows, Params, Move], tuple[Call, ...]]
Measure = Callable[[tuple[Seen, ...]], Gap]


@dataclass(frozen=True, slots=True)
class Law:
    """A relation between results of one function.

    Attributes
    ----------
    id, words, formula : str
    calls : (variant, x, params, move) -> tuple of Call
        What to evaluate, from rows of scores.
    measure : (tuple of Seen) -> Gap
    variants : frozenset of str
        Where it holds. Elsewhere ``counterexample`` breaks it.
    counterexample : tuple of float
        A row; broken with every parameter at its default, or at the end of its
        range that the law speaks of.
    claims : dict
        The id of the claim on a variant's card that says the same.
    parameters : tuple of str
        Those that it is about; a variant without any of them has no such law.
    settings : dict
        In words, what a variant's parameters are set to.
    moves : tuple of str
        The choices of a :class:`Move` that its calls depend on.
    """

    id: str
    words: str
    formula: str
    calls: Calls
    measure: Measure
    variants: frozenset[str]
    counterexample: tuple[float, ...] = ()
    claims: Mapping[str, str] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    def told(self, variant: str) -> str:
        """The law in words, of one variant."""
        setting = self.settings.get(variant, "")
        return f"with {setting} {self.words}" if setting else self.words

    @property
    def general(self) -> str:
        """The law in words, with the settings of all variants."""
        settings = "; ".join(dict.fromkeys(self.settings.values()))
        return f"{self.words} ({settings})" if settings else self.words
