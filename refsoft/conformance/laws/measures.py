"""What laws say of results: each measure gives the gap, and how exactly it is known.

Each gap is a sum, a difference or a maximum of the results, so it moves by no
more than their errors do: an allowance is the sum of these errors, and the
rounding of the measure itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from refsoft.conformance.laws.model import Gap, Measure, Rows, Seen

U = 2.0**-50  # eight units of float64, for one operation of a measure
MOST = 300.0  # exponentials are taken up to here; their products do not overflow
QUIET = 1 / 32  # how near to its limit a result is, far along a ray


def _total(values: Rows) -> Rows:
    return np.asarray(np.sum(values, axis=1, keepdims=True))


def _sum_error(seen: Seen) -> Rows:
    n = seen.y.shape[1]
    return np.asarray(_total(seen.error) + n * U * (_total(np.abs(seen.y)) + 1.0))


def _equal(given: Rows, wanted: Rows, allowance: Rows) -> Gap:
    return Gap(np.abs(given - wanted), allowance, given, wanted)


def _at_most(given: Rows, most: Rows, allowance: Rows) -> Gap:
    return Gap(np.maximum(given - most, 0.0), allowance, given, most + 0.0 * given)


def sum_is_one(seen: tuple[Seen, ...]) -> Gap:
    """Whether a row sums to 1."""
    total = _total(seen[0].y)
    return _equal(total, np.ones_like(total), _sum_error(seen[0]))


def sum_at_most_one(seen: tuple[Seen, ...]) -> Gap:
    """Whether a row sums to no more than 1."""
    total = _total(seen[0].y)
    return _at_most(total, np.ones_like(total), _sum_error(seen[0]))


def exp_sum_is_one(seen: tuple[Seen, ...]) -> Gap:
    """Whether the exponentials of a row sum to 1."""
    (s,) = seen
    w = np.exp(np.minimum(s.y, MOST))
    allowance = _total(w * np.expm1(np.minimum(s.error, MOST)) * (1 + U)) + s.y.shape[1] * U
    return _equal(_total(w), np.ones((len(w), 1)), allowance * (1 + _total(w) * U))


def _weights(s: Seen) -> tuple[Rows, float]:
    """Unscaled weights (|x| and p are at most 512 and 16, so none overflows) and the offset."""
    p = s.params
    if "eta" in p:
        return np.abs(s.x) ** p.get("p", 1.0), p["eta"]
    return np.exp(s.x), p.get("n", float(np.exp(p.get("sink", 0.0))))


def sum_with_offset(seen: tuple[Seen, ...]) -> Gap:
    """Whether a row sums to S/(c + S), c being 1 where there is no offset."""
    w, c = _weights(seen[0])
    s = _total(w)
    return _equal(_total(seen[0].y), s / (c + s), _sum_error(seen[0]))


def sum_is_mean_score(seen: tuple[Seen, ...]) -> Gap:
    """Whether a row sums to the scores' mean under softmax, LSE - H."""
    w = np.exp(seen[0].x)
    wanted = _total(seen[0].x * w) / _total(w)
    slack = U * seen[0].x.shape[1] * np.max(np.abs(seen[0].x), axis=1, keepdims=True)
    return _equal(_total(seen[0].y), wanted, _sum_error(seen[0]) + slack)


def sum_near_one(seen: tuple[Seen, ...]) -> Gap:
    """Whether a row sums to nearly 1."""
    total = _total(seen[0].y)
    gap = np.maximum(np.abs(total - 1.0) - QUIET, 0.0)
    return Gap(gap, _sum_error(seen[0]), total, np.ones_like(total))


def within_unit(seen: tuple[Seen, ...]) -> Gap:
    """Whether every entry lies in [0, 1]."""
    (s,) = seen
    return Gap(np.maximum(np.maximum(-s.y, s.y - 1.0), 0.0), s.error + U)


def nonpositive(seen: tuple[Seen, ...]) -> Gap:
    """Whether no entry is positive."""
    (s,) = seen
    return Gap(np.maximum(s.y, 0.0), s.error)


def near_zero(seen: tuple[Seen, ...]) -> Gap:
    """Whether every entry is nearly 0."""
    (s,) = seen
    return Gap(np.maximum(np.abs(s.y) - QUIET, 0.0), s.error + U, s.y, np.zeros_like(s.y))


def level(seen: tuple[Seen, ...]) -> Gap:
    """Whether the entries of a row are nearly equal."""
    (s,) = seen
    spread = np.max(s.y, axis=1) - np.min(s.y, axis=1)
    size = np.maximum(spread - QUIET, 0.0)[:, np.newaxis]
    return Gap(size, 2 * np.max(s.error, axis=1, keepdims=True) + U)


def top_is_one(seen: tuple[Seen, ...]) -> Gap:
    """Whether the results of the largest scores sum to nearly 1."""
    (s,) = seen
    top = s.x == np.max(s.x, axis=1, keepdims=True)
    total = _total(np.where(top, s.y, 0.0))
    gap = np.maximum(np.abs(total - 1.0) - QUIET, 0.0)
    return Gap(gap, _sum_error(s), total, np.ones_like(total))


