"""``refsoft bench``: time, memory and error of the variants, beside what others compute."""

from __future__ import annotations

SCHEMA = "refsoft.bench/1"
