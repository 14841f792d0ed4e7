r"""The rounding bounds of docs/bounds.md, proved for rows of any length.

Definitions
-----------
- `definition`: the computed entry of a quotient of weights,
  $\hat y_i = e^{x_i + g_i + b} / \sum_j e^{x_j + g_j + v_j}$. Its exact value has $g = v = b = 0$;
  $g_i$ is the logarithmic error of the weight $e^{x_i}$, $v_i$ that of its additions, $b$ that of
  the division.
- `value`: the same in mpmath, factor by factor.

Statements
----------
- :mod:`proofs.rounding_model`: `nearest`, `one_operation`, `factors_multiply`, `monotone`,
  `float_row_sum`, `last_rounding`.
- :mod:`proofs.rounding_sums`: `path`, `signed_sum`, `heights`, `blocked_sum`.
- :mod:`proofs.rounding_averages`: `positive_sum`, `average`, `entropy`.
- :mod:`proofs.rounding_quotient`: `quotient`, `lost_weights`, `quanta`, `exact_weights`,
  `times_score`, `times_place`.
- :mod:`proofs.rounding_exponential`: `coefficient`, `shift_first`, `common_cancels`,
  `scale_first`.
- :mod:`proofs.rounding_weights`: `weight_error`, `virtual_weight`, `from_lse`, `log_softmax`.
- :mod:`proofs.rounding_gradient`: `mean`, `pulled_back`, `scaled`, `modulated`.
- :mod:`proofs.rounding_moment`: `log_pulled_back`, `loss_on_both`, `moment`,
  `shared_parameter`.
- :mod:`proofs.rounding_parameters`: `temperature_slope`, `length_slope`, `log_moment`.
- :mod:`proofs.rounding_offsets`: `over_sum`, `sink_slope`.
- :mod:`proofs.rounding_both`: `mean_score`, `parameter_on_both`.
- :mod:`proofs.rounding_powers`: `power_error`, `power_offset`.
- :mod:`proofs.rounding_power_gradients`: `power_slope`, `power_moment`.
- :mod:`proofs.rounding_reading`: `reading`, `reading_places`, `lost_distance`, `small_parameter`.
- :mod:`proofs.rounding_power_logs`: `log_of_total`, `slope_from_log`.
- :mod:`proofs.rounding_power_edges`: `near_one`, `flushed_moment`, `small_base`.
- :mod:`proofs.rounding_extremes`: `rest_of_place`, `extreme_sum`.
- :mod:`proofs.rounding_at_once`: `moment_at_once`, `underflowing_square`.
- :mod:`proofs.rounding_underflow`: `any_order`, `place_quanta`.
- :mod:`proofs.rounding_tangents`: `pushed`, `log_tangent`, `score_tangent`, `power_tangent`.
- :mod:`proofs.rounding_place_tangent`: `place_tangent`.
- :mod:`proofs.rounding_own`: `exact_difference`, `no_distance`, `largest_error`, `last_places`.
- :mod:`proofs.rounding_split`: `split_sum`, `split_inverse`, `split_product`.
- :mod:`proofs.rounding_device`: `documented`, `pair_exponential`, `moved_parts`.
- :mod:`proofs.rounding_pairs`: `pair_sum`, `pair_inverse`.

Notes
-----
All of it is about real numbers: an operation is its exact result times a factor, or plus a
quantum, and nothing is assumed of these but what each step lists. In bounds of factors the
statements are polynomial, z3 decides them, and nothing of second order is left out. An error
that is a sum is bounded part by part: both sides expand to the same, and z3 bounds each part.
What holds of sums of any length is proved by induction on how they are put together; the claim is
tried on sums of 1, 2, 3, 5 and 8 terms besides, by a path that shares no code with z3. A falsified
twin counts as rejected by a point that obeys its hypotheses, in rational numbers and
exponentials of these, and breaks its conclusion.

Three lemmas are used and not proved. The tangent of exp at 0: $e^t \ge 1 + t$ for every real
$t$. Rounding to nearest in a binary format without overflow: the result is a number of the
format, none is nearer, and numbers in $[2^e, 2^{e+1}]$ are $2u2^e$ apart, 0 and $2^e$ among
them. Subnormal numbers are the multiples of the quantum: sums and differences of them are exact.

No proof can show that a kernel or a machine is what the model says. These are hypotheses, named
where a theorem uses them. **(M)** $\alpha$, $\beta$, the heights and the orders of operations are
those that an implementation declares, see [Rounding bounds](../bounds.md): every theorem here. What
our own functions err by is derived and measured beside their code, and part of M. Of a GPU, in
`documented` to `pair_inverse`: **(F)** its functions err by as many units in the last place as
CUDA documents; **(N)** its other operations are the nearest numbers, subnormal ones kept; **(S)**
two numbers and the nearest to their sum give what that has lost. What no bound covers is listed in
section 10 of docs/bounds.md.

References
----------
N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2002. P. H. Sterbenz, Floating-Point
Computation, 1974. C.-P. Jeannerod, S. M. Rump, On relative errors of floating-point operations,
2018. S. M. Rump, Error estimation of floating-point summation and dot product, 2012. P. Blanchard,
D. J. Higham, N. J. Higham, Accurately computing the log-sum-exp and softmax functions, 2021.
"""

