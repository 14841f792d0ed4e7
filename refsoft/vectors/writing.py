"""Compute the vectors of a variant in a format and write them to a folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from refsoft._dtypes import Array, as_dtype
from refsoft.card import Card
from refsoft.conformance import cases, masks
from refsoft.conformance.cases import Case
from refsoft.conformance.options import Options
from refsoft.conformance.whole import write_whole
from refsoft.rounding import default, presets
from refsoft.variant import Variant
from refsoft.vectors.names import INDEX, MANIFEST, RAW, SCHEMA, TENSORS, stem, tensor
from refsoft.vectors.record import number, record
from refsoft.vectors.tensors import packed, to_safetensors

LONGEST_QUICK = 2048
Progress = Callable[[int, int, str], None]


def build(card: Card, dtype: np.dtype[Any], options: Options) -> Iterator[Case]:
    """The cases that any program can be put to: scores and masks."""
    plan = options.plan(card)
    yield from cases.build(card, dtype, plan)
    if options.mask_keyword is not None:
        yield from masks.build(card, dtype, plan, options.mask_keyword)


def write(
    variant: Variant,
    folder: str | os.PathLike[str],
    options: Options,
    *,
    raw: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write the vectors of a variant; the same bytes for the same options.

    Parameters
    ----------
    variant : Variant
    folder : path
        Is made; it must not exist, or be empty.
    options : Options
        Of one format.
    raw : bool
        Whether each tensor is a file of its own.
    progress : callable, optional
        Called with (done, total, label).

    Returns
    -------
    Path
        The manifest, which is written last.

    Raises
    ------
    ValueError
        If the folder has something in it, or no case is left.
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile, refsoft as rs
    >>> from refsoft.conformance.options import Options
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(rs.softmax_one, folder, Options(only=("zero",), quick=True)).name
    'manifest.json'
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ValueError(f"out={str(folder)!r} is there; accepted: a new or an empty folder")
    dtype = as_dtype(options.dtypes[0])
    chosen = list(build(variant.card, dtype, options))
    if not chosen:
        raise ValueError("no case is left; accepted: options that leave one")
    records, tensors = [], {}
    for place, case in enumerate(chosen):
        if progress is not None:
            progress(place + 1, len(chosen), case.id)
        about, found = record(variant, case)
        records.append(about)
        tensors.update({tensor(case.id, role): value for role, value in found.items()})
    if len({stem(case.id) for case in chosen}) < len(chosen):
        raise AssertionError("two cases have one name")
    files = _raw(records, tensors) if raw else {TENSORS: to_safetensors(tensors)}
    target.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (target / name).write_bytes(data)
    content = {**_about(variant, options, dtype, raw), "files": _hashes(files), "cases": records}
    write_whole(target / MANIFEST, sealed(content))
    return target / MANIFEST


def _about(variant: Variant, options: Options, dtype: np.dtype[Any], raw: bool) -> dict[str, Any]:
    from refsoft import __version__

    card = variant.card
    fixed = {p.name: options.params.get(p.name, p.default) for p in card.parameters}
    return {
        "schema": SCHEMA,
        "version": __version__,
        "variant": card.name,
        "formula": card.formula,
        "gradient": card.gradient,
        "dtype": dtype.name,
        "storage": "raw" if raw else "safetensors",
        "arithmetics": [arithmetic.name for arithmetic in presets(dtype)],
        "default": default(dtype).name,
        "fixed": {
            k: number(v) for k, v in fixed.items() if k not in options.passed and v is not None
        },
        "passed": [p.name for p in card.parameters if p.name in options.passed],
        "domain": options.narrowed(),
        "masks": options.mask_keyword is not None,
        "quick": options.quick,
        "seed": options.seed or 0,
    }


def _raw(records: list[dict[str, Any]], tensors: Mapping[str, Array]) -> dict[str, bytes]:
    files, lines = {}, []
    for about in records:
        for role, spec in about["tensors"].items():
            name = tensor(about["id"], role)
            files[name + RAW] = packed(tensors[name])
            shape = [str(size) for size in spec["shape"]]
            fields = [stem(about["id"]), role, spec["dtype"], name + RAW, str(len(shape)), *shape]
            lines.append("\t".join(fields))
    return {**files, INDEX: ("\n".join(lines) + "\n").encode()}


def _hashes(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    return {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
    }


def seal(content: Mapping[str, Any]) -> str:
    """A hash of all of a manifest but the hash itself."""
    rest = {key: value for key, value in content.items() if key != "sha256"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def sealed(content: dict[str, Any]) -> str:
    """A manifest as text, with its hash."""
    return json.dumps({**content, "sha256": seal(content)}, indent=1, allow_nan=False) + "\n"
