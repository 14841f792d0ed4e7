"""What a report says of laws: in words beside a conviction, alone where no case convicts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import refsoft as rs
from refsoft.conformance.check import check_target
from refsoft.conformance.laws.judging import LENGTH, ROWS
from refsoft.conformance.options import Options
from refsoft.conformance.schema import REPORT

SHORT: dict[str, Any] = {"quick": True, "skip": ("long-uniform", "long-outlier")}


def softmax(x: np.ndarray) -> np.ndarray:
    w = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return w / w.sum(-1, keepdims=True)


def only_in_batches(x: np.ndarray) -> np.ndarray:
    return softmax(x) * np.float32(1.01 if x.shape == (ROWS, LENGTH) else 1)


def test_the_laws_broken_explain_a_conviction() -> None:
    report = rs.check(softmax, "softmax_one", **SHORT)
    (finding,) = [f for f in report.findings if f.kind == "accuracy"]
    assert finding.laws[0] == (
        "broken: the entries of a row sum to S/(c + S), S the sum of the weights, c the offset's "
        "(sum_i y_i = S/(c + S): 1 in place of 0.374561)"
    )
    shifts = "must not hold, but does: adding a constant to all scores changes nothing"
    assert any(law.startswith(shifts) for law in finding.laws)
    assert f"law: {finding.laws[0]}" in str(report)
    assert f"and {len(finding.laws) - 5} laws more" in str(report)
    found = json.loads(report.to_json())
    jsonschema.validate(found, REPORT)
    assert finding.laws[0] in found["runs"][0]["findings"][0]["laws"]
    assert not any(f.kind == "law" for f in report.findings)


def test_a_law_alone_convicts_with_its_example_and_its_command() -> None:
    report = rs.check(only_in_batches, "softmax", **SHORT)
    assert report.exit_code == 1
    assert {f.kind for f in report.findings} == {"law"}
    first = report.findings[0]
    assert (first.severity, first.cases) == ("wrong", ("law/row_sum_one",))
    assert first.rerun.endswith("case='law/row_sum_one')")
    assert first.example is not None
    scope: dict[str, Any] = {}
    code = first.example.snippet.replace("f = ...", "f = only_in_batches")
    lines = code.split("\n")
    exec("\n".join(lines[:-1]), {"only_in_batches": only_in_batches}, scope)  # noqa: S102
    assert scope["x"].shape == (ROWS, LENGTH)
    again = rs.check(only_in_batches, "softmax", case="law/row_sum_one")
    assert [f.cases for f in again.findings] == [("law/row_sum_one",)]
    assert rs.check(softmax, "softmax", case="law/row_sum_one").conforms


def test_laws_can_be_skipped_and_an_unknown_one_is_an_error() -> None:
    skip = (*SHORT["skip"], "laws")
    report = rs.check(only_in_batches, "softmax", quick=True, skip=skip)
    assert report.conforms
    assert "all but" in report.headline
    with pytest.raises(ValueError, match="law/none"):
        rs.check(softmax, "softmax", case="law/none")


@pytest.mark.parametrize(
    "narrowed",
    [
        {"domain": "abs(x)<=0.25"},
        {"lengths": (3, 5)},
        {"max_length": 3},
        {"max_length": 1},
        {"lengths": (0, 1)},
    ],
)
def test_laws_stay_within_a_narrowed_domain(narrowed: dict[str, Any]) -> None:
    """Called with anything outside, the function would be wrong."""

    def within(x: np.ndarray) -> np.ndarray:
        outside = (np.abs(x) > 0.25).any() if "domain" in narrowed else x.shape[-1] not in (3, 5)
        outside &= "max_length" not in narrowed or x.shape[-1] > 3
        return softmax(x) * np.float32(2 if outside and x.size else 1)

    found = rs.check(within, "softmax", skip=(*SHORT["skip"], "one"), quick=True, **narrowed)
    assert not any(f.kind == "law" or f.laws for f in found.findings)


@pytest.mark.parametrize("narrowed", [{"multiple_of": 32}, {"lengths": (3, 64)}, {"max_length": 4}])
def test_laws_follow_the_lengths_that_are_allowed(narrowed: dict[str, Any]) -> None:
    report = rs.check(softmax, "softmax_one", **SHORT, **narrowed)
    told = [law for f in report.findings for law in f.laws]
    assert any("the entries of a row sum to S/(c + S)" in law for law in told)
    assert any("changes nothing" in law for law in told)


def test_parameters_that_are_passed_are_put_to_their_laws() -> None:
    def backwards(x: np.ndarray, eta: Any) -> np.ndarray:
        w = np.abs(x)
        return w / (np.asarray(1 / eta if np.ndim(eta) == 0 and eta > 1e3 else eta, x.dtype) +
                    w.sum(-1, keepdims=True))  # fmt: skip

    small: dict[str, Any] = {"quick": True, "domain": "abs(x)<=1e3", "skip": (*SHORT["skip"],)}
    report = rs.check(backwards, "symax", passes=("eta",), **small)
    told = [f.law for f in report.findings if f.kind == "law"]
    told += [law for f in report.findings for law in f.laws]
    assert any("with eta = 2^14 all results are nearly 0" in law for law in told)


def test_a_function_that_dies_of_a_law_is_asked_no_more(tmp_path: Path) -> None:
    path = tmp_path / "dies.py"
    path.write_text(
        "import numpy as np, os\n"
        "def f(x):\n"
        f"    if x.shape == ({ROWS}, {LENGTH}):\n"
        "        os._exit(3)\n"
        "    w = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))\n"
        "    return w / w.sum(-1, keepdims=True)\n"
    )
    options = Options(quick=True, skip=SHORT["skip"])
    report = check_target(f"{path}:f", rs.softmax, options)
    assert report.exit_code == 1
    assert [(f.severity, f.kind) for f in report.findings] == [("contract", "crashed")]
    assert report.findings[0].example is not None
    assert "f(x)" in report.findings[0].example.snippet


@pytest.mark.peers
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "float64"])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_torch_breaks_no_law(name: str, dtype: str) -> None:
    torch = pytest.importorskip("torch")
    # On the CPU torch rounds every step of log_softmax in half precision.
    eager = f"{dtype}-eager" if name == "log_softmax" and "16" in dtype else None
    options = {**SHORT, "array": "torch", "dtype": dtype, "arithmetic": eager}
    report = rs.check(lambda x: getattr(torch, name)(x, dim=-1), name, **options)
    assert report.conforms


def test_laws_are_put_to_long_rows_unless_it_is_quick() -> None:
    def wrong_when_long(x: np.ndarray) -> np.ndarray:
        return softmax(x) * np.float32(1.01 if x.shape == (2, 4097) else 1)

    alone: dict[str, Any] = {"case": "law/row_sum_one"}
    assert rs.check(wrong_when_long, "softmax", **alone, quick=True).conforms
    assert rs.check(wrong_when_long, "softmax", **alone, max_length=4096).conforms
    (finding,) = rs.check(wrong_when_long, "softmax", **alone).findings
    assert (finding.severity, finding.kind) == ("wrong", "law")
    assert rs.check(softmax, "softmax", **alone).conforms


def under_a_mask(x: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    z = x if mask is None else np.where(mask, x, -np.inf)
    top = z.max(-1, keepdims=True, initial=-np.inf)
    w = np.exp(z - np.where(np.isneginf(top), 0, top))
    total = w.sum(-1, keepdims=True)
    return w / np.where(total == 0, 1, total)


def test_laws_are_put_to_the_visible_entries_of_masked_rows() -> None:
    def wrong_when_wide(x: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
        wide = mask is not None and x.shape == (ROWS, 10)
        return under_a_mask(x, mask) * np.float32(1.01 if wide else 1)

    options: dict[str, Any] = {"mask_keyword": "mask", "quick": True}
    found = rs.check(wrong_when_wide, "softmax", case="law/row_sum_one", **options).findings
    (finding,) = found
    assert finding.law == "broken: the entries of a row sum to 1, of the visible entries"
    assert finding.example is not None
    assert "f(x, mask=mask)" in finding.example.snippet
    for law in ("row_sum_one", "permutation", "shift_invariant", "order", "ties"):
        assert rs.check(under_a_mask, "softmax", case=f"law/{law}", **options).conforms
    chosen = {"lengths": (6, 12), **options}
    assert rs.check(under_a_mask, "softmax", case="law/row_sum_one", **chosen).conforms


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", rs.variants)
def test_golden_obeys_the_laws_of_masked_rows(name: str, dtype: str) -> None:
    """A kernel that knows masks; what is asked of others, no more, is asked of it."""

    def masked(x: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
        forward = rs.variants[name].using("golden")
        return np.asarray(forward(x.astype(np.float64), where=mask)).astype(x.dtype)

    only = {"skip": (*SHORT["skip"], "repeat"), "lengths": (6, 10), "mask_keyword": "mask"}
    report = rs.check(masked, name, quick=True, dtype=dtype, **only)
    assert [f for f in report.findings if f.kind == "law"] == []


@pytest.mark.parametrize("name", ["softmax", "softmax_one", "softmax_sink", "log_softmax"])
def test_no_two_laws_quote_the_same_figures_of_the_same_results(name: str) -> None:
    report = rs.check(lambda x: softmax(x) ** 2, name, **SHORT)
    (finding,) = [f for f in report.findings if f.laws]
    told = [re.search(r": ([^:]* in place of [^:]*)\)$", law) for law in finding.laws]
    quoted = [found[1] for found in told if found]
    assert len(quoted) == len({*quoted}) > 0
    assert not any(f"broken: it is {name} (" in law for law in finding.laws)
    shown = rs.check(lambda x: softmax(x) ** 2, name, case="law/permutation", **SHORT)
    assert shown.conforms


def test_a_law_that_is_left_out_of_the_words_convicts_when_it_is_asked_for() -> None:
    for case in ("law/virtual_logit", "law/is_softmax_one"):
        report = rs.check(softmax, "softmax_one", case=case)
        assert [f.cases for f in report.findings] == [(case,)]
