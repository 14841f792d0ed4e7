"""What a run of the benchmark says: its order, its requirements, its record, its command."""

from __future__ import annotations

import json
import math

import jsonschema
import pytest
from click.testing import CliRunner

from refsoft.bench import SCHEMA, bar
from refsoft.bench.contender import absent
from refsoft.bench.record import Entry, Group, Peak, Record, Row, pairs
from refsoft.bench.schema import RECORD
from refsoft.bench.show import lined_up, seconds, tables
from refsoft.bench.sizes import Size
from refsoft.bench.statistics import Spread
from refsoft.cli import main

TINY = Size(7, 5)


def at(median: float) -> Spread:
    return Spread(median, median, median, 5)


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
        return [group(entries, size=bar.SQUARE, op=op) for op in ("forward", "dx", "vjp")]

    @pytest.mark.parametrize(("seconds", "met"), [(1.0, True), (2.2, False)])
    def test_a_ratio_is_held_against_its_limit(self, seconds, met):
        rows = {row.what: row for row in bar.rows(self.groups(seconds))}
        row = rows["softmax_one forward / torch.softmax, float32 4096x4096"]
        assert (row.value, row.bar, row.met) == (seconds / 2, 1.0, met)
        row = rows["ssmax vjp / its torch composition, float32 4096x4096"]
        assert (row.value, row.bar, row.met) == (seconds / 2, 0.5, met)
        row = rows["softmax dx / torch.softmax's forward and backward, float32 4096x4096"]
        assert (row.value, row.bar, row.met) == (seconds / 2, 1.0, met)
        assert "softmax vjp / torch.softmax's forward and backward" not in "".join(rows)
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
        assert {op for op, _, _ in described} == {"forward", "dx", "dx from y", "vjp"}
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
        monkeypatch.setattr("refsoft.bench.run.measure", lambda *_, **__: group([]))
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
