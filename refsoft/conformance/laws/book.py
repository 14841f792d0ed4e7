"""The laws, as data. Where one does not hold, its counterexample breaks it."""

from __future__ import annotations

from refsoft.conformance.laws import calls
from refsoft.conformance.laws import measures as measure
from refsoft.conformance.laws.identities import IDENTITIES, PARAMETERS
from refsoft.conformance.laws.model import Law
from refsoft.conformance.laws.sets import (
    EVERY,
    OFFSET,
    ORDERED,
    ROW,
    SCALED,
    SUMS_TO_ONE,
    WEIGHTS,
    claims,
    settings,
)

SUMS: tuple[Law, ...] = (
    Law(
        "row_sum_one", "the entries of a row sum to 1", "sum_i y_i = 1",
        calls.alone, measure.sum_is_one, SUMS_TO_ONE, ROW, claims(SUMS_TO_ONE, "row_sum"),
    ),
    Law(
        "row_sum_offset",
        "the entries of a row sum to S/(c + S), S the sum of the weights, c the offset's",
        "sum_i y_i = S/(c + S)",
        calls.alone, measure.sum_with_offset, OFFSET | {"symax"}, ROW,
        claims(OFFSET | {"symax"}, "row_sum"),
    ),
    Law(
        "row_sum_lse", "the entries of a row sum to LSE(x) - H(a), a = softmax(x)",
        "sum_i y_i = LSE(x) - H(a)",
        calls.alone, measure.sum_is_mean_score, frozenset({"self_adjust"}), ROW,
        {"self_adjust": "row_sum"},
    ),
    Law(
        "row_sum_at_most_one", "the entries of a row sum to at most 1", "sum_i y_i <= 1",
        calls.alone, measure.sum_at_most_one, WEIGHTS | {"log_softmax"}, ROW,
        {"self_adjust_normalized": "row_sum"},
    ),
    Law(
        "exp_row_sum", "the exponentials of a row sum to 1", "sum_i exp(y_i) = 1",
        calls.alone, measure.exp_sum_is_one, frozenset({"log_softmax"}), ROW,
        {"log_softmax": "exp_row_sum"},
    ),
    Law(
        "row_sum_at_the_end",
        "the entries of a row sum to 1", "sum_i y_i = 1",
        calls.at(calls.WITHOUT), measure.sum_is_one, frozenset(calls.WITHOUT), ROW,
        parameters=("n", "sink", "eta"), settings=settings(calls.WITHOUT),
    ),
    Law(
        "range", "every entry lies in [0, 1]", "0 <= y_i <= 1",
        calls.alone, measure.within_unit, WEIGHTS, (0.5, -3.0, 2.0, 8.0),
        claims(WEIGHTS, "range", self_adjust="range"),
    ),
    Law(
        "nonpositive", "no entry is positive", "y_i <= 0",
        calls.alone, measure.nonpositive, frozenset({"log_softmax"}), ROW,
        {"log_softmax": "range"},
    ),
)  # fmt: skip

