r"""Exponential weights: the coefficient, and both orders of shift and scale.

Definitions
-----------
Those of :mod:`proofs.rounding`.

Statements
----------
- `coefficient`, `shift_first`, `common_cancels`, `scale_first`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Implication
from proofs.methods import Identity
from proofs.numeric import Number, Point, mp, points
from proofs.rounding_parts import EPSILON, U, at, real, size, step, u, within
from proofs.theorem import Theorem
from proofs.toolkit import i, j, scores, total
from proofs.toolkit import x as row
from proofs.triangle import Triangle
from refsoft.card import Claim

D, K, R, T, W, B = real("Delta K R T W B_r")
a, b, c, d, ell, p, s, x = real("a b c d ell p s x")
delta, eta, gap, rho, rho_top, top, shift = real("delta eta gamma rho rho_top x_top theta")
e, e_j, e_top, f, k, beta = real("e e_j e_top f k beta")
eps_1, eps_2 = real("epsilon_1 epsilon_2")
m, r = real("m r")

CLAIMS = (
    Claim(
        "coefficient",
        "The coefficients 1/T and s log n + b are known up to what their operations cost.",
        r"|\hat c - c| \le \Delta",
    ),
    Claim(
        "shift_first",
        "Shifted first, a distance errs by tau = gap (|c| expm1((1 + k) u) + Delta exp((1 + k) "
        "u)), and that of the largest score by nothing.",
        r"\tau_j = \gamma_j\big(|c|(e^{(1+k)u} - 1) + \Delta e^{(1+k)u}\big)",
    ),
    Claim(
        "common_cancels",
        "An error that all scaled scores have in common cancels in y; so the coefficient's error "
        "counts by the distance from the largest score.",
        r"\frac{e^{z_i + \theta}}{\sum_j e^{z_j + \theta}} = \frac{e^{z_i}}{\sum_j e^{z_j}}",
    ),
    Claim(
        "scale_first",
        "Scaled first, a distance errs by tau = rho + u (d + rho + rho_top), beside a common "
        "shift.",
        r"\tau_j = \rho_j + u(d_j + \rho_j + \rho_{top}),\ "
        r"\rho_j = (|c| + \Delta)|x_j|(e^u - 1) + \Delta\gamma_j",
    ),
)

#: The error of s log n + b; p = s log n, K = e^(alpha_log u), R and B_r the readings of s and b.
COEFFICIENT = size(p) * (K * U - 1) * U + R * ell * K * U * U + B * U + size(p + b) * (U - 1)
RECIPROCAL = (W * U - 1) / T
SHIFT = gap * (size(c) * (W - 1) + D * W)
BASE_TWO = D + 2 * u * (size(c) + D)
RHO = (size(c) + D) * size(x) * (U - 1) + D * gap
TAU = rho + u * (d + rho + rho_top)


def coefficient() -> Theorem:
    """Every operation on the way to c."""
    inverse = step(
        r"$T$ is read, within $W$ ($e^u$, or 1 where it fits), and inverted:",
        Implication(
            hypotheses=(T > 0, W >= 1, U >= 1, *within(f, W), *within(EPSILON, U)),
            conclusion=size(EPSILON / (T * f) - 1 / T) <= RECIPROCAL,
        ),
        {
            "without the reading": {"conclusion": size(EPSILON / (T * f) - 1 / T) <= (U - 1) / T},
            "without the division": {"conclusion": size(EPSILON / (T * f) - 1 / T) <= (W - 1) / T},
        },
    )
    parts = (
        (p * (k - 1) * EPSILON, size(p) * (K * U - 1) * U),
        (delta * ell * k * EPSILON, R * ell * K * U * U),
        (beta * EPSILON, B * U),
        ((p + b) * (EPSILON - 1), size(p + b) * (U - 1)),
    )
    known = (ell >= 0, K >= 1, U >= 1, R >= 0, B >= 0, size(delta) <= R, size(beta) <= B)
    product = step(
        r"$c = s\log n + b$ with $p = s\log n$: $s$ and $b$ are read, up to $R$ and $B_r$, the "
        r"logarithm is within $K = e^{\alpha_{\log}u}$ and its product with $s$ within $e^u$, "
        r"together $k$; the sum is rounded, $\ell = \log n$:",
        Triangle(
            error=((p + delta * ell) * k + b + beta) * EPSILON - (p + b),
            parts=parts,
            bound=COEFFICIENT,
            hypotheses=(*known, *within(k, K * U), *within(EPSILON, U)),
        ),
        {
            "the reading of $s$ not grown by the logarithm's error": {
                "bound": COEFFICIENT - R * ell * (K - 1) * U * U,
                "at": at("p b beta B_r delta R ell K k U epsilon", "0 0 0 0 1 1 1 2 2 1 1"),
            },
            "relative to $c$ alone": {
                "bound": size(p + b) * (K * U * U - 1) + R * ell * K * U * U + B * U
            },
            "without the last rounding": {"bound": COEFFICIENT - size(p + b) * (U - 1)},
        },
    )
    return Theorem("coefficient", (inverse, product))


def shift_first() -> Theorem:
    """One subtraction, k products, the coefficient's error."""
    parts = ((c * gap * (f - 1), size(c) * gap * (W - 1)), (delta * gap * f, D * gap * W))
    moved = step(
        r"With $\gamma = |x_j - x_{top}|$, $\hat c = c + \delta$, $|\delta| \le \Delta$, and $f$ "
        r"the factor of the subtraction and of $k$ products, within $W = e^{(1+k)u}$:",
        Triangle(
            error=(c + delta) * gap * f - c * gap,
            parts=parts,
            bound=SHIFT,
            hypotheses=(gap >= 0, D >= 0, W >= 1, size(delta) <= D, *within(f, W)),
        ),
        {
            r"$\Delta$ not grown": {"bound": gap * (size(c) * (W - 1) + D)},
            "without the coefficient's error": {"bound": gap * size(c) * (W - 1)},
            r"$1 - 1/W$ for $W - 1$": {"bound": gap * (size(c) * (1 - 1 / W) + D * W)},
        },
    )
    largest = step(
        "so the largest score is exact:",
        Implication(hypotheses=(sp.Eq(gap, 0), W >= 1, D >= 0), conclusion=sp.Eq(SHIFT, 0)),
        {
            "every score": {"hypotheses": (gap >= 0, W >= 1, D >= 0)},
            "only approximately": {"conclusion": SHIFT > 0},
        },
    )
    return Theorem("shift_first", (moved, largest))


