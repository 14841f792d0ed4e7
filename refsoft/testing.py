"""For test suites: assert that a function conforms to a variant."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from refsoft.conformance.report import Report
    from refsoft.variant import Variant

__all__ = ["assert_conforms"]


def assert_conforms(fn: Callable[..., Any], variant: Variant | str, /, **options: Any) -> Report:
    """Raise an AssertionError with the report unless ``fn`` conforms.

    Parameters
    ----------
    fn : callable
        The function to judge, in this process.
    variant : Variant or str
        What it claims to be.
    **options
        As for :func:`refsoft.check`.

    Returns
    -------
    Report
        Of a function that conforms.

    Raises
    ------
    AssertionError
        If it does not conform or could not be judged; the text is that of ``refsoft check``.
    TypeError, ValueError
        If an option is not accepted.

    Examples
    --------
    >>> import refsoft as rs
    >>> from refsoft.testing import assert_conforms
    >>> report = assert_conforms(rs.softmax, "softmax", quick=True, only=["normal", "wide"])
    >>> report.conforms
    True
    """
    __tracebackhide__ = True
    from refsoft.conformance import check

    report = check(fn, variant, **options)
    if report.exit_code != 0:
        # Bare: an assertion's own text, rewritten by no test runner.
        raise AssertionError(str(report))
    return report
