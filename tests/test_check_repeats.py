"""Repeated calls, other batches, rows alone: a result that depends on them is found."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft.conformance.families import FAMILIES
from refsoft.conformance.repeats import UNLIKE
from tests.helpers.checked import Function, check, kinds, softmax


class EverySecond:
    """Right at every other call."""

    def __init__(self, otherwise: Function) -> None:
        self.calls = 0
        self.otherwise = otherwise

    def __call__(self, x: np.ndarray) -> np.ndarray:
        self.calls += 1
        return softmax(x) if self.calls % 2 else self.otherwise(x)


class Remembers:
    """The largest score of any call so far is subtracted."""

    def __init__(self) -> None:
        self.top = np.float32(-np.inf)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        self.top = max(self.top, x.max(initial=-np.inf))
        w = np.exp(x - self.top)
        return w / w.sum(-1, keepdims=True)


def fails(x: np.ndarray) -> np.ndarray:
    raise RuntimeError("not now")


def nudged(x: np.ndarray) -> np.ndarray:
    return np.nextafter(softmax(x), np.float32(0))


def by_place(x: np.ndarray) -> np.ndarray:
    y = softmax(x)
    return np.concatenate([y[:1], np.nextafter(y[1:], np.float32(0))]) if y.ndim > 1 else y


def by_batch(x: np.ndarray) -> np.ndarray:
    return softmax(x) * np.float32(1 if len(x) >= 4 or x.ndim == 1 else 1.5)


def test_raising_at_every_second_call_is_convicted() -> None:
    report = check(EverySecond(fails), "repeat")
    # Told by whichever call comes first: the case, called again, or the same rows again.
    assert kinds(report) & {"contract/repeat", "contract/erratic"}
    assert "RuntimeError: not now" in next(f.detail for f in report.findings if f.convicts)


def test_rows_unlike_each_other_are_called_alone() -> None:
    assert {f.id for f in FAMILIES} >= UNLIKE
    for name in UNLIKE:
        report = check(by_batch, only=[name])
        found = next(f for f in report.findings if f.kind == "batch")
        assert found.detail.startswith("a row alone")


def test_another_result_at_every_second_call_is_convicted() -> None:
    report = rs.check(
        EverySecond(lambda x: softmax(x) * np.float32(1.5)), "softmax", quick=True, only=["repeat"]
    )
    assert "contract/repeat" in kinds(report)


def test_what_depends_on_the_batch_is_convicted() -> None:
    assert "contract/batch" in kinds(check(by_batch, "repeat", only=["repeat"]))


def test_what_is_left_of_an_earlier_call_is_found() -> None:
    report = check(Remembers(), "repeat", only=["repeat"])
    assert "contract/repeat" in kinds(report)
    assert report.findings[0].detail.startswith("called again after another call")


@pytest.mark.parametrize("function", [EverySecond(nudged), by_place])
def test_within_the_bound_it_is_a_note_unless_it_is_required(function: Function) -> None:
    report = check(function, "repeat")
    assert kinds(report) == {"note/repeatable"}
    assert report.conforms
    required = check(function, "repeat", require=["repeatable"])
    assert kinds(required) == {"note/repeatable"}
    assert required.exit_code == 1
    assert check(softmax, "repeat", require=["repeatable"]).findings == ()
