"""The benchmark's arithmetic and its reports: what is timed how, and who is wrong."""

from __future__ import annotations

import json
import math
import time

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner

import refsoft as rs
from refsoft.bench import SCHEMA, bar, plans
from refsoft.bench.accuracy import Sample
from refsoft.bench.contender import LIBRARIES, Contender, Prepared, absent, contenders, ours
from refsoft.bench.contenders_numpy import forward
from refsoft.bench.measure import measure
from refsoft.bench.problem import Problem
from refsoft.bench.record import Entry, Group, Peak, Record, Row, pairs
from refsoft.bench.schema import RECORD
from refsoft.bench.show import lined_up, seconds, tables
from refsoft.bench.sizes import OPERATIONS, PARAMETERS, SIZES, Size, parsed
from refsoft.bench.statistics import Spread, geometric_mean, ratio, spread
from refsoft.bench.timing import LEAST, MOST, PAUSE, interleaved
from refsoft.cli import main

TINY = Size(7, 5)
GOLDEN = rs.softmax_one.using("golden")


def at(median: float) -> Spread:
    return Spread(median, median, median, 5)


def contender(function, name="somebody", variant="softmax_one", into=False) -> Contender:
    """A function of the scores as a contender."""

    def prepare(problem: Problem) -> Prepared:
        def write() -> np.ndarray:
            problem.out[...] = function(problem.x)
            return problem.out

        return Prepared(write if into else None, lambda: function(problem.x), np.asarray)

    return Contender(name, prepare, variant, "test")


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
        one, two = Problem(TINY, "float32"), Problem(TINY, "float32")
        np.testing.assert_array_equal(one.x, two.x)
        assert not np.array_equal(one.x, one.g)
        # Standard normal numbers times 3.
        assert 2.9 < Problem(Size(100, 1000), "float32").x.std() < 3.1


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

    @pytest.mark.parametrize("op", ["vjp", "vjp from y", "jvp"])
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

    def test_our_backward_is_right_in_both_forms(self):
        problem = Problem(TINY, "float32")
        sample = Sample("softmax_one", "vjp from y", problem)
        prepared = ours("softmax_one", "vjp from y").prepare(problem)
        for function in (prepared.into, prepared.fresh):
            assert not sample.error(prepared.read(function())).wrong

    def test_ours_is_the_kernel_and_golden_is_not_ours(self):
        assert ours("softmax", "forward").library == "refsoft"
        (golden,) = contenders("softmax", "forward", ("golden",))
        assert golden.library == "golden"
        assert list(contenders("symax", "forward+lse", ("golden",))) == []


def group(entries, **changes) -> Group:
    given = {"op": "forward", "dtype": "float32", "size": TINY, "copy": at(1.0)}
    return Group(**{**given, **changes}, entries=tuple(entries))


class TestOrder:
    def test_the_worst_ratio_comes_first_and_nobody_is_dropped(self):
        mine = Entry("refsoft f", "refsoft", "softmax", at(4.0), at(9.0))
        others = [
            Entry("quick", "test", "softmax", at(1.0), at(1.0)),
            Entry("slow", "test", "softmax", at(8.0), at(1.0)),
            Entry("allocates", "test", "softmax", None, at(3.0)),
            Entry("refuses", "test", "softmax", refused="no"),
        ]
        found = pairs([group([mine, *others])])
        assert [p.other.name for p in found] == ["quick", "allocates", "slow", "refuses"]
        assert [p.into for p in found] == [4.0, None, 0.5, None]
        assert [p.fresh for p in found] == [9.0, 3.0, 9.0, None]

    def test_ours_is_not_compared_with_ours(self):
        mine = [Entry(f"refsoft {n}", "refsoft", n, at(1.0)) for n in ("softmax", "symax")]
        assert pairs([group(mine)]) == []


class TestBar:
    def groups(self, ours_seconds):
        names = ("softmax", *bar.SEVEN)
        entries = [
            *(Entry(f"refsoft {n}", "refsoft", n, at(ours_seconds)) for n in names),
            *(Entry(f"torch.{n}", "torch", n, at(2.0)) for n in names),
        ]
        return [group(entries, size=bar.SQUARE), group(entries, size=bar.SQUARE, op="vjp")]

    @pytest.mark.parametrize(("seconds", "met"), [(1.0, True), (2.2, False)])
    def test_a_ratio_is_held_against_its_limit(self, seconds, met):
        rows = {row.what: row for row in bar.rows(self.groups(seconds))}
        row = rows["softmax_one forward / torch.softmax, float32 4096x4096"]
        assert (row.value, row.bar, row.met) == (seconds / 2, 1.0, met)
        row = rows["ssmax vjp / its torch composition, float32 4096x4096"]
        assert (row.value, row.bar, row.met) == (seconds / 2, 0.5, met)
        assert rows["softmax_one / our softmax, float32 4096x4096"].value == 1.0
        assert rows["symax forward / torch.softmax, float32 4096x4096"].goal == 0.5

    def test_what_was_not_timed_is_not_met(self):
        assert not Row("", math.nan, 1.0, 1.0).met

    def test_every_requirement_has_a_measurement(self):
        # One line of the table of requirements each.
        described = {(t.op, t.dtype, t.size) for t in bar.tasks()}
        for size in bar.LARGE:
            assert ("forward", "float32", size) in described
        for dtype in ("float64", "bfloat16"):
            assert ("forward", dtype, bar.SQUARE) in described
        assert {op for op, _, _ in described} == {"forward", "vjp", "vjp from y"}
        assert {bar.TINY, bar.SMALL} < {size for _, _, size in described}


