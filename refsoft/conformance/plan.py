"""Which cases are made: the lengths of every class, the values of every parameter."""

from __future__ import annotations

from dataclasses import dataclass, field

from refsoft.card import Parameter
from refsoft.conformance.domain import Domain
from refsoft.conformance.draws import TILES
from refsoft.conformance.families import Family

LENGTHS = {
    "usual": (2, 3, 8, 33, 128, 1000),
    "balance": (2, 3, 8, 33, 65, 130, 1000, 2049),
    "blocks": tuple(2**k + side for k in range(5, 16) for side in (-1, 0, 1)),
    "edges": (33, 128, 1000, 1025),
    "tiles": tuple(4 * tile for tile in TILES),
    "square": (2, 3, 8, 40),
    "short": (3, 7, 64),
    "long": (100_000,),
    "one": (1,),
    "empty": (0, 4),
}
QUICK = {
    **LENGTHS,
    "usual": (2, 3, 40),
    "balance": (2, 3, 40, 130),
    "blocks": (31, 32, 33, 63, 64, 65, 257),
    "edges": (33, 65),
    "tiles": (128, 256),
    "square": (2, 3, 8),
    "short": (3, 7),
    "long": (20_000,),
}
# Representable in every format: nobody is blamed for rounding a parameter.
SWEEPS: dict[str, tuple[float, ...]] = {
    "temperature": (1.0, 0.5, 2.0, 0.125, 7.0),
    "n": (1.0, 0.0, 4.0, 0.0625, 64.0),
    "sink": (0.0, 3.0, -5.0, 20.0, -40.0),
    "eta": (1.0, 0.0, 0.0625, 100.0),
    "p": (1.0, 2.0, 0.5, 3.0),
    "s": (1.0, 0.4375, -0.5, 0.0, 2.0),
    "b": (0.0, 0.5, -1.0),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Which cases are made.

    Attributes
    ----------
    fixed : dict
        Values of parameters that do not vary.
    swept : tuple of str
        Parameters that take several values, arrays included.
    lengths : tuple of int or None
        In place of those of every class.
    max_length : int or None
    multiple_of : int
        Of which every length is a multiple.
    domain : Domain
    quick : bool
    seed : int
    only, skip : frozenset of str
        Classes.
    """

    fixed: dict[str, float] = field(default_factory=dict)
    swept: tuple[str, ...] = ()
    lengths: tuple[int, ...] | None = None
    max_length: int | None = None
    multiple_of: int = 1
    domain: Domain = field(default_factory=Domain)
    quick: bool = False
    seed: int = 0
    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()

    def of(self, family: Family) -> tuple[int, ...]:
        """The lengths that a class is made at."""
        lengths = (QUICK if self.quick else LENGTHS)[family.lengths]
        if family.lengths in ("one", "empty"):
            allowed = self.lengths is None or set(lengths) & set(self.lengths)
            whole = all(n % self.multiple_of == 0 for n in lengths)
            return lengths if allowed and whole else ()
        if self.lengths is not None:
            return tuple(n for n in self.lengths if n >= 2)
        longest = self.max_length
        if longest is None:
            return self._multiples(lengths)
        longest -= longest % self.multiple_of
        capped = (longest,) if family.lengths == "long" and longest > 1 else ()
        return self._multiples(lengths) or capped

    def among(self, lengths: tuple[int, ...]) -> tuple[int, ...]:
        """Lengths up to those of a class, as the plan has them."""
        if self.lengths is not None:
            lengths = tuple(n for n in self.lengths if 2 <= n <= max(lengths))
        return self._multiples(lengths)

    def _multiples(self, lengths: tuple[int, ...]) -> tuple[int, ...]:
        m = self.multiple_of
        rounded = dict.fromkeys(-(-n // m) * m for n in lengths)
        return tuple(n for n in rounded if self.max_length is None or n <= self.max_length)

    def near(self, n: int) -> int:
        """The length, of those that were not ruled out, that comes nearest to n."""
        longer = [m for m in self.lengths or () if m >= 2]
        if longer:
            return min(longer, key=lambda m: abs(m - n))
        n = -(-n // self.multiple_of) * self.multiple_of
        return n if self.max_length is None else min(n, self.max_length)

    def chooses(self, family: Family) -> bool:
        """Whether a class is wanted."""
        return (not self.only or family.id in self.only) and family.id not in self.skip

    def scalar(self, parameter: Parameter) -> float | None:
        """The one value of a parameter where it does not vary."""
        if parameter.name in self.swept:
            return sweep(parameter)[0]
        return self.fixed.get(parameter.name, parameter.default)


def sweep(parameter: Parameter) -> tuple[float, ...]:
    """The values of a parameter; some of its domain for one from outside the package."""
    if parameter.name in SWEEPS:
        return SWEEPS[parameter.name]
    candidates = (parameter.default, 1.0, 0.5, 2.0, -1.0)
    return tuple({v: None for v in candidates if v is not None and parameter.contains(v)})
