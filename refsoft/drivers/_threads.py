"""Row blocks on a few threads: kernels release the GIL, and no row depends on another."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, SupportsIndex

from refsoft.drivers._claims import ALONE, finish
from refsoft.drivers._team import Shared, Team

# Blocks of rows that each thread claims: the fewer, the longer it waits for others at the end.
BLOCKS = 8


@dataclass
class _Threads:
    count: int = 0  # 0: one for each core
    team: Team | None = None


_threads = _Threads()


class _Restored:
    """What set_num_threads returns: as a context manager it undoes the setting."""

    def __init__(self, before: int) -> None:
        self._before = before

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exception: object) -> None:
        _set(self._before)


def get_num_threads() -> int:
    """How many threads a CPU kernel may use: by default one for each core."""
    return _threads.count or _cores()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def set_num_threads(n: SupportsIndex) -> _Restored:
    """Let CPU kernels use n threads, for good or within a ``with`` block.

    Results are bitwise the same for every n. The setting is that of the
    process; a forked child inherits it.

    Raises
    ------
    TypeError
        If n is no integer.
    ValueError
        If n is not positive.

    Examples
    --------
    >>> import refsoft as rs
    >>> with rs.set_num_threads(1):
    ...     rs.softmax_one([0.0])
    array([0.5])
    """
    try:
        number = operator.index(n)
    except TypeError:
        raise TypeError(f"n={n!r}; accepted: a positive integer") from None
    if number < 1:
        raise ValueError(f"n={number}; accepted: a positive integer")
    before = _threads.count
    _set(number)
    return _Restored(before)


def over_rows(kernel: Any, rows: int, *arrays: Any) -> None:
    """Call kernel(claims, arrays) in several threads, each for the rows that it claims."""
    helpers = min(get_num_threads(), rows) - 1
    if not helpers:
        kernel(ALONE, arrays)
        return
    team, step = _team(helpers), -(-rows // (BLOCKS * (helpers + 1)))
    claims = team.board.call(step, lambda claims: team.ask(lambda: kernel(claims, arrays), helpers))
    kernel(claims, arrays)
    finish(claims, rows)


def together(work: Callable[[], object], most: int) -> None:
    """Call work in this thread and in others, no more than ``most`` in all."""
    helpers = min(get_num_threads(), most) - 1
    if helpers < 1:
        work()
        return
    shared = Shared(work)
    _team(helpers).ask(shared.help, helpers)
    shared.do()


def _team(least: int) -> Team:
    team = _threads.team
    if team is None or team.count < least:
        team = _threads.team = Team(least)
    return team


def _set(count: int) -> None:
    _threads.count = count
    _forget()


def _forget() -> None:
    # Who still uses the team keeps it; its threads end when nobody does.
    _threads.team = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)  # threads do not survive a fork
