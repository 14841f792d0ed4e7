r"""What is read into the format, and distances that underflow.

Definitions
-----------
Those of :mod:`proofs.rounding`; $\varrho = u|x|$ is what reading a score costs.

Statements
----------
- `reading`, `reading_places`, `lost_distance`, `small_parameter`.
"""

from __future__ import annotations

from proofs.implication import Implication
from proofs.rounding_exponential import RHO, SHIFT
from proofs.rounding_parts import U, at, q, real, size, step, u, within
from proofs.theorem import Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

A, D, E, L, R, W = real("A Delta E L R W")
a, b, c, d, delta, e, eta, f, p = real("a b c d delta e eta f p")
gap, r, t, top, width, x = real("gamma r t x_top D x")

CLAIMS = (
    Claim(
        "reading",
        "Scores that are read move a distance by M = u (|x| + |x_top|), of which |c| u |x| counts "
        "beside a common shift; scaled first, (|c| + Delta) u |x| exp(u).",
        r"\tau = (\gamma + M)\big(|c|(W - 1) + \Delta W\big) + |c|u|x|,\quad "
        r"\rho + (|c| + \Delta)u|x|e^u",
    ),
    Claim(
        "reading_places",
        "A place whose differences have lost L each errs by at most 2 L/(D - L), and one whose "
        "scores are read by at most 2 u (|x| + |l| + D)/D.",
        r"\Big|\frac{a + \delta}{D + \eta} - \frac aD\Big| \le \frac{2L}{D - L}",
    ),
    Claim(
        "lost_distance",
        "A product with c that underflows adds q to tau and to rho, and to Delta where it is that "
        "of s with log n.",
        r"\tau + q,\ \rho + q,\ \Delta + qe^u",
    ),
    Claim(
        "small_parameter",
        "A parameter that is read errs by max(u |p|, min(q/2, |p|)), and relatively, where that is "
        "a share s below 1 of it, by a factor within 1/(1 - s).",
        r"-\log(1 - s),\ s = \max\big(u, \min(\tfrac{q}{2|p|}, 1)\big)",
    ),
)

#: With R = u |x| and E for gamma + M.
READ_SHIFT = E * (size(c) * (W - 1) + D * W) + size(c) * R
READ_RHO = RHO + (size(c) + D) * R * U
READ_PLACE = 2 * u * (size(a) + size(b) + width) / width
LOST_SHIFT = SHIFT + q
LOST_PRODUCT = A + q * U
LOST_PLACE = 2 * L / (width - L)


def reading() -> Theorem:
    """The distance as it is read, and what of that all distances share."""
    first = step(
        r"Let $d$ be the distance as it is read, at most $E = \gamma + M$: $x_j - x_{top}$ and $r "
        r"- t$, $r$ of $x_j$ and $t$ of $x_{top}$. Shifted first, with $f$ within $W$, beside "
        r"$-ct$, which all distances have in common:",
        Triangle(
            error=(c + delta) * (x - top + r - t) * f - c * (x - top) + c * t,
            parts=(
                (c * (x - top + r - t) * (f - 1), size(c) * E * (W - 1)),
                (delta * (x - top + r - t) * f, D * E * W),
                (c * r, size(c) * R),
            ),
            bound=READ_SHIFT,
            hypotheses=(
                *(E >= 0, D >= 0, W >= 1, R >= 0, size(delta) <= D, size(r) <= R),
                *(size(x - top + r - t) <= E, *within(f, W)),
            ),
        ),
        {
            "its own reading left out": {"bound": READ_SHIFT - size(c) * R},
            "nothing else": {"bound": size(c) * R},
        },
    )
    scaled = step(
        r"Scaled first, with $f$ within $U$, beside $\delta x_{top}$:",
        Triangle(
            error=(c + delta) * (x + r) * f - c * x - delta * top,
            parts=(
                ((c + delta) * x * (f - 1), (size(c) + D) * size(x) * (U - 1)),
                (delta * (x - top), D * gap),
                ((c + delta) * r * f, (size(c) + D) * R * U),
            ),
            bound=READ_RHO,
            hypotheses=(
                *(D >= 0, U >= 1, R >= 0, gap >= 0, size(delta) <= D, size(r) <= R),
                *(size(x - top) <= gap, *within(f, U)),
            ),
        ),
        {
            "not rounded after it": {"bound": RHO + (size(c) + D) * R},
            r"$|c|$ alone": {"bound": RHO + size(c) * R * U},
        },
    )
    return Theorem("reading", (first, scaled))


