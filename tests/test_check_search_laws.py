"""The search for broken laws convicts what no class meets, and says how to see it again."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft.conformance import examine
from refsoft.conformance.assess import Standard
from refsoft.conformance.cases import Plan
from refsoft.conformance.laws import LAWS, Move, Trial
from refsoft.conformance.power import golden
from refsoft.conformance.search import Space
from refsoft.conformance.search_laws import Drawn, search_laws
from refsoft.conformance.search_laws import parse as parse_law
from refsoft.rounding import PRESETS
from tests.test_check_search import LONG


def by_temperature(x, temperature=1.0):
    """Softmax at a temperature, at the one value for all rows or at one for each."""
    scale = np.asarray(temperature, np.float64)
    z = x.astype(np.float64) / (scale[..., np.newaxis] if scale.ndim else scale)
    w = np.exp(z - z.max(-1, keepdims=True, initial=-np.inf))
    return (w / w.sum(-1, keepdims=True)).astype(x.dtype)


def wrong_between(x, temperature=1.0):
    """Off by 1 % at temperatures above 8, up to 16, which no case has."""
    there = np.ndim(temperature) == 0 and 8 < temperature <= 16
    return by_temperature(x, temperature) * x.dtype.type(1.01 if there else 1)


SWEPT = {"passes": ["temperature"], "seed": 0}


@pytest.fixture
def laws_alone(monkeypatch):
    """The other search takes its time; here it finds nothing at once."""
    monkeypatch.setattr(examine, "search", lambda *_: [])


@pytest.mark.slow
def test_the_search_by_bounds_does_not_find_what_that_for_laws_does():
    missed = rs.check(wrong_between, "softmax", skip=["laws"], **SWEPT)
    assert missed.exit_code == 0, str(missed)
    (finding,) = rs.check(wrong_between, "softmax", **SWEPT).findings
    assert finding.kind == "law"


@pytest.mark.usefixtures("laws_alone")
def test_the_search_for_laws_alone_convicts_and_shows_the_smallest():
    quick = rs.check(wrong_between, "softmax", quick=True, skip=LONG, **SWEPT)
    assert quick.exit_code == 0, str(quick)
    found = rs.check(wrong_between, "softmax", only=["search"], **SWEPT)
    (finding,) = found.findings
    assert (finding.severity, finding.kind) == ("wrong", "law")
    assert finding.law == "broken: the entries of a row sum to 1"
    (case,) = finding.cases
    assert case.startswith("law/row_sum_one/0;temperature=")
    assert 8 < float(case.partition("=")[2]) <= 16
    assert finding.example.given == "[[1.01]]"
    again = rs.check(wrong_between, "softmax", case=case, **SWEPT)
    assert [f.cases for f in again.findings] == [(case,)]
    assert repr(case) in finding.rerun
    assert rs.check(by_temperature, "softmax", case=case, **SWEPT).exit_code == 0
    known = rs.check(wrong_between, "softmax", quick=True, xfails={case: "known"}, **SWEPT)
    assert known.exit_code == 0, str(known)
    gone = rs.check(by_temperature, "softmax", quick=True, xfails={case: "known"}, **SWEPT)
    assert gone.unmet == (f"expected to fail, and now passes: {case}",)


@pytest.mark.usefixtures("laws_alone")
def test_a_right_function_obeys_the_laws_that_are_searched():
    report = rs.check(by_temperature, "softmax", only=["search"], **SWEPT)
    assert report.findings == (), str(report)


def laws_tried(seed, name="softmax_sink", **plan):
    """What the search for laws puts to golden: no law is broken."""
    variant = rs.variants[name]
    params = {p.name: p.default for p in variant.card.parameters}
    calls = []

    def evaluate(call):
        calls.append(call)
        columns = {k: np.full((len(call.x), 1), v) for k, v in call.params.items()}
        return golden(variant, call.x, columns)

    standard = Standard(variant, np.dtype("float64"), PRESETS["float64"], flush=False)
    trial = Trial(standard, params, evaluate, lambda _: True)
    space = Space(variant.card, np.dtype("float32"), Plan(**plan))
    assert search_laws(trial, space, seed, batches=40) is None
    return calls


def test_the_search_for_laws_visits_rows_moves_and_parameters_anew():
    calls = laws_tried(3, swept=("sink",))
    assert len({call.x.shape[1] for call in calls}) > 10
    assert len({call.params["sink"] for call in calls}) > 6
    assert [call.key for call in calls] == [call.key for call in laws_tried(3, swept=("sink",))]
    assert len({call.x.shape[1] for call in laws_tried(3, lengths=(4,))}) < 4


@pytest.mark.parametrize(
    "text",
    [
        "law/none/1", "law/even/1", "law/own_score/1", "law/own_score/rise=1/1",
        "law/own_score/rise=a,place=0/1", "law/row_sum_one/rise=1/1", "law/row_sum_one/1,a",
        "law/row_sum_one/1;sink=2", "law/row_sum_one/",
    ],
)  # fmt: skip
def test_what_is_no_law_with_rows_is_refused(text):
    with pytest.raises(ValueError, match="accepted: "):
        rs.check(by_temperature, "softmax", case=text)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.id)
def test_a_law_with_its_rows_has_an_id_that_reads_back(law):
    for name in law.variants:
        card = rs.variants[name].card
        params = {p.name: 0.25 for p in card.parameters}
        chosen = {"shift": -0.25, "factor": 0.5, "rise": 3.0, "place": 2}
        move = Move(**{key: chosen[key] for key in law.moves})
        drawn = Drawn(law, np.array([[0.5, 0.5, -3.0], [1.0, 2.0, 0.0]]), params, move)
        again = parse_law(drawn.id, card)
        assert (again.law, again.params, again.move) == (law, params, move)
        np.testing.assert_array_equal(again.x, drawn.x)