class TestRecord:
    def record(self):
        entries = [
            Entry("refsoft f", "refsoft", "softmax", at(1.0), at(2.0), 0.5, truth="oracle"),
            Entry("nan", "test", "softmax", at(1.0), None, math.inf, wrong=True, truth="golden"),
        ]
        machine = {"device": "cpu", "model": "a machine", "cores": 2, "python": "3.11.0"}
        return Record(
            machine, {"numpy": "2.0"}, 2, 1.0, ("jax",), [group(entries)], [Row("r", 1.0, 2.0, 1.0)]
        )

    def test_it_is_strict_json_and_valid(self):
        data = json.loads(self.record().text(), parse_constant=pytest.fail)
        jsonschema.validate(data, RECORD)
        assert data["schema"] == SCHEMA
        assert data["groups"][0]["entries"][1]["ulp"] == "inf"
        assert data["bar"][0]["met"] is True

    def test_the_schema_refuses_another_shape(self):
        data = json.loads(self.record().text())
        data["groups"][0]["entries"][0]["into"] = 1.0
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(data, RECORD)

    def test_wrong_stands_beside_the_time(self):
        (head, line), (_, row) = tables(self.record())
        cells = dict(zip(head[10:], line[10:], strict=True))
        assert (cells["ulp"], cells["their ulp"]) == ("0.5", "~inf wrong")
        assert row == ("r", "1", "2", "1", "met")
        assert "~inf wrong" in list(lined_up([head, line]))[1]

    def test_times_have_units(self):
        assert [seconds(t) for t in (12.0, 0.5, 1e-3, 2.5e-7)] == [
            "12.0 s", "500 ms", "1.00 ms", "0.250 us",
        ]  # fmt: skip


class TestCommand:
    def run(self, *words):
        return CliRunner().invoke(main, ["bench", *words])

    def test_one_size_from_end_to_end(self, tmp_path):
        file = tmp_path / "bench.json"
        done = self.run(
            "--variant", "softmax_one", "--sizes", "10x10", "--against", "numpy", "--against",
            "golden", "--threads", "1", "--budget", "0", "--json", str(file),
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        assert "numpy softmax_one" in done.output
        data = json.loads(file.read_text("utf-8"))
        jsonschema.validate(data, RECORD)
        (found,) = data["groups"]
        assert [e["name"] for e in found["entries"]] == [
            "refsoft softmax_one", "numpy softmax_one", "golden softmax_one",
        ]  # fmt: skip
        assert not any(e["wrong"] for e in found["entries"])
        assert data["threads"] == 1

    def test_memory_is_asked_of_everybody_once_for_all_sizes(self, monkeypatch, tmp_path):
        asked = []

        def peaks(who, op, dtype, sizes, threads):
            asked.append((who.name, op, dtype, sizes, threads))
            return [Peak(who.name, op, dtype, size, None, 3 * 2**20) for size in sizes]

        monkeypatch.setattr("refsoft.bench.run.peaks", peaks)
        monkeypatch.setattr("refsoft.bench.run.measure", lambda *_: group([]))
        file = tmp_path / "bench.json"
        done = self.run(
            "--variant", "softmax", "--sizes", "2x2,3x3", "--against", "numpy", "--threads", "1",
            "--memory", "--json", str(file),
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        sizes = [Size(2, 2), Size(3, 3)]
        assert asked == [
            (name, "forward", "float32", sizes, 1) for name in ("refsoft softmax", "numpy softmax")
        ]
        jsonschema.validate(json.loads(file.read_text("utf-8")), RECORD)
        assert done.output.count("3.00 MiB") == 4

    def test_who_is_absent_is_named(self, monkeypatch):
        monkeypatch.setattr("refsoft.bench.contender.find_spec", lambda _: None)
        absent.cache_clear()
        try:
            done = self.run("--variant", "softmax", "--sizes", "3x3", "--budget", "0")
        finally:
            absent.cache_clear()
        assert done.exit_code == 0, done.output
        for name in ("torch", "scipy", "jax"):
            assert f"absent: {name} is not installed" in done.output
        assert "refsoft softmax" in done.output

    @pytest.mark.parametrize(
        "words",
        [
            ["--variant", "hardmax"],
            ["--op", "jacobian"],
            ["--dtype", "float8"],
            ["--against", "nobody"],
            ["--preset", "all"],
            ["--sizes", "3"],
            ["--threads", "0"],
            ["--preset", "bar", "--op", "vjp"],
            ["--json", "/no/such/folder/x.json"],
        ],
    )
    def test_an_unknown_name_is_refused(self, words):
        done = self.run(*words)
        assert done.exit_code == 2
        assert "Error" in done.output

    def test_what_was_asked_for_is_what_is_strict(self, monkeypatch):
        row = Row("r", 2.0, 1.0, 1.0)
        machine = {"device": "cpu", "model": "a machine", "cores": 2, "python": "3.11.0"}
        record = Record(machine, {}, 1, 1.0, rows=[row])
        monkeypatch.setattr("refsoft.bench.run.run", lambda *_: record)
        assert self.run("--preset", "bar").exit_code == 0
        assert self.run("--preset", "bar", "--strict").exit_code == 1


def test_a_pause_is_long_enough_to_be_one():
    start = time.perf_counter()
    interleaved({"f": lambda: None}, 0.0)
    assert time.perf_counter() - start >= LEAST * PAUSE
