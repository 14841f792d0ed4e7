"""Which kernel and which grid a length gets, and where its entries lie: up to 2**40 of them."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from refsoft.drivers._index import Rows, alignment, first, lead_of, start
from refsoft.drivers._launch import (
    LARGEST_GRID,
    MOST_BLOCKS,
    OF_SPANS,
    REGISTERS,
    STAGES,
    TABLE,
    TILES,
    plan_for,
    tickets,
)
from refsoft.rounding._largest import LEAST_MOVES, MOVED

LIMIT = 2**40
FORMATS = st.sampled_from([(4, 4), (4, 8), (8, 2)])  # bytes of a number, entries of a vector
OPERATIONS = st.sampled_from(sorted(REGISTERS))
sizes = st.integers(0, 40).flatmap(lambda k: st.integers(0, 2**k))


def made(operation, rows, n, form, aligned, leads, heavy=False):
    return plan_for(operation, rows, n, *form, aligned=aligned, leads=leads, heavy=heavy)


@given(OPERATIONS, sizes, sizes, FORMATS, st.booleans(), st.booleans(), st.booleans())
def test_every_row_is_covered_and_no_part_of_it_twice(
    operation, rows, n, form, aligned, leads, heavy
):
    rows = max(1, rows)
    assume(rows * n <= LIMIT)
    plan = made(operation, rows, n, form, aligned, leads, heavy)
    shape = plan.shape
    assert shape.width == (form[1] if aligned else 1)
    assert shape.members & (shape.members - 1) == 0
    assert shape.threads <= 1024
    assert 1 <= plan.grid <= LARGEST_GRID
    longest_lead = shape.width - 1 if leads else 0
    if plan.blocks == 0:
        assert n + longest_lead <= shape.tile
        assert shape.members <= 32 or shape.slots == 1, "only within a warp do rows share a block"
        assert plan.grid == min(math.ceil(rows / shape.slots), LARGEST_GRID)
    else:
        reach = plan.blocks * plan.tiles * shape.tile
        assert n + longest_lead <= reach
        assert reach - plan.tiles * shape.tile < n + longest_lead, "no block without an entry"
        assert plan.blocks <= MOST_BLOCKS
        moves = max(LEAST_MOVES, 1 + n // MOVED)
        assert plan.tiles <= moves, "that is how often docs/bounds.md has a sum moved"
        assert plan.lag >= plan.blocks - 1, "or blocks could wait for each other"
        every = tickets(rows * plan.blocks, STAGES[operation], plan.lag)
        assert plan.grid == min(every, LARGEST_GRID)


@given(OPERATIONS, st.integers(1, 2**15), FORMATS)
def test_the_shortest_line_that_holds_a_row_is_taken(operation, n, form):
    plan, longer = (made(operation, 7, length, form, True, False) for length in (n, n + 1))
    assert plan.shape.tile <= longer.shape.tile or longer.blocks
    if not plan.blocks:
        assert plan.shape.entries * form[0] <= 4 * REGISTERS[operation]


def test_the_cache_of_an_h200_holds_what_lies_between_two_reads_of_a_row():
    # Between them plan.lag pairs of tasks read scores, read others again, and write. Of 50 MiB
    # the half, should both halves of the cache keep what both halves of the GPU read.
    plan = made("forward", 128, 2**20, (4, 4), True, False)
    assert 3 * plan.lag * TILES * plan.shape.tile * 4 <= 50 * 2**20 / 2
    assert (plan.tiles, plan.shape.entries) == (TILES, OF_SPANS["forward"])


def test_the_lines_have_reasons_and_grow():
    assert all(len(line.reason) > 5 for line in TABLE)
    assert [line.members for line in TABLE] == sorted(line.members for line in TABLE)


@given(st.lists(st.integers(1, 2**14), min_size=1, max_size=3), st.data())
def test_where_rows_begin(batch, data):
    n = data.draw(
        st.integers(1, LIMIT // math.prod(batch)) if math.prod(batch) <= LIMIT else st.just(1)
    )
    strides = [n * math.prod(batch[d + 1 :]) for d in range(len(batch))]
    order = data.draw(st.permutations(range(len(batch))))
    rows = Rows(None, tuple(batch[d] for d in order), tuple(strides[d] for d in order), 1, 0)
    at = [data.draw(st.integers(0, size - 1)) for size in rows.sizes]
    r = 0
    for i, size in zip(at, rows.sizes, strict=True):
        r = r * size + i
    begin = start(rows, r)
    assert int(begin) == sum(i * s for i, s in zip(at, rows.strides, strict=True))
    assert begin.dtype.itemsize == 8


def test_a_product_of_32_bits_would_not_reach():
    rows = Rows(None, (2**20,), (2**20,), 1, 0)
    assert int(start(rows, 2**20 - 1)) == 2**40 - 2**20


@given(st.integers(0, LIMIT), st.sampled_from([2, 4, 8]), st.data())
def test_vectors_are_aligned_and_cover_every_entry_once(begin, width, data):
    lead, members = data.draw(st.integers(0, width - 1)), data.draw(st.sampled_from([1, 4, 32]))
    n = data.draw(st.integers(0, 3 * members * width))
    covered = []
    for t in range(members):
        j = int(first(begin, lead, width, t))
        assert (lead + begin + j) % width == 0
        for k in range(4):
            at = j + k * members * width
            covered += [e for e in range(at, at + width) if 0 <= e < n]
    assert sorted(covered) == list(range(n))


@given(st.integers(0, 2**48).map(lambda k: 2 * k), st.sampled_from([2, 4, 8]))
def test_leads(pointer, itemsize):
    pointer -= pointer % itemsize
    lead = lead_of(pointer, itemsize)
    assert (pointer - lead * itemsize) % 16 == 0
    assert 0 <= lead < 16 // itemsize


def rows(strides=(8,), step=1, lead=0):
    return Rows(None, (4,) * len(strides), strides, step, lead)


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ([rows(), rows()], (True, False)),
        ([rows((9,)), rows((9,))], (True, True)),
        ([rows((9,)), rows((13,))], (True, True)),
        ([rows((9,)), rows((10,))], (False, True)),
        ([rows(lead=1), rows(lead=1)], (True, True)),
        ([rows(lead=1), rows()], (False, True)),
        ([rows(step=2), rows()], (False, False)),
        ([rows((32, 8)), rows()], (False, False)),
    ],
)
def test_which_vectors_can_be_aligned(arrays, expected):
    assert alignment(arrays, 4) == expected
