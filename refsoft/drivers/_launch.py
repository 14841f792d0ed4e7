"""Which kernel a row of some length gets, and the grid that covers all rows: pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

# Threads of a block whose rows a warp or less can hold, and the blocks of a grid.
THREADS = 128
LARGEST_GRID = 2**31 - 1
# One block puts together what those of a row found, so there are not too many of them.
MOST_BLOCKS = 1024
# How often a longer row is gone through.
STAGES = {"forward": 2, "vjp": 3, "jvp": 3}
# Tiles of a task: more of them share the cost of a ticket and of waiting, but then the cache
# holds fewer rows, and a sum is moved to another scale more often (docs/bounds.md, 11.6).
TILES = 2
# Tasks between the last of a row and its next stage. Times two stages, that is as many as 132
# processors have in hand at two each: when the row's turn comes, its tasks are done.
LAG = 128
# float32 numbers of a tile that a thread can keep in registers beside its arithmetic: one
# tile of scores for results; scores, weights and cotangents for gradients and tangents.
REGISTERS = {"forward": 32, "vjp": 16, "jvp": 16}
# The same of a long row's tile: no more than leaves a processor two blocks or three.
OF_SPANS = {"forward": 16, "vjp": 8, "jvp": 8}
# The same where a power is computed for each: more of that code is not unrolled.
HEAVY = 4


class Line(NamedTuple):
    """Rows of up to `members` times `vectors` vectors; 0 stands for as many as are held."""

    members: int
    vectors: int
    reason: str


TABLE = (
    Line(4, 1, "a row of 10 in 4 lanes: 8 rows a warp, or most lanes would idle"),
    Line(16, 1, "a row of 64: two rows a warp, one access each"),
    Line(32, 1, "a row of 128: every lane busy with one access"),
    Line(32, 2, "two accesses in flight for each thread hide more latency than one"),
    Line(32, 0, "as long as one warp holds the row no thread waits at a barrier"),
    Line(128, 0, "four warps meet once for the largest and once for the sum"),
    Line(256, 0, "as before; the fewest warps that hold the row wait the least"),
    Line(512, 0, "as before"),
    Line(1024, 0, "the largest block: one read, one write, half of the registers of a processor"),
)
# Of a thread block that takes a longer row tile by tile.
SPAN_MEMBERS = 256


@dataclass(frozen=True, slots=True)
class Shape:
    """What a kernel is compiled for.

    Attributes
    ----------
    members : int
        Threads that share a row, or a tile of it; a power of 2.
    vectors : int
        Vectors of a tile for each of them.
    width : int
        Entries of a vector; 1 where vectors cannot be aligned.
    slots : int
        Rows that a block has in hand at a time.
    """

    members: int
    vectors: int
    width: int
    slots: int

    @property
    def threads(self) -> int:
        """Threads of a block."""
        return self.members * self.slots

    @property
    def tile(self) -> int:
        """Entries of a tile."""
        return self.members * self.entries

    @property
    def entries(self) -> int:
        """Entries of a tile that one thread has."""
        return self.vectors * self.width


class Plan(NamedTuple):
    """How rows are shared between threads, and the grid.

    Attributes
    ----------
    shape : Shape
    blocks : int
        Blocks of a row; 0 where a group of threads holds the row in registers.
    tiles : int
        Tiles of each of these blocks.
    lag : int
        Tasks that a stage of a long row is behind the one before.
    grid : int
        Blocks in all; where they are fewer than the tasks, blocks take several.
    """

    shape: Shape
    blocks: int
    tiles: int
    lag: int
    grid: int


def plan_for(
    operation: str,
    rows: int,
    n: int,
    real_bytes: int,
    width: int,
    *,
    aligned: bool,
    leads: bool,
    heavy: bool = False,
) -> Plan:
    """The plan for `rows` rows of n entries.

    Parameters
    ----------
    operation : {"forward", "vjp", "jvp"}
    rows, n : int
    real_bytes : int
        Bytes of a number in a register.
    width : int
        Entries of a vector of the format.
    aligned : bool
        Whether vectors can be aligned.
    leads : bool
        Whether a row may begin between two vectors.
    heavy : bool
        Whether an entry costs a power.
    """
    registers = HEAVY if heavy else REGISTERS[operation]
    entries = max(width, registers * 4 // real_bytes)
    width = width if aligned else 1
    reach = n + (width - 1 if leads else 0)
    for line in TABLE:
        vectors = min(line.vectors or entries // width, entries // width)
        if line.members > _largest_block(operation):
            break
        if reach <= line.members * vectors * width:
            slots = max(1, THREADS // line.members)
            return Plan(Shape(line.members, vectors, width, slots), 0, 1, 0, _grid(rows, slots))
    entries = min(entries, max(width, OF_SPANS[operation] * 4 // real_bytes))
    shape = Shape(SPAN_MEMBERS, entries // width, width, 1)
    tiles = -(-reach // shape.tile)
    each = max(TILES, -(-tiles // MOST_BLOCKS))
    blocks = -(-tiles // each)
    lag = blocks + LAG
    every = tickets(rows * blocks, STAGES[operation], lag)
    return Plan(shape, blocks, each, lag, _grid(every, 1))


def _largest_block(operation: str) -> int:
    # A thread of a block of 1024 has 64 registers, too few for three tiles.
    return 1024 if operation == "forward" else 512


def _grid(tasks: int, slots: int) -> int:
    return max(1, min(-(-tasks // slots), LARGEST_GRID))


def tickets(tasks: Any, stages: Any, lag: Any) -> Any:
    """How many tickets take every task through every stage; some of them are blank."""
    return (tasks + (stages - 1) * lag) * stages


def due(ticket: Any, stages: Any, lag: Any) -> Any:
    """The stage and the task of a ticket; a task that is not there if it is blank.

    A stage is ``lag`` tasks behind the one before, close enough to find in the cache what
    that has read. The tickets before this one have, of the stage before, every task up to
    ``lag`` beyond its own: all of the same row, if a row has no more than lag + 1.
    """
    stage = ticket % stages
    return stage, ticket // stages - stage * lag
