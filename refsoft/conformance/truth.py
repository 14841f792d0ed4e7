"""What is true of a case: the certified enclosure and the bounds, computed once and kept."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft._dtypes import Array
from refsoft.conformance import store
from refsoft.conformance.cases import Case
from refsoft.oracle import Enclosure
from refsoft.rounding import PRESETS, Arithmetic
from refsoft.variant import Variant

KEPT_ENTRIES = 16_000_000  # numbers of 8 bytes
WORTH_A_FILE = 64  # entries; fewer are computed as soon as read

_kept: OrderedDict[bytes, Truth] = OrderedDict()


class Truth:
    """The enclosure of a case's rows, and its bounds under every arithmetic asked for.

    Parameters
    ----------
    variant : Variant
    case : Case
    enclosure : Enclosure
    bounds : dict
        Those known already, for a result of the format of the scores, by name of the preset.

    Attributes
    ----------
    head, tail, radius : ndarray (rows, n)
        The real value differs from ``head + tail`` by at most ``radius``.
    """

    def __init__(
        self,
        variant: Variant,
        case: Case,
        enclosure: Enclosure,
        bounds: Mapping[str, Array] | None = None,
    ) -> None:
        self._variant = variant
        self._x = case.rows
        self._where = case.visible
        self._params = case.columns()
        self._bounds: dict[tuple[Arithmetic, str], Array] = {
            (PRESETS[name], str(case.x.dtype)): bound for name, bound in (bounds or {}).items()
        }
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
                    self._where,
                    arithmetic,
                    dtype,
                    **self._params,
                )
            self._bounds[key] = np.where(np.isnan(bound), np.inf, bound)
        return self._bounds[key]

    @property
    def size(self) -> int:
        """The number of entries kept for it."""
        return int(self.head.size) * (4 + len(self._bounds))


def truth(variant: Variant, case: Case) -> Truth:
    """The truth of a case: as given, or from memory or disk where its scores were met before."""
    if case.known is not None:
        return Truth(variant, case, case.known.enclosure, case.known.bounds)
    key = key_of(variant, case)
    if key in _kept:
        _kept.move_to_end(key)
        return _kept[key]
    found = Truth(variant, case, _enclosure(variant, case, key))
    _kept[key] = found
    while sum(kept.size for kept in _kept.values()) > KEPT_ENTRIES and len(_kept) > 1:
        _kept.popitem(last=False)
    return found


def forget() -> None:
    """Drop what is kept in memory; what is on disk stays."""
    _kept.clear()


def _enclosure(variant: Variant, case: Case, key: bytes) -> Enclosure:
    from refsoft import oracle

    # Bounds are not kept on disk: they take no longer to compute than to read.
    large = case.rows.size >= WORTH_A_FILE
    name = store.name(variant.oracle_module, key) if large else None
    found = None if name is None else store.load(name, case.rows.shape)
    if found is None:
        module = variant.oracle_module
        found = oracle.enclose(module, case.rows, case.visible, case.columns())
        if name is not None:
            store.save(name, found)
    return found


def key_of(variant: Variant, case: Case) -> bytes:
    """A hash of the variant's modules, the scores and the parameters."""
    digest = hashlib.blake2b(digest_size=20)
    names = f"{variant.oracle_module.__name__}:{variant.definition.__name__}"
    digest.update(f"{names}:{case.rows.shape}:{case.x.dtype}".encode())
    digest.update(np.ascontiguousarray(case.rows).tobytes())
    if case.where is not None:
        digest.update(b"where:" + case.visible.tobytes())
    for name, column in case.columns().items():
        digest.update(f"{name}:".encode() + column.tobytes())
    return digest.digest()
