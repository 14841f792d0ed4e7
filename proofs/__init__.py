"""Proofs of what the cards claim, for rows of any length, by SymPy and z3.

``python -m proofs`` establishes every theorem of every variant's file here, has
every falsified twin rejected, and writes `refsoft/certificates` and `docs/proofs`.
"""

from __future__ import annotations

from proofs.runner import Report as Report
from proofs.runner import run as run
