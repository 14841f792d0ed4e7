"""A kernel over all rows of its arguments, a few at a time where they have to be gathered."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from refsoft._dtypes import Array
from refsoft._validate import Layout
from refsoft.drivers._claims import ALONE
from refsoft.drivers._operands import Slab, slabs
from refsoft.drivers._threads import over_rows, together

# Entries of an array that is done before a second thread has woken up.
SMALL = 1 << 17
# Bytes of the buffers of a thread; they hold a row of each gathered array in any case.
ROOM = 3 << 17
# Rows that lie across memory are copied in groups that fill the lines of a cache.
GROUP = 16
# Rows of a slab where nothing is gathered.
ROWS = 1 << 11


def over(kernel: Any, layout: Layout, *arguments: Any) -> None:
    """Call the kernel for all rows.

    Parameters
    ----------
    kernel : compiled kernel
    layout : Layout
        Of the arrays of the call.
    *arguments : ndarray, Source, Target, Nowhere or Sums
        An array that has a line for each row is cut into blocks of rows, any
        other array is handed on whole.
    """
    count = layout.count
    serial = count == 1 or count * layout.length < SMALL
    if not all(type(a) is np.ndarray for a in arguments):
        _by_slabs(kernel, layout, arguments, serial)
    elif serial:
        kernel(ALONE, arguments)  # done before another thread has woken up
    else:
        over_rows(kernel, count, *arguments)


def _by_slabs(kernel: Any, layout: Layout, arguments: Any, serial: bool) -> None:
    gathered = [a for a in arguments if not isinstance(a, np.ndarray)]
    batch = (layout.count,) if all(a.even for a in gathered) else layout.batch
    pieces = list(slabs(batch, _rows(sum(a.width for a in gathered))))
    most = max((slab.stop - slab.start for slab in pieces), default=0)
    left = deque(pieces)

    def work() -> None:
        rooms: dict[Any, Array] = {}
        for a in gathered:
            rooms[a] = a.room(most) if a.shared is None else rooms[a.shared]
        while (slab := _taken(left)) is not None:
            kernel(ALONE, tuple(_part(a, slab, layout.count, rooms) for a in arguments))
            for a, room in rooms.items():
                a.keep(slab, room)

    together(work, 1 if serial else len(pieces))


def _taken(left: deque[Slab]) -> Slab | None:
    try:
        return left.popleft()
    except IndexError:
        return None


def _rows(width: int) -> int:
    """How many rows of so many bytes fit into the buffers."""
    if not width:
        return ROWS
    fit = max(1, ROOM // width)
    return fit - fit % GROUP if fit > GROUP else fit


def _part(a: Any, slab: Slab, count: int, rooms: dict[Any, Array]) -> Array:
    if not isinstance(a, np.ndarray):
        return a.fetch(slab, rooms[a])  # type: ignore[no-any-return]
    return a[slab.start : slab.stop] if len(a) == count else a
