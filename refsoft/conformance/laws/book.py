"""The laws, as data. Where one does not hold, its counterexample breaks it."""

from __future__ import annotations

from refsoft.conformance.laws import calls
from refsoft.conformance.laws import measures as measure
from refsoft.conformance.laws.model import Law

OFFSET = frozenset({"softmax_one", "softmax_n", "softmax_sink"})
SUMS_TO_ONE = frozenset({"softmax", "ssmax"})
SCALED = frozenset({"softmax", "log_softmax", "ssmax"})
ORDERED = frozenset({*SCALED, *OFFSET, "self_adjust_normalized"})
WEIGHTS = frozenset({*OFFSET, *SUMS_TO_ONE, "symax", "self_adjust_normalized"})
EVERY = frozenset({*WEIGHTS, "log_softmax", "self_adjust"})
PROVED = frozenset({
    "softmax_n", "softmax_sink", "log_softmax", "ssmax", "self_adjust", "self_adjust_normalized",
})  # fmt: skip
ROW = (0.5, -3.0, 2.0, 1.0)


def _claims(names: frozenset[str], claim: str, **others: str) -> dict[str, str]:
    return {**dict.fromkeys(names, claim), **others}


SUMS: tuple[Law, ...] = (
    Law(
        "row_sum_one", "the entries of a row sum to 1", "sum_i y_i = 1",
        calls.alone, measure.sum_is_one, SUMS_TO_ONE, ROW, _claims(SUMS_TO_ONE, "row_sum"),
    ),
    Law(
        "row_sum_offset", "the entries of a row sum to S/(c + S), c the offset's weight",
        "sum_i y_i = S/(c + S)",
        calls.alone, measure.sum_with_offset, OFFSET | {"symax"}, ROW,
        _claims(OFFSET | {"symax"}, "row_sum"),
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
        "without its offset (n = 0, sink = -inf, eta = 0) the entries of a row sum to 1",
        "sum_i y_i = 1 at c = 0",
        calls.at(calls.ENDS), measure.sum_is_one,
        SUMS_TO_ONE | {"softmax_n", "softmax_sink", "symax"}, ROW,
    ),
    Law(
        "range", "every entry lies in [0, 1]", "0 <= y_i <= 1",
        calls.alone, measure.within_unit, WEIGHTS, (0.5, -3.0, 2.0, 8.0),
        _claims(WEIGHTS, "range", self_adjust="range"),
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
        _claims(EVERY, "shift_invariant"), moves=("shift",),
    ),
    Law(
        "joint_shift", "adding a constant to all scores and to the sink changes nothing",
        "y(x + t; sink + t) = y(x; sink)",
        calls.joint_shift, measure.same, SCALED | {"softmax_sink"}, ROW,
        {"softmax_sink": "joint_shift"}, moves=("shift",),
    ),
    Law(
        "even", "the signs of the scores do not matter", "y(-x_i, ...) = y(x_i, ...)",
        calls.beside(calls.flipped), measure.same, frozenset({"symax"}), ROW, {"symax": "even"},
    ),
    Law(
        "homogeneous", "scaling the scores and the parameter that is their unit changes nothing",
        "y(2x; 2T) = y(x; T), y(2x; s/2, b/2) = y(x; s, b), y(2x; 2^p eta) = y(x; eta)",
        calls.scaled, measure.same, SCALED | {"symax"}, ROW,
        _claims((PROVED & SCALED) | {"symax"}, "homogeneous"), moves=("factor",),
    ),
    Law(
        "permutation", "permuting the scores permutes the results", "y(Px) = P y(x)",
        calls.beside(calls.reversed_), measure.permuted, EVERY,
        claims=_claims(PROVED, "permutation"), moves=("place",),
    ),
    Law(
        "ties", "equal scores have equal results", "x_i = x_j => y_i = y_j",
        calls.mapped(calls.doubled), measure.ties, EVERY,
    ),
    Law(
        "order", "a larger score has no smaller result", "x_i > x_j => y_i >= y_j",
        calls.alone, measure.ordered("score"), ORDERED, (-3.0, -1.0, 0.5, -8.0),
        _claims(ORDERED, "order", self_adjust="order"),
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
        _claims(OFFSET | SUMS_TO_ONE | {"self_adjust_normalized"}, "quiet"),
    ),
    Law(
        "loud", "the row's sum tends to 1 when all scores tend to inf together",
        "sum_i y_i(x + t) -> 1 for t -> inf; within 1/32 at t = 512",
        calls.mapped(calls.far(calls.FAR)), measure.sum_near_one, WEIGHTS, ROW,
        _claims(PROVED & (OFFSET | {"self_adjust_normalized"}), "loud"),
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
        _claims(frozenset({"symax", "self_adjust"}), "quiet_at_zero"),
    ),
    Law(
        "level_end", "the results of a row become equal (temperature 2^14; s = b = 0)",
        "max y - min y -> 0; at most 1/32",
        calls.at(calls.EVEN_ENDS), measure.level, SCALED, ROW,
        _claims(PROVED & SCALED, "level"),
    ),
    Law(
        "sharp_end", "the largest score takes all (temperature 2^-9; s = 2^9)",
        "sum of y_i over x_i = max x -> 1; within 1/32",
        calls.at(calls.SHARP_ENDS), measure.top_is_one, SUMS_TO_ONE, ROW,
    ),
    Law(
        "drowned", "all results tend to 0 when the offset grows (n = eta = 2^14, sink = 512)",
        "y -> 0 for c -> inf; at most 1/32",
        calls.drowned, measure.near_zero, frozenset(calls.DROWNED), ROW,
        _claims(PROVED & frozenset(calls.DROWNED), "drowned"),
    ),
)  # fmt: skip

