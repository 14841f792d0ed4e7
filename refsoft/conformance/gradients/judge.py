"""Judge what a backward returned: its contract, dx, and every parameter's gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft._dtypes import Array
from refsoft.conformance.assess import Standard, Violation
from refsoft.conformance.gradients.cases import Pull
from refsoft.conformance.gradients.compare import DX as DX
from refsoft.conformance.gradients.compare import compare, compare_dx, without
from refsoft.conformance.gradients.truth import per_row, pull_truth
from refsoft.conformance.judge import Judged
from refsoft.conformance.limits import finfo
from refsoft.conformance.load import Outcome
from refsoft.conformance.masked import poisoned
from refsoft.conformance.report import Severity
from refsoft.rounding import Arithmetic

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that is to be said of one call of a backward.

    Attributes
    ----------
    violations : tuple of Violation
        ``kind`` is ``vjp`` for dx, ``vjp-<parameter>`` for a parameter's gradient.
    judged : dict of Judged
        By ``dx`` or the parameter's name; what was of the right shape.
    left_out : tuple of str
        Parameters whose gradient was returned as None.
    """

    violations: tuple[Violation, ...]
    judged: dict[str, Judged]
    left_out: tuple[str, ...] = ()

    @property
    def idle(self) -> bool:
        """Whether no entry could have told a wrong backward."""
        return not any(j.strong.any() for j in self.judged.values() if j.strong.size)


@dataclass(frozen=True, slots=True)
class Pulled:
    """A case with what happened."""

    pull: Pull
    outcome: Outcome
    verdict: Verdict


def assess(
    standard: Standard, pull: Pull, outcome: Outcome, passed: dict[str, str], vjp_from: str
) -> Verdict:
    """Judge one outcome; a refusal by an exception has no violations here.

    Parameters
    ----------
    passed : dict
        Keyword by name of the parameter: their gradients are expected.
    """
    if outcome.kind == "raised":
        return Verdict((), {})
    if outcome.kind != "returned":
        law = "a backward returns, and does not end its process"
        return Verdict((Violation("contract", f"vjp-{outcome.kind}", law, outcome.message),), {})
    found = _contract(standard, pull, outcome)
    judged: dict[str, Judged] = {}
    y = outcome.y
    if y is not None and y.shape == pull.case.x.shape and _is_number(y):
        found += _dx(standard, pull, y.astype(np.float64), vjp_from, judged)
    left_out = []
    for name, keyword in passed.items():
        given = outcome.gradients.get(keyword, outcome.gradients.get(name, ""))
        if given is None:
            left_out.append(name)
        else:
            found += _slope(standard, pull, name, given, vjp_from, judged)
    return Verdict(tuple(found), judged, tuple(left_out))


def holds(
    standard: Standard, result: Pulled, arithmetic: Arithmetic, passed: dict[str, str], source: str
) -> bool:
    """Whether every gradient of a case is within the bound of an arithmetic."""
    other = Standard(standard.variant, standard.dtype, arithmetic, standard.flush, standard.given)
    verdict = assess(other, result.pull, result.outcome, passed, source)
    return not any(v.severity in ("wrong", "inaccurate") for v in verdict.violations)


def _contract(standard: Standard, pull: Pull, outcome: Outcome) -> list[Violation]:
    y, found = outcome.y, []
    if y is None:
        law = "the gradient is an array of the kind that was given, or it and a dictionary"
        return [Violation("contract", "vjp-type", law, f"it returns a {outcome.message}")]
    if y.shape != pull.case.x.shape:
        detail = f"it returns {y.shape} for {pull.case.x.shape}"
        found.append(Violation("contract", "vjp-shape", "dx has the shape of x", detail))
    if y.dtype not in (standard.scores, standard.dtype):
        detail = f"it returns {y.dtype} for {pull.case.x.dtype}"
        found.append(Violation("contract", "vjp-dtype", "dx has the dtype of x", detail))
    if outcome.modified:
        found.append(Violation("contract", "vjp-modified", "the inputs stay as they were"))
    if outcome.aliased:
        law = "dx does not share an input's memory"
        found.append(Violation("contract", "vjp-aliased", law))
    return found


