"""``python -m refsoft``."""

from __future__ import annotations

from refsoft.cli import main

if __name__ == "__main__":
    main(prog_name="refsoft")
