"""Counterexamples get smaller and simpler, and still fail."""

from __future__ import annotations

import numpy as np
import pytest

from refsoft._dtypes import DTYPES
from refsoft.conformance.shrink import shrink

RNG = np.random.default_rng(3)


def test_a_simple_row_is_preferred() -> None:
    x = RNG.standard_normal((4, 100)).astype(np.float32)
    np.testing.assert_array_equal(shrink(x, lambda x: bool((x < 0).any())), [-1.0])


@pytest.mark.parametrize("name", DTYPES)
def test_only_what_matters_is_left(name: str) -> None:
    x = RNG.standard_normal((3, 50)).astype(DTYPES[name])
    x[1, 33] = 7.25

    def fails(x: np.ndarray) -> bool:
        return bool((np.abs(x.astype(np.float64) - 7) < 0.5).any())

    found = shrink(x, fails)
    assert found.dtype == x.dtype
    np.testing.assert_array_equal(found.astype(np.float64), [7.0])


def test_a_square_stays_square() -> None:
    x = RNG.standard_normal((8, 8)).astype(np.float32)
    found = shrink(x, lambda x: x.ndim == 2 and x.shape[0] == x.shape[1] and x.shape[0] >= 3)
    assert found.shape == (3, 3)


def test_what_cannot_be_made_smaller_is_returned() -> None:
    x = RNG.standard_normal((2, 3)).astype(np.float32)
    assert shrink(x, lambda y: y.tobytes() == x.tobytes()) is x


def test_the_search_ends() -> None:
    calls = []
    shrink(np.arange(1000.0), lambda x: bool(calls.append(1)) or len(x) > 900, calls=40)
    assert len(calls) <= 40
