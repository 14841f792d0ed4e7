"""The case classes of masks, as data: which entries are visible, and what stands behind."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft._dtypes import Array, cast
from refsoft.card import Card
from refsoft.conformance.cases import Case, Plan, parameters
from refsoft.conformance.families import Family
from refsoft.conformance.limits import finfo

Mask = NDArray[np.bool_]
Draw = Callable[[np.random.Generator, int], Mask]

WIDTHS = {"patterns": (1, 2, 3, 5), "usual": (4, 33, 128), "tiles": (64, 1024)}
TURNS = (2, 6, 10)  # of the parameters: one value per row, then two values for all
QUICK = {"patterns": (2, 3), "usual": (4, 33), "tiles": (64,)}


@dataclass(frozen=True, slots=True)
class Masking:
    """A class of masks.

    Attributes
    ----------
    family : Family
    draw : (rng, n) -> mask
        As the function is given it; it broadcasts against the scores.
    shape : (n) -> tuple of int
        Of the scores.
    behind : float or None
        What masked entries hold; None leaves ordinary scores there.
    """

    family: Family
    draw: Draw
    shape: Callable[[int], tuple[int, ...]] = lambda n: (3, n)
    behind: float | None = None


def _patterns(rng: np.random.Generator, n: int) -> Mask:  # noqa: ARG001
    return np.asarray((np.arange(2**n)[:, np.newaxis] >> np.arange(n)) % 2 == 1)


def _causal(rng: np.random.Generator, n: int) -> Mask:  # noqa: ARG001
    return np.tri(n, dtype=bool)


def _one(rng: np.random.Generator, n: int) -> Mask:
    places = np.array([0, n - 1, int(rng.integers(n))])
    return np.asarray(np.arange(n) == places[:, np.newaxis])


def _leading(rng: np.random.Generator, n: int) -> Mask:  # noqa: ARG001
    return np.asarray(np.arange(n) >= np.array([0, n // 2, n - 1])[:, np.newaxis])


def _trailing(rng: np.random.Generator, n: int) -> Mask:  # noqa: ARG001
    return np.asarray(np.arange(n) < np.array([n, (n + 1) // 2, 0])[:, np.newaxis])


def _random(rng: np.random.Generator, n: int) -> Mask:
    mask = rng.random((3, n)) < 0.6
    mask[:, n // 2], mask[:, 0] = True, False
    return np.asarray(mask)


def _tiles(rng: np.random.Generator, n: int) -> Mask:  # noqa: ARG001
    blocks = np.arange(n) // (n // 4)
    return np.stack([blocks != 0, blocks % 2 == 1, blocks != 3])


def _shared(rng: np.random.Generator, n: int) -> Mask:  # noqa: ARG001
    return np.asarray(np.arange(n) < (n + 1) // 2)


def _per_batch(rng: np.random.Generator, n: int) -> Mask:  # noqa: ARG001
    return np.asarray(np.arange(n) < np.array([(n + 1) // 2, n - 1]).reshape(2, 1, 1))


def _poisoned(rng: np.random.Generator, n: int) -> Mask:  # noqa: ARG001
    """What is hidden comes after the row, before it, and all alone."""
    half = np.arange(n) < n // 2
    return np.stack([half, ~half, np.zeros(n, bool)])


def _masking(
    id_: str,
    reason: str,
    draw: Draw,
    lengths: str = "usual",
    behind: float | None = None,
    **more: Any,
) -> Masking:
    family = Family(f"mask-{id_}", reason, lambda s: s.normal(2.0), lengths=lengths, group="mask")
    return Masking(family, draw, behind=behind, **more)


MASKS: tuple[Masking, ...] = (
    _masking("patterns", "every pattern of visible entries, none among them", _patterns, "patterns",
             shape=lambda n: (2**n, n)),
    _masking("all", "everything is visible", lambda _, n: np.ones((3, n), bool)),
    _masking("none", "nothing is visible", lambda _, n: np.zeros((3, n), bool)),
    _masking("one", "one entry is visible", _one),
    _masking("causal", "a causal mask shared by a batch", _causal, shape=lambda n: (2, n, n)),
    _masking("leading", "padding before the row", _leading),
    _masking("trailing", "padding after the row", _trailing),
    _masking("random", "entries masked at random", _random),
    _masking("tiles", "whole tiles are masked", _tiles, "tiles"),
    _masking("shared", "one mask for all rows", _shared, shape=lambda n: (2, 3, n)),
    _masking("per-batch", "one mask for each batch", _per_batch, shape=lambda n: (2, 3, n)),
    _masking("nan", "NaN behind the mask", _poisoned, behind=np.nan),
    _masking("inf", "+inf behind the mask", _poisoned, behind=np.inf),
    _masking("minus-inf", "-inf behind the mask", _poisoned, behind=-np.inf),
    _masking("1e30", "1e30 behind the mask", _poisoned, behind=1e30),
)  # fmt: skip


def build(card: Card, dtype: np.dtype[Any], plan: Plan, keyword: str) -> Iterator[Case]:
    """The cases of masks, passed as ``keyword``; one length of three has parameters per row."""
    for masking in MASKS:
        family = masking.family
        if not plan.chooses(family):
            continue
        lengths = plan.among((QUICK if plan.quick else WIDTHS)[family.lengths])
        for n, turn in zip(lengths, itertools.cycle(TURNS), strict=False):
            if masking.draw is _tiles and n % 4:
                continue
            yield _case(card, dtype, plan, masking, n, turn, keyword)


def _case(
    card: Card,
    dtype: np.dtype[Any],
    plan: Plan,
    masking: Masking,
    n: int,
    turn: int,
    keyword: str,
) -> Case:
    rng = np.random.default_rng([plan.seed, zlib.crc32(masking.family.id.encode()), n])
    shape = masking.shape(n)
    mask = masking.draw(rng, n)
    where = np.broadcast_to(mask, shape).copy()
    x = plan.domain.clip(cast(2.0 * rng.standard_normal(shape), dtype))
    if masking.behind is not None:
        x = hidden(x, where, masking.behind)
    params = parameters(card, plan, turn, shape[:-1])
    return Case(f"{masking.family.id}/{n}", masking.family, x, params, where, {keyword: mask})


def hidden(x: Array, where: Mask, behind: float) -> Array:
    """The scores with another number behind the mask, the format's largest at most."""
    largest = float(finfo(x.dtype).max)
    value = np.clip(behind, -largest, largest) if np.isfinite(behind) else behind
    poisoned: Array = np.where(where, x, cast(np.asarray(value), x.dtype))
    return poisoned