PARAMETERS: tuple[Law, ...] = (
    Law(
        "falls_with_n", "no result grows with n", "n up => y_i down",
        calls.grown("n"), measure.falls, frozenset({"softmax_n"}),
        claims={"softmax_n": "falls_with_n"}, parameter="n", moves=("rise",),
    ),
    Law(
        "falls_with_sink", "no result grows with the sink", "sink up => y_i down",
        calls.grown("sink"), measure.falls, frozenset({"softmax_sink"}),
        claims={"softmax_sink": "falls_with_sink"}, parameter="sink", moves=("rise",),
    ),
    Law(
        "falls_with_eta", "no result grows with eta", "eta up => y_i down",
        calls.grown("eta"), measure.falls, frozenset({"symax"}), parameter="eta", moves=("rise",),
    ),
    Law(
        "flattens_with_temperature", "the largest result of a row does not grow with T",
        "T up => max y down",
        calls.grown("temperature"), measure.top_moves(-1.0), frozenset({"softmax", "log_softmax"}),
        parameter="temperature", moves=("rise",),
    ),
    Law(
        "sharpens_with_s", "the largest score's result does not fall with s", "s up => y_max up",
        calls.grown("s"), measure.top_moves(1.0), frozenset({"ssmax"}),
        parameter="s", moves=("rise",),
    ),
    Law(
        "sharpens_with_b", "the largest score's result does not fall with b", "b up => y_max up",
        calls.grown("b"), measure.top_moves(1.0), frozenset({"ssmax"}),
        parameter="b", moves=("rise",),
    ),
    Law(
        "sharpens_with_p", "above 1 the largest magnitude's result does not fall with p",
        "p up => y_max up, for max |x| >= 1",
        calls.grown("p"), measure.top_moves(1.0, magnitudes=True), frozenset({"symax"}),
        parameter="p", moves=("rise",),
    ),
)  # fmt: skip

IDENTITIES: tuple[Law, ...] = (
    Law(
        "virtual_logit",
        "it is softmax over a 0 and the scores, without the 0 (n = 1, sink = 0)",
        "y(x) = softmax([0; x])[1:]",
        calls.against("softmax", calls.ONES, virtual=True), measure.virtual, OFFSET, ROW,
        _claims((PROVED & OFFSET) | {"softmax_one"}, "virtual_logit"),
    ),
    Law(
        "is_softmax_one", "it is softmax_one (n = 1, sink = 0)", "y(x) = softmax_one(x)",
        calls.against("softmax_one", calls.ONES), measure.is_other, OFFSET, ROW,
    ),
    Law(
        "one_is_sigma", "a row of one entry gives the logistic function (n = 1, sink = 0)",
        "y([x]) = 1/(1 + exp(-x))",
        calls.sigma, measure.logistic, OFFSET, ROW,
    ),
    Law(
        "uniform_at_one", "a row of one entry gives 1", "y([x]) = 1",
        calls.mapped(calls.first_entries), measure.ones, SUMS_TO_ONE, (-3.0, 2.0),
        {"ssmax": "uniform_at_one"},
    ),
    Law(
        "is_softmax_at_the_end",
        "it is softmax at the end of its parameters (n = 0, sink = -inf, s = 0 and b = 1)",
        "y(x) = softmax(x)",
        calls.against("softmax", calls.ENDS), measure.is_other,
        SUMS_TO_ONE | {"softmax_n", "softmax_sink"}, ROW,
        _claims(PROVED & (OFFSET | SUMS_TO_ONE), "reduces"),
    ),
    Law(
        "below_softmax", "no result exceeds that of softmax", "y(x) <= softmax(x)",
        calls.against("softmax", {"ssmax": {"s": 1.0, "b": 0.0}}), measure.at_most_other,
        ORDERED - {"ssmax"}, (-3.0, 2.0, 1.0, 0.5),
        _claims(PROVED & OFFSET, "below_softmax"),
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

LAWS: tuple[Law, ...] = (*SUMS, *SYMMETRIES, *RAYS, *PARAMETERS, *IDENTITIES)
