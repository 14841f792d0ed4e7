"""Enclosures kept on disk: a folder of files named by what they depend on.

A file's name is a hash of the scores, the parameters, the variant's definition
and the oracle's sources, so that nothing kept is ever out of date. Each holds a
seal over its name and contents; one that is damaged, cut short or foreign is
computed anew. Files appear whole or not at all, so that processes may share the
folder, and it may be deleted at any time.

``REFSOFT_CACHE`` names the folder, or is ``off``; by default it lies where the
platform keeps caches.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import time
import zipfile
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from refsoft.oracle import Enclosure

VARIABLE = "REFSOFT_CACHE"
LARGEST = 1 << 30  # bytes in the folder, past which the oldest files go
PARTS = ("head", "tail", "radius")

_started = time.time()
_pruned: set[Path] = set()


def folder() -> Path | None:
    """Where enclosures are kept; None where that is switched off."""
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        return None if chosen.strip().lower() in ("", "off", "0", "no") else Path(chosen)
    home = Path("~").expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "refsoft" if base.is_absolute() else None


def name(definition: Any, content: bytes) -> str | None:
    """The name of a file: a hash of the content, the definition and the oracle's sources.

    None where the definition has no source to be told from another by.
    """
    path = getattr(definition, "__file__", None)
    sources = None if path is None else _sources(path)
    return None if sources is None else hashlib.sha256(sources + content).hexdigest()


@cache
def _sources(definition: str) -> bytes | None:
    """A hash of what an enclosure follows from; None where that cannot be told."""
    from refsoft import oracle

    digest = hashlib.sha256()
    try:
        digest.update(version("python-flint").encode())
        for path in (Path(definition), *sorted(Path(oracle.__file__).parent.glob("*.py"))):
            # A file changed since the start is not the one that was imported.
            if path.stat().st_mtime > _started:
                return None
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    except (OSError, PackageNotFoundError):
        return None
    return digest.digest()


def load(key: str, shape: tuple[int, ...]) -> Enclosure | None:
    """What is kept under that name, None if there is nothing, or nothing sound."""
    path = _path(key)
    if path is None:
        return None
    expected = 8 * len(PARTS) * int(np.prod(shape, dtype=np.int64))
    try:
        # A damaged header must not make NumPy reserve more than there is.
        if not expected <= path.stat().st_size <= expected + 4096:
            return None
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            parts = [archive[part] for part in PARTS]
            seal = bytes(archive["seal"])
    except (OSError, ValueError, KeyError, EOFError, MemoryError, zipfile.BadZipFile):
        return None
    if any(part.shape != shape or part.dtype != np.float64 for part in parts):
        return None
    if seal != _seal(key, parts):
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return Enclosure(*parts)


def save(key: str, enclosure: Enclosure) -> None:
    """Keep an enclosure; where that fails, for want of rights or room, nothing is kept."""
    path = _path(key)
    if path is None:
        return
    parts = [np.ascontiguousarray(getattr(enclosure, part), np.float64) for part in PARTS]
    arrays: dict[str, Any] = dict(zip(PARTS, parts, strict=True))
    arrays["seal"] = np.frombuffer(_seal(key, parts), np.uint8)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        _prune(path.parent)
        handle, temporary = tempfile.mkstemp(".tmp", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(file, **arrays)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def _path(key: str) -> Path | None:
    base = folder()
    return None if base is None else base / "truth-1" / f"{key}.npz"


def _seal(key: str, parts: list[Any]) -> bytes:
    digest = hashlib.sha256(key.encode())
    for part in parts:
        digest.update(str(part.shape).encode() + part.tobytes())
    return digest.digest()


def _prune(base: Path) -> None:
    """Once per process: delete the files unused for longest, down to half of what may be kept."""
    if base in _pruned:
        return
    _pruned.add(base)
    ages = []
    for path in base.iterdir():
        with contextlib.suppress(OSError):
            status = path.stat()
            ages.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in ages)
    if total <= LARGEST:
        return
    for _, size, path in sorted(ages):
        with contextlib.suppress(OSError):
            path.unlink()
            total -= size
        if total <= LARGEST // 2:
            return
