"""What is true of a pulled-back cotangent: certified enclosures and the proven bounds."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft.conformance import store
from refsoft.conformance.gradients.cases import Pull
from refsoft.conformance.truth import WORTH_A_FILE, key_of, truth
from refsoft.oracle import Enclosure
from refsoft.rounding import FORMATS, Arithmetic, finish_gradient, on_both, shared
from refsoft.variant import Variant

KEPT_ENTRIES = 8_000_000  # numbers of 8 bytes
Floats = NDArray[np.float64]

_kept: OrderedDict[bytes, PullTruth] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Value:
    """An enclosure, ``|truth - (head + tail)| <= radius``, and the size of what it is made of.

    Attributes
    ----------
    size : ndarray
        What the error is told in: the value cancels, its terms do not.
    """

    head: Floats
    tail: Floats
    radius: Floats
    size: Floats


class PullTruth:
    """The exact gradients of a case, and their bounds under every arithmetic asked for."""

    def __init__(self, variant: Variant, pull: Pull, dx: Enclosure, slopes: dict[str, Enclosure]):
        self._variant = variant
        self._pull = pull
        self.y: Floats = truth(variant, pull.case).head
        self._bounds: dict[tuple[Arithmetic, str], tuple[Floats, dict[str, Floats]]] = {}
        self.rows = slopes
        self.dx = Value(dx.head, dx.tail, dx.radius, size_of(dx.head, self.y, pull.rows))
        self.slopes = {name: summed(pull, name, found) for name, found in slopes.items()}

    def bounds(
        self, arithmetic: Arithmetic, dtype: np.dtype[Any]
    ) -> tuple[Floats, dict[str, Floats]]:
        """The proven bound of dx, and of each parameter's gradient in its own shape."""
        key = (arithmetic, str(dtype))
        if key not in self._bounds:
            case, pull = self._pull.case, self._pull
            with np.errstate(all="ignore"):
                own = arithmetic if pull.lse is None else replace(arithmetic, scale_first=True)
                dx, rows = self._variant.definition.vjp_bound(
                    case.rows.astype(np.float64),
                    pull.rows.astype(np.float64),
                    self.y,
                    case.visible,
                    own,
                    dtype,
                    **case.columns(),
                )
                if pull.lse is not None:
                    dx, rows = self._joint(dx, rows, arithmetic, dtype)
                slopes = {
                    name: _sum_bound(pull, name, self.rows[name], bound, arithmetic, dtype)
                    for name, bound in rows.items()
                }
            self._bounds[key] = _or_inf(dx), {k: _or_inf(v) for k, v in slopes.items()}
        return self._bounds[key]

    def _joint(
        self, dx: Floats, rows: dict[str, Floats], arithmetic: Arithmetic, dtype: np.dtype[Any]
    ) -> tuple[Floats, dict[str, Floats]]:
        """The bounds of a loss on the log-sum-exp too; docs/bounds.md, 6.8 and 7.9."""
        case, pull = self._pull.case, self._pull
        size = np.abs(np.asarray(pull.lse, np.float64).reshape(-1, 1))
        added, slopes = self._variant.definition.lse_bound(
            case.rows.astype(np.float64), self.y, case.visible, arithmetic, dtype, **case.columns()
        )
        moved = {
            name: on_both(bound, size[:, 0], slopes[name], arithmetic)
            for name, bound in rows.items()
        }
        dx = on_both(dx, size, added, arithmetic)
        return finish_gradient(arithmetic, self.dx.head, dx, dtype, case.visible), {
            name: finish_gradient(arithmetic, self.rows[name].head, bound, dtype)
            for name, bound in moved.items()
        }

    @property
    def entries(self) -> int:
        """The number of entries kept for it."""
        return int(self.dx.head.size) * (5 + len(self._bounds))


def pull_truth(variant: Variant, pull: Pull) -> PullTruth:
    """The truth of a case, from memory or disk where it was met before."""
    digest = hashlib.blake2b(key_of(variant, pull.case), digest_size=20)
    digest.update(b"vjp:" + str(pull.g.dtype).encode() + np.ascontiguousarray(pull.g).tobytes())
    if pull.lse is not None:
        digest.update(b"lse:" + np.ascontiguousarray(pull.lse).tobytes())
    key = digest.digest()
    if key in _kept:
        _kept.move_to_end(key)
        return _kept[key]
    found = PullTruth(variant, pull, *_enclosures(variant, pull, key))
    _kept[key] = found
    while sum(kept.entries for kept in _kept.values()) > KEPT_ENTRIES and len(_kept) > 1:
        _kept.popitem(last=False)
    return found


