"""With a mask keyword a function is judged on masks: the right is acquitted, each mistake named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import refsoft as rs
from refsoft.conformance import Report
from refsoft.conformance.command import check as main_check
from refsoft.conformance.masks import MASKS

Function = Callable[..., Any]
FILLED = "a finite number, as -1e9, in place of a mask"
CLASSES = ["normal", "negative", "square", *(m.family.id for m in MASKS)]

PASSING = [name for name, variant in rs.variants.items() if variant.card.parameters]


def check(function: Function, variant: str, **options: Any) -> Report:
    given = {"quick": True, "only": CLASSES, "mask_keyword": "mask", **options}
    return rs.check(function, variant, **given)


def kinds(report: Report) -> set[str]:
    return {f"{f.severity}/{f.kind}" for f in report.findings}


def seen(x: np.ndarray, mask: Any) -> np.ndarray:
    return np.broadcast_to(True if mask is None else mask, x.shape)


def softmax(x: np.ndarray, mask: Any = None, bottom: float = -np.inf) -> np.ndarray:
    z = np.where(seen(x, mask), x, np.float32(bottom))
    top = z.max(-1, keepdims=True, initial=-np.inf)
    w = np.exp(z - np.where(np.isneginf(top), 0, top))
    total = w.sum(-1, keepdims=True)
    return w / np.where(total == 0, 1, total)


def ssmax(x: np.ndarray, mask: Any = None, every: bool = False, late: bool = False) -> np.ndarray:
    mask = seen(x, mask)
    count = np.full((*x.shape[:-1], 1), x.shape[-1]) if every else mask.sum(-1, keepdims=True)
    c = np.log(np.maximum(count, 1)).astype(x.dtype)
    if late:
        z = c * np.where(mask, x, -np.inf)
        return np.exp(z - z.max(-1, keepdims=True)) / np.exp(z - z.max(-1, keepdims=True)).sum(
            -1, keepdims=True
        )
    return softmax(c * x, mask)


def product(x: np.ndarray, mask: Any = None) -> np.ndarray:
    w = np.exp(x - x.max(-1, keepdims=True)) * seen(x, mask)
    total = w.sum(-1, keepdims=True)
    return (w / np.where(total == 0, 1, total)).astype(x.dtype)


def ignores(x: np.ndarray, mask: Any = None) -> np.ndarray:
    return softmax(x)


def nan_row(x: np.ndarray, mask: Any = None) -> np.ndarray:
    return np.where(seen(x, mask).any(-1, keepdims=True), softmax(x, mask), np.float32(np.nan))


@pytest.mark.parametrize("name", rs.variants)
def test_golden_is_acquitted_on_masks(name: str) -> None:
    golden = rs.variants[name].using("golden")
    report = check(lambda x, mask=None: golden(x, where=mask), name)
    assert report.findings == ()
    assert report.conforms
    assert "masks" not in report.not_tested
    assert {row.verdict for row in report.runs[0].classes} == {"ok"}


@pytest.mark.parametrize("name", PASSING)
def test_parameters_come_per_row_where_there_is_a_mask(name: str) -> None:
    golden, shapes = rs.variants[name].using("golden"), set()

    def function(x: np.ndarray, mask: Any = None, **params: Any) -> np.ndarray:
        if mask is not None:
            shapes.update((np.shape(p), x.shape[:-1]) for p in params.values())
        return golden(x, where=mask, **params)

    names = [p.name for p in rs.variants[name].card.parameters]
    report = check(function, name, passes=names)
    assert report.findings == ()
    assert {(2, 4), (2, 3), (3,), ()} <= {given for given, _ in shapes}
    assert all(given in ((), batch) for given, batch in shapes)


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_the_other_formats_have_masks_too(dtype: str) -> None:
    golden = rs.softmax_one.using("golden")
    report = check(lambda x, mask=None: golden(x, where=mask), "softmax_one", dtype=dtype)
    assert report.findings == ()


def test_plain_functions_are_acquitted_on_masks() -> None:
    assert check(softmax, "softmax").findings == ()
    assert check(ssmax, "ssmax").findings == ()
    assert check(lambda x, mask=None: softmax(x, mask, -1e9), "softmax_one").exit_code == 1


CULPRITS: list[tuple[Function, str, set[str], str]] = [
    (ignores, "softmax",
     {"wrong/masked", "wrong/mask-accuracy", "special/mask-empty"}, "ignores the mask"),
    (lambda x, mask=None: softmax(x, None if mask is None else ~mask), "softmax",
     {"wrong/masked", "wrong/mask-accuracy"}, "the mask is inverted"),
    (lambda x, mask=None: softmax(x, mask, -1e9), "softmax",
     {"special/mask-empty"}, FILLED),
    (lambda x, mask=None: softmax(x, mask, -1e4), "softmax",
     {"special/mask-empty"}, FILLED),
    (product, "softmax", {"wrong/masked", "wrong/mask-leak"}, "a masked value leaks"),
    (nan_row, "softmax", {"special/mask-empty"}, "gives NaN where nothing is visible"),
    (lambda x, mask=None: ssmax(x, mask, every=True), "ssmax",
     {"wrong/mask-accuracy"}, "counts masked keys in n"),
    (lambda x, mask=None: ssmax(x, mask, late=True), "ssmax",
     {"wrong/masked", "wrong/mask-accuracy", "special/mask-empty"}, "scales after masking"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "name", "expected", "sentence"), CULPRITS)
def test_each_mistake_is_convicted_and_named(
    function: Function, name: str, expected: set[str], sentence: str
) -> None:
    report = check(function, name)
    assert kinds(report) >= expected
    assert report.exit_code == 1
    assert sentence in {f.diagnosis for f in report.findings}


def test_a_large_score_behind_the_mask_must_not_shift_the_row() -> None:
    def shifted(x: np.ndarray, mask: Any = None) -> np.ndarray:
        x = np.nan_to_num(x, posinf=0, neginf=0)
        w = np.where(seen(x, mask), np.exp(x - x.max(-1, keepdims=True)), 0)
        total = w.sum(-1, keepdims=True)
        return w / np.where(total == 0, 1, total)

    report = check(shifted, "softmax", only=["normal", "negative", "square", "mask-1e30"])
    assert kinds(report) == {"wrong/mask-accuracy"}
    assert report.diagnosis == "a masked value leaks"
    harmless = ["normal", "negative", "square", "mask-random", "mask-nan"]
    assert check(shifted, "softmax", only=harmless).conforms


def test_an_unmasked_mistake_is_told_once_and_masks_are_not_blamed() -> None:
    report = check(lambda x, mask=None: softmax(x, mask) * np.float32(1.5), "softmax")
    assert kinds(report) == {"wrong/accuracy"}


def test_the_counterexample_is_small_and_passes_the_mask() -> None:
    report = check(ignores, "softmax")
    example = next(f.example for f in report.findings if f.kind == "mask-accuracy")
    assert example is not None
    assert "mask = np.array([" in example.snippet
    assert example.snippet.endswith("f(x, mask=mask)")
    assert len(example.given.split(",")) == 2
    space: dict[str, Any] = {}
    golden = "import refsoft; f = refsoft.softmax.using('golden')"
    code = example.snippet.replace(f"from {__name__} import ignores\nf = ignores", golden)
    exec(code.replace("mask=mask", "where=mask").replace("\nf(", "\ny = f("), space)  # noqa: S102
    assert np.array_equal(space["y"], np.array(eval(example.right), np.float32))  # noqa: S307


def test_the_row_that_runs_again_names_the_keyword() -> None:
    report = check(ignores, "softmax")
    assert "mask_keyword='mask'" in report.findings[0].rerun
    case = report.findings[0].cases[0]
    assert check(ignores, "softmax", only=[], case=case).exit_code == 1


def test_refusing_the_mask_convicts_because_it_was_asked_for() -> None:
    report = check(lambda x: softmax(x), "softmax")
    assert kinds(report) == {"unsupported/masked"}
    assert report.exit_code == 1


def test_without_the_keyword_masks_are_not_tested() -> None:
    report = rs.check(softmax, "softmax", quick=True, only=["normal", "negative", "square"])
    assert "masks" in report.not_tested
    with pytest.raises(ValueError, match="only='mask-nan'"):
        rs.check(softmax, "softmax", only=["mask-nan"])
    with pytest.raises(ValueError, match="mask_keyword='a b'"):
        check(softmax, "softmax", mask_keyword="a b")


MASKED = """
import numpy as np

