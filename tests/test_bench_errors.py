"""Time and accuracy stand together: who is wrong is reported wrong, and who is timed is right."""

from __future__ import annotations

import math

import numpy as np
import pytest

import refsoft as rs
from refsoft.bench.accuracy import Sample
from refsoft.bench.contender import LIBRARIES, Contender, Prepared, contenders, ours
from refsoft.bench.contenders_numpy import forward
from refsoft.bench.measure import measure
from refsoft.bench.problem import Problem
from refsoft.bench.sizes import OPERATIONS, PARAMETERS, Size

TINY = Size(7, 5)
GOLDEN = rs.softmax_one.using("golden")


def contender(function, name="somebody", variant="softmax_one") -> Contender:
    """A function of the scores as a contender."""

    def prepare(problem: Problem) -> Prepared:
        return Prepared(None, lambda: function(problem.x), np.asarray)

    return Contender(name, prepare, variant, "test")


def shifted_and_unscaled(x):
    w = np.exp(x - x.max(-1, keepdims=True))
    return w / (1 + w.sum(-1, keepdims=True))


class TestWrong:
    """Time and accuracy stand together: a contender that is wrong is reported wrong."""

    def entry(self, function, op="forward", variant="softmax_one", **options):
        found = measure(
            Problem(TINY, "float32"), op, [contender(function, variant=variant, **options)], 0.0
        )
        return found.entries[0]

    def test_golden_is_right(self):
        for name, params in PARAMETERS.items():
            golden = rs.variants[name].using("golden")
            entry = self.entry(lambda x, g=golden, p=params: g(x, **p), variant=name)
            assert (entry.wrong, entry.truth) == (False, "oracle")
            assert entry.ulp <= 0.5

    @pytest.mark.parametrize(
        "function",
        [
            shifted_and_unscaled,
            np.zeros_like,
            lambda x: np.full_like(x, np.nan),
            rs.softmax.using("golden"),
            lambda x: GOLDEN(x) * np.float32(1 + 1e-4),
        ],
    )
    def test_another_function_is_wrong(self, function):
        assert self.entry(function).wrong

    def test_a_result_that_is_wrong_in_one_row_of_the_sample_is_wrong(self):
        def last_row(x):
            y = GOLDEN(x)
            y[-1] = 0
            return y

        assert self.entry(last_row).wrong

    @pytest.mark.parametrize("op", ["dx", "dx from y", "vjp", "vjp from y", "jvp"])
    def test_derivatives(self, op):
        g = Problem(TINY, "float32").g
        right = GOLDEN.jvp if op == "jvp" else lambda x, g: GOLDEN.vjp(x, g)[0]
        assert not self.entry(lambda x: right(x, g), op).wrong
        assert self.entry(lambda x: -right(x, g), op).wrong
        assert self.entry(np.zeros_like, op).wrong

    def test_what_is_left_of_another_result_is_none(self):
        def prepare(problem):
            problem.out[...] = GOLDEN(problem.x)
            return Prepared(lambda: problem.out, None, np.asarray)

        idle = Contender("idle", prepare, "softmax_one", "test")
        assert measure(Problem(TINY, "float32"), "forward", [idle], 0.0).entries[0].wrong

    def test_one_form_is_timed_and_both_are_judged(self):
        def prepare(problem):
            def write():
                problem.out[...] = GOLDEN(problem.x)
                return problem.out

            return Prepared(write, lambda: np.zeros_like(problem.x), np.asarray)

        half = Contender("half", prepare, "softmax_one", "test")
        found = measure(Problem(TINY, "float32"), "forward", [half], 0.0, forms=("into",))
        assert found.entries[0].wrong
        assert found.entries[0].into is not None
        assert found.entries[0].fresh is None

    def test_against_golden_an_eighth_is_wrong(self):
        problem = Problem(Size(1, 30_000), "float32")
        sample, y = Sample("softmax_one", "forward", problem), GOLDEN(problem.x)
        assert sample.error(y).truth == "golden"
        assert not sample.error(y).wrong
        assert sample.error(y * np.float32(1.13)).wrong

    def test_what_raises_or_is_too_long_is_named_and_not_timed(self):
        def refuses(x):
            raise RuntimeError("no such\nformat")

        assert self.entry(refuses).refused == "RuntimeError: no such format"
        short = Contender("short", lambda _: None, "softmax", "test", most=34)
        found = measure(Problem(TINY, "float32"), "forward", [short], 0.0).entries[0]
        assert found.refused == "more than 34 entries"
        assert found.into is found.fresh is None