def _dx(
    standard: Standard, pull: Pull, dx: Any, vjp_from: str, judged: dict[str, Judged]
) -> list[Violation]:
    case, variant = pull.case, standard.variant
    dx = dx.reshape(case.rows.shape)
    verdict = compare_dx(standard, pull, dx, vjp_from)
    judged[DX] = verdict
    with np.errstate(invalid="ignore"):
        x = case.rows.astype(np.float64)
    spoilt = (np.isnan(x) & case.visible).any(axis=1, keepdims=True)
    endless = (np.isneginf(x) & case.visible).any(axis=1, keepdims=True)
    infinite = verdict.beyond & ~np.isfinite(dx)
    behind = infinite & poisoned(case)
    limit = infinite & endless & ~behind
    rest = verdict.beyond & ~behind & ~limit
    far = (verdict.wrong & rest).any()
    gradient = variant.card.gradient
    group = "mask-" if case.family.group == "mask" else ""
    kinds: tuple[tuple[Severity, str, str, Flags], ...] = (
        (
            "special", "vjp-nan", "a visible NaN makes the gradient of its row NaN",
            spoilt & case.visible & ~np.isnan(dx),
        ),
        ("wrong", "vjp-masked", "the gradient at a masked entry is 0", ~case.visible & (dx != 0)),
        ("special", "vjp-minus-inf", "beside -inf the gradient is its limit, never NaN", limit),
        ("wrong", "vjp-mask-leak", "nothing depends on what stands behind the mask", behind),
        ("wrong", f"vjp-{group}accuracy", gradient, rest & far),
        ("inaccurate", f"vjp-{group}accuracy", f"{gradient}, within the bound", rest & ~far),
    )  # fmt: skip
    return [
        Violation(severity, kind, law, _detail(verdict, at, dx[at]), at)
        for severity, kind, law, hits in kinds
        if hits.any()
        for at in [_worst(verdict, hits)]
    ]


def _slope(
    standard: Standard, pull: Pull, name: str, given: Any, vjp_from: str, judged: dict[str, Judged]
) -> list[Violation]:
    kind = f"vjp-{name}"
    if isinstance(given, str):
        law = f"the gradient of {name}, which is passed, is returned with dx: (dx, {{name: grad}})"
        detail = f"it returns a {given} for it" if given else "it is not returned"
        return [Violation("contract", f"{kind}-missing", law, detail)]
    expected = pull.case.x.shape[:-1] if per_row(pull, name) else ()
    if given.shape != expected or not _is_number(given):
        law = f"the gradient of {name} has the shape of {name}: what rows share is summed over them"
        detail = f"it returns {given.shape} for {expected}"
        return [Violation("contract", f"{kind}-shape", law, detail)]
    found = []
    if per_row(pull, name) and given.dtype not in (standard.scores, standard.dtype):
        law = f"the gradient of {name} has the dtype of {name}"
        detail = f"it returns {given.dtype} for {standard.scores}"
        found.append(Violation("contract", f"{kind}-dtype", law, detail))
    true = pull_truth(standard.variant, pull)
    values = given.astype(np.float64).reshape(true.slopes[name].head.shape)
    verdict = compare(standard, true, name, values, vjp_from)
    unknown = ~np.isfinite(true.slopes[name].head) | (
        _far_apart(standard, pull, name) & ~np.isfinite(values)
    )
    verdict = without(verdict, unknown)
    judged[name] = verdict
    if verdict.beyond.any():
        far = (verdict.wrong & verdict.beyond).any()
        severity: Severity = "wrong" if far else "inaccurate"
        row = int(np.argmax(np.where(verdict.beyond, np.nan_to_num(verdict.ratio), -1.0)))
        flat = Judged(*(np.atleast_1d(getattr(verdict, f)) for f in Judged.__slots__))
        detail = _detail(flat, (row,), values.reshape(-1)[row])
        law = f"{standard.variant.card.gradient}{'' if far else ', within the bound'}"
        found.append(Violation(severity, kind, law, detail, (row, 0)))
    return found


def _far_apart(standard: Standard, pull: Pull, name: str) -> Any:
    """Whether differences of scores overflow, on which the gradients of parameters depend."""
    x = np.where(pull.case.visible, pull.case.rows.astype(np.float64), 0.0)
    apart = np.max(x, axis=1, initial=0.0) - np.min(x, axis=1, initial=0.0) > float(
        finfo(standard.scores).max
    )
    return apart if per_row(pull, name) else apart.any()


def _worst(judged: Judged, among: Flags) -> tuple[int, int]:
    score = np.where(among, np.nan_to_num(judged.ratio, posinf=np.finfo(np.float64).max), -1.0)
    row, column = np.unravel_index(int(np.argmax(score)), score.shape)
    return int(row), int(column)


def _detail(judged: Judged, at: tuple[int, ...], given: float) -> str:
    ratio = judged.ratio[at]
    if not np.isfinite(given):
        return f"it gives {given:g}"
    if not np.isfinite(ratio):
        return "the gradient is exact in every arithmetic; it is not"
    return f"error {ratio:.3g} times the bound" if ratio > 0 else f"it gives {given:g}"


def _is_number(y: Array) -> bool:
    return y.dtype.kind in "fiub" or "float" in y.dtype.name