def _shifted(point: Point, m: int) -> Number:
    weights = [mp.exp(score + point.number("theta")) for score in point.scores]
    return weights[m - 1] / mp.fsum(weights)


def common_cancels() -> Theorem:
    """Shift invariance, and the split of the coefficient's error."""
    entry = sp.exp(row[i]) / total(sp.exp(row[j]))
    moved = scores(entry, lambda m: row[m] + shift)
    cancels = step(
        r"A shift $\theta$ of all scaled scores is a factor of every weight and of the sum:",
        Identity(
            subject="y_i",
            left=moved,
            right=entry,
            sample=_shifted,
            points=points(theta="-4/3"),
        ),
        {
            "the shift in the numerator alone": {"right": entry * sp.exp(shift)},
            "beside an offset that is not shifted": {
                "right": sp.exp(row[i]) / (1 + total(sp.exp(row[j])))
            },
        },
    )
    parts = (
        ((c + delta) * x * (f - 1), (size(c) + D) * size(x) * (U - 1)),
        (delta * (x - top), D * gap),
    )
    beside = step(
        r"Beside $\theta = \delta x_{top}$ the coefficient's error counts by $\gamma = |x_j - "
        r"x_{top}|$; $f$ is the rounding of the product:",
        Triangle(
            error=(c + delta) * x * f - c * x - delta * top,
            parts=parts,
            bound=RHO,
            hypotheses=(*(D >= 0, U >= 1, size(delta) <= D, size(x - top) <= gap, *within(f, U)),),
        ),
        {
            r"without $\Delta\gamma$": {"bound": RHO - D * gap},
            r"$|c|$ for $|c| + \Delta$": {"bound": size(c * x) * (U - 1) + D * gap},
        },
    )
    both = (1 + eps_1) * (1 + eps_2)
    small = (u > 0, size(eps_1) <= u / (1 + u), size(eps_2) <= u / (1 + u))
    twice = Implication(hypotheses=small, conclusion=size(both - 1) <= 2 * u)
    base_two = step(
        r"A kernel in base 2 rounds $\log_2 e$ and its product with $\hat c$; the two roundings "
        r"cost $2u$ and nothing of second order:",
        twice,
        {
            r"$|\varepsilon| \le u$": {"hypotheses": (u > 0, size(eps_1) <= u, size(eps_2) <= u)},
            "$u$": {"conclusion": size(both - 1) <= u},
        },
    )
    second = step(
        r"With $k$ their factor, $|k - 1| \le 2u$, that is $\Delta + 2u(|c| + \Delta)$:",
        Triangle(
            error=(c + delta) * k - c,
            parts=(((c + delta) * (k - 1), 2 * u * (size(c) + D)), (delta, D)),
            bound=BASE_TWO,
            hypotheses=(u > 0, D >= 0, size(delta) <= D, size(k - 1) <= 2 * u),
        ),
        {
            r"$\Delta + 2u|c|$": {"bound": D + 2 * u * size(c)},
            "one of the two": {"bound": D + u * (size(c) + D)},
        },
    )
    return Theorem("common_cancels", (cancels, beside, base_two, second))


def scale_first() -> Theorem:
    """One subtraction of two scaled scores."""
    exact = -d + e_j - e_top
    only = step(
        r"Scaled, the scores are off by $e_j$ and $e_{top}$ beside $\theta$, $|e_j| \le \rho_j$, "
        r"$|e_{top}| \le \rho_{top}$. Rounding is monotone, so the largest stays the largest. "
        r"Beside $-e_{top}$, which all differences have in common:",
        Triangle(
            error=exact * (1 + eta) + d + e_top,
            parts=((e_j, rho), (eta * exact, u * (d + rho + rho_top))),
            bound=TAU,
            hypotheses=(d >= 0, size(e_j) <= rho, size(e_top) <= rho_top, size(eta) <= u),
        ),
        {
            r"without $\rho_{top}$": {"bound": rho + u * (d + rho)},
            "without the distance": {"bound": rho + u * (rho + rho_top)},
            r"without $\rho_j$ in the rounding": {"bound": rho + u * (d + rho_top)},
        },
    )
    return Theorem("scale_first", (only,))


THEOREMS = (coefficient, shift_first, common_cancels, scale_first)
