"""The page on speed is what was measured, and says it right."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from click.testing import CliRunner

from refsoft.bench.record import Entry, Group, Peak, Record, Row
from refsoft.bench.schema import RECORD
from refsoft.bench.sizes import SQUARE, Size
from refsoft.bench.statistics import Spread
from tests.performance import __main__ as command
from tests.performance import page, plots
from tests.performance.__main__ import DATA, PAGE

MACHINE = {"device": "cpu", "model": "a machine", "cores": 2, "python": "3.11.0"}


def at(median: float) -> Spread:
    return Spread(median, median / 2, median * 2, 5)


def entries(ours: float, theirs: float, variant: str = "softmax") -> tuple[Entry, ...]:
    return (
        Entry(f"refsoft {variant}", "refsoft", variant, at(ours), at(ours), 1.25, False, "oracle"),
        Entry(f"torch.{variant}", "torch", variant, at(theirs), at(theirs), 20, False, "oracle"),
        Entry("numpy", "numpy", variant, None, at(4.0), 7e3, True, "golden"),
        Entry("jax", "jax", variant, refused="TypeError: no|such\\format"),
    )


def group(size: Size, ours: float, theirs: float, **changes) -> Group:
    made = Group("forward", "float32", size, at(0.5), entries(ours, theirs))
    return replace(made, **changes)


def record(ours: float = 1.0) -> dict:
    small, large = Size(10, 10), Size(1000, 1000)
    mixed = (*entries(ours, 2.0)[:2], *entries(3.0, 2.0, "symax")[:1])
    made = Record(
        MACHINE,
        {"numpy": "2.0"},
        2,
        1.0,
        ("scipy",),
        [
            group(large, ours, 2.0),
            group(small, 3.0, 2.0),
            group(SQUARE, 1.0, 4.0, op="jvp"),
            replace(group(small, 1.0, 1.0), entries=mixed),
        ],
        [Row("fast", ours / 2, 1.0, 0.7), Row("small", 2.0, 1.0, 0.5, "MiB")],
        [Peak("refsoft softmax", "forward", "float32", small, 0, 3 * 2**20)],
    )
    data = json.loads(made.text())
    jsonschema.validate(data, RECORD)
    return data


def cells(text: str, start: str) -> list[list[str]]:
    """The lines of tables that begin with a word."""
    lines = [line for line in text.splitlines() if line.startswith(f"| {start} |")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_the_page_is_what_was_measured() -> None:
    assert PAGE.is_file() == DATA.is_file()
    if DATA.is_file():
        data = json.loads(DATA.read_text("utf-8"))
        jsonschema.validate(data, RECORD)
        assert PAGE.read_text("utf-8") == page.page(data)


def test_what_differs_and_what_is_of_nothing_is_named(tmp_path, monkeypatch) -> None:
    (tmp_path / "figures").mkdir()
    drawn = [("figures/performance-time.svg", "<svg/>")]
    monkeypatch.setattr(command.plots, "plots", lambda _: drawn)
    monkeypatch.setattr(command, "DOCS", tmp_path)
    monkeypatch.setattr(command, "DATA", tmp_path / "performance.json")
    monkeypatch.setattr(command, "PAGE", tmp_path / "performance.md")
    assert command.different() == []
    (tmp_path / "performance.json").write_text(json.dumps(record()))
    assert len(command.different()) == 2
    CliRunner().invoke(command.main, ["render"], catch_exceptions=False)
    assert command.different() == []
    (tmp_path / "performance.md").write_text("by hand")
    assert command.different() == [tmp_path / "performance.md"]
    done = CliRunner().invoke(command.main, ["check"])
    assert (done.exit_code, "performance.md differs" in done.output) == (1, True)
    (tmp_path / "performance.json").unlink()
    assert len(command.different()) == 2


def test_another_measurement_is_another_page() -> None:
    assert page.page(record()) != page.page(record(ours=1.1))


def test_ratios_stand_under_their_sizes_from_few_entries_to_many() -> None:
    text = page.page(record())
    assert "| variant | 10x10 | 1000x1000 | geometric mean |" in text
    # 3/2 and 1/2, and the square root of their product.
    assert cells(text, "softmax")[0] == ["softmax", "1.50 (1.50)", "0.50 (0.50)", "0.87"]


def test_what_is_met_and_what_is_not() -> None:
    text = page.page(record())
    assert "1 of 2 are met" in text
    assert cells(text, "fast") == [["fast", "0.5", "1", "0.7", "met"]]
    assert cells(text, "small") == [["small", "2 MiB", "1", "0.5", "**not met**"]]


def test_the_worst_comes_first_and_the_refused_last() -> None:
    text = page.page(record())
    found = cells(text[text.index("## Everybody") :], "softmax")
    ratios = [row[5] for row in found]
    assert ratios[:3] == ["1.50", "0.75 (allocating)", "0.50"]
    assert {ratio.split()[0] for ratio in ratios[3:-3]} == {"0.25"}
    assert all(ratio.startswith("not timed: TypeError") for ratio in ratios[-3:])
    assert len({len(row) for row in found}) == 1, "a bar in a message is no column"


def test_time_and_error_stand_together() -> None:
    text = page.page(record())
    assert "0.75 (allocating) | 3.00 s | 4.00 s | 1.25 | ~7e+03 **wrong** |" in text


def test_memory_is_in_mebibytes() -> None:
    assert cells(page.page(record()), "refsoft softmax")[-1] == ["refsoft softmax", "0.0, 3.0"]


def test_who_is_absent_is_named() -> None:
    assert "Absent: scipy." in page.page(record())


@pytest.mark.parametrize("plot", plots.PLOTS)
def test_the_words_for_a_plot_have_its_figures(plot: str) -> None:
    text = plots.alternative(plot, record())
    expected = {"ratio": "softmax 0.5 to 1.5", "time": "refsoft softmax 1e+03 to 3e+07 ns"}
    assert expected[plot] in text


def test_a_plot_is_light_or_dark_as_its_reader_wants_it() -> None:
    pytest.importorskip("matplotlib")
    found = dict(plots.plots(record()))
    assert set(found) == {f"figures/performance-{plot}.svg" for plot in plots.PLOTS}
    for svg in found.values():
        ET.fromstring(svg)  # noqa: S314 - our own
        assert "prefers-color-scheme:dark" in svg
        body = svg.replace(plots.STYLE, "")
        for colour, name in plots.NAMES.items():
            alone = re.findall(rf"(fill|stroke): {colour}(?!; \1: var\({name}\))", body)
            assert alone == []
        assert f"fill: var({plots.NAMES[plots.PAPER]})" in body
