"""Turn what was found of gradients into findings: the example, the diagnosis, the command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from refsoft._dtypes import cast
from refsoft.conformance.assess import Violation
from refsoft.conformance.gradients.cases import Pull
from refsoft.conformance.gradients.diagnose import diagnose
from refsoft.conformance.gradients.examine import Backward
from refsoft.conformance.gradients.judge import DX, Pulled
from refsoft.conformance.gradients.smallest import smallest
from refsoft.conformance.gradients.sources import inputs
from refsoft.conformance.gradients.truth import pull_truth
from refsoft.conformance.load import Outcome
from refsoft.conformance.report import SEVERITIES, Example, Finding
from refsoft.conformance.snippet import numbers, snippet

Shown = tuple[Pulled, Violation]


def findings(backward: Backward, source: str, results: Sequence[Pulled]) -> tuple[Finding, ...]:
    """One finding for every law that is broken, the gravest first.

    Parameters
    ----------
    source : str
        Code that brings the backward into scope as vjp, or the function as f.
    """
    groups: dict[tuple[str, str], list[Shown]] = {}
    for result in results:
        for violation in result.verdict.violations:
            groups.setdefault((violation.severity, violation.kind), []).append((result, violation))
    for severity, kind in list(groups):
        plain = ("wrong", "vjp-accuracy") in groups
        if (severity == "inaccurate" and ("wrong", kind) in groups) or (
            kind == "vjp-mask-accuracy" and plain
        ):
            # Where a wrong gradient comes near the truth is no finding of its own.
            del groups[severity, kind]
    found = [_finding(backward, source, shown) for shown in groups.values()]
    found += _refusals(backward, results)
    return tuple(sorted(found, key=lambda f: (not f.convicts, SEVERITIES.index(f.severity))))


def _finding(backward: Backward, source: str, shown: list[Shown]) -> Finding:
    result, violation = min(shown, key=lambda pair: pair[0].pull.case.x.size)
    example, detail = _example(backward, source, result, violation)
    return Finding(
        severity=violation.severity,
        kind=violation.kind,
        law=violation.law,
        dtype=backward.standard.scores.name,
        cases=tuple(r.pull.id for r, _ in shown),
        detail=detail,
        example=example,
        diagnosis=diagnose(backward, violation.kind),
        rerun=backward.explainer.rerun(result.pull.id),
        laws=_laws(backward, [r for r, _ in shown], violation),
    )


def _laws(backward: Backward, results: Sequence[Pulled], violation: Violation) -> tuple[str, ...]:
    """The identity that a cotangent of ones shows, where the entries sum to 1."""
    if violation.kind != "vjp-accuracy" or violation.severity != "wrong":
        return ()
    for result in results:
        cotangent = result.pull.cotangent
        true = pull_truth(backward.standard.variant, result.pull).dx
        if cotangent is not None and cotangent.id == "ones" and not np.any(true.head):
            return (
                "the entries sum to 1, so that a cotangent of ones gives 0: sum_i dy_i/dx_k = 0",
            )
    return ()


def _refusals(backward: Backward, results: Sequence[Pulled]) -> list[Finding]:
    found = []
    refused = [r for r in results if r.outcome.kind == "raised"]
    masked = [r for r in refused if r.pull.case.family.group == "mask"]
    strided = [r for r in refused if r.pull.case.family.group == "layout"]
    plain = [r for r in refused if not r.pull.case.family.group and r.pull.case.x.size]
    empty = [r for r in refused if not r.pull.case.x.size]
    require = backward.options.require
    whole = len([r for r in backward.results if r.outcome.kind == "raised"]) == len(
        backward.results
    )
    for kind, law, members, required in (
        ("vjp-refused", "the backward takes rows in any batch", plain, False),
        ("vjp-empty", "empty input gives an empty gradient", empty, "empty" in require),
        ("vjp-strided", "it takes rows in any layout", strided, "strided" in require),
        ("vjp-masked", "the backward takes a mask", masked, not whole),
    ):
        if members:
            found.append(
                Finding(
                    severity="unsupported",
                    kind=kind,
                    law=law,
                    dtype=backward.standard.scores.name,
                    cases=tuple(r.pull.id for r in members),
                    detail=members[0].outcome.message,
                    rerun=backward.explainer.rerun(members[0].pull.id),
                    required=required,
                )
            )
    return found


def _example(
    backward: Backward, source: str, result: Pulled, violation: Violation
) -> tuple[Example, str]:
    """The smallest input that shows the violation, and what is to be said of it."""
    pull, outcome, detail = result.pull, result.outcome, violation.detail
    if outcome.kind != "returned":
        return Example(_code(backward, source, pull), "", ""), detail
    smaller = smallest(backward, pull, violation)
    if smaller is not None:
        pull, outcome, detail = smaller
    given, right = _sides(backward, pull, outcome, violation.kind)
    return Example(_code(backward, source, pull), given, right), detail


def _sides(backward: Backward, pull: Pull, outcome: Outcome, kind: str) -> tuple[str, str]:
    """What was given and what is right, of dx or of the parameter that the violation is about."""
    true = pull_truth(backward.standard.variant, pull)
    name = next((n for n in backward.passed if kind.startswith(f"vjp-{n}")), DX)
    value = true.dx if name == DX else true.slopes[name]
    dtype = backward.standard.dtype
    with np.errstate(all="ignore"):
        right = cast(value.head, dtype)
    if name == DX:
        given: Any = outcome.y
        right = right.reshape(pull.case.x.shape)
    else:
        given = outcome.gradients.get(backward.passed[name], outcome.gradients.get(name))
        right = right.reshape(np.shape(pull.case.params[name]))
    return _text(given), _text(right)


def _text(value: Any) -> str:
    return numbers(value) if isinstance(value, np.ndarray) else repr(value)


def _code(backward: Backward, source: str, pull: Pull) -> str:
    options, case = backward.options, pull.case
    request = backward.request(pull)
    given = inputs(backward.standard.variant, pull, options.vjp_from, backward.standard.dtype)
    ending = "vjp({})"  # not b, which is a parameter of ssmax
    keywords = dict(request.keywords)
    if options.autodiff:
        names = request.wanted
        words = ", ".join(f"{k}={k}" if k in names else f"{k}={v!r}" for k, v in keywords.items())
        call = f"f(x{', ' if words else ''}{words})"
        leaves, g = ", ".join(["x", *names]), "g"
        if pull.lse is not None:
            given, g = {**given, "glse": pull.lse}, "(g, glse)"
        if options.array == "jax":
            ending = f"jax.vjp(lambda {leaves}: {call}, {leaves})[1]({g})"
        else:
            ending = (
                f"for v in ({leaves},): v.requires_grad_()\n"
                f"torch.autograd.grad({call}, [{leaves}], {g})"
            )
        dtype = case.x.dtype
        keywords = {
            k: cast(np.asarray(v, np.float64), dtype) if k in names else v
            for k, v in keywords.items()
        }
    return snippet(
        source, case.x, keywords, options.array, case.layout, options.device, given, ending
    )
