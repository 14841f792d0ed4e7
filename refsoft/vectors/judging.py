"""Judge by vectors: results in files, or a Python function; the oracle is not needed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from refsoft.conformance.assess import Result, Standard, assess
from refsoft.conformance.calling import call
from refsoft.conformance.cases import Case
from refsoft.conformance.domain import Domain
from refsoft.conformance.examine import PATIENCE, tightest
from refsoft.conformance.isolate import Isolated
from refsoft.conformance.load import Outcome
from refsoft.conformance.options import Options
from refsoft.conformance.power import powerless
from refsoft.conformance.repeats import repeated
from refsoft.conformance.report import Finding, Report, Run
from refsoft.conformance.snippet import source_of
from refsoft.conformance.table import table
from refsoft.vectors.names import MASK, tensor
from refsoft.vectors.reading import Vectors
from refsoft.vectors.results import read_results
from refsoft.vectors.slopes import judge_slopes, slope_roles
from refsoft.vectors.told import UNKNOWN, Told, Unasked
from refsoft.vectors.vector import Vector

# What the vectors have settled, and what only a function can be told.
SETTLED = (
    "params", "domain", "lengths", "max_length", "multiple_of", "quick", "seed", "out_dtype",
    "axis_keyword", "require", "xfails", "vjp", "vjp_from", "autodiff",
)  # fmt: skip
OF_FUNCTION = ("array", "device", "passed", "call", "mask_keyword", "timeout")
NEVER = ("other axes", "layouts", "repeated calls", "laws", "a search")

Progress = Callable[[int, int, str], None]


def options_for(
    vectors: Vectors, options: Options, dtypes: Sequence[str], *, function: bool
) -> Options:
    """The options with what the vectors have settled.

    Raises
    ------
    ValueError
        If an option is given that goes with neither vectors nor results, or not with these.
    """
    plain, about = Options(), vectors.manifest
    refused = SETTLED if function else (*SETTLED, *OF_FUNCTION)
    for name in refused:
        if getattr(options, name) != getattr(plain, name):
            of = "--vectors" if function else "--results"
            raise ValueError(
                f"{name}={getattr(options, name)!r} does not go with {of}; accepted: none"
            )
    if dtypes and tuple(dtypes) != (vectors.dtype.name,):
        raise ValueError(f"dtype={','.join(dtypes)}; accepted: {vectors.dtype}, of the vectors")
    passed = {name: name for name in about["passed"]}
    if function and set(options.passed) != set(passed):
        words = " ".join(f"--pass {name}" for name in passed) or "no --pass"
        raise ValueError(
            f"pass={','.join(options.passed)!r}; accepted: {words}, as the vectors vary"
        )
    options.preset(vectors.dtype)  # refused before anything is started
    settled = replace(
        options,
        dtypes=(vectors.dtype.name,),
        params={name: float(value) for name, value in about["fixed"].items()},
        passed=options.passed if function else passed,
        mask_keyword=options.mask_keyword if function else MASK if about["masks"] else None,
    )
    return settled.validated(vectors.variant.card)


def chosen(vectors: Vectors, options: Options) -> list[Vector]:
    """The vectors of the classes, or the one case, that are asked for.

    Raises
    ------
    ValueError
        If there is no such case.
    """
    plan = options.plan(vectors.variant.card)
    left = [
        vector
        for vector in vectors.vectors
        if plan.chooses(vector.case.family)
        and options.case in (None, vector.case.id)
        and (vector.case.where is None or options.mask_keyword is not None)
    ]
    if not left:
        raise ValueError(f"case={options.case!r}; accepted: a case of the vectors, and its class")
    return left


def check_results(
    vectors: Vectors, folder: Path, options: Options, progress: Progress | None = None
) -> Report:
    """Judge results in a folder.

    Raises
    ------
    ValueError
        If there are none.
    """
    started = time.perf_counter()
    results = read_results(folder, vectors)
    told = _told(vectors, options, Unasked(), str(folder), folder)

    def examine(case: Case) -> Result:
        name = tensor(case.id, "y")
        outcome = Outcome("raised", message=f"there is no {name}")
        if name in results.found:
            outcome = Outcome("returned", results.found[name], "tensor")
        return Result(case, outcome, assess(told.standard, case, outcome))

    left = chosen(vectors, options)
    with np.errstate(all="ignore"):
        slopes, roles = judge_slopes(told, left, results.found)
    if results.unknown:
        named = ", ".join(results.unknown[:3])
        slopes.append(
            told.finding("unknown", UNKNOWN, results.unknown, f"there is no case for {named}")
        )
    absent = [role for role in slope_roles(left) if role not in roles]
    without = [*NEVER, *(absent if roles else ["gradients"])]
    return _report(told, vectors, left, examine, slopes, without, started, progress)


def check_function(
    vectors: Vectors, target: str, options: Options, progress: Progress | None = None
) -> Report:
    """Judge the function that ``target`` names, in a process of its own.

    Raises
    ------
    LoadError
        If it cannot be loaded.
    """
    started = time.perf_counter()
    left = chosen(vectors, options)
    callee = Isolated(target, options.array, options.timeout, options.device)
    told = _told(vectors, options, callee, target, None)

    def outcome(case: Case) -> Outcome:
        extra = {} if case.where is None else {str(options.mask_keyword): case.where}
        return call(callee, replace(case, extra=extra), told.keywords(case.params))

    def examine(case: Case) -> Result:
        happened = outcome(case)
        result = Result(case, happened, assess(told.standard, case, happened))
        return repeated(told.standard, result, outcome, told.domain)

    try:
        return _report(told, vectors, left, examine, [], [*NEVER, "gradients"], started, progress)
    finally:
        callee.close()


def _told(
    vectors: Vectors, options: Options, callee: Any, target: str, folder: Path | None
) -> Told:
    standard = Standard(
        vectors.variant, vectors.dtype, options.preset(vectors.dtype), options.flush
    )
    return Told(
        callee=callee,
        target=target,
        options=options,
        standard=standard,
        domain=Domain(),
        source="" if folder is not None else source_of(target),
        vectors=vectors.folder,
        results=folder,
    )


def _report(
    told: Told,
    vectors: Vectors,
    left: Sequence[Vector],
    examine: Callable[[Case], Result],
    more: Sequence[Finding],
    not_tested: Sequence[str],
    started: float,
    progress: Progress | None,
) -> Report:
    from refsoft import __version__

    options, standard = told.options, told.standard
    results: list[Result] = []
    with np.errstate(all="ignore"):
        for place, vector in enumerate(left):
            if progress is not None:
                progress(place + 1, len(left), vector.case.id)
            results.append(examine(vector.case))
            if sum(r.outcome.kind in ("hung", "crashed") for r in results) >= PATIENCE:
                break
        judged = [r for r in results if r.assessment.judged is not None]
        weak = powerless(standard, [r.case for r in judged])
        run = Run(
            dtype=vectors.dtype.name,
            arithmetic=standard.arithmetic.name,
            declared=options.arithmetic is not None,
            tightest=tightest(standard, judged),
            judged=len(judged),
            classes=table(results),
            findings=(*told.findings(results), *more),
            powerless=weak,
        )
    fixed = [
        f"{name} other than {value:g}"
        for name, value in options.params.items()
        if name not in options.passed
    ]
    masks = [] if any(v.case.where is not None for v in left) else ["masks"]
    narrowed = [vectors.manifest["domain"], *_narrowed(options)]
    return Report(
        target=told.target,
        variant=vectors.variant.card.name,
        runs=(run,),
        domain=", ".join([f"the vectors in {vectors.folder}", *filter(None, narrowed)]),
        not_tested=(*not_tested, *masks, *fixed),
        isolated=told.callee.isolated,
        unjudged=_unjudged(results, weak, vectors.variant.card.name),
        seed=int(vectors.manifest["seed"]),
        seconds=round(time.perf_counter() - started, 3),
        version=__version__,
    )


def _narrowed(options: Options) -> list[str]:
    return [replace(Options(), only=options.only, skip=options.skip, case=options.case).narrowed()]


def _unjudged(results: Sequence[Result], weak: Sequence[str], name: str) -> str:
    answers = [r.outcome for r in results if r.case.x.size]
    if answers and all(outcome.kind == "raised" for outcome in answers):
        return f"no case has a result: {answers[0].message}"
    return f"these cases cannot tell {name} from {weak[0]}" if weak else ""
