"""The peak of a call is seen, whoever takes the memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from refsoft.bench import peak
from refsoft.bench.contender import Contender, Prepared
from refsoft.bench.contenders_numpy import contender
from refsoft.bench.record import Peak
from refsoft.bench.sizes import Size

SIZE = Size(3000, 3000)  # more than 32 MiB, which glibc never takes from what it kept
BYTES = 4 * SIZE.entries
SLACK = 1 << 20  # Python's own objects, and pages

linux = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="reads the peak that Linux keeps"
)


def taking(arrays: int) -> Contender:
    """It takes memory for so many arrays at once, and returns none of it."""

    def prepare(problem):
        def call():
            return [np.full(problem.size.shape, 1, np.float32) for _ in range(arrays)][:0]

        return Prepared(call, None, np.asarray)

    return Contender("taking", prepare, "softmax", "test")


@linux
@pytest.mark.parametrize("arrays", [0, 1, 3])
def test_what_is_taken_and_given_back_is_seen(arrays, monkeypatch):
    # Memory that the warm call gave back may be taken again unseen: nothing as large is warm.
    monkeypatch.setattr(peak, "WARM", Size(8, 8))
    found = peak.rise(taking(arrays), "float32", SIZE, "into")
    assert abs(found - arrays * BYTES) <= SLACK


@linux
def test_a_form_that_a_contender_lacks_is_none():
    assert peak.rise(taking(1), "float32", SIZE, "fresh") is None


@linux
def test_a_process_of_its_own_measures_both_forms_of_every_size():
    numpy = contender("softmax", "forward")
    found = peak.peaks(numpy, "forward", "float32", [Size(10, 10), SIZE], 1)
    assert [type(p) for p in found] == [Peak, Peak]
    assert [p.size for p in found] == [Size(10, 10), SIZE]
    assert found[1].into <= SLACK
    assert abs(found[1].fresh - BYTES) <= SLACK


def test_what_the_process_says_is_passed_on():
    nobody = Contender("nobody", contender("softmax", "forward").prepare, "softmax", "test")
    with pytest.raises(RuntimeError, match=r"memory of nobody: .*accepted: refsoft softmax"):
        peak.peaks(nobody, "forward", "float32", [SIZE], 1)
