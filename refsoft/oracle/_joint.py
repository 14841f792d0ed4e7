"""The gradient of a loss that depends on the result and on the log-sum-exp."""

from __future__ import annotations

from functools import partial
from typing import Any

from refsoft.oracle._shared import Entry, Gradients, Number, Row

LSE = "lse_cotangent"


class Joint:
    """A definition whose gradients are those of ⟨g, y⟩ + λ·lse, λ the parameter LSE.

    Parameters
    ----------
    definition : module
        With ``lse_gradient(x, **params)``: the function k ↦ ∂lse/∂x_k, and a dictionary with a
        function without arguments for the derivative over every parameter.
    """

    def __init__(self, definition: Any) -> None:
        self.definition = definition
        self.__file__ = getattr(definition, "__file__", None)

    def vjp(self, x: Row, g: Row, **params: Number) -> tuple[Entry, Gradients]:
        """Pull g and λ back: Jᵀg + λ ∇lse, and the same for the parameters; λ's own is 0."""
        of_lse = params.pop(LSE)
        entry, slopes = self.definition.vjp(x, g, **params)
        added, more = self.definition.lse_gradient(x, **params)

        def slope(name: str) -> Number:
            return _sum(slopes[name](), more[name](), of_lse)

        gradients: Gradients = {name: partial(slope, name) for name in slopes}
        return lambda k: _sum(entry(k), added(k), of_lse), {**gradients, LSE: lambda: 0}


def _sum(value: Number, added: Number, factor: Number) -> Number:
    """The sum value + factor·added; NaN or an infinity among them stands for itself."""
    if isinstance(value, float):
        return value
    return added if isinstance(added, float) else value + factor * added