def reading_places() -> Theorem:
    """A quotient of two differences that are off."""
    known = (width > 0, L >= 0, L < width, a >= 0, a <= width, size(d) <= L, size(e) <= L)
    lost = step(
        r"With $\delta = d$ and $\eta = e$, at most $L$ each, the place $(a + d)/(D + e)$ is off "
        r"by $(dD - ae)/(D(D + e))$, with $t$ for $1/(D + e)$:",
        Implication(
            hypotheses=(*known, t * (width + e) >= 1, t * (width + e) <= 1),
            conclusion=size((a + d) * t - a / width) * (width - L) <= 2 * L,
        ),
        {
            "$L/(D - L)$": {
                "conclusion": size((a + d) * t - a / width) * (width - L) <= L,
                "at": at("D L a d e t", "1 1/2 1 1/2 -1/2 2"),
            },
            "$2L/D$": {
                "conclusion": size((a + d) * t - a / width) * width <= 2 * L,
                "at": at("D L a d e t", "1 1/2 1 1/2 -1/2 2"),
            },
        },
    )
    small = (u > 0, 4 * u <= 1, width > 0, a >= 0, a <= width, b >= 0)
    read = step(
        r"Read, $x - \ell$ is off by at most $ub$, $b = |x| + |\ell|$, and $D$, a sum of two "
        r"sizes, by $uD$. Where $u \le \frac14$, in terms of $D$:",
        Implication(
            hypotheses=(
                *(*small, size(d) <= u * b, size(e) <= u * width),
                *(t * (width + e) >= 1, t * (width + e) <= 1),
            ),
            conclusion=size((a + d) * t - a / width) * width <= 2 * u * (b + width),
        ),
        {
            "once": {
                "conclusion": size((a + d) * t - a / width) * width <= u * (b + width),
                "at": at("D u a b d e t", "1 1/4 1 1 1/4 -1/4 4/3"),
            },
            r"$D$ left out": {
                "conclusion": size((a + d) * t - a / width) * width <= 2 * u * b,
                "at": at("D u a b d e t", "1 1/4 1 0 0 -1/4 4/3"),
            },
        },
    )
    return Theorem("reading_places", (lost, read))


def lost_distance() -> Theorem:
    """One quantum each."""
    shifted = step(
        r"Shifted first, $c(x_j - x_{top})$ may underflow, by $r$, but for that of $x_{top}$, "
        r"which is 0:",
        Triangle(
            error=(c + delta) * gap * f - c * gap + r,
            parts=(
                (c * gap * (f - 1), size(c) * gap * (W - 1)),
                (delta * gap * f, D * gap * W),
                (r, q),
            ),
            bound=LOST_SHIFT,
            hypotheses=(
                *(gap >= 0, D >= 0, W >= 1, q >= 0, size(delta) <= D, size(r) <= q, *within(f, W)),
            ),
        ),
        {"without it": {"bound": SHIFT}, "alone": {"bound": q}},
    )
    product = step(
        r"$s\log n$ may, by $r$, before $b$ is added to it, which rounds, $f$; with $p$ for both "
        r"and $A$ for the bound of `coefficient`:",
        Triangle(
            error=(p + e + r) * f - p,
            parts=(((p + e) * f - p, A), (r * f, q * U)),
            bound=LOST_PRODUCT,
            hypotheses=(
                *(A >= 0, q >= 0, U >= 1, size((p + e) * f - p) <= A, size(r) <= q, *within(f, U)),
            ),
        ),
        {"without it": {"bound": A}, "not rounded": {"bound": A + q}},
    )
    return Theorem("lost_distance", (shifted, product))


def small_parameter() -> Theorem:
    """Half a quantum below the normal range."""
    only = step(
        r"A number that the format does not hold is read up to $u|p|$, below the normal range up "
        r"to $q/2$ and never by more than itself, by `last_rounding`. In terms of $p$ it is within "
        "$s$:",
        Implication(
            hypotheses=(p > 0, R >= 0, R < 1, size(r - p) <= R * p),
            conclusion=(r >= p * (1 - R)) & (r * (1 - R) <= p),
        ),
        {
            r"$1 + s$": {"conclusion": r * (1 + R) >= p, "at": at("p R r", "1 1/2 1/2")},
            "any share": {"hypotheses": (p > 0, R >= 0, size(r - p) <= R * p)},
        },
    )
    return Theorem("small_parameter", (only,))


THEOREMS = (reading, reading_places, lost_distance, small_parameter)