class TestContenders:
    @pytest.mark.parametrize("axis", [-1, 0])
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("name", PARAMETERS)
    def test_the_compositions_in_numpy_are_right(self, name, dtype, axis):
        problem = Problem(Size(*TINY.shape, axis), dtype)
        y = forward(name, problem.x, problem.out, axis, **PARAMETERS[name])
        assert not Sample(name, "forward", problem).error(y).wrong

    def test_an_argument_of_power_is_used(self):
        x = np.array([[1.0, -2.0]])
        y = forward("symax", x, np.empty_like(x), -1, eta=1.0, p=2.0)
        np.testing.assert_array_equal(y, [[1 / 6, 4 / 6]])

    @pytest.mark.peers
    @pytest.mark.parametrize("op", OPERATIONS)
    @pytest.mark.parametrize("name", PARAMETERS)
    def test_everybody_is_right_before_being_timed(self, name, op):
        libraries = tuple(LIBRARIES)
        for size in (TINY, Size(4, 3, 0)):
            problem = Problem(size, "float64")
            sample = Sample(name, op, problem)
            for who in contenders(name, op, libraries):
                prepared = who.prepare(problem)
                for function in (prepared.into, prepared.fresh):
                    if function is not None:
                        assert not sample.error(prepared.read(function())).wrong, who.name

    @pytest.mark.peers
    @pytest.mark.parametrize("op", ["forward", "dx", "jvp"])
    def test_float64_is_timed_in_float64_and_jax_is_left_as_it_was(self, op):
        jax = pytest.importorskip("jax")
        before = jax.config.jax_enable_x64
        problem = Problem(TINY, "float64")
        (contender,) = contenders("softmax", op, ("jax",))
        assert contender.prepare(problem).fresh().dtype == problem.dtype
        assert jax.config.jax_enable_x64 == before

    @pytest.mark.peers
    @pytest.mark.parametrize("name", PARAMETERS)
    def test_gradients_of_parameters_in_torch_are_golden_s(self, name):
        problem = Problem(TINY, "float64")
        params = PARAMETERS[name]
        _, expected = rs.variants[name].using("golden").vjp(problem.x, problem.g, **params)
        for op in ("vjp", "vjp from y"):
            (torch,) = contenders(name, op, ("torch",))
            _, found = torch.prepare(problem).into()
            if name not in ("softmax", "log_softmax"):  # whose own backward has none
                assert set(found) == set(expected)
            for parameter, value in found.items():
                # Sums of 35 terms that cancel, in float64.
                assert math.isclose(float(value), float(expected[parameter]), rel_tol=1e-9)

    @pytest.mark.parametrize("op", ["dx", "dx from y", "vjp", "vjp from y", "jvp"])
    def test_ours_is_right_in_both_forms(self, op):
        problem = Problem(TINY, "float32")
        sample = Sample("softmax_one", op, problem)
        prepared = ours("softmax_one", op).prepare(problem)
        for function in (prepared.into, prepared.fresh):
            assert not sample.error(prepared.read(function())).wrong

    def test_ours_is_the_kernel_and_golden_is_not_ours(self):
        assert ours("softmax", "forward").library == "refsoft"
        (golden,) = contenders("softmax", "forward", ("golden",))
        assert golden.library == "golden"
        assert list(contenders("symax", "forward+lse", ("golden",))) == []
