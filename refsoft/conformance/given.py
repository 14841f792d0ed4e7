"""What is given of a case beforehand, so that nothing of it has to be computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft._dtypes import Array
from refsoft.oracle import Enclosure

Row = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a row may be.

    Attributes
    ----------
    id, law : str
    accepted : tuple of ndarray
        The rows that are accepted, exactly; empty where nothing is ruled.
    """

    id: str
    law: str
    accepted: tuple[Row, ...]

    def admits(self, y: Row) -> bool:
        """Whether ``y`` is one of the rows accepted."""
        return not self.accepted or any(
            np.array_equal(y, row, equal_nan=True) for row in self.accepted
        )


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """The truth of some scores, as it was written down.

    Attributes
    ----------
    x, params, where
        The very objects of the case that it is about; of a case made from that
        one, with other scores say, it says nothing.
    enclosure : Enclosure
        As (rows, n).
    bounds : dict
        By name of a preset, the bound of every entry.
    rulings : dict
        By number of the row.
    right : ndarray
        The correctly rounded result, of the shape of x.
    """

    x: Array
    params: Mapping[str, Any]
    where: NDArray[np.bool_] | None
    enclosure: Enclosure
    bounds: Mapping[str, NDArray[np.float64]]
    rulings: Mapping[int, Ruling]
    right: Array
