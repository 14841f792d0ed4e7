"""The cases of gradients: which cotangents go with which scores."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from refsoft._dtypes import Array, as_dtype, cast
from refsoft.conformance import cases, layouts, masks
from refsoft.conformance.cases import Case
from refsoft.conformance.families import FAMILIES, Family
from refsoft.conformance.gradients.cotangents import BY_ID, Cotangent, Stage
from refsoft.conformance.limits import finfo
from refsoft.conformance.truth import truth

if TYPE_CHECKING:
    from refsoft.conformance.options import Options
    from refsoft.variant import Variant

PREFIX = "vjp-"
ALL = "vjp"  # in --only and --skip: every class of gradients
LONGEST = 1000  # past which one length, the class's own, is enough

EVERY = tuple(c for c in BY_ID if c not in ("basis", "scales", "small"))
# Of each class of scores, the cotangents; "+" is one more that goes round with the length.
PAIRS: dict[str, tuple[str, ...]] = {
    "normal": EVERY,
    "wide": ("normal", "+"),
    "zero": ("normal", "ones"),
    "equal": ("normal", "+"),
    "ties": ("normal", "first", "+"),
    "sorted": ("normal", "last"),
    "pairs": ("normal", "+"),
    "negative": ("normal", "ones", "+"),
    "tiny-scores": ("normal", "+"),
    "subnormal": ("normal", "huge"),
    "huge": ("small",),
    "edges": ("middle",),
    "balance": ("normal", "ones", "+"),
    "scales": ("scales", "normal", "ones"),
    "square": ("basis", "normal"),
    "vector": ("normal", "+"),
    "batch-3d": ("normal", "scales"),
    "batch-middle": ("normal",),
    "batch-4d": ("normal",),
    "long-uniform": ("normal", "cancelling"),
    "one": ("small", "ones"),
    "some-minus-inf": ("normal", "ones", "+"),
    "tiles-minus-inf": ("normal",),
    "all-minus-inf": ("normal",),
    "nan": ("normal",),
    "empty": ("normal",),
}
MASKED = ("normal",)


@dataclass(frozen=True, slots=True, eq=False)
class Pull:
    """Scores and the cotangent that is pulled back.

    Attributes
    ----------
    id : str
        ``vjp-class/length/cotangent``.
    family : Family
        Of the table: the class of the scores with the prefix.
    case : Case
    g : ndarray
        Of the shape of the scores and the format of the result.
    cotangent : Cotangent or None
        None for one that was made by hand.
    lse : ndarray or None
        The cotangent of the log-sum-exp, of the batch's shape, if the loss depends on it.
    """

    id: str
    family: Family
    case: Case
    g: Array
    cotangent: Cotangent | None = None
    lse: Array | None = None

    @property
    def reason(self) -> str:
        """What its cotangent is there for."""
        return "" if self.cotangent is None else self.cotangent.reason

    @property
    def rows(self) -> Array:
        """The cotangents as (rows, n)."""
        return self.g.reshape(self.case.rows.shape)


def classes(options: Options) -> tuple[str, ...]:
    """The ids of the classes that there are under the options."""
    if not options.differentiates:
        return ()
    found = [PREFIX + family.id for family in FAMILIES if family.id in PAIRS]
    found += [PREFIX + layouts.LAYOUTS[name].id for name in layouts.KINDS[options.array]]
    if options.mask_keyword is not None:
        found += [PREFIX + masking.family.id for masking in masks.MASKS]
    return (ALL, *found)


def build(variant: Variant, dtype: np.dtype[Any], options: Options) -> Iterator[Pull]:
    """The cases of gradients, the same at every call."""
    if not options.differentiates or (
        options.case is not None and not options.case.startswith(PREFIX)
    ):
        return
    if options.joint and not hasattr(variant.definition, "lse_bound"):
        raise ValueError(f"{variant.card.name} has no lse_bound; accepted: gradients without lse")
    result = dtype if options.out_dtype is None else as_dtype(options.out_dtype)
    for case in _scores(variant, dtype, options):
        for cotangent in _of(case):
            name = f"{PREFIX}{case.id}/{cotangent.id}"
            if options.case in (None, name):
                yield _drawn(variant, case, cotangent, result, name, options)


def _drawn(
    variant: Variant,
    case: Case,
    cotangent: Cotangent,
    dtype: np.dtype[Any],
    name: str,
    options: Options,
) -> Pull:
    """A case with a cotangent of a class."""
    family = replace(case.family, id=PREFIX + case.family.id)
    if case.x.size == 0:
        none = _of_lse(np.zeros(case.x.shape), dtype, np.random.default_rng(0))
        lse = none if options.joint else None
        return Pull(name, family, case, np.zeros(case.x.shape, dtype), cotangent, lse)
    rng = np.random.default_rng([options.seed or 0, zlib.crc32(name.encode())])
    y = truth(variant, case).head.reshape(case.x.shape)
    with np.errstate(all="ignore"):
        g = cast(cotangent.draw(Stage(rng, y, finfo(dtype), options.flush)), dtype)
    return Pull(name, family, case, g, cotangent, _of_lse(g, dtype, rng) if options.joint else None)


def wide(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The format of a log-sum-exp, which 16-bit kernels keep in float32."""
    return np.dtype(np.float32) if dtype.itemsize == 2 else dtype


def _of_lse(g: Array, dtype: np.dtype[Any], rng: np.random.Generator) -> Array:
    """Normal numbers of the size of each row's cotangent, or of 1 where that is 0."""
    with np.errstate(all="ignore"):
        size = np.max(np.abs(g.astype(np.float64)), axis=-1, initial=0.0)
        drawn = rng.standard_normal(size.shape) * np.where(size > 0, size, 1.0)
        return cast(np.asarray(drawn), wide(dtype))


def _of(case: Case) -> Iterable[Cotangent]:
    names = PAIRS.get(case.family.id, MASKED)
    if case.x.shape[-1] > LONGEST:
        names = names[:1]
    turn = zlib.crc32(case.id.encode())
    chosen = (EVERY[turn % len(EVERY)] if name == "+" else name for name in names)
    return [BY_ID[name] for name in dict.fromkeys(chosen)]


def _scores(variant: Variant, dtype: np.dtype[Any], options: Options) -> Iterator[Case]:
    """The forward's own cases, whose exact results are known already."""
    chosen = _chosen(options)
    plan = replace(options.plan(variant.card), only=chosen, skip=frozenset())
    if not chosen:
        return
    yield from cases.build(variant.card, dtype, plan)
    yield from layouts.build(variant.card, dtype, plan, options.array)
    if options.mask_keyword is not None:
        yield from masks.build(variant.card, dtype, plan, options.mask_keyword)


def _chosen(options: Options) -> frozenset[str]:
    """The classes of scores whose gradients are wanted."""
    there = classes(options)[1:]
    if options.case is not None:
        there = tuple(name for name in there if options.case.startswith(name + "/"))
    elif options.only and ALL not in options.only:
        there = tuple(name for name in there if name in options.only)
    left_out = there if ALL in options.skip else options.skip
    return frozenset(name.removeprefix(PREFIX) for name in there if name not in left_out)
