"""Values as text, read without evaluating anything."""

from __future__ import annotations

import ast
import math
from typing import Any


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
