"""Find the function that is to be judged, and call it with the arrays it knows."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from refsoft._dtypes import Array
from refsoft.conformance.kinds import ARRAYS as ARRAYS
from refsoft.conformance.kinds import from_kind, precision, shares_memory, to_kind

Kind = Literal["returned", "raised", "exited", "crashed", "hung"]


class LoadError(Exception):
    """TARGET cannot be had; the message is one line."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call did.

    Attributes
    ----------
    kind : str
        How it ended.
    y : ndarray or None
        What it returned, if that was an array of the kind it was given.
    message : str
        One line: the exception, the type returned, the signal.
    modified, aliased : bool
        Whether the input changed, and whether the output shares its memory.
    printed : int
        Characters written to standard output.
    gradients : dict
        By keyword of the parameter, where a backward was called: an array, None, or
        the name of a type that is neither.
    """

    kind: Kind
    y: Array | None = None
    message: str = ""
    modified: bool = False
    aliased: bool = False
    printed: int = 0
    seconds: float = 0.0
    gradients: Mapping[str, Array | str | None] = field(default_factory=dict)


def find(target: str) -> Callable[..., Any]:
    """The function that ``package.module:function`` or ``path/to/file.py:function`` names.

    Raises
    ------
    LoadError
        With one line that says what is missing.
    """
    where, colon, attribute = target.rpartition(":")
    if not (where and colon and attribute):
        raise LoadError(
            f"{target!r} names no function; accepted: package.module:function "
            "or path/to/file.py:function"
        )
    try:
        found: Any = _file(Path(where)) if where.endswith(".py") else _module(where)
    except LoadError:
        raise
    except SystemExit:
        raise LoadError(f"{where} called sys.exit while it was imported") from None
    except KeyboardInterrupt:
        raise LoadError(f"{where} raised KeyboardInterrupt while it was imported") from None
    except Exception as error:  # noqa: BLE001 - a stranger's module may raise anything
        raise LoadError(f"{where} cannot be imported: {one_line(error)}") from None
    for name in attribute.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            raise LoadError(f"{where} has no {attribute!r}") from None
        except Exception as error:  # noqa: BLE001 - so may an attribute
            raise LoadError(f"{where} does not give {attribute!r}: {one_line(error)}") from None
    if not callable(found):
        raise LoadError(f"{target} is not callable: it is of type {type(found).__name__}")
    return found  # type: ignore[no-any-return]


def _file(path: Path) -> Any:
    if not path.is_file():
        raise LoadError(f"there is no file {path}")
    name = f"refsoft_target_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        raise LoadError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.resolve().parent))
    spec.loader.exec_module(module)
    return module


def _module(name: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    return importlib.import_module(name)


def one_line(error: BaseException) -> str:
    """An exception as one line of at most 200 characters."""
    text = ""
    with contextlib.suppress(Exception):  # its __str__ may raise anything too
        text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:200] if text else type(error).__name__


def first_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """The first of the two results of a function, y of (y, lse)."""

    def first(*args: Any, **keywords: Any) -> Any:
        result = function(*args, **keywords)
        if not isinstance(result, tuple) or len(result) != 2:
            raise TypeError(f"it returns a {type(result).__name__}, not (y, lse)")
        return result[0]

    return first


def invoke(
    function: Callable[..., Any],
    x: Array,
    keywords: Mapping[str, Any],
    array: str,
    layout: str = "",
    device: str | None = None,
) -> Outcome:
    """Call ``function`` with a copy of ``x`` and see what it does.

    Arrays among the keywords are converted like ``x``, whose layout alone may be another.
    """
    started = time.perf_counter()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), precision(array, x.dtype):
            warnings.simplefilter("ignore")
            given = to_kind(x, array, device, layout)
            converted = {
                name: to_kind(value, array, device) if isinstance(value, np.ndarray) else value
                for name, value in keywords.items()
            }
            result = function(given, **converted)
            y = from_kind(result, array)
            after = from_kind(given, array)
    except SystemExit:
        return Outcome("exited", message="it called sys.exit")
    except Exception as error:  # noqa: BLE001 - a stranger's function may raise anything
        return Outcome("raised", message=one_line(error), seconds=time.perf_counter() - started)
    modified = after is None or after.shape != x.shape or after.tobytes() != x.tobytes()
    return Outcome(
        "returned",
        y,
        message=type(result).__name__,
        modified=modified,
        aliased=shares_memory(result, given, array),
        seconds=time.perf_counter() - started,
    )
