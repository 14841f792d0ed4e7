"""What a CUDA kernel is compiled for, and what follows from that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from refsoft.catalogue._recipe import Recipe
from refsoft.drivers._lanes import Share, share
from refsoft.drivers._launch import Shape
from refsoft.drivers._numba_cuda import jitable
from refsoft.drivers._reduce import slots


@dataclass(frozen=True, slots=True)
class Key:
    """What a kernel is compiled for; lengths, strides and pointers are its arguments.

    Attributes
    ----------
    recipe : Recipe
    count : int
        The number of parameters.
    format : str
        Of the scores.
    shape : Shape
    masked : bool
    usual : tuple of float
        The parameters, where they are the usual ones of the recipe.
    """

    recipe: Recipe
    count: int
    format: str
    shape: Shape
    masked: bool
    usual: tuple[float, ...] = ()


def share_of(key: Key) -> Share:
    """How a thread moves its share."""
    shape = key.shape
    return share(key.format, shape.members, shape.vectors, shape.width > 1, key.masked)


def sizes(key: Key) -> tuple[int, int, int, int]:
    """Threads of a row, rows of a block, entries of a share, numbers of shared memory."""
    shape = key.shape
    return shape.members, shape.slots, shape.entries, 2 * slots(shape.threads)


@jitable
def cleared(sums: Any, room: Any) -> Any:
    """Set all sums to 0."""
    for k in range(room):
        sums[k] = 0
