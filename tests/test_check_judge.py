"""The judge: at the bound, past it, far past it, and where numbers end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from refsoft._dtypes import DTYPES
from refsoft.conformance.judge import judge

FLOAT32 = DTYPES["float32"]


def verdict(y: float, truth: float, bound: float, dtype: Any = FLOAT32, **parts: float) -> str:
    head = np.array([[truth]])
    true: Any = SimpleNamespace(
        head=head,
        tail=np.array([[parts.get("tail", 0.0)]]),
        radius=np.array([[parts.get("radius", 0.0)]]),
    )
    judged = judge(true, np.array([[y]]), np.array([[bound]]), dtype)
    if judged.wrong[0, 0]:
        return "wrong"
    return "inaccurate" if judged.beyond[0, 0] else "ok"


@pytest.mark.parametrize(
    ("y", "truth", "bound", "expected"),
    [
        (0.5, 0.5, 0.0, "ok"),
        (0.5 + 2**-20, 0.5, 2**-20, "ok"),
        (0.5 + 2**-19, 0.5, 2**-20, "inaccurate"),
        (0.25, 0.5, 2**-20, "wrong"),
        (0.0, 0.5, 2**-20, "wrong"),
        (0.0, 1e-60, 2**-149, "ok"),
        (0.3, 1e-60, 2**-149, "wrong"),
        (0.0, 0.0, 0.0, "ok"),
        (2**-149, 0.0, 2**-149, "ok"),
        (np.nan, 0.5, np.inf, "wrong"),
        (np.inf, 0.5, np.inf, "wrong"),
        (0.7, 0.5, np.inf, "ok"),
        (-np.inf, -np.inf, 0.0, "ok"),
        (-1e30, -np.inf, np.inf, "wrong"),
        (-np.inf, -3.4e38, 1e36, "ok"),
        (np.inf, -3.4e38, 1e36, "wrong"),
        (-np.inf, -1e38, 1e36, "wrong"),
        (np.nan, np.nan, 0.0, "ok"),
    ],
)
def test_the_verdict_on_one_entry(y: float, truth: float, bound: float, expected: str) -> None:
    assert verdict(y, truth, bound) == expected


def test_the_tail_of_the_enclosure_counts_and_its_radius_is_forgiven() -> None:
    assert verdict(0.5, 0.5, 2**-60, tail=2**-58) == "inaccurate"
    assert verdict(0.5, 0.5, 2**-57, tail=2**-58) == "ok"
    assert verdict(0.5, 0.5, 2**-60, tail=2**-58, radius=2**-58) == "ok"


def test_beyond_every_arithmetic_of_the_format_is_wrong_however_small() -> None:
    true: Any = SimpleNamespace(
        head=np.ones((1, 3)), tail=np.zeros((1, 3)), radius=np.zeros((1, 3))
    )
    y = 1 + np.array([[2**-20, 7 * 2**-18, 9 * 2**-18]])
    bound, loosest = np.full((1, 3), 2**-22), np.full((1, 3), 2**-18)
    assert judge(true, y, bound, FLOAT32, loosest).wrong.tolist() == [[False, False, True]]
    assert not judge(true, y, bound, FLOAT32).wrong.any()


@pytest.mark.parametrize("name", DTYPES)
def test_one_ulp_is_one_ulp(name: str) -> None:
    dtype = DTYPES[name]
    one = np.ones(1, dtype)
    y = np.nextafter(one, one * 2).astype(np.float64)[:, np.newaxis]
    true: Any = SimpleNamespace(
        head=np.ones((1, 1)), tail=np.zeros((1, 1)), radius=np.zeros((1, 1))
    )
    judged = judge(true, y, np.ones((1, 1)), dtype)
    assert judged.ulps[0, 0] == 1.0


def test_a_wide_bound_has_no_power() -> None:
    true: Any = SimpleNamespace(
        head=np.array([[0.5, 0.5, 0.0, 1e-60]]), tail=np.zeros((1, 4)), radius=np.zeros((1, 4))
    )
    bound = np.array([[0.07, 0.06, 1e-44, 1e-44]])
    strong = judge(true, true.head, bound, FLOAT32).strong
    np.testing.assert_array_equal(strong, [[False, True, True, True]])
