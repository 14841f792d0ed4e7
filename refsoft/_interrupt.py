"""Ctrl-C on the command line: one line and exit status 2, whatever runs at that moment."""

from __future__ import annotations

import os
import signal
from types import FrameType

STATUS = 2
LINE = b"Error: interrupted\n"
CLEAR = b"\r\x1b[2K\x1b[?25h"  # the line of a progress bar; the cursor comes back


def end_at_once() -> None:
    """From now on Ctrl-C ends this process, and TARGET's process follows it.

    Nothing is raised: a KeyboardInterrupt may come out of an import as another error, and is
    lost, with a traceback, where it meets a finaliser.
    """
    # A shell that starts its jobs in the background has them ignore Ctrl-C: that stays.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def _end(_number: int, _frame: FrameType | None) -> None:
    terminal = os.isatty(2) and os.environ.get("TERM", "dumb") != "dumb"
    os.write(2, CLEAR + LINE if terminal else LINE)
    os._exit(STATUS)