def single(case: Case, keyword: str, row: int) -> Case:
    """One row of a case, with the mask of that row."""
    where = case.visible[row]
    params = {k: np.ravel(v)[row].item() if np.ndim(v) else v for k, v in case.params.items()}
    return replace(
        case, x=case.rows[row], params=params, where=where, extra={**case.extra, keyword: where}
    )


def without(case: Case, keyword: str, dropped: slice) -> Case:
    """A single row without some of its entries."""
    x = np.delete(case.x, dropped)
    where = np.delete(np.asarray(case.where), dropped)
    return replace(case, x=x, where=where, extra={**case.extra, keyword: where})


def shrunk(case: Case, keyword: str, fails: Callable[[Case], bool], calls: int = 80) -> Case:
    """A row as short and simple as could be found that still fails."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _simpler(case, keyword):
            if calls <= 0:
                return case
            calls -= 1
            if fails(candidate):
                case, smaller = candidate, True
                break
    return case


def _simpler(case: Case, keyword: str) -> Iterator[Case]:
    n = case.x.shape[-1]
    step = n // 2
    while step >= 1:
        for start in range(0, n, step) if n // step <= 8 else ():
            if n > step:
                yield without(case, keyword, np.s_[start : start + step])
        step //= 2
    with np.errstate(all="ignore"):
        rounded = np.round(case.x.astype(np.float64))
    where = np.asarray(case.where)
    for x in (np.where(where, rounded, case.x), np.where(where, case.x, rounded)):
        candidate = cast(np.asarray(x, np.float64), case.x.dtype)
        if candidate.tobytes() != case.x.tobytes():
            yield replace(case, x=candidate)
