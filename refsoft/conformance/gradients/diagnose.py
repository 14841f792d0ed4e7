"""Name the mistake: which known wrong gradient the convicted one agrees with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from refsoft.conformance.gradients.judge import DX, Pulled
from refsoft.conformance.gradients.known import known
from refsoft.conformance.gradients.known_joint import known_joint
from refsoft.conformance.gradients.known_slopes import known_slopes
from refsoft.conformance.gradients.parts import Parts, Wrong
from refsoft.conformance.gradients.truth import held, per_row, pull_truth
from refsoft.conformance.limits import finfo

if TYPE_CHECKING:
    from refsoft.conformance.gradients.examine import Backward

HIDDEN = (
    "its derivative multiplies 0 by an infinity: through a branch that where hides, "
    "or a logarithm or a root of 0"
)
MOST = 60
CANCEL = ("cancelling", "ones")  # what is left there may be rounding, of the mistake too
Floats = NDArray[np.float64]


def diagnose(backward: Backward, kind: str) -> str:
    """One sentence on the finding of that kind, or nothing.

    A mistake is named if the backward agrees with it wherever the finding's gradient was
    judged and wrong; among several, the one that the other cases support most, if any is
    against it by none.
    """
    card = backward.standard.variant.card
    name = next((n for n in backward.passed if kind.startswith(f"vjp-{n}")), DX)
    if backward.options.autodiff and _hidden(backward, kind, name):
        return HIDDEN
    usable = [r for r in backward.results if _usable(r)]
    if kind == f"vjp-{name}-shape":
        return _of_shape(backward, name, usable)
    if kind.startswith("vjp-mask") or name not in (DX, kind.removeprefix("vjp-")):
        return ""
    if name == DX and kind != "vjp-accuracy":
        return ""
    judged = [r for r in usable if name in r.verdict.judged]
    convicted = [r for r in judged if r.verdict.judged[name].beyond.any()][:MOST]
    others = [r for r in judged if not r.verdict.judged[name].beyond.any()][:MOST]
    if not convicted:
        return ""
    names = tuple(p.name for p in card.parameters)
    wrongs = known(card) if name == DX else known_slopes(name, names)
    if backward.options.joint:
        wrongs = (*known_joint(card.name, None if name == DX else name), *wrongs)
    best, most = "", -1
    for wrong in wrongs:
        if not _explains(backward, wrong, name, convicted):
            continue
        support = sum(_agrees(backward, wrong, name, r) for r in others)
        if support > most:
            best, most = wrong.sentence, support
    return f"the gradient of {name} {best}" if best and name != DX else best


def _hidden(backward: Backward, kind: str, name: str) -> bool:
    """Whether all that is wrong is NaN where the gradient is a number."""
    convicted = [r for r in backward.results if any(v.kind == kind for v in r.verdict.violations)]
    judged = [r for r in convicted if name in r.verdict.judged]
    return bool(judged) and all(
        np.isnan(_given(backward, r, name)[r.verdict.judged[name].beyond]).all() for r in judged
    )


def _usable(result: Pulled) -> bool:
    case = result.pull.case
    if result.outcome.y is None or not case.x.size or case.family.group:
        return False
    if result.pull.cotangent is not None and result.pull.cotangent.id in CANCEL:
        return False
    x = case.rows.astype(np.float64)
    return bool(np.isfinite(x).all() and np.max(np.abs(x)) < 1e30)


def _explains(backward: Backward, wrong: Wrong, name: str, convicted: Sequence[Pulled]) -> bool:
    if wrong.exact:
        return all(_agrees(backward, wrong, name, r) for r in convicted)
    near = sum(_agrees(backward, wrong, name, r) for r in convicted)
    return near >= max(1, 2 * len(convicted) // 3)


def _agrees(backward: Backward, wrong: Wrong, name: str, result: Pulled) -> bool:
    parts = _parts(backward, result, name)
    with np.errstate(all="ignore"):
        made = np.asarray(wrong.compute(parts), np.float64)
        size = np.max(np.abs(made), axis=-1, keepdims=True, initial=0.0)
        if name != DX:
            made = np.broadcast_to(made, parts.slope.shape)
            size = np.abs(made)
            if not per_row(result.pull, name):
                made, size = np.sum(made, axis=0), np.sum(size, axis=0)
    given = _given(backward, result, name).reshape(np.shape(made))
    return _near(backward, wrong, name, result, given, made, size)


def _near(
    backward: Backward,
    wrong: Wrong,
    name: str,
    result: Pulled,
    given: Floats,
    made: Floats,
    scale: Floats,
) -> bool:
    standard = backward.standard
    true = pull_truth(standard.variant, result.pull)
    arithmetic = held(standard.arithmetic, standard.dtype, backward.options.vjp_from)
    arithmetic = arithmetic.flushing() if standard.flush else arithmetic
    bounds, slopes = true.bounds(arithmetic, standard.dtype)
    bound = bounds if name == DX else slopes[name].reshape(made.shape)
    value = true.dx if name == DX else true.slopes[name]
    size, limits = value.size.reshape(made.shape), finfo(standard.dtype)
    head = value.head.reshape(made.shape)
    floor = 64 * float(limits.tiny if standard.flush else limits.smallest_subnormal)
    with np.errstate(all="ignore"):
        relative = np.where((bound > 0) & (size > 0), bound / size, 0.0)
        relative = np.where(np.isfinite(relative), np.minimum(relative, 1 / 8), 1 / 8)
        reach = (2 * relative + 32 * float(limits.eps)) * scale
        near = np.abs(given - made) <= 2 * bound + reach + floor
    if not np.isfinite(made).all():
        return False
    if near.all():
        return True
    distance = np.abs(given - made)
    if wrong.exact or not np.isfinite(distance).all():
        return False
    return bool(np.sum(distance) <= np.sum(np.abs(made - head)) / 2)


def _parts(backward: Backward, result: Pulled, name: str) -> Parts:
    pull = result.pull
    true = pull_truth(backward.standard.variant, pull)
    case = pull.case
    slope = np.zeros(1) if name == DX else true.rows[name].head
    return Parts(
        backward.standard.variant.card.name,
        case.rows.astype(np.float64),
        pull.rows.astype(np.float64),
        true.y,
        true.dx.head,
        case.columns(),
        np.full((len(case.rows), 1), float(case.x.shape[-1])),
        slope.reshape(-1, 1),
        0.0 if pull.lse is None else pull.lse.astype(np.float64).reshape(-1, 1),
    )


def _given(backward: Backward, result: Pulled, name: str) -> Floats:
    if name == DX:
        return np.asarray(result.outcome.y).astype(np.float64).reshape(result.pull.case.rows.shape)
    gradients = result.outcome.gradients
    given: Any = gradients.get(backward.passed[name], gradients.get(name))
    return np.asarray(given).astype(np.float64)


def _of_shape(backward: Backward, name: str, results: Sequence[Pulled]) -> str:
    """Whether rows that share a parameter were not summed, or rows with their own were."""
    told: set[str] = set()
    for r in results:
        if all(v.kind != f"vjp-{name}-shape" for v in r.verdict.violations):
            continue
        given, x = _given(backward, r, name).shape, r.pull.case.x.shape
        if given == x and x[-1:] == (1,):
            continue  # a value per row or per entry: rows of one entry do not tell
        if given == x:
            told.add(f"the gradient of {name} is not summed at all: one value per entry")
        elif per_row(r.pull, name) and given == ():
            told.add(f"the gradient of {name} is summed over rows that have their own value")
        elif not per_row(r.pull, name) and given in (x[:-1], (*x[:-1], 1)):
            told.add(f"the gradient of {name} is not summed over the rows that share it")
        else:
            return ""
    return told.pop() if len(told) == 1 else ""
