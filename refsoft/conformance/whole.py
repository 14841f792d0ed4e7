"""Write a file whole or not at all, and JSON strictly."""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
from pathlib import Path
from typing import Any


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Write text as UTF-8; a file that was there stays as it was unless all of it is written.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    target = Path(path)
    if target.exists() and not target.is_file():
        # A device or a pipe is written to, never replaced; a directory is refused.
        with target.open("w", encoding="utf-8") as file:
            file.write(text)
        return
    target = target.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.chmod(0o666 & ~_mask())
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _mask() -> int:
    """The permissions that new files do not get; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def strict(value: Any) -> Any:
    """The value with inf and NaN as strings, as strict JSON has neither."""
    if isinstance(value, dict):
        return {key: strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
