"""What SymPy and z3 get wrong on rows of symbolic length, and that the toolkit does not."""

from __future__ import annotations

import pytest
import sympy as sp

from proofs.evidence import Refuted, Undecided
from proofs.inequality import Inequality
from proofs.methods import Identity, Limit
from proofs.numeric import mp, points
from proofs.parts import abstract, at
from proofs.rows import prepended
from proofs.smt import term
from proofs.toolkit import (
    delta,
    derivative,
    g,
    i,
    in_range,
    j,
    k,
    n,
    normal,
    scores,
    total,
    vanishes,
    x,
)

a, rest, S = sp.symbols("a C S", real=True)
t = sp.Symbol("t", real=True)
SOFTMAX = sp.exp(x[i]) / total(sp.exp(x[j]))
ROW = {x: (sp.Integer(1), sp.Integer(-2), sp.Rational(1, 2))}


def test_an_idx_loses_its_range_and_is_refused():
    bad = sp.Sum(sp.exp(x[sp.Idx("j", n)]), sp.Idx("j", n))
    assert str(bad.subs(n, 3).doit()) == "3*exp(x[j])"  # SymPy's answer, and wrong
    with pytest.raises(ValueError, match="Idx"):
        at(bad, 3, ROW, {})
    with pytest.raises(ValueError, match="Idx"):
        normal(bad)
    assert at(total(sp.exp(x[j])), 3, ROW, {}) == sp.E + sp.exp(-2) + sp.exp(sp.Rational(1, 2))


def test_the_name_of_the_bound_index_does_not_matter():
    m = sp.Symbol("m", integer=True)
    same = total(sp.exp(x[j])) - total(sp.exp(x[m]), m)
    assert sp.simplify(same) != 0  # SymPy does not see it
    assert vanishes(same)
    assert not vanishes(total(sp.exp(x[j])) - total(sp.exp(2 * x[m]), m))


def test_a_limit_in_a_score_is_wrong_and_cannot_be_asked_for():
    assert sp.limit(SOFTMAX, x[i], sp.oo) == sp.oo  # the truth is 1
    with pytest.raises(ValueError, match="do not cover"):
        abstract(SOFTMAX, {a: sp.exp(x[i])})
    entry = abstract(SOFTMAX, {a: sp.exp(x[i]), rest: total(sp.exp(x[j])) - sp.exp(x[i])})
    assert entry == a / (a + rest)
    assert sp.limit(entry, a, sp.oo) == 1


def test_a_limit_whose_divisor_may_vanish_is_not_taken():
    A = sp.Symbol("A", real=True)
    shifted = scores(sp.exp(x[i]) / (rest + total(sp.exp(x[j]))), lambda m: x[m] + t)

    def near(point, m):
        terms = [mp.exp(score + point.number("t")) for score in point.scores]
        return terms[m - 1] / (point.number("C") + mp.fsum(terms))

    def limit(hypotheses, value, far, near=near):
        return Limit(
            subject="y",
            expression=shifted,
            value=value,
            statistics={A: sp.exp(t), a: sp.exp(x[i]), S: total(sp.exp(x[j])), rest: rest},
            variable=A,
            near=near,
            far=lambda *_: far,
            points=points(C="1/2", t="-3"),
            hypotheses=hypotheses,
        )

    zero = sp.Integer(0)
    assert limit((rest > 0,), zero, mp.zero).establish().values == 28
    with pytest.raises(Undecided, match="exclude that C = 0"):
        limit((rest >= 0,), zero, mp.zero).establish()
    with pytest.raises(Undecided, match="satisfiable"):
        limit((rest > 0, rest < 0), zero, mp.zero).establish()
    with pytest.raises(Undecided, match="not 1"):
        limit((rest > 0,), sp.Integer(1), mp.one).establish()
    with pytest.raises(Refuted, match="n = 1"):
        limit((rest > 0,), zero, mp.one).establish()
    with pytest.raises(Refuted, match="the definition itself"):
        limit((rest > 0,), zero, mp.zero, near=lambda *_: mp.one).establish()


def test_the_sign_of_zero_hides_a_kink_and_is_not_evaluated():
    slope = sp.Abs(x[i]).diff(x[i])
    assert slope.subs(x[i], 0) == 0  # there is no derivative at 0
    kinked = {x: (sp.Integer(0), sp.Integer(2))}
    with pytest.raises(ValueError, match="kink"):
        at(slope, 2, kinked, {i: sp.Integer(1)})
    assert at(slope, 2, kinked, {i: sp.Integer(2)}) == 1


