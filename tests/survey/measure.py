"""What is measured of a subject: its verdict, its error against n, its error on every score."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import refsoft as rs
from refsoft import rounding
from refsoft._dtypes import as_dtype, cast
from refsoft.conformance.cases import Case
from refsoft.conformance.families import Family
from refsoft.conformance.judge import judge
from refsoft.conformance.load import invoke
from refsoft.conformance.truth import Truth
from refsoft.oracle import enclose
from tests.survey.subjects import Subject

LENGTHS = (2, 5, 10, 30, 100, 300, 1000, 3000, 10**4, 3 * 10**4, 10**5, 10**6)
SCALES = {"normal": 1.0, "wide": 60.0}
ENTRIES = 20_000  # of the rows of one length together, but for those that are longer
SHORT = ("float16", "bfloat16")  # formats of which every score is visited
VALUES = {"temperature": 1.0, "n": 1.0, "sink": 1.0, "eta": 1.0, "p": 1.0, "s": 1.0, "b": 0.0}

Figure = dict[str, Any]


def verdict(subject: Subject, dtype: str) -> Figure:
    """What the check says on all its cases; not searched, so that it can be measured again."""
    report = rs.check(
        subject.function, subject.variant, dtype=dtype, array=subject.array, seed=0,
        skip=("search", "laws"), **subject.options,
    )  # fmt: skip
    run = report.runs[0]
    return {
        "verdict": ("conforms", "does not conform", "not judged")[report.exit_code],
        "reason": report.unjudged,
        "domain": subject.options.get("domain", ""),
        "arithmetic": run.arithmetic,
        "tightest": run.tightest,
        "asked": [preset.name for preset in rounding.presets(dtype)],
        "diagnosis": report.diagnosis,
        "cases": run.judged,
        "findings": [
            {
                "severity": f.severity,
                "law": f.law,
                "detail": f.detail,
                "cases": len(f.cases),
            }
            for f in report.findings
        ],
    }


def curves(members: Sequence[Subject], dtype: str) -> Iterator[tuple[Subject, Figure]]:
    """The largest error by length, of subjects of one variant: truth is computed once for all."""
    for kind, scale in SCALES.items():
        for n in LENGTHS:
            rng = np.random.default_rng([n, int(scale)])
            rows = scale * rng.standard_normal((max(1, ENTRIES // n), n))
            true = Rows(members[0].variant, cast(rows, as_dtype(dtype)))
            for subject in members:
                yield subject, {"rows": kind, "n": n, **error(subject, true)}


def every_score(members: Sequence[Subject], dtype: str) -> Iterator[tuple[Subject, Figure]]:
    """The largest error over the rows [0, x], x every finite score of a short format."""
    scores = np.arange(2**16, dtype=np.uint16).view(as_dtype(dtype))
    with np.errstate(invalid="ignore"):
        scores = scores[np.isfinite(scores)]
    rows = np.stack([np.zeros_like(scores), scores], axis=1)
    true = Rows(members[0].variant, rows)
    for subject in members:
        yield subject, {"count": len(scores), **error(subject, true)}


class Rows:
    """Rows, their truth and the default bound."""

    def __init__(self, name: str, x: Any) -> None:
        variant = rs.variants[name]
        params = {p.name: VALUES[p.name] for p in variant.card.parameters}
        case = Case("survey", Family("survey", "", lambda scene: scene.normal()), x, params)
        enclosure = enclose(variant.oracle_module, case.rows, case.visible, case.columns())
        self.x = x
        self.truth = Truth(variant, case, enclosure)
        self.bound = self.truth.bound(rounding.default(x.dtype), x.dtype)


def error(subject: Subject, true: Rows) -> Figure:
    passes = subject.options.get("passes", ())
    keywords = {**{name: VALUES[name] for name in passes}, **subject.options.get("call", {})}
    outcome = invoke(subject.function, true.x, keywords, subject.array)
    y = outcome.y
    if y is None or y.shape != true.x.shape:
        return {"ulp": None, "over_bound": None, "why": outcome.message}
    judged = judge(true.truth, y.astype(np.float64), true.bound, true.x.dtype)
    return {"ulp": _number(judged.ulps.max()), "over_bound": _number(judged.ratio.max())}


def _number(value: float) -> float | str:
    """Three digits: more would be no more than the sample; infinity as a word, as JSON has none."""
    return float(f"{value:.3g}") if math.isfinite(value) else "inf"
