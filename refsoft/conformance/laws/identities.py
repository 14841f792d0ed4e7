"""What each parameter does, and identities between variants; as data."""

from __future__ import annotations

from refsoft.conformance.laws import calls
from refsoft.conformance.laws import measures as measure
from refsoft.conformance.laws.model import Law
from refsoft.conformance.laws.sets import (
    OFFSET,
    ORDERED,
    ROW,
    SUMS_TO_ONE,
    claims,
    settings,
)

PARAMETERS: tuple[Law, ...] = (
    Law(
        "falls_with_n", "no result grows with n", "n up => y_i down",
        calls.grown("n"), measure.falls, frozenset({"softmax_n"}),
        claims={"softmax_n": "falls_with_n"}, parameters=("n",), moves=("rise",),
    ),
    Law(
        "falls_with_sink", "no result grows with the sink", "sink up => y_i down",
        calls.grown("sink"), measure.falls, frozenset({"softmax_sink"}),
        claims={"softmax_sink": "falls_with_sink"}, parameters=("sink",), moves=("rise",),
    ),
    Law(
        "falls_with_eta", "no result grows with eta", "eta up => y_i down",
        calls.grown("eta"), measure.falls, frozenset({"symax"}),
        parameters=("eta",), moves=("rise",),
    ),
    Law(
        "flattens_with_temperature", "the largest result of a row does not grow with T",
        "T up => max y down",
        calls.grown("temperature"), measure.top_moves(-1.0), frozenset({"softmax", "log_softmax"}),
        parameters=("temperature",), moves=("rise",),
    ),
    Law(
        "sharpens_with_s", "the largest score's result does not fall with s", "s up => y_max up",
        calls.grown("s"), measure.top_moves(1.0), frozenset({"ssmax"}),
        parameters=("s",), moves=("rise",),
    ),
    Law(
        "sharpens_with_b", "the largest score's result does not fall with b", "b up => y_max up",
        calls.grown("b"), measure.top_moves(1.0), frozenset({"ssmax"}),
        parameters=("b",), moves=("rise",),
    ),
    Law(
        "sharpens_with_p", "above 1 the largest magnitude's result does not fall with p",
        "p up => y_max up, for max |x| >= 1",
        calls.grown("p"), measure.top_moves(1.0, magnitudes=True), frozenset({"symax"}),
        parameters=("p",), moves=("rise",),
    ),
)  # fmt: skip

IDENTITIES: tuple[Law, ...] = (
    Law(
        "virtual_logit",
        "it is softmax over a 0 and the scores, without the 0",
        "y(x) = softmax([0; x])[1:]",
        calls.against("softmax", calls.ONES, virtual=True), measure.virtual, OFFSET, ROW,
        claims(OFFSET, "virtual_logit"),
        settings=settings(calls.ONES),
    ),
    Law(
        "is_softmax_one", "it is softmax_one", "y(x) = softmax_one(x)",
        calls.against("softmax_one", calls.ONES), measure.is_other, OFFSET, ROW,
        settings=settings(calls.ONES),
    ),
    Law(
        "one_is_sigma", "a row of one entry gives the logistic function",
        "y([x]) = 1/(1 + exp(-x))",
        calls.sigma, measure.logistic, OFFSET, ROW, settings=settings(calls.ONES),
    ),
    Law(
        "uniform_at_one", "a row of one entry gives 1", "y([x]) = 1",
        calls.mapped(calls.first_entries), measure.ones, SUMS_TO_ONE, (-3.0, 2.0),
        {"ssmax": "uniform_at_one"},
    ),
    Law(
        "is_softmax_at_the_end", "it is softmax", "y(x) = softmax(x)",
        calls.against("softmax", calls.ENDS), measure.is_other,
        SUMS_TO_ONE | {"softmax_n", "softmax_sink"}, ROW,
        claims(frozenset({"softmax_n", "softmax_sink", "ssmax"}), "reduces"),
        settings=settings(calls.ENDS),
    ),
    Law(
        "below_softmax", "no result exceeds that of softmax", "y(x) <= softmax(x)",
        calls.against("softmax", calls.GROWING), measure.at_most_other,
        ORDERED - {"ssmax"}, (-3.0, 2.0, 1.0, 0.5),
        claims(OFFSET, "below_softmax"), settings=settings(calls.GROWING),
    ),
    Law(
        "log_of_softmax", "the exponentials of the results are softmax", "exp(y(x)) = softmax(x)",
        calls.against("softmax", {}), measure.exponential, frozenset({"log_softmax"}), ROW,
        {"log_softmax": "log_of_softmax"},
    ),
    Law(
        "score_times_softmax", "it is softmax times the scores", "y(x) = x softmax(x)",
        calls.against("softmax", {}), measure.product, frozenset({"self_adjust"}), ROW,
        {"self_adjust": "score_times_softmax"},
    ),
)  # fmt: skip
