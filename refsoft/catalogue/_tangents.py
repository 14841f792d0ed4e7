"""How far an honest tangent may be from the truth, of each variant; docs/bounds.md, section 6.9."""

from __future__ import annotations

from typing import Any


def jvp_bound(
    definition: Any, x: Any, v: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, **params: Any
) -> Any:
    """The bound of J v: ``definition.jvp_bound``, if it has one.

    The other five have a symmetric Jacobian: their tangent is the gradient whose cotangent is v,
    and so is its bound.
    """
    given = (x, v, y, where, arithmetic, dtype)
    if hasattr(definition, "jvp_bound"):
        return definition.jvp_bound(*given, **params)
    return definition.vjp_bound(*given, **params)[0]
