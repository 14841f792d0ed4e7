"""Hypothesis as a hill climber: draw, attempt, and draw nearer to what came nearest."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any


class Ended(BaseException):
    """Nothing more is to be looked for; no Exception, which hypothesis would examine."""


class FoundError(Exception):
    """A violation."""


def hunt(
    strategy: Any, attempt: Callable[[Any], float], seed: int, *, batches: int, seconds: float
) -> None:
    """Draw and attempt until the time is up, an attempt has raised, or all is tried.

    Parameters
    ----------
    strategy : SearchStrategy
    attempt : (drawn) -> float
        How near it comes to a violation; raises :class:`FoundError` at one and
        :class:`Ended` where nothing more is to be tried.
    """
    import hypothesis
    from hypothesis import HealthCheck, Phase

    until = time.perf_counter() + seconds

    def one(drawn: Any) -> None:
        if time.perf_counter() > until:
            raise Ended
        hypothesis.target(attempt(drawn), label="error over bound")

    # One that is not repeatable is told as flaky; what was found is kept either way.
    endings = (Ended, FoundError, hypothesis.errors.HypothesisException, ExceptionGroup)
    anywhere = (Phase.generate, Phase.shrink)
    uphill = (*anywhere, Phase.target)
    with _own_folder(), contextlib.suppress(*endings):
        for phases, share in ((anywhere, 3 * batches // 4), (uphill, batches // 4)):
            settings: Any = hypothesis.settings(
                max_examples=share,
                database=None,
                deadline=None,
                derandomize=False,
                print_blob=False,
                report_multiple_bugs=False,
                phases=phases,
                suppress_health_check=list(HealthCheck),
                verbosity=hypothesis.Verbosity.quiet,
            )
            drawn: Any = hypothesis.given(strategy)
            seeded: Any = hypothesis.seed(seed)
            seeded(settings(drawn(one)))()


@contextlib.contextmanager
def _own_folder() -> Iterator[None]:
    """Keep what hypothesis notes for itself out of the caller's folder."""
    from hypothesis import configuration

    name = "__hypothesis_home_directory"
    before = getattr(configuration, name, None)
    with tempfile.TemporaryDirectory() as folder:
        configuration.set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            configuration.set_hypothesis_home_dir(before)
