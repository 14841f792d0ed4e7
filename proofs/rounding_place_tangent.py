r"""The tangent of self_adjust_normalized: what the weight is multiplied by.

Definitions
-----------
Those of :mod:`proofs.rounding_tangents`; $p$ is the place of a score as in `times_place`.

Statements
----------
- `place_tangent`.

Notes
-----
The product with the weight is `pushed`, what underflows in it `place_quanta`.
"""

from __future__ import annotations

from proofs.rounding_parts import at, real, size, step, within
from proofs.theorem import Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

D, H, K, L, R = real("Delta H K L R")
e, p, v, w, z = real("e p v w z")
e_hat, rho, zeta = real("ehat rho zeta")
z_1, z_2, z_3, s_1, s_2, s_3, s_4, s_5, s_6 = real("z_1 z_2 z_3 s_1 s_2 s_3 s_4 s_5 s_6")
low, high = real("v_l v_h")

CLAIMS = (
    Claim(
        "place_tangent",
        "p (v - e) + (v - v_l - p (v_h - v_l))/D, of which the weight makes the tangent of "
        "self_adjust_normalized, errs by expm1(k u) times the sizes of its terms, p Delta_e, and "
        "what the place and 1/D err by otherwise.",
        r"(e^{ku} - 1)\big(p(|v| + |e| + \Delta_e) + (|v| + p|v_h| + (1 + p)|v_\ell|)/D\big) + "
        r"p\Delta_e + \zeta e^{ku}\big(|v| + |e| + \Delta_e + (|v| + (2 + \zeta)|v_h| + (3 + "
        r"\zeta)|v_\ell|)/D\big)",
    ),
)

#: The terms' sizes with R = 1/D, then what multiplies zeta.
_TERMS = p * (size(v) + size(e) + D) + R * (size(v) + p * size(high) + (1 + p) * size(low))
_APART = size(v) + size(e) + D
_APART += R * (size(v) + (2 + zeta) * size(high) + (3 + zeta) * size(low))
PLACE_TANGENT = (K - 1) * _TERMS + p * D + zeta * K * _APART
#: Where other scores may be the extremes.
OTHER_ENDS = R * (p * H + (1 - p) * L)
_E = (D >= 0, size(e_hat - e) <= D, size(e_hat) <= size(e) + D)


def place_tangent() -> Theorem:
    """Six terms: the rest of the place may be a difference or a quotient of its own."""
    known = (p >= 0, p <= 1, R >= 0, zeta >= 0, K >= 1, *_E, size(rho) <= zeta)
    factors = tuple(h for t in (s_1, s_2, s_3, s_4, s_5, s_6) for h in within(t, K))
    off = tuple(size(t) <= zeta for t in (z_1, z_2, z_3))
    wide = (1 + rho) * (p + z_2), (1 + rho) * (1 + p + z_3)
    computed = (
        (p + z_1) * (v * s_1 - e_hat * s_2)
        + R * (1 + rho) * v * s_3
        - R * (1 + rho) * high * (p + z_2) * s_4
        - R * (1 + rho) * low * (s_5 - (p + z_3) * s_6)
    )
    exact = p * (v - e) + R * (v - p * high - (1 - p) * low)
    bound = PLACE_TANGENT
    parts = (
        (p * v * (s_1 - 1), (K - 1) * p * size(v)),
        (p * e_hat * (1 - s_2), (K - 1) * p * (size(e) + D)),
        (p * (e - e_hat), p * D),
        (z_1 * v * s_1, zeta * K * size(v)),
        (-z_1 * e_hat * s_2, zeta * K * (size(e) + D)),
        (R * v * (s_3 - 1), (K - 1) * R * size(v)),
        (R * rho * v * s_3, zeta * K * R * size(v)),
        (-R * high * p * (s_4 - 1), (K - 1) * R * p * size(high)),
        (-R * high * (wide[0] - p) * s_4, zeta * K * R * (2 + zeta) * size(high)),
        (-R * low * (s_5 - 1), (K - 1) * R * size(low)),
        (-R * low * rho * s_5, zeta * K * R * size(low)),
        (R * low * p * (s_6 - 1), (K - 1) * R * p * size(low)),
        (R * low * (wide[0].subs(z_2, z_3) - p) * s_6, zeta * K * R * (2 + zeta) * size(low)),
    )
    moved = step(
        r"With $R = 1/D$, computed as $R(1 + \rho)$ and the place as $p + z_i$ beside their "
        r"roundings, $|\rho|, |z_i| \le \zeta$, and $v_h$, $v_\ell$ the tangents of the largest "
        r"and the smallest score. The rest of the place is $1 - p$, whose terms have one factor if "
        r"it is a quotient and its own otherwise; so they have in $v - v_\ell - p(v_h - v_\ell)$. "
        r"$s_i$ within $K = e^{ku}$:",
        Triangle(
            error=computed - exact,
            parts=parts,
            bound=bound,
            hypotheses=(*known, *factors, *off),
        ),
        {
            "the rest's size for its parts'": {
                "bound": bound - 2 * (K - 1) * R * p * size(low),
                "at": at(
                    "Delta K R e ehat p rho s_1 s_2 s_3 s_4 s_5 s_6 v v_h v_l z_1 z_2 z_3 zeta",
                    "0 2 1 0 0 1 0 1 1 1 1 1 2 0 0 1 0 0 0 0",
                ),
            },
            r"without $\zeta$": {"bound": bound.subs(zeta, 0)},
            "the largest score left out": {"bound": bound.subs(high, 0)},
            r"$\Delta_e$ left out": {"bound": bound.subs(D, 0)},
        },
    )
    other = step(
        r"Where reading may make other scores as extreme, the tangents $w$ and $z$ of these stand "
        r"for $v_h$ and $v_\ell$, whose sizes above are then those of both; no farther from them "
        r"than $H$ and $L$ they add",
        Triangle(
            error=R * (p * (high - w) + (1 - p) * (low - z)),
            parts=((R * p * (high - w), R * p * H), (R * (1 - p) * (low - z), R * (1 - p) * L)),
            bound=OTHER_ENDS,
            hypotheses=(
                *(R >= 0, p >= 0, 1 - p >= 0, H >= 0, L >= 0),
                *(size(high - w) <= H, size(low - z) <= L),
            ),
        ),
        {
            "not over $D$": {"bound": p * H + (1 - p) * L},
            "the smallest left out": {"bound": R * p * H},
        },
    )
    return Theorem("place_tangent", (moved, other))


THEOREMS = (place_tangent,)
