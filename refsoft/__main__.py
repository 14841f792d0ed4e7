"""The command ``refsoft``, also as ``python -m refsoft``."""

from __future__ import annotations

from refsoft import _interrupt


def main() -> None:
    """Run the command line; Ctrl-C ends it with one line and exit status 2."""
    _interrupt.end_at_once()
    from refsoft import cli

    cli.main(prog_name="refsoft")


if __name__ == "__main__":
    main()
