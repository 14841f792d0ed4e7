"""Claims that several cards make in the same words."""

from __future__ import annotations

from refsoft.card import Claim

JACOBIAN = Claim(
    "jacobian", "The Jacobian is diag(y) - y y^T.", r"J = \operatorname{diag} y - y y^\top"
)
VJP = Claim(
    "vjp",
    "The vector-Jacobian product is y*(g - <g,y>).",
    r"J^\top g = y \odot (g - \langle g, y\rangle)",
)
JVP = Claim(
    "jvp",
    "The Jacobian-vector product is y*(v - <y,v>).",
    r"J v = y \odot (v - \langle y, v\rangle)",
)
HESSIAN = Claim(
    "hessian",
    "The second derivatives are y_i ((d_ik - y_k)(d_il - y_l) - y_k (d_kl - y_l)), d the identity.",
    r"\partial_k\partial_l y_i = y_i\big((\delta_{ik} - y_k)(\delta_{il} - y_l)"
    r" - y_k(\delta_{kl} - y_l)\big)",
)
SEMIDEFINITE = Claim(
    "semidefinite",
    "The Jacobian is symmetric and positive semidefinite, and so the log-sum-exp is convex.",
    r"J = J^\top,\ v^\top J v = \sum_i y_i (v_i - \bar v)^2 + (1 - \sum_i y_i)\bar v^2 \ge 0,"
    r"\ \bar v = \langle y, v\rangle",
)
LIPSCHITZ = Claim(
    "lipschitz",
    "It is 1/2-Lipschitz in every p-norm, and with a positive offset no norm of J reaches 1/2.",
    r"\|J\|_p \le \tfrac12",
)
SHIFT_INVARIANT = Claim(
    "shift_invariant",
    "Adding a constant to all scores changes nothing.",
    r"y(x + t\mathbf 1) = y(x)",
)
ORDER = Claim("order", "A larger score has a larger result.", r"x_i > x_j \Rightarrow y_i > y_j")
PERMUTATION = Claim("permutation", "Permuting the scores permutes the results.", r"y(Px) = P\,y(x)")
BELOW_SOFTMAX = Claim(
    "below_softmax",
    "With a positive offset every result is below that of softmax.",
    r"y_i(x) < \operatorname{softmax}_i(x)",
)
QUIET = Claim(
    "quiet",
    "All results tend to 0 when all scores tend to -inf together.",
    r"\lim_{t\to-\infty} y(x + t\mathbf 1) = 0",
)
LOUD = Claim(
    "loud",
    "The results tend to those of softmax when all scores tend to inf together.",
    r"\lim_{t\to\infty} y(x + t\mathbf 1) = \operatorname{softmax}(x)",
)
ONE_UP = Claim(
    "one_up",
    "As one score tends to inf its result tends to 1 and every other to 0.",
    r"\lim_{x_i\to\infty} y_i = 1,\ \lim_{x_i\to\infty} y_k = 0",
)
ONE_DOWN = Claim(
    "one_down",
    "As one score tends to -inf its result tends to 0 and the others to those of the row without it.",
    r"\lim_{x_i\to-\infty} y_i = 0,\ \lim_{x_i\to-\infty} y_k = y_k(x_1, \ldots, \hat{x_i}, \ldots, x_n)",
)
RAY = Claim(
    "ray",
    "For tx, t to inf, max x > 0, the results tend to 1/m at the m largest scores and to 0 elsewhere.",
    r"\max x > 0,\ \mu = \#\{i : x_i = \max x\} \Rightarrow "
    r"\lim_{t\to\infty} y_i(tx) = \tfrac1\mu\,[x_i = \max x]",
)
FLATTENS = Claim(
    "flattens",
    "For scores within d of each other every result tends to 0 as the row grows.",
    r"\max x - \min x \le d \Rightarrow y_i \le \frac{1}{1 + (n-1)e^{-d}} \to 0",
)
ONLINE = Claim(
    "online",
    "The shifted sums of two parts of a row merge into those of the whole, whatever the shifts and "
    "the grouping, and an offset enters once.",
    r"(m, \ell) \oplus (m', \ell') = (M, \ell e^{m-M} + \ell' e^{m'-M})",
)
RANGE = Claim(
    "range",
    "Every entry lies strictly between 0 and 1 for n >= 2.",
    r"n \ge 2 \Rightarrow 0 < y_i < 1",
)
JACOBIAN_SUMS = Claim(
    "jacobian_sums",
    "The rows and the columns of the Jacobian sum to 0.",
    r"\sum_k J_{ik} = \sum_k J_{ki} = 0",
)
NEVER_QUIET = Claim(
    "quiet",
    "All results tend to 0 when all scores tend to -inf together.",
    r"\lim_{t\to-\infty} y(x + t\mathbf 1) = 0",
    holds=False,
)