def forget() -> None:
    """Drop what is kept in memory; what is on disk stays."""
    _kept.clear()


def held(arithmetic: Arithmetic, dtype: np.dtype[Any], vjp_from: str) -> Arithmetic:
    """The arithmetic of a backward that is given y or the log-sum-exp in place of computing them.

    A y that was rounded to a narrower format errs as one that is kept there; from the
    log-sum-exp results are formed as where scores are scaled first (docs/bounds.md, 4.4, 6.2).
    """
    if vjp_from == "x,lse":
        return replace(arithmetic, scale_first=True)
    narrower = FORMATS[dtype.name].roundoff > arithmetic.u
    if vjp_from == "y" and narrower and arithmetic.storage is None:
        return replace(arithmetic, storage=dtype.name)
    return arithmetic


def per_row(pull: Pull, name: str) -> bool:
    """Whether a parameter has one value for each row, and so its gradient."""
    return np.ndim(pull.case.params[name]) > 0


def summed(pull: Pull, name: str, rows: Enclosure) -> Value:
    """The gradient of a parameter in the shape of the parameter: one that is shared is summed."""
    size = np.abs(rows.head)
    if per_row(pull, name):
        return Value(rows.head, rows.tail, rows.radius, size)
    if not np.isfinite(rows.head).all():
        nan = np.full((), math.nan)
        return Value(nan, np.zeros(()), np.zeros(()), nan)
    parts = [*rows.head, *rows.tail]
    head = math.fsum(parts)
    tail = math.fsum([*parts, -head])
    radius = math.fsum(rows.radius) * (1 + 2.0**-50) + abs(tail) * 2.0**-52
    return Value(*(np.asarray(v) for v in (head, tail, radius, np.sum(size))))


def _sum_bound(
    pull: Pull,
    name: str,
    rows: Enclosure,
    bound: Floats,
    arithmetic: Arithmetic,
    dtype: np.dtype[Any],
) -> Floats:
    """The bound of a sum over rows, whichever way it is taken; docs/bounds.md, 7.8."""
    if per_row(pull, name) or not len(bound):
        return bound if len(bound) else np.zeros(() if not per_row(pull, name) else 0)
    total = shared(bound, rows.head, pull.case.x.shape[-1], arithmetic)
    return finish_gradient(
        arithmetic, np.asarray(float(np.sum(rows.head))), np.asarray(total), dtype
    )


def size_of(dx: Floats, y: Floats, g: Any) -> Floats:
    """What errors of dx are told in: the largest of |dx|, its row's largest, and |y g|."""
    with np.errstate(all="ignore"):
        finite = np.where(np.isfinite(dx), np.abs(dx), 0.0)
        terms = np.abs(y * g.astype(np.float64))
    terms = np.where(np.isfinite(terms), terms, 0.0)
    return np.asarray(np.maximum(np.max(finite, axis=-1, keepdims=True, initial=0.0), terms))


def _or_inf(bound: Any) -> Floats:
    return np.where(np.isnan(bound), np.inf, bound)


def _enclosures(variant: Variant, pull: Pull, key: bytes) -> tuple[Enclosure, dict[str, Enclosure]]:
    from refsoft import oracle

    module: Any = variant.oracle_module
    case = pull.case
    columns = case.columns()
    names, n = list(case.params), case.x.shape[-1]
    shape = (len(case.rows), n + len(names))
    name = store.name(module, key) if case.rows.size >= WORTH_A_FILE else None
    both = None if name is None else store.load(name, shape)
    if both is None:
        if pull.lse is not None:
            module = oracle.Joint(module)
            columns[oracle.LSE] = pull.lse.astype(np.float64).reshape(-1, 1)
        dx, slopes = oracle.enclose_vjp(module, case.rows, pull.rows, case.visible, columns)
        both = _side_by_side(dx, [slopes[name] for name in names])
        if name is not None:
            store.save(name, both)
    return both.map(lambda v: v[:, :n]), {
        name: both.map(itemgetter((slice(None), n + i))) for i, name in enumerate(names)
    }


def _side_by_side(dx: Enclosure, slopes: list[Enclosure]) -> Enclosure:
    def joined(part: str) -> Any:
        return np.column_stack([getattr(dx, part), *(getattr(s, part) for s in slopes)])

    return Enclosure(joined("head"), joined("tail"), joined("radius"))