def right(x, hide=None, axis=-1):
    z = x if hide is None else np.where(hide, x, np.float32(-np.inf))
    top = z.max(axis, keepdims=True, initial=-np.inf)
    w = np.exp(z - np.where(np.isneginf(top), 0, top))
    total = w.sum(axis, keepdims=True)
    return w / np.where(total == 0, 1, total)

def wrong(x, hide=None, axis=-1):
    return right(x, hide, -1)
"""


def command(*words: str) -> Any:
    return CliRunner().invoke(main_check, [*words, "--variant", "softmax", "--quick"])


def test_the_command_takes_the_keywords(tmp_path: Path) -> None:
    path = tmp_path / "masked.py"
    path.write_text(MASKED)
    words = ["--mask-keyword", "hide", "--axis-keyword", "axis", "--multiple-of", "2"]
    words += [
        word for name in ("normal", "negative", "mask-nan", "axis-2d") for word in ("--only", name)
    ]
    right = command(f"{path}:right", *words)
    assert right.exit_code == 0, right.output
    assert "not tested: gradients" in right.output
    assert "mask-nan" in right.output
    wrong = command(f"{path}:wrong", *words)
    assert wrong.exit_code == 1
    assert "--axis-keyword axis --mask-keyword hide --multiple-of 2" in wrong.output


def test_the_cases_of_masks_and_axes_are_listed(tmp_path: Path) -> None:
    listed = command("any.py:f", "--list-cases", "--mask-keyword", "m", "--axis-keyword", "a")
    assert all(f"{m.family.id}/" in listed.output for m in MASKS)
    assert "axis-3d/-2" in listed.output
    assert "layout-fortran/33" in listed.output
    assert "mask-" not in command("any.py:f", "--list-cases").output


def test_a_kind_of_array_that_is_absent_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "masked.py"
    path.write_text(MASKED)
    result = command(f"{path}:right", "--array", "cupy")
    assert result.exit_code == 2
    assert len(result.output.splitlines()) == 1
    assert "cupy" in result.output
