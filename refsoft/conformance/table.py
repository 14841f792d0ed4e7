"""The table of a run: one line per case class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from refsoft.conformance.assess import Result
from refsoft.conformance.report import SEVERITIES, ClassRow

EDGES = (0.0, 0.5, 1.0, 2.0, 4.0)


def table(results: Sequence[Result]) -> tuple[ClassRow, ...]:
    """Sum up the results by class, in the order they were run."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.case.family.id, []).append(result)
    return tuple(_row(members) for members in groups.values())


def _row(members: list[Result]) -> ClassRow:
    family = members[0].case.family
    ulps, ratios = [np.zeros(0)], [np.zeros(0)]
    for result in members:
        judged, ruled = result.assessment.judged, result.assessment.ruled
        if judged is not None and ruled is not None:
            ulps.append(judged.ulps[~ruled].reshape(-1))
            ratios.append(judged.ratio[~ruled].reshape(-1))
    all_ulps, all_ratios = np.concatenate(ulps), np.concatenate(ratios)
    found = [v.severity for r in members for v in r.assessment.violations]
    refused = sum(r.outcome.kind == "raised" for r in members)
    idle = sum(r.assessment.idle for r in members)
    if found:
        verdict: str = min(found, key=SEVERITIES.index)
    elif refused == len(members):
        verdict = "refused"
    else:
        verdict = "no power" if idle == len(members) else "ok"
    return ClassRow(
        family=family.id,
        reason=family.reason,
        cases=len(members),
        idle=idle,
        refused=refused,
        max_ulp=float(np.max(all_ulps, initial=0.0)),
        over_bound=float(np.max(all_ratios, initial=0.0)),
        histogram=histogram(all_ulps),
        verdict=verdict,
    )


def histogram(ulps: Any) -> tuple[int, ...]:
    """How many errors are 0, up to ½, 1, 2, 4 ULP, and above."""
    places = np.searchsorted(EDGES, ulps, side="left")
    return tuple(int(count) for count in np.bincount(places, minlength=6))
