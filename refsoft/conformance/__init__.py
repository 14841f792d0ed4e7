"""The checker: judge any function against a variant."""

from __future__ import annotations

from refsoft.conformance.check import check as check
from refsoft.conformance.report import Finding as Finding
from refsoft.conformance.report import Report as Report

__all__ = ["Finding", "Report", "check"]
