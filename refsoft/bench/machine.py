"""The kind of machine, which names nobody's."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

from refsoft.drivers._threads import get_num_threads


def machine() -> dict[str, Any]:
    """Model of the processor, cores that may be used, version of Python."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
        model = next((ln.split(":", 1)[1].strip() for ln in lines if "model name" in ln), model)
    return {
        "device": "cpu",
        "model": f"{model} ({platform.machine()})",
        "cores": get_num_threads(),
        "python": platform.python_version(),
    }
