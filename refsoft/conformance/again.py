"""How to ask for one case of a check again, on the command line and in Python."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from refsoft.conformance.options import Options

REPEATED = (
    "array", "device", "out_dtype", "axis_keyword", "mask_keyword", "arithmetic", "domain",
    "lengths", "max_length", "multiple_of", "subnormals", "require", "quick", "seed", "vjp_from",
    "autodiff", "lse_cotangent", "returns_lse",
)  # fmt: skip


def command(options: Options, target: str, variant: str, dtype: str, case: str) -> str:
    """The command line that runs one case again."""
    words = ["refsoft", "check", target, "--variant", variant, "--dtype", dtype]
    words += _repeated("--param", options.params)
    for name, keyword in options.passed.items():
        words += ["--pass", name if keyword == name else f"{name}={keyword}"]
    words += _repeated("--call", options.call)
    if options.array != "numpy":
        words += ["--array", options.array]
    for option, value in (
        ("--device", options.device),
        ("--out-dtype", options.out_dtype),
        ("--axis-keyword", options.axis_keyword),
        ("--mask-keyword", options.mask_keyword),
        ("--multiple-of", options.multiple_of if options.multiple_of > 1 else None),
        ("--arithmetic", options.arithmetic),
        ("--domain", options.domain),
        ("--max-length", options.max_length),
        ("--subnormals", options.subnormals),
        ("--vjp", options.vjp),
        ("--vjp-from", options.vjp_from if options.vjp_from != "x" else None),
        ("--lse-cotangent", options.lse_cotangent),
    ):
        words += [] if value is None else [option, str(value)]
    if options.lengths is not None:
        words += ["--lengths", ",".join(map(str, options.lengths))]
    words += [word for name in options.require for word in ("--require", name)]
    words += ["--autodiff"] if options.autodiff else []
    words += ["--returns-lse"] if options.returns_lse else []
    words += ["--quick"] if options.quick else []
    words += ["--seed", str(options.seed)] if options.seed else []
    return shlex.join([*words, "--case", case])


def python(options: Options, function: str, variant: str, dtype: str, case: str) -> str:
    """The call of :func:`refsoft.check` that runs one case again."""
    plain = Options()
    values = {
        "param": (dict(options.params), {}),
        "passes": (dict(options.passed), {}),
        "call": (dict(options.call), {}),
        **{name: (getattr(options, name), getattr(plain, name)) for name in REPEATED},
    }
    words = [function, repr(variant), f"dtype={dtype!r}"]
    words += [] if options.vjp is None else [f"vjp={options.vjp.rpartition(':')[2]}"]
    words += [f"{name}={value!r}" for name, (value, default) in values.items() if value != default]
    return f"rs.check({', '.join(words)}, case={case!r})"


def _repeated(option: str, values: Mapping[str, Any]) -> list[str]:
    return [word for name, value in values.items() for word in (option, f"{name}={value!r}")]
