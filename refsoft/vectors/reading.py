"""Read vectors back: checked against their hashes, without the oracle."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from refsoft._dtypes import Array, as_dtype
from refsoft.catalogue import VARIANTS
from refsoft.rounding import presets
from refsoft.variant import Variant
from refsoft.vectors.names import MANIFEST, RAW, SCHEMA, STORAGE, TENSORS, tensor
from refsoft.vectors.tensors import FORMATS, from_safetensors, unpacked
from refsoft.vectors.vector import Vector, vector
from refsoft.vectors.writing import seal

LARGEST_MANIFEST = 1 << 28  # bytes


@dataclass(frozen=True, slots=True)
class Vectors:
    """The vectors of a variant in a format.

    Attributes
    ----------
    folder : Path
    variant : Variant
    dtype : dtype
    manifest : dict
        As it was read.
    vectors : tuple of Vector
    """

    folder: Path
    variant: Variant
    dtype: np.dtype[Any]
    manifest: Mapping[str, Any]
    vectors: tuple[Vector, ...]


def read(folder: str | os.PathLike[str]) -> Vectors:
    """The vectors in a folder that :func:`refsoft.vectors.write` wrote.

    Raises
    ------
    ValueError
        If there are none, if anything in them is not as it was written, or if
        they are of another schema; one line says which file and what is accepted.

    Examples
    --------
    >>> import tempfile, refsoft as rs
    >>> from refsoft.conformance.options import Options
    >>> from refsoft.vectors import write
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = write(rs.softmax_one, folder, Options(only=("zero",), quick=True))
    ...     read(folder).vectors[0].case.id
    'zero/2'
    """
    path = Path(folder)
    manifest = _manifest(path / MANIFEST)
    try:
        variant, dtype = VARIANTS[manifest["variant"]], as_dtype(manifest["dtype"])
        arithmetics = tuple(manifest["arithmetics"])
        if arithmetics != tuple(a.name for a in presets(dtype)):
            raise ValueError("the arithmetics are not those of this version")
        files = {name: _file(path, name, about) for name, about in manifest["files"].items()}
        tensors = _tensors(manifest, files)
        vectors = tuple(
            vector(variant, dtype, about, tensors, arithmetics) for about in manifest["cases"]
        )
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(
            f"{path / MANIFEST} is not of {SCHEMA}: {type(error).__name__} {error}"
        ) from None
    return Vectors(path, variant, dtype, manifest, vectors)


def _manifest(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_MANIFEST:
            raise ValueError(f"{path} is larger than {LARGEST_MANIFEST} bytes")
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(
            f"{path} cannot be read: {error.strerror}; accepted: a folder of refsoft vectors"
        ) from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise ValueError(f"{path} is no JSON, or cut short") from None
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema != SCHEMA:
        raise ValueError(f"{path} has schema {schema!r}; accepted: {SCHEMA!r}")
    if content.get("sha256") != seal(content):
        raise ValueError(f"{path} is not as it was written: its sha256 is another")
    return dict(content)


def _file(folder: Path, name: str, about: Mapping[str, Any]) -> bytes:
    if Path(name).name != name or name.startswith("."):
        raise ValueError(f"files names {name!r}; accepted: a file of the folder")
    try:
        if (folder / name).stat().st_size != about["bytes"]:
            raise ValueError(f"{folder / name} is not as it was written: it has another length")
        data = (folder / name).read_bytes()
    except OSError as error:
        raise ValueError(f"{folder / name} cannot be read: {error.strerror}") from None
    if hashlib.sha256(data).hexdigest() != about["sha256"]:
        raise ValueError(f"{folder / name} is not as it was written: its sha256 is another")
    return data


def _tensors(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, Array]:
    if manifest["storage"] not in STORAGE:
        raise ValueError(f"storage={manifest['storage']!r}; accepted: {', '.join(STORAGE)}")
    stored = {} if manifest["storage"] == "raw" else from_safetensors(files[TENSORS], TENSORS)
    tensors = {}
    for about in manifest["cases"]:
        for role, spec in about["tensors"].items():
            name = tensor(about["id"], role)
            dtype, shape = FORMATS[spec["dtype"]], tuple(spec["shape"])
            found = stored.get(name)
            if manifest["storage"] == "raw":
                found = unpacked(files[name + RAW], dtype, shape)
            if found is None or found.dtype != dtype or found.shape != shape:
                raise ValueError(f"{name} is not the tensor that the manifest says")
            tensors[name] = found
    return tensors
