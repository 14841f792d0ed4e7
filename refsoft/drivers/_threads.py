"""Row blocks on a few threads: kernels release the GIL, and no row depends on another."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, SupportsIndex

# Blocks for each thread: a thread that is held up leaves the rest to the others.
BLOCKS = 4


@dataclass
class _Threads:
    count: int = 0  # 0: one for each core
    pool: ThreadPoolExecutor | None = None


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


def over_rows(work: Callable[[int, int], Any], rows: int) -> None:
    """Call work(start, stop) for blocks that together are all rows."""
    threads = min(get_num_threads(), rows)
    if threads == 1:
        work(0, rows)
        return
    size = -(-rows // (BLOCKS * threads))
    starts = range(0, rows, size)
    for done in _executor().map(work, starts, [min(start + size, rows) for start in starts]):
        del done  # an exception of a block is raised here


def _executor() -> ThreadPoolExecutor:
    pool = _threads.pool
    if pool is None:
        pool = ThreadPoolExecutor(get_num_threads(), thread_name_prefix="refsoft")
        _threads.pool = pool
    return pool


def _set(count: int) -> None:
    _threads.count = count
    _forget()


def _forget() -> None:
    # Who still uses the pool keeps it; its threads end when nobody does.
    _threads.pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)  # threads do not survive a fork
