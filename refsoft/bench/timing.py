"""Times of several functions, measured in turns so that all meet the same machine.

Whose turn it is finds the cores as the others left them: their threads still wait in a loop
for more work, its own sleep. So there is a pause first, and a call that is not counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from refsoft.bench.statistics import Spread, spread

LEAST, MOST = 5, 60  # turns
WORTH = 2e-4  # seconds; what takes less is called several times in a row and divided
PAUSE = 1.2e-2  # seconds; idle threads of OpenMP and of XLA are asleep by then
LONG = 2e-2  # seconds; what takes longer is worth no second call, its start is no part of it

Function = Callable[[], Any]
Stopwatch = Callable[[Function, int], float]


def on_the_host(function: Function, calls: int) -> float:
    """Seconds of so many calls in a row."""
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return time.perf_counter() - start


def interleaved(
    functions: Mapping[str, Function],
    budget: float,
    stopwatch: Stopwatch = on_the_host,
    pause: Callable[[float], object] = time.sleep,
) -> dict[str, Spread]:
    """Time every function, one after the other in each turn, for about ``budget`` seconds.

    Parameters
    ----------
    functions : mapping
        Called without arguments; each has been called before.
    budget : float
        Seconds for all of them together. There are at least 5 turns whatever
        they take, and at most 60.
    stopwatch : callable, optional
        Seconds that a function takes in so many calls.
    pause : callable, optional
        Waits so many seconds.
    """
    lasted = {name: stopwatch(function, 1) for name, function in functions.items()}
    times: dict[str, list[float]] = {name: [] for name in functions}
    spent = 0.0
    for turn in range(MOST):
        if turn >= LEAST and spent >= budget:
            break
        for name, function in functions.items():
            pause(PAUSE)
            if lasted[name] < LONG:
                function()
            calls = max(1, min(1000, round(WORTH / max(lasted[name], 1e-9))))
            seconds = stopwatch(function, calls)
            spent += seconds
            lasted[name] = seconds / calls
            times[name].append(lasted[name])
    return {name: spread(found) for name, found in times.items()}
