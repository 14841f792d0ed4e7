"""What is true of a case: the certified enclosure and the bounds, computed once and kept."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft._dtypes import Array
from refsoft.conformance.cases import Case
from refsoft.rounding import Arithmetic
from refsoft.variant import Variant

KEPT_ENTRIES = 8_000_000

_kept: OrderedDict[bytes, Truth] = OrderedDict()


class Truth:
    """The enclosure of a case's rows, and its bounds under every arithmetic asked for.

    Attributes
    ----------
    head, tail, radius : ndarray (rows, n)
        The real value differs from ``head + tail`` by at most ``radius``.
    """

    def __init__(self, variant: Variant, case: Case) -> None:
        from refsoft import oracle

        self._variant = variant
        self._x = case.rows
        self._params = case.columns()
        self._bounds: dict[tuple[Arithmetic, str], Array] = {}
        where = np.ones(self._x.shape, bool)
        enclosure = oracle.enclose(variant.oracle_module, self._x, where, self._params)
        self.head: NDArray[np.float64] = enclosure.head
        self.tail: NDArray[np.float64] = enclosure.tail
        self.radius: NDArray[np.float64] = enclosure.radius

    def bound(self, arithmetic: Arithmetic, dtype: np.dtype[Any]) -> NDArray[np.float64]:
        """The proven bound of the error of every entry; inf where nothing is proven."""
        key = (arithmetic, str(dtype))
        if key not in self._bounds:
            with np.errstate(all="ignore"):
                bound = self._variant.definition.bound(
                    self._x.astype(np.float64),
                    self.head,
                    np.ones(self._x.shape, bool),
                    arithmetic,
                    dtype,
                    **self._params,
                )
            self._bounds[key] = np.where(np.isnan(bound), np.inf, bound)
        return self._bounds[key]

    @property
    def size(self) -> int:
        """The number of entries kept for it."""
        return int(self.head.size) * (3 + len(self._bounds))


def truth(variant: Variant, case: Case) -> Truth:
    """The truth of a case, from memory where the same scores were met before."""
    key = _key(variant, case)
    found = _kept.pop(key, None) or Truth(variant, case)
    _kept[key] = found
    while sum(kept.size for kept in _kept.values()) > KEPT_ENTRIES and len(_kept) > 1:
        _kept.popitem(last=False)
    return found


def _key(variant: Variant, case: Case) -> bytes:
    digest = hashlib.blake2b(digest_size=20)
    digest.update(f"{variant.oracle_module.__name__}:{case.rows.shape}:{case.x.dtype}".encode())
    digest.update(case.rows.tobytes())
    for name, column in case.columns().items():
        digest.update(name.encode() + column.tobytes())
    return digest.digest()
