"""The report on a function: its cases examined in every format."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from refsoft._dtypes import as_dtype
from refsoft.conformance.examine import Examination
from refsoft.conformance.isolate import Callee
from refsoft.conformance.options import Options
from refsoft.conformance.report import Report, Run
from refsoft.conformance.xfails import unmet
from refsoft.variant import Variant

Progress = Callable[[int, int, str], None]


def judge_callee(
    callee: Callee,
    target: str,
    variant: Variant,
    options: Options,
    source: str,
    progress: Progress | None,
    backward: Callee | None = None,
    backward_source: str = "",
) -> Report:
    """The report on one function, and on its backward."""
    from refsoft import __version__

    started = time.perf_counter()
    runs: list[Run] = []
    reasons: list[str] = []
    examinations = [
        Examination(
            callee, target, variant, options, as_dtype(dtype), source, backward, backward_source
        )
        for dtype in options.dtypes
    ]
    total = sum(len(e.cases) + len(e.backward.pulls) + (e.seed is not None) for e in examinations)
    done = 0

    def step(label: str) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total, label)

    with np.errstate(all="ignore"):
        for examination in examinations:
            run, reason = examination.run(step)
            runs.append(run)
            reasons += [reason] if reason else []
    return Report(
        target=target,
        variant=variant.card.name,
        runs=tuple(runs),
        domain=options.narrowed(),
        not_tested=_not_tested(variant, options, examinations),
        isolated=callee.isolated,
        unjudged=reasons[0] if reasons else "",
        unmet=unmet(
            [e for e in options.xfails if options.case in (None, e.case)],
            [examination.tally for examination in examinations],
            narrowed=bool(options.only or options.skip or options.case),
        ),
        seed=options.seed or 0,
        seconds=round(time.perf_counter() - started, 3),
        version=__version__,
    )


def _not_tested(
    variant: Variant, options: Options, examinations: Sequence[Examination]
) -> tuple[str, ...]:
    fixed = [
        f"{p.name} other than {options.params.get(p.name, p.default):g}"
        for p in variant.card.parameters
        if p.name not in options.passed
    ]
    levels = [
        *(["other axes"] if options.axis_keyword is None else []),
        *(["masks"] if options.mask_keyword is None else []),
    ]
    pulled = any(examination.backward.judged for examination in examinations)
    left_out = dict.fromkeys(name for e in examinations for name in e.backward.left_out)
    gradients = [f"the gradient of {name}" for name in left_out] if pulled else ["gradients"]
    return (*levels, *gradients, *fixed)
