"""Threads that help with work that can be shared.

Who has work begins at once, and the others help as soon as they are awake: nobody waits for a
thread to wake up, which takes as long as 100,000 entries.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread

from refsoft.drivers._claims import Board, watch

Work = Callable[[], object]


class Team:
    """Threads that wait for work.

    Parameters
    ----------
    count : int
        How many.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.board = Board()
        self._posts: list[SimpleQueue[Work | None]] = [SimpleQueue() for _ in range(count)]
        self._threads = [
            Thread(target=_serve, args=(posts, self.board), name=f"refsoft-{number}", daemon=True)
            for number, posts in enumerate(self._posts)
        ]
        for thread in self._threads:
            thread.start()
        self._avoided = -1

    def __del__(self) -> None:
        for posts in self._posts:
            posts.put(None)  # the threads end after what they were asked for

    def ask(self, work: Work, count: int) -> None:
        """Let ``count`` threads call work, each when it can."""
        self._make_way()
        for posts in self._posts[:count]:
            posts.put(work)

    def _make_way(self) -> None:
        """Keep the threads off the core of this one.

        A scheduler may wake a thread on the core of who calls it, though another is idle, and
        leave it there; then they would take turns.
        """
        here = _core()
        if here == self._avoided:
            return
        self._avoided = here
        others = os.sched_getaffinity(0) - {here}
        for thread in self._threads:
            if others and thread.native_id is not None:
                with suppress(OSError):  # it is a hint
                    os.sched_setaffinity(thread.native_id, others)


def _serve(posts: SimpleQueue[Work | None], board: Board) -> None:
    while (work := posts.get()) is not None:
        work()
        del work  # and with it the arrays
        coming = board.coming
        if posts.empty():
            watch(coming)


def _nowhere() -> int:
    return -1


# Where a core cannot be told, threads are left where they are.
_core: Callable[[], int] = _nowhere
if hasattr(os, "sched_setaffinity"):
    _core = getattr(ctypes.CDLL(None), "sched_getcpu", _nowhere)


class Shared:
    """Work that is done when a call of it has returned, if all who began with it have returned.

    Parameters
    ----------
    work : callable
        Takes what nobody has taken, as long as there is something.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._helpers = 0
        self._closed = False
        self._error: BaseException | None = None
        self._counting = Lock()
        self._last_is_back = Lock()

    def do(self) -> None:
        """Do the work with whoever helps; an exception in any thread is raised."""
        try:
            self._work()
        finally:
            with self._counting:
                self._closed = True
                if self._helpers:
                    self._last_is_back.acquire()
            with self._last_is_back:
                pass
        if self._error is not None:
            raise self._error

    def help(self) -> None:
        """Help with the work, unless it is done."""
        with self._counting:
            if self._closed:
                return
            self._helpers += 1
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - raised where the work is
            self._error = error
        self._leave()

    def _leave(self) -> None:
        with self._counting:
            self._helpers -= 1
            if self._closed and not self._helpers:
                self._last_is_back.release()
