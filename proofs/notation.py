"""Expressions in the plain notation of cards, evaluated in mpmath.

Notes
-----
``x_i`` is an entry, ``<a,b>`` a sum of products, ``|x|`` sizes, ``sum_j f`` the sum over the row of
the factor that follows, ``min x`` a function without brackets; factors may stand side by side.
Names stand for numbers or for rows, which are lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from typing import Any

from proofs.numeric import dot, mp

Value = Any
Names = MutableMapping[str, Value]
Reading = Callable[[Names], Value]

_TOKEN = re.compile(r"\s*(sum_j|[A-Za-z]+(?:_[ij])?|\d+|[-+*/^(),<>|])")


def _each(function: Callable[..., Value], *values: Value) -> Value:
    """The function of numbers, or entry by entry of rows."""
    rows = [value for value in values if isinstance(value, list)]
    if not rows:
        return function(*values)
    spread = [value if isinstance(value, list) else [value] * len(rows[0]) for value in values]
    return [function(*entries) for entries in zip(*spread, strict=True)]


def _softmax(row: Value) -> Value:
    weights = [mp.exp(score) for score in row]
    return [weight / mp.fsum(weights) for weight in weights]


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "exp": lambda value: _each(mp.exp, value),
    "log": lambda value: _each(mp.log, value),
    "sign": lambda value: _each(mp.sign, value),
    "sum": mp.fsum,
    "softmax": _softmax,
    "min": min,
    "max": max,
}


class Expression:
    """An expression, read by recursive descent.

    Parameters
    ----------
    text : str
        In plain notation; ValueError if it is not.
    whole : bool
        Whether all of the text has to be read; otherwise its first factor is.
    """

    def __init__(self, text: str, *, whole: bool = True) -> None:
        self._text, self._in_size = text, False
        self._tokens, place = list[str](), 0
        while place < len(text.rstrip()):
            found = _TOKEN.match(text, place)
            if not found:
                raise ValueError(f"not in plain notation: {text[place:]!r}")
            self._tokens.append(found[1])
            place = found.end()
        self._reading = self._sum() if whole else self._power()
        if whole and self._tokens:
            raise ValueError(f"left over in {text!r}: {' '.join(self._tokens)}")

    def value(self, names: Names) -> Value:
        """Its value; a KeyError names what has none."""
        return self._reading(names)

    def _next(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def _take(self, expected: str) -> None:
        if self._next() != expected:
            raise ValueError(f"{expected!r} is missing in {self._text!r} before {self._next()!r}")
        self._tokens.pop(0)

    def _sum(self) -> Reading:
        whole = self._product()
        while self._next() in ("+", "-"):
            sign, left, right = self._tokens.pop(0), whole, self._product()
            whole = _both(left, right, lambda a, b, s=sign: a + b if s == "+" else a - b)
        return whole

    def _product(self) -> Reading:
        if self._next() == "-":
            self._tokens.pop(0)
            inner = self._product()
            return lambda names: _each(lambda a: -a, inner(names))
        whole = self._power()
        while True:
            if self._next() in ("*", "/"):
                sign = self._tokens.pop(0)
            elif self._next() and (self._next()[0].isalnum() or self._next() in self._opening()):
                sign = "*"
            else:
                return whole
            left, right = whole, self._power()
            whole = _both(left, right, lambda a, b, s=sign: a * b if s == "*" else a / b)

    def _opening(self) -> tuple[str, ...]:
        return ("(", "<") if self._in_size else ("(", "<", "|")

    def _power(self) -> Reading:
        base = self._atom()
        if self._next() != "^":
            return base
        self._tokens.pop(0)
        return _both(base, self._atom(), lambda a, b: a**b)

    def _atom(self) -> Reading:
        word = self._tokens.pop(0) if self._tokens else ""
        if word == "(":
            inner = self._sum()
            self._take(")")
            return inner
        if word == "<":
            left = self._sum()
            self._take(",")
            right = self._sum()
            self._take(">")
            return lambda names: dot(left(names), right(names))
        if word == "|":
            outer, self._in_size = self._in_size, True
            inner = self._sum()
            self._in_size = outer
            self._take("|")
            return lambda names: _each(abs, inner(names))
        if word == "sum_j":
            inner = self._power()
            return lambda names: mp.fsum(entries(inner, "j", names))
        if word in _FUNCTIONS:
            return self._call(_FUNCTIONS[word])
        if word.isdigit():
            return lambda _: mp.mpf(word)
        if word and word[0].isalpha():
            name, _, index = word.partition("_")
            return lambda names: names[name][names[index]] if index else names[name]
        raise ValueError(f"{word!r} cannot stand there in {self._text!r}")

    def _call(self, function: Callable[..., Value]) -> Reading:
        if self._next() != "(":
            inner = self._power()
            return lambda names: function(inner(names))
        self._take("(")
        arguments = [self._sum()]
        while self._next() == ",":
            self._tokens.pop(0)
            arguments.append(self._sum())
        self._take(")")
        return lambda names: function(*(argument(names) for argument in arguments))


def _both(left: Reading, right: Reading, function: Callable[..., Value]) -> Reading:
    return lambda names: _each(function, left(names), right(names))


def entries(reading: Reading, index: str, names: Names) -> Value:
    """The values for every entry of the row, by the name of its index."""
    found = []
    for place in range(len(names["x"])):
        names[index] = place
        found.append(reading(names))
    return found
