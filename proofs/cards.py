"""What a card says in plain notation, held against the definition: its formula and its gradient.

Notes
-----
A card writes ``y_i = f, Z = g`` for a formula and what a name in it means, and ``dx = f, dT = g``
for the gradients of <g, y>; ``S`` is the first sum of the formula. ``dx[argmin] -= f if c < 0``
changes one entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

from proofs.notation import Expression, Names, Value, entries
from proofs.numeric import Number, Point, Row, agree, mp
from refsoft.card import Card

_STATEMENTS = re.compile(r",\s+(?=\w+ = )|;\s+")
_CHANGE = re.compile(r"dx\[arg(min|max)\] -= (.+) if (.+) ([<>]) 0")
_LENGTH = "number of visible entries"
#: Of the names and a point: what the card gives, and the definition.
Check = Callable[[Names, Point], tuple[Row, Row]]


def disagreements(module: ModuleType) -> Iterator[str]:
    """Where the card's formula or gradient is not that of the file's definition."""
    if not hasattr(module, "samples"):
        return
    card: Card = module.CARD
    said, changes = _read(card)
    symbols = {
        p.name: str(getattr(module, "SYMBOLS", {}).get(p.name, p.name)) for p in card.parameters
    }
    checks: dict[str, Check] = {
        "y": lambda names, point: (names["y"], module.samples.row(point)),
        "dx": lambda names, point: (
            _changed(names, changes, point),
            [module.samples.vjp(point, m) for m in range(1, point.n + 1)],
        ),
    }
    for name, symbol in symbols.items():
        written = f"d{name}" if f"d{name}" in said else f"d{symbol}"
        checks[written] = _of_parameter(written, module.samples.gradient(symbol))
    points = module.derive.points if hasattr(module, "derive") else module.MAP.points
    for name, check in checks.items():
        try:
            for point in points:
                names = _Names(_known(card, symbols, point), said)
                if name != "y":
                    names["y"] = module.samples.row(point)
                if not all(map(agree, *check(names, point))):
                    yield f"{name} of the card is not that of the definition at n = {point.n}"
                    break
        except (KeyError, ValueError) as reason:
            yield f"{name} of the card cannot be read: {reason}"


def _of_parameter(name: str, gradient: Callable[[Point], Number]) -> Check:
    return lambda names, point: ([names[name]], [gradient(point)])


class _Names(dict[str, Value]):
    """Known values, and what the card says of other names, evaluated when it is asked for."""

    def __init__(self, known: Mapping[str, Value], said: Mapping[str, str]) -> None:
        super().__init__(known)
        self.said = said

    def __missing__(self, name: str) -> Value:
        if f"{name}_i" in self.said:
            self[name] = entries(Expression(self.said[f"{name}_i"]).value, "i", self)
        elif name in self.said:
            self[name] = Expression(self.said[name]).value(self)
        else:
            raise KeyError(f"{name} is not explained")
        return self[name]


def _read(card: Card) -> tuple[dict[str, str], list[tuple[str, ...]]]:
    """What the card says of each name, and the entries of dx that it changes."""
    said, changes = {}, []
    for text in _STATEMENTS.split(f"{card.formula}; {card.gradient}"):
        change = _CHANGE.fullmatch(text)
        if change:
            changes.append(change.groups())
        else:
            name, _, meaning = text.partition(" = ")
            said[name] = meaning
    return said, changes


def _known(card: Card, symbols: Mapping[str, str], point: Point) -> dict[str, Value]:
    """The row, its cotangent and the parameters, by both of their names."""
    known: dict[str, Value] = {"x": point.scores, "g": point.cotangent}
    for name, symbol in symbols.items():
        known[name] = known[symbol] = point.number(symbol)
    if f"n = {_LENGTH}" in card.formula:
        known["n"] = mp.mpf(point.n)
    if "sum_j" in card.formula:
        first = card.formula[card.formula.index("sum_j") :]
        known["S"] = Expression(first, whole=False).value(_Names(known, _read(card)[0]))
    return known


def _changed(names: Names, changes: list[tuple[str, ...]], point: Point) -> Row:
    """dx, with the entries that the card changes."""
    dx, row = list(names["dx"]), point.scores
    for end, by, of, sign in changes:
        bound = Expression(of).value(names)
        if bound < 0 if sign == "<" else bound > 0:
            place = row.index(min(row) if end == "min" else max(row))
            dx[place] -= Expression(by).value(names)
    return dx