def ones(seen: tuple[Seen, ...]) -> Gap:
    """Whether every entry is 1."""
    return _equal(seen[0].y, np.ones_like(seen[0].y), seen[0].error + U)


def logistic(seen: tuple[Seen, ...]) -> Gap:
    """Whether every entry is the logistic function of its score."""
    (s,) = seen
    return _equal(s.y, 1 / (1 + np.exp(-s.x)), s.error + U)


def ordered(key: str) -> Measure:
    """Whether a larger score, or magnitude, never has a smaller result."""

    def measure(seen: tuple[Seen, ...]) -> Gap:
        (s,) = seen
        x = np.abs(s.x) if key == "magnitude" else s.x
        up = _sorted(Seen(x, s.params, s.y, s.error), x)
        fall = np.maximum(up.y[:, :-1] - up.y[:, 1:], 0.0)
        error = up.error[:, 1:] + up.error[:, :-1]
        return Gap(np.where(up.x[:, 1:] > up.x[:, :-1], fall, 0.0), error + U * np.abs(up.y[:, 1:]))

    return measure


def ties(seen: tuple[Seen, ...]) -> Gap:
    """Whether the two halves of a row that repeats itself agree."""
    (s,) = seen
    half = s.y.shape[1] // 2
    error = s.error[:, :half] + s.error[:, half:]
    return Gap(np.abs(s.y[:, :half] - s.y[:, half:]), error + U * np.abs(s.y[:, half:]))


def same(seen: tuple[Seen, ...]) -> Gap:
    """Whether both calls give the same."""
    a, b = seen
    return _equal(b.y, a.y, a.error + b.error + U * np.abs(a.y))


def is_other(seen: tuple[Seen, ...]) -> Gap:
    """Whether every entry is the other variant's."""
    a, b = seen
    return same((b, a))


def permuted(seen: tuple[Seen, ...]) -> Gap:
    """Whether every score has the same result in both calls, wherever it stands."""
    # Equal scores have equal results, so it does not matter which of them are compared.
    return same(tuple(_sorted(s, s.x) for s in seen))


def _sorted(s: Seen, key: Rows) -> Seen:
    place = np.argsort(key, axis=1, kind="stable")
    x, y, error = (np.take_along_axis(part, place, axis=1) for part in (s.x, s.y, s.error))
    return Seen(x, s.params, y, error)


def falls(seen: tuple[Seen, ...]) -> Gap:
    """Whether no entry is larger the second time."""
    a, b = seen
    return _at_most(b.y, a.y, a.error + b.error + U * np.abs(a.y))


def raised_grow(seen: tuple[Seen, ...]) -> Gap:
    """Whether no result of a score that is raised is smaller the second time."""
    a, b = seen
    gap = falls((b, a))
    return replace(gap, size=np.where(b.x > a.x, gap.size, 0.0))


def others_fall(seen: tuple[Seen, ...]) -> Gap:
    """Whether no result of a score that stays is larger the second time."""
    a, b = seen
    gap = falls(seen)
    return replace(gap, size=np.where(b.x > a.x, 0.0, gap.size))


def top_moves(sign: float, magnitudes: bool = False) -> Measure:
    """Whether the row's largest result moves with a parameter (1) or against it (-1)."""

    def measure(seen: tuple[Seen, ...]) -> Gap:
        a, b = seen
        key = np.abs(a.x) if magnitudes else a.x
        at = np.argmax(key, axis=1)[:, np.newaxis]
        before, after = (np.take_along_axis(s.y, at, axis=1) for s in seen)
        error = np.take_along_axis(a.error + b.error, at, axis=1)
        size = np.maximum(sign * (before - after), 0.0)
        if magnitudes:  # below 1 a power falls with its exponent, and the offset stays
            size = np.where(np.take_along_axis(key, at, axis=1) >= 1.0, size, 0.0)
        return Gap(size, error + U * np.abs(before))

    return measure


def virtual(seen: tuple[Seen, ...]) -> Gap:
    """Whether the second call's row without its first entry is the first's."""
    a, b = seen
    return same((Seen(b.x, b.params, b.y[:, 1:], b.error[:, 1:]), a))


def at_most_other(seen: tuple[Seen, ...]) -> Gap:
    """Whether no entry exceeds the other variant's."""
    a, b = seen
    return falls((b, a))


def product(seen: tuple[Seen, ...]) -> Gap:
    """Whether every entry is the other variant's times its score."""
    a, b = seen
    error = a.error + np.abs(a.x) * b.error
    return _equal(a.y, a.x * b.y, error + U * np.abs(a.x * b.y))


def exponential(seen: tuple[Seen, ...]) -> Gap:
    """Whether the exponential of every entry is the other variant's."""
    a, b = seen
    w = np.exp(np.minimum(a.y, MOST))
    error = w * np.expm1(np.minimum(a.error, MOST)) * (1 + U) + b.error + U * (w + b.y)
    return _equal(w, b.y, error)
