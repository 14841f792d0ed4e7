"""Call the function here, or in a process of its own that may hang, crash, exit or print."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from refsoft._dtypes import Array
from refsoft.conformance.endings import end_group, follow, uninterrupted
from refsoft.conformance.gradients.calling import Request, pull
from refsoft.conformance.kinds import prepare
from refsoft.conformance.load import LoadError, Outcome, find, first_of, invoke, one_line

LOADING = 60.0  # seconds; on a cold disk torch and JAX take twenty


class Callee(Protocol):
    """Something that can be called with arrays and whose ending is told, never raised."""

    isolated: bool

    def call(self, x: Array, keywords: Mapping[str, Any], layout: str = "") -> Outcome:
        """Call the function with a copy of ``x`` in a layout."""

    def pull(self, request: Request) -> Outcome:
        """Call it as a backward, or differentiate it."""

    def close(self) -> None:
        """End what was started for it."""


class Here:
    """A function called in this process: a hang or a crash is the caller's own."""

    isolated = False

    def __init__(
        self,
        function: Callable[..., Any],
        array: str = "numpy",
        device: str | None = None,
        returns_lse: bool = False,
    ) -> None:
        prepare(array, device)
        self.returns_lse = returns_lse
        self.function = function
        self.array = array
        self.device = device

    def call(self, x: Array, keywords: Mapping[str, Any], layout: str = "") -> Outcome:
        """Call the function with a copy of ``x`` in a layout."""
        function = first_of(self.function) if self.returns_lse else self.function
        return invoke(function, x, keywords, self.array, layout, self.device)

    def pull(self, request: Request) -> Outcome:
        """Call it as a backward, or differentiate it."""
        return pull(self.function, request, self.array, self.device)

    def close(self) -> None:
        """Nothing to end."""


class Isolated:
    """A function that lives in a spawned process, started again after it dies.

    Parameters
    ----------
    target : str
        As in :func:`refsoft.conformance.load.find`.
    array : str
        The kind of array it takes.
    device : str, optional
        Where the array lies.
    timeout : float
        Seconds after which a call has hung. Loading may take as long, and at least ``LOADING``.
    returns_lse : bool
        It returns (y, lse).

    Raises
    ------
    LoadError
        If the function cannot be loaded.
    """

    isolated = True

    def __init__(
        self,
        target: str,
        array: str,
        timeout: float,
        device: str | None = None,
        returns_lse: bool = False,
    ) -> None:
        self.target = target
        self.returns_lse = returns_lse
        self.array = array
        self.device = device
        self.timeout = timeout
        self._process: Any = None
        self._start()

    def call(self, x: Array, keywords: Mapping[str, Any], layout: str = "") -> Outcome:
        """Call the function with a copy of ``x``, for at most ``timeout`` seconds."""
        return self._ask((x, dict(keywords), layout))

    def pull(self, request: Request) -> Outcome:
        """Call it as a backward, or differentiate it, for at most ``timeout`` seconds."""
        return self._ask(request)

    def _ask(self, message: Any) -> Outcome:
        if self._process is None:
            try:
                self._start()
            except LoadError as error:
                return Outcome("crashed", message=f"it could not be loaded again: {error}")
        try:
            self._pipe.send(message)
            if not self._pipe.poll(self.timeout):
                self.close()
                return Outcome("hung", message=f"no answer after {self.timeout:g} s")
            outcome: Outcome = self._pipe.recv()
        except (EOFError, OSError):
            return Outcome("crashed", message=self._epitaph())
        return outcome

    def close(self) -> None:
        """End the process; a later call starts another."""
        if self._process is not None:
            end_group(self._process.pid)
            self._process.kill()
            self._process.join()
            self._pipe.close()
            self._process = None

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, self.target, self.array, self.device, self.returns_lse)
        )
        with uninterrupted():
            self._process.start()
        theirs.close()
        try:
            limit = max(self.timeout, LOADING)
            if self._pipe.poll(limit):
                refusal = self._pipe.recv()
            else:
                refusal = f"{self.target} is not imported after {limit:g} s; --timeout allows more"
        except (EOFError, OSError):
            refusal = f"{self.target} cannot be imported: {self._epitaph()}"
        except BaseException:
            self.close()
            raise
        if refusal:
            self.close()
            raise LoadError(refusal)

    def _epitaph(self) -> str:
        # What it started ends before its number is given back and may be another's.
        wait([self._process.sentinel], 5)
        end_group(self._process.pid)
        self._process.join(5)
        code = self._process.exitcode
        self.close()
        if code is not None and code < 0:
            with contextlib.suppress(ValueError):
                return f"its process was ended by {signal.Signals(-code).name}"
        return f"its process ended with exit status {code}"


def _serve(
    pipe: Connection, target: str, array: str, device: str | None, returns_lse: bool
) -> None:
    if hasattr(os, "setsid"):
        os.setsid()
    threading.Thread(target=follow, daemon=True).start()
    # What the function prints goes to a file: it must not mix with the report.
    with tempfile.TemporaryFile() as printed:
        os.dup2(printed.fileno(), 1)
        with tempfile.TemporaryFile() as errors:
            os.dup2(errors.fileno(), 2)
        try:
            prepare(array, device)
            function = find(target)
            forward = first_of(function) if returns_lse else function
        except (LoadError, ImportError, ValueError) as error:
            pipe.send(str(error))
            return
        pipe.send("")
        while True:
            try:
                message = pipe.recv()
            except EOFError:
                return
            before = _written(printed.fileno())
            if isinstance(message, Request):
                outcome = pull(function, message, array, device)
            else:
                x, keywords, layout = message
                outcome = invoke(forward, x, keywords, array, layout, device)
            outcome = replace(outcome, printed=_written(printed.fileno()) - before)
            try:
                pipe.send(outcome)
            except Exception as error:  # noqa: BLE001 - a result that cannot travel is a refusal
                pipe.send(Outcome("raised", message=one_line(error)))


def _written(descriptor: int) -> int:
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    return os.fstat(descriptor).st_size
