"""What ``python -m proofs`` established, as data: one JSON file per variant."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load(name: str) -> dict[str, Any]:
    """The certificate of a variant, ``{}`` where none has been written."""
    path = files(__name__).joinpath(f"{name}.json")
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def status(name: str, claim: str) -> str:
    """The status of a claim: proved, refuted, conjectured or unproved."""
    entry = load(name).get("claims", {}).get(claim)
    return str(entry["status"]) if entry else "unproved"
