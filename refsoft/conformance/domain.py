"""The part of the real line on which a function is judged: a tiny language, parsed, never run."""

from __future__ import annotations

import ast
import math
import operator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from refsoft._dtypes import Array, cast
from refsoft.conformance.limits import finfo

ACCEPTED = "accepted: comparisons of x or abs(x) with numbers, joined by 'and', as in abs(x)<=1e4"
_MIRRORED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}


@dataclass(frozen=True, slots=True)
class Domain:
    """An interval of scores.

    Attributes
    ----------
    text : str
        As it was written; empty for the default, every finite score.
    low, high : float
        Its ends.
    low_open, high_open : bool
        Whether the end itself is outside.
    """

    text: str = ""
    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    @classmethod
    def parse(cls, text: str) -> Domain:
        """Read ``abs(x)<=1e4``, ``-10<=x<0`` or ``x>-50 and abs(x)<1e6``.

        Raises
        ------
        ValueError
            If the text is anything else, or admits no number.
        """
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise ValueError(f"domain {text!r} cannot be read; {ACCEPTED}") from None
        parts = (
            tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]
        )
        domain = cls(text.strip())
        for part in parts:
            domain = domain._narrowed(part)
        if not domain.low < domain.high and (
            domain.low_open or domain.high_open or domain.low != domain.high
        ):
            raise ValueError(f"domain {text!r} admits no score; {ACCEPTED}")
        return domain

    def admits(self, x: Any) -> Any:
        """Whether each score lies in the domain; NaN never does once the domain was narrowed."""
        if not self.text:
            return np.ones(np.shape(x), bool)
        x = np.asarray(x, np.float64)
        above = operator.gt if self.low_open else operator.ge
        below = operator.lt if self.high_open else operator.le
        return above(x, self.low) & below(x, self.high)

    def clip(self, x: Array) -> Array:
        """The nearest scores in the domain; what is not finite stays, for the caller to drop.

        Raises
        ------
        ValueError
            If the format of ``x`` has no number in the domain.
        """
        if not self.text:
            return x
        limits = finfo(x.dtype)
        low = self._inside(max(self.low, float(limits.min)), math.inf, x.dtype)
        high = self._inside(min(self.high, float(limits.max)), -math.inf, x.dtype)
        if not (bool(self.admits(low)) and bool(self.admits(high)) and low <= high):
            raise ValueError(f"no {x.dtype} lies in the domain {self.text}")
        return np.where(np.isfinite(x), np.clip(x, low, high), x).astype(x.dtype)

    def _inside(self, end: float, towards: float, dtype: np.dtype[Any]) -> Array:
        value = cast(np.asarray(end, np.float64), dtype)
        if not bool(self.admits(value)):
            value = np.nextafter(value, dtype.type(towards))
        return value

    def _narrowed(self, node: ast.expr) -> Domain:
        if not isinstance(node, ast.Compare):
            raise ValueError(f"domain {self.text!r} cannot be read; {ACCEPTED}")
        domain = self
        operands = [node.left, *node.comparators]
        for left, sign, right in zip(operands, node.ops, operands[1:], strict=False):
            kind: Any = type(sign)
            number = self._number(right)
            subject = left
            if number is None:
                number, subject, kind = self._number(left), right, _MIRRORED.get(kind)
            if number is None or kind not in _MIRRORED:
                raise ValueError(f"domain {self.text!r} cannot be read; {ACCEPTED}")
            domain = domain._with(subject, kind, number)
        return domain

    def _with(self, subject: ast.expr, kind: Any, number: float) -> Domain:
        is_open = kind in (ast.Lt, ast.Gt)
        from_above = kind in (ast.Lt, ast.LtE)
        match subject:
            case ast.Name(id="x") if from_above:
                return self._below(number, is_open)
            case ast.Name(id="x"):
                return self._above(number, is_open)
            case ast.Call(func=ast.Name(id="abs"), args=[ast.Name(id="x")], keywords=[]) if (
                from_above
            ):
                return self._below(number, is_open)._above(-number, is_open)
        raise ValueError(f"domain {self.text!r} cannot be read; {ACCEPTED}")

    def _below(self, number: float, is_open: bool) -> Domain:
        if (number, not is_open) < (self.high, not self.high_open):
            return replace(self, high=number, high_open=is_open)
        return self

    def _above(self, number: float, is_open: bool) -> Domain:
        if (number, is_open) > (self.low, self.low_open):
            return replace(self, low=number, low_open=is_open)
        return self

    @staticmethod
    def _number(node: ast.expr) -> float | None:
        negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
        if negative:
            node = node.operand  # type: ignore[attr-defined]
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            try:
                value = float(node.value)  # type: ignore[arg-type]
            except OverflowError:
                return None
            return -value if negative else value
        return None
