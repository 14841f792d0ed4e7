"""Stages by tickets: whatever runs when, nobody waits for ever, and nobody is early.

The blocks of a GPU are played by what draws a ticket, does one step at a time in any order,
and may go only when its row is ready. The simulator runs blocks one after the other, and so
sees one of these orders.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsoft.drivers._launch import due, tickets


def played(tasks, blocks, stages, lag, resident, seed, order=due):
    """How often each task went through each stage; AssertionError if all blocks wait."""
    chance, drawn, running, done = random.Random(seed), 0, [], []  # noqa: S311
    every = tickets(tasks, stages, lag)

    def ready(stage, task):
        row = range(task // blocks * blocks, min(tasks, (task // blocks + 1) * blocks))
        return stage == 0 or all((stage - 1, mate) in done for mate in row)

    while drawn < every or running:
        while drawn < every and len(running) < resident:
            running.append(order(drawn, stages, lag))
            drawn += 1
        able = [k for k, (stage, task) in enumerate(running)
                if not 0 <= task < tasks or ready(stage, task)]  # fmt: skip
        assert able, "every block waits"
        done.append(running.pop(chance.choice(able)))
    return [(stage, task) for stage, task in done if 0 <= task < tasks]


shapes = st.tuples(
    st.integers(1, 6), st.integers(1, 5), st.integers(2, 3), st.integers(0, 4), st.integers(1, 7)
)


@given(shapes, st.integers(0, 2**16))
def test_every_task_goes_once_through_every_stage_and_nobody_waits_for_ever(shape, seed):
    rows, blocks, stages, more, resident = shape
    tasks = rows * blocks
    done = played(tasks, blocks, stages, blocks - 1 + more, resident, seed)
    assert sorted(done) == [(stage, task) for stage in range(stages) for task in range(tasks)]


def test_a_shorter_lag_lets_every_block_wait():
    with pytest.raises(AssertionError, match="every block waits"):
        played(8, 4, 2, 2, 1, 0)


def test_stages_one_after_the_other_for_each_row_would_wait_as_well():
    def by_row(ticket, stages, lag):
        return ticket // 2 % stages, ticket // (2 * stages) * 2 + ticket % 2  # rows of 2, not 4

    with pytest.raises(AssertionError, match="every block waits"):
        played(8, 4, 2, 0, 2, 0, order=by_row)


@given(st.integers(0, 2**40), st.integers(2, 3), st.integers(0, 2**20))
def test_tickets_of_any_size(tasks, stages, lag):
    last = tickets(tasks, stages, lag) - 1
    assert due(last, stages, lag) == (stages - 1, tasks - 1)
    assert due(0, stages, lag) == (0, 0)
