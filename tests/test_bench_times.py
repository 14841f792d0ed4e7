"""The benchmark's arithmetic: what is timed how often, on what, and summed up how."""

from __future__ import annotations

import math

import numpy as np
import pytest

import refsoft as rs
from refsoft.bench import plans
from refsoft.bench.problem import Problem
from refsoft.bench.sizes import OPERATIONS, PARAMETERS, SIZES, Size, parsed
from refsoft.bench.statistics import Spread, geometric_mean, ratio, spread
from refsoft.bench.timing import LEAST, MOST, PAUSE, interleaved


def at(median: float) -> Spread:
    return Spread(median, median, median, 5)


class TestStatistics:
    def test_quartiles_are_those_of_numpy(self):
        times = np.random.default_rng(0).exponential(size=37).tolist()
        for count in (1, 2, 3, 4, 5, 37):
            found = spread(times[:count])
            expected = np.quantile(times[:count], [0.5, 0.25, 0.75])
            # Interpolation rounds three times here and in NumPy.
            np.testing.assert_allclose([found.median, found.low, found.high], expected, rtol=1e-15)
            assert found.count == count

    def test_no_times_are_no_spread(self):
        with pytest.raises(ValueError, match="at least one"):
            spread([])

    def test_a_ratio_is_ours_over_theirs(self):
        assert ratio(at(3.0), at(2.0)) == 1.5
        assert ratio(None, at(2.0)) is None
        assert ratio(at(2.0), None) is None

    def test_the_mean_of_a_ratio_and_its_inverse_is_one(self):
        assert geometric_mean([4.0, 0.25]) == 1.0


class TestTurns:
    def stopwatch(self, seconds):
        calls = []

        def lasted(function, count):
            calls.append((function, count))
            return count * seconds[function]

        return calls, lasted

    def test_functions_take_turns_and_the_median_is_of_one_call(self):
        def quick():
            pass

        def slow():
            pass

        calls, lasted = self.stopwatch({quick: 1e-6, slow: 0.1})
        pauses = []
        found = interleaved({"quick": quick, "slow": slow}, 0.0, lasted, pauses.append)
        assert [f for f, _ in calls] == [quick, slow] * (LEAST + 1)
        assert {count for f, count in calls[2:] if f is quick} == {200}
        assert {count for f, count in calls if f is slow} == {1}
        assert math.isclose(found["quick"].median, 1e-6)
        assert math.isclose(found["slow"].median, 0.1)
        assert pauses == [PAUSE] * 2 * LEAST

    def test_a_budget_is_spent_and_not_more_than_that(self):
        def function():
            pass

        _, lasted = self.stopwatch({function: 0.1})
        counts = [
            interleaved({"f": function}, budget, lasted, lambda _: None)["f"].count
            for budget in (0.0, 2.05, 1e9)
        ]
        assert counts == [LEAST, 21, MOST]

    def test_what_is_quick_is_called_once_more_before_it_is_timed(self):
        done = []
        interleaved({"f": lambda: done.append(1)}, 0.0, lambda _f, _n: 1e-3, lambda _: None)
        assert len(done) == LEAST


class TestSizes:
    def test_texts_and_sizes_are_each_other(self):
        for size in (*SIZES, Size(3, 2**20, 0)):
            assert parsed(repr(size)) == size

    @pytest.mark.parametrize("text", ["", "3", "3x", "0x4", "3x4x5", "-1x2", "3x4@1", "2^99x1"])
    def test_no_other_text_is_one(self, text):
        with pytest.raises(ValueError, match="accepted: ROWSxN"):
            parsed(text)

    def test_every_size_of_the_task_is_there_in_every_format_operation_and_axis(self):
        tasks = plans.page(("numpy",))
        assert {t.size for t in tasks if t.dtype == "float32" and t.op == "forward"} > set(SIZES)
        assert {t.dtype for t in tasks} == {"float32", "float64", "float16", "bfloat16"}
        assert {t.op for t in tasks} == set(OPERATIONS)
        assert {t.size.axis for t in tasks} == {-1, 0}
        assert {t.contenders[0].variant for t in tasks} == set(PARAMETERS) == set(rs.variants)

    def test_a_problem_is_the_same_at_every_run(self):
        one, two = Problem(Size(7, 5), "float32"), Problem(Size(7, 5), "float32")
        np.testing.assert_array_equal(one.x, two.x)
        assert not np.array_equal(one.x, one.g)
        # Standard normal numbers times 3.
        assert 2.9 < Problem(Size(100, 1000), "float32").x.std() < 3.1
