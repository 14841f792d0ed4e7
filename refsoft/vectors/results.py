"""Results that a program wrote: one safetensors file, or a raw file for each tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from refsoft._dtypes import Array
from refsoft.vectors.names import RAW, RESULTS, tensor
from refsoft.vectors.reading import Vectors
from refsoft.vectors.tensors import from_safetensors, unpacked


@dataclass(frozen=True, slots=True)
class Results:
    """What a program gave.

    Attributes
    ----------
    found : dict
        The results by the name of the tensor.
    unknown : tuple of str
        Names that no result has.
    """

    found: Mapping[str, Array]
    unknown: tuple[str, ...]


def read_results(folder: Path, vectors: Vectors) -> Results:
    """The results in a folder, of whatever shape and dtype they are.

    Raises
    ------
    ValueError
        If there is no such folder, or nothing in it is named after a result.
    """
    known = {
        tensor(vector.case.id, role): vector.tensors[role]
        for vector in vectors.vectors
        for role in vector.results
    }
    if not folder.is_dir():
        raise ValueError(
            f"results={str(folder)!r} is no folder; accepted: one with {_accepted(known)}"
        )
    try:
        if (folder / RESULTS).exists():
            found = from_safetensors((folder / RESULTS).read_bytes(), str(folder / RESULTS))
        else:
            files = sorted(folder.glob(f"*{RAW}"))
            found = {file.name.removesuffix(RAW): _raw(file, known) for file in files}
    except OSError as error:
        raise ValueError(f"{error.filename} cannot be read: {error.strerror}") from None
    if not known.keys() & found.keys():
        raise ValueError(f"{folder} has no result; accepted: {_accepted(known)}")
    return Results(
        {name: value for name, value in found.items() if name in known},
        tuple(sorted(found.keys() - known.keys())),
    )


def _accepted(known: Mapping[str, Array]) -> str:
    first = next(iter(known), tensor("normal/3", "y"))
    return f"{RESULTS} with tensors named as {first}, or files as {first}{RAW}"


def _raw(file: Path, known: Mapping[str, Array]) -> Array:
    """The array in a file; where its length is another, flat or as bytes, so that this is seen."""
    name, data = file.name.removesuffix(RAW), file.read_bytes()
    if name not in known:
        return np.frombuffer(data, np.uint8)
    right = known[name]
    if len(data) == right.nbytes:
        return unpacked(data, right.dtype, right.shape)
    if len(data) % right.itemsize:
        return np.frombuffer(data, np.uint8)
    return unpacked(data, right.dtype, (len(data) // right.itemsize,))
