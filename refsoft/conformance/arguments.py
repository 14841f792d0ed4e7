"""The arguments of the commands: their types, and the one line for a wrong one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from refsoft.conformance.options import assignment

FILE = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)


class Refused(click.ClickException):
    """Nothing was done; one line says why."""

    exit_code = 2

    def format_message(self) -> str:
        """The reason, in one printable line."""
        from refsoft.conformance.render import visible

        return visible(" ".join(self.message.split()))


class Assignment(click.ParamType[Any]):
    """``NAME=VALUE`` with a Python literal."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """A pair of name and value."""
        try:
            return assignment(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Lengths(click.ParamType[Any]):
    """Whole numbers with commas."""

    name = "N,N,..."

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """A tuple of them."""
        try:
            return tuple(int(part) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r}; accepted: whole numbers with commas, as in 1,2,1024", param, ctx)


@contextlib.contextmanager
def refusals(what: str) -> Iterator[None]:
    """Turn an error of the caller's into one line and exit status 2."""
    from refsoft.conformance.load import LoadError

    try:
        yield
    except (ValueError, TypeError, LoadError) as error:
        raise Refused(f"{what}: {error}") from None
    except KeyboardInterrupt:
        raise Refused(f"{what}: interrupted") from None
    except ImportError as error:
        missing = f"{error.name} is not installed" if error.name else str(error)
        raise Refused(f"{what}: {missing}") from None


def keyword(text: str) -> tuple[str, str]:
    """The name and the keyword of ``NAME[=KEYWORD]``."""
    name, equals, keyword = text.partition("=")
    if not name.isidentifier() or (equals and not keyword.isidentifier()):
        raise ValueError(f"pass {text!r}; accepted: NAME or NAME=KEYWORD")
    return name, keyword or name