def test_scores_are_real_so_that_a_magnitude_has_a_derivative():
    size = sp.Abs(sp.IndexedBase("x")[i])
    assert size.diff(size.args[0]).has(sp.re)  # of a complex score, SymPy has a derivative of parts
    assert sp.Abs(x[i]).diff(x[i]) == sp.sign(x[i])
    assert not derivative(derivative(sp.Abs(x[k]) ** 3, x[k]), x[k]).has(sp.DiracDelta)


def test_a_result_that_is_wrong_for_one_length_alone_is_found():
    """Of 2, 3, 5 and 8 scores each is looked at, and every index of up to five."""
    for length in (1, 2, 3, 5, 8):
        wrong = SOFTMAX + sp.KroneckerDelta(n, length) / 10**40
        identity = Identity(
            subject="y",
            left=SOFTMAX,
            right=wrong,
            sample=lambda point, m: (
                mp.exp(point.scores[m - 1]) / mp.fsum(map(mp.exp, point.scores))
            ),
            points=points(),
        )
        with pytest.raises(Refuted, match=f"n = {length}, i = 1"):
            identity.establish()


def test_only_the_range_of_the_free_indices_is_assumed():
    derived = derivative(SOFTMAX, x[k])
    assert not derived.has(sp.Piecewise)
    assert vanishes((derived - SOFTMAX * (1 - SOFTMAX)).subs(k, i))
    half_range = sp.Piecewise((x[k], (k >= 1) & (k <= n - 1)), (0, True))
    with pytest.raises(ValueError, match="does not decide"):
        in_range(half_range)


def test_the_cases_of_a_delta_are_both_looked_at():
    assert vanishes((delta * (x[i] - x[k])).subs(k, i))
    assert not vanishes((delta * x[i] - x[k]).subs(delta, 0))


def test_a_delta_in_a_sum_picks_its_term():
    assert normal(total(delta * g[i] * x[i], i)) == g[k] * x[k]


def test_a_free_bound_index_is_refused():
    with pytest.raises(ValueError, match="bound index"):
        normal(x[j] * total(x[j]))


def test_sums_that_depend_on_each_other_are_refused():
    merged = total(total(sp.exp(x[i] * x[j])), i)
    assert len(merged.limits) == 2
    with pytest.raises(ValueError, match="merged"):
        normal(merged)
    with pytest.raises(ValueError, match="merged"):
        at(merged, 3, ROW, {})
    with pytest.raises(ValueError, match="depends on the index"):
        normal(total(1 / total(sp.exp(x[i] * x[j])), i))


def test_a_score_before_the_row_is_one_more_term():
    longer = prepended(total(sp.exp(x[j])), sp.Integer(0))
    assert longer == 1 + total(sp.exp(x[j]))
    with pytest.raises(ValueError, match="one score each"):
        prepended(total(j * x[j]), sp.Integer(0))


def test_a_power_of_a_magnitude_splits_away_from_zero():
    p = sp.Symbol("p", positive=True)
    magnitude = sp.Abs(x[i])
    assert vanishes(magnitude ** (p - 1) * magnitude - magnitude**p)
    assert not vanishes(magnitude ** (p - 1) - magnitude**p)


def _above_zero(hypotheses, conclusion, statistics=None):
    y = sp.Symbol("y", real=True)
    return Inequality(
        quantities={y: SOFTMAX},
        statistics=statistics or {a: sp.exp(x[i]), rest: total(sp.exp(x[j])) - sp.exp(x[i])},
        hypotheses=hypotheses,
        conclusion=conclusion(y),
        sample=lambda point, m: (mp.exp(point.scores[m - 1]) / mp.fsum(map(mp.exp, point.scores)),),
        points=points(),
    )


def test_z3_divides_by_zero_as_it_likes_and_is_not_left_to():
    with pytest.raises(Undecided, match="do not exclude"):
        _above_zero((a >= 0, rest >= 0), lambda y: y >= 0).establish()
    assert _above_zero((a > 0, rest >= 0), lambda y: y > 0).establish().values == 14


def test_contradictory_hypotheses_prove_nothing():
    contradiction = _above_zero((a > 0, rest > 0, rest < 0), lambda y: y > 5)
    with pytest.raises(Undecided, match="satisfiable"):
        contradiction.establish()


def test_hypotheses_no_row_obeys_prove_nothing():
    with pytest.raises(Undecided, match="no explicit row"):
        _above_zero((a > 10**9, rest >= 0), lambda y: y > 0).establish()


def test_a_sign_that_z3_would_not_know_is_refused():
    with pytest.raises(ValueError, match="would not know the sign"):
        term(sp.Symbol("T", positive=True))
    with pytest.raises(ValueError, match="not a rational expression"):
        term(sp.exp(a))
