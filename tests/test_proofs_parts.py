"""Indices that may be equal, changed rows and named parts of a row, in the toolkit."""

from __future__ import annotations

import pytest
import sympy as sp

from proofs.evidence import Undecided
from proofs.methods import Limit
from proofs.numeric import mp, points
from proofs.parts import abstract, at
from proofs.rows import spiked, swapped
from proofs.toolkit import cases, ell, i, j, k, n, total, vanishes, x

a, S = sp.symbols("a S", real=True)
t = sp.Symbol("t", real=True)
SOFTMAX = sp.exp(x[i]) / total(sp.exp(x[j]))


def test_every_way_in_which_indices_can_be_equal_is_looked_at():
    product = sp.KroneckerDelta(i, k) * sp.KroneckerDelta(i, ell) * x[i]
    found = dict(cases(product))
    assert list(found.values()).count(0) == 4
    assert found["i = k = l"] == x[i]
    apart = dict(cases(product, apart=((i, k),)))
    assert set(apart) == {"i = l \\ne k", "k = l \\ne i", "i,\\ k,\\ l \\text{ all different}"}
    assert dict(cases(x[i])) == {"": x[i]}


def test_an_exchange_of_scores_is_seen_where_the_sum_does_not_hide_it():
    whole = total(sp.exp(x[j]))
    assert swapped(x[i] / whole) == x[k] / whole
    assert swapped(x[ell]) == x[ell]
    with pytest.raises(ValueError, match="one score each"):
        swapped(x[i] / total(x[i] * sp.exp(x[j])))  # the exchange reaches into the sum
    with pytest.raises(ValueError, match="one score each"):
        swapped(total(j * x[j]))


def test_a_row_of_one_score_and_equal_others_has_two_kinds_of_terms():
    spike = spiked(sp.exp(x[i]) / total(sp.exp(x[j])), t, sp.Integer(0))
    assert vanishes(spike - sp.exp(t) / (sp.exp(t) + n - 1))
    three = spike.subs({n: 3, t: sp.log(2)})
    assert three == at(SOFTMAX, 3, {x: (sp.log(2), sp.Integer(0), sp.Integer(0))}, {i: 1})


def test_powers_and_products_of_exponentials_are_all_replaced():
    assert abstract(sp.exp(2 * x[i]) + sp.exp(-x[i]), {a: sp.exp(x[i])}) == a**2 + 1 / a
    s, b = sp.symbols("s b", real=True)
    split = sp.exp((s + b) * x[i])  # becomes e^(s x) e^(b x)
    assert (
        abstract(split / total(split.subs(i, j)), {a: split, S: total(split.subs(i, j))}) == a / S
    )
    with pytest.raises(ValueError, match="do not cover"):
        abstract(sp.exp(s * x[i]), {a: split})
    named = abstract(1 + sp.exp(x[i]), {a: sp.exp(x[i]), s: sp.Integer(1)})
    assert named == 1 + a  # a name for a number replaces no number


def test_the_logarithm_of_a_product_is_split_where_every_factor_is_positive():
    whole = total(sp.exp(x[j] + t))
    assert vanishes(sp.log(whole) - t - sp.log(total(sp.exp(x[j]))))
    assert not vanishes(sp.log(x[i] * t) - sp.log(x[i]) - sp.log(t))  # either may be negative
    assert not vanishes(sp.log(total(x[j] * t)) - sp.log(total(x[j])) - sp.log(t))


def test_a_limit_at_a_number_takes_its_value_there():
    def limit(value, where):
        return Limit(
            subject="1/(1 + a)",
            expression=1 / (1 + sp.exp(x[i])),
            value=value,
            statistics={a: sp.exp(x[i])},
            variable=a,
            at=sp.Integer(where),
            near=lambda point, m: 1 / (1 + mp.exp(point.scores[m - 1])),
            far=lambda *_: 1 / (mp.mpf(2)),
            points=points(),
        )

    assert limit(sp.Rational(1, 2), 1).establish().values == 28
    with pytest.raises(Undecided, match="the limit is 1/3"):
        limit(sp.Rational(1, 2), 2).establish()
