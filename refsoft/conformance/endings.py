"""How a process that was started ends: with what it started, and with the one that started it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Iterator
from multiprocessing import resource_tracker


def follow() -> None:
    """End with the process that started this one, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        end_group(os.getpid())
        os._exit(1)


def end_group(leader: int) -> None:
    """Kill a process and whatever it started, if it leads a group of its own."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C is for this process alone: those started meanwhile do not receive it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Started by the first process that is spawned, it would let the signal in again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