SYMMETRIES: tuple[Law, ...] = (
    Law(
        "shift_invariant", "adding a constant to all scores changes nothing", "y(x + t) = y(x)",
        calls.beside(calls.shifted), measure.same, SCALED, ROW,
        claims(EVERY, "shift_invariant"), moves=("shift",),
    ),
    Law(
        "joint_shift", "adding a constant to all scores and to the sink changes nothing",
        "y(x + t; sink + t) = y(x; sink)",
        calls.joint_shift, measure.same, frozenset({"softmax_sink"}), ROW,
        {"softmax_sink": "joint_shift"}, parameters=("sink",), moves=("shift",),
    ),
    Law(
        "even", "the signs of the scores do not matter", "y(-x_i, ...) = y(x_i, ...)",
        calls.beside(calls.flipped), measure.same, frozenset({"symax"}), ROW, {"symax": "even"},
    ),
    Law(
        "homogeneous", "scaling the scores changes nothing", "y(2x) = y(x)",
        calls.scaled, measure.same, SCALED | {"symax"}, ROW,
        claims(SCALED | {"symax"}, "homogeneous"), moves=("factor",),
        settings={
            "softmax": "the temperature scaled alike,",
            "log_softmax": "the temperature scaled alike,",
            "ssmax": "s and b divided by as much,",
            "symax": "eta scaled by the p-th power of it,",
        },
    ),
    Law(
        "permutation", "permuting the scores permutes the results", "y(Px) = P y(x)",
        calls.beside(calls.reversed_), measure.permuted, EVERY,
        claims=claims(EVERY, "permutation"), moves=("place",),
    ),
    Law(
        "ties", "equal scores have equal results", "x_i = x_j => y_i = y_j",
        calls.mapped(calls.doubled), measure.ties, EVERY,
    ),
    Law(
        "order", "a larger score has no smaller result", "x_i > x_j => y_i >= y_j",
        calls.alone, measure.ordered("score"), ORDERED, (-3.0, -1.0, 0.5, -8.0),
        claims(ORDERED, "order", self_adjust="order", symax="order"),
    ),
    Law(
        "order_of_magnitudes", "a score of larger magnitude has no smaller result",
        "|x_i| > |x_j| => y_i >= y_j",
        calls.alone, measure.ordered("magnitude"), frozenset({"symax"}), (-3.0, -1.0, 0.5, 0.0),
        {"symax": "order_of_magnitudes"},
    ),
    Law(
        "own_score", "raising a score does not lower its result", "x_i up => y_i up",
        calls.beside(calls.raised), measure.raised_grow, ORDERED, (-3.0, -1.0, 0.5, 1.0),
        moves=("rise", "place"),
    ),
    Law(
        "other_scores", "raising a score raises no other result", "x_i up => y_j down",
        calls.beside(calls.raised), measure.others_fall, ORDERED, (-3.0, -1.0, 0.5, -0.5),
        moves=("rise", "place"),
    ),
)  # fmt: skip

RAYS: tuple[Law, ...] = (
    Law(
        "quiet", "all results tend to 0 when all scores tend to -inf together",
        "y(x + t) -> 0 for t -> -inf; at most 1/32 at t = -512",
        calls.mapped(calls.far(-calls.FAR)), measure.near_zero,
        OFFSET | {"self_adjust_normalized"}, ROW,
        claims(OFFSET | SUMS_TO_ONE | {"self_adjust_normalized"}, "quiet"),
    ),
    Law(
        "loud", "the row's sum tends to 1 when all scores tend to inf together",
        "sum_i y_i(x + t) -> 1 for t -> inf; within 1/32 at t = 512",
        calls.mapped(calls.far(calls.FAR)), measure.sum_near_one, WEIGHTS, ROW,
        claims(OFFSET | {"self_adjust_normalized"}, "loud"),
    ),
    Law(
        "extreme_is_quiet", "all results tend to 0 when all scores are extreme",
        "y(x + t) -> 0 for t -> inf; at most 1/32 at t = 512",
        calls.mapped(calls.far(calls.FAR)), measure.near_zero, frozenset(), ROW,
        {"symax": "extreme_is_quiet"},
    ),
    Law(
        "quiet_at_zero", "all results tend to 0 when all scores tend to 0 together",
        "y(a x) -> 0 for a -> 0; at most 1/32 at a = 2^-14",
        calls.mapped(calls.near_zero), measure.near_zero, frozenset({"symax", "self_adjust"}), ROW,
        claims(frozenset({"symax", "self_adjust"}), "quiet_at_zero"),
    ),
    Law(
        "level_end", "the results of a row are nearly equal", "max y - min y <= 1/32",
        calls.at(calls.EVEN_ENDS), measure.level, SCALED, ROW,
        claims(SCALED, "level"),
        parameters=("temperature", "s"), settings=settings(calls.EVEN_ENDS),
    ),
    Law(
        "sharp_end", "the largest score takes nearly all",
        "sum of y_i over x_i = max x is 1, within 1/32",
        calls.at(calls.SHARP_ENDS), measure.top_is_one, SUMS_TO_ONE, ROW,
        parameters=("temperature", "s"), settings=settings(calls.SHARP_ENDS),
    ),
    Law(
        "drowned", "all results are nearly 0", "|y_i| <= 1/32",
        calls.drowned, measure.near_zero, frozenset(calls.DROWNED), ROW,
        claims(frozenset({"softmax_n", "softmax_sink"}), "drowned", symax="large_offset"),
        parameters=("n", "sink", "eta"), settings=settings(calls.DROWNED),
    ),
)  # fmt: skip

LAWS: tuple[Law, ...] = (*SUMS, *SYMMETRIES, *RAYS, *PARAMETERS, *IDENTITIES)
