"""Honest implementations that the checker has to acquit, each with what it declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import refsoft as rs
from refsoft.conformance import Report


@dataclass(frozen=True, slots=True)
class Control:
    """One honest function.

    Attributes
    ----------
    name : str
    variant, dtype : str
    function : callable
        Called with every parameter of the variant, one value per row included.
    arithmetic : str
        The tightest preset of docs/bounds.md that its operations fall under.
    options : dict
        Others of :func:`refsoft.check`: what it declares besides.
    near : bool
        Whether it comes within a factor of 3 of its bound.
    needs : tuple of str
        Packages besides what refsoft itself needs; imported when it is called.
    """

    name: str
    variant: str
    dtype: str
    function: Callable[..., Any]
    arithmetic: str
    options: Mapping[str, Any] = field(default_factory=dict)
    near: bool = False
    needs: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Variant, name and format."""
        return f"{self.variant}-{self.name.replace(' ', '-')}-{self.dtype}"

    def check(self, **overrides: Any) -> Report:
        """Judge it as it declares itself, or with other options."""
        parameters = [p.name for p in rs.variants[self.variant].card.parameters]
        options = {
            "dtype": self.dtype,
            "arithmetic": self.arithmetic,
            "passes": parameters,
            **self.options,
        }
        return rs.check(self.function, self.variant, **{**options, **overrides})


def worst(report: Report) -> float:
    """The largest error over bound of all classes."""
    return max((row.over_bound for run in report.runs for row in run.classes), default=0.0)


def numpy_controls() -> list[Control]:
    """All that need nothing but the package itself."""
    from tests.zoo import controls_forms, controls_kernels, controls_narrow, controls_near

    parts = (controls_forms, controls_kernels, controls_narrow, controls_near)
    return [control for part in parts for control in part.CONTROLS]


def peer_controls() -> list[Control]:
    """All that need another implementation; listing them imports none."""
    from tests.zoo import controls_peers, controls_triton

    return [*controls_peers.PEERS, *controls_triton.CONTROLS]


def every_control() -> list[Control]:
    """All of them."""
    from tests.zoo.controls_peers import CONTROLS

    return [*numpy_controls(), *CONTROLS, *peer_controls()]
