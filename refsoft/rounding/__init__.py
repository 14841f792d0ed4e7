"""Rounding bounds: how far an honest implementation may be from the truth.

The derivation is docs/bounds.md; comments here name its sections. Each file of
``refsoft/catalogue`` puts these parts together for its variant.
"""

from __future__ import annotations

from refsoft.rounding._arithmetic import FORMATS as FORMATS
from refsoft.rounding._arithmetic import Arithmetic as Arithmetic
from refsoft.rounding._arithmetic import Rows as Rows
from refsoft.rounding._exponential import Exponential as Exponential
from refsoft.rounding._exponential import exponential as exponential
from refsoft.rounding._exponential import identity as identity
from refsoft.rounding._exponential import lse_of_temperature as lse_of_temperature
from refsoft.rounding._exponential import reciprocal as reciprocal
from refsoft.rounding._gradient import finish_gradient as finish_gradient
from refsoft.rounding._gradient import log_moment as log_moment
from refsoft.rounding._gradient import log_pull as log_pull
from refsoft.rounding._gradient import mean_score as mean_score
from refsoft.rounding._gradient import modulated as modulated
from refsoft.rounding._gradient import moment as moment
from refsoft.rounding._gradient import on_both as on_both
from refsoft.rounding._gradient import pull as pull
from refsoft.rounding._gradient import shared as shared
from refsoft.rounding._gradient import unit as unit
from refsoft.rounding._largest import absolute_ulps as absolute_ulps
from refsoft.rounding._largest import exponential_ulps as exponential_ulps
from refsoft.rounding._largest import quotient_error as quotient_error
from refsoft.rounding._largest import sum_error as sum_error
from refsoft.rounding._largest import ulps as ulps
from refsoft.rounding._largest import weight_errors as weight_errors
from refsoft.rounding._own import CLOSE as CLOSE
from refsoft.rounding._own import OWN as OWN
from refsoft.rounding._own import Device as Device
from refsoft.rounding._own import own as own
from refsoft.rounding._presets import PRESETS as PRESETS
from refsoft.rounding._presets import default as default
from refsoft.rounding._presets import presets as presets
from refsoft.rounding._quotient import Quotient as Quotient
from refsoft.rounding._quotient import Scale as Scale
from refsoft.rounding._quotient import finite_or as finite_or
from refsoft.rounding._quotient import grow as grow
from refsoft.rounding._quotient import lost as lost
from refsoft.rounding._quotient import seen as seen
from refsoft.rounding._quotient import total as total
from refsoft.rounding._quotient import upper as upper
from refsoft.rounding._tangent import log_tangent as log_tangent
from refsoft.rounding._tangent import mean_tangent as mean_tangent
from refsoft.rounding._tangent import pushed as pushed