from __future__ import annotations

from proofs import (
    rounding_at_once,
    rounding_averages,
    rounding_both,
    rounding_device,
    rounding_exponential,
    rounding_extremes,
    rounding_gradient,
    rounding_model,
    rounding_moment,
    rounding_offsets,
    rounding_own,
    rounding_pairs,
    rounding_parameters,
    rounding_place_tangent,
    rounding_power_edges,
    rounding_power_gradients,
    rounding_power_logs,
    rounding_powers,
    rounding_quotient,
    rounding_reading,
    rounding_split,
    rounding_sums,
    rounding_tangents,
    rounding_underflow,
    rounding_weights,
)
from proofs.rounding_quotient import definition as definition
from proofs.rounding_quotient import value as value
from refsoft.card import Card

_PARTS = (
    *(rounding_model, rounding_sums, rounding_averages, rounding_quotient),
    *(rounding_exponential, rounding_weights, rounding_reading),
    *(rounding_gradient, rounding_moment),
    *(rounding_parameters, rounding_offsets, rounding_both, rounding_powers),
    *(rounding_power_gradients, rounding_power_logs, rounding_power_edges, rounding_extremes),
    *(rounding_at_once, rounding_underflow, rounding_tangents, rounding_place_tangent),
    *(rounding_own, rounding_split),
    *(rounding_device, rounding_pairs),
)
THEOREMS = tuple(theorem for part in _PARTS for theorem in part.THEOREMS)
ENTRY = r"\hat y_i"
WHERE = (
    r"where $g_i$ is the logarithmic error of the weight $e^{x_i}$, $v_i$ that of the additions "
    r"that it passes through, and $b$ that of the division. Capitals are bounds of factors: $U = "
    r"e^u$ of one rounding, $A = e^E$, $\Lambda = e^L$, $\Phi = e^F$; a factor $f$ within $A$ has "
    r"$1/A \le f \le A$. The other letters are those of [Rounding bounds](../bounds.md): $u$ "
    r"bounds the error of one rounding, $q$ is the quantum of underflow and $\kappa$ how many a "
    r"function loses, $h$ is the number of additions that a term passes, $\alpha$ and $\beta$ are "
    r"the errors of exp and of a division in units of $u$, $d$ is the distance of a score from "
    r"the largest, $\tau$ the error of that distance, $\rho$ that of a scaled score, $\Delta$ "
    r"that of the coefficient. $E$, $L$ and $F$ are the logarithmic errors of a weight, of their "
    r"sum and of the quotient, $Q$ is what underflow adds to it; $e = \langle g, y\rangle$ errs "
    r"by $\Delta_e$."
)
CARD = Card(
    name="rounding",
    title="Rounding bounds",
    summary="How far a computed entry may be from the exact one, in the model of docs/bounds.md.",
    formula="",
    latex=r"\hat y_i = \frac{e^{x_i + g_i + b}}{\sum_j e^{x_j + g_j + v_j}}",
    gradient="",
    source="docs/bounds.md",
    neighbour="",
    claims=tuple(claim for part in _PARTS for claim in part.CLAIMS),
)
