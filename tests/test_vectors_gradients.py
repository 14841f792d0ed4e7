"""Gradients in vectors: the oracle's, with bounds; results are judged entry by entry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import refsoft as rs
from refsoft._dtypes import DTYPES, cast
from refsoft.conformance.cases import build
from refsoft.conformance.options import Options
from refsoft.conformance.report import Report
from refsoft.rounding import default, presets
from refsoft.vectors import read, write
from refsoft.vectors.gradients import COTANGENTS, cotangents, refusal
from refsoft.vectors.judging import check_results, options_for
from refsoft.vectors.tensors import to_safetensors
from tests.helpers.backwards import backward

SLOW = pytest.mark.slow
ONLY = ("normal", "batch-3d", "one", "vector", "mask-random")


def folder_of(name: str, path: Path, dtype: str = "float32", **more: Any) -> Path:
    variant = rs.variants[name]
    passed = {p.name: p.name for p in variant.card.parameters}
    given: dict[str, Any] = {"only": ONLY, "quick": True, "mask_keyword": "mask", **more}
    write(variant, path, Options(dtypes=(dtype,), passed=passed, **given).validated(variant.card))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of("softmax_sink", tmp_path_factory.mktemp("gradients") / "v")


def results(folder: Path) -> dict[str, Any]:
    """The right results, correctly rounded."""
    return {
        f"{vector.case.id.replace('/', '.')}.{role}": vector.tensors[role].copy()
        for vector in read(folder).vectors
        for role in vector.results
    }


def judged(folder: Path, tensors: dict[str, Any], path: Path, **more: Any) -> Report:
    path.mkdir()
    (path / "results.safetensors").write_bytes(to_safetensors(tensors))
    vectors = read(folder)
    options = options_for(vectors, replace(Options(), **more), (), function=False)
    return check_results(vectors, path, options)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [*((name, "float32") for name in rs.variants), *(("softmax_n", d) for d in DTYPES)],
)
def test_golden_gradients_are_acquitted(name, dtype, tmp_path):
    """Golden in float64, written separately from the oracle, rounded once."""
    folder = folder_of(name, tmp_path / "v", dtype, only=("normal", "batch-3d", "one"))
    tensors = results(folder)
    variant = rs.variants[name].using("golden")
    for vector in read(folder).vectors:
        if "g" not in vector.tensors:
            continue
        case, g = vector.case, vector.tensors["g"]
        for k in range(len(COTANGENTS)):
            wide = {p: np.broadcast_to(v, case.x.shape[:-1]) for p, v in case.params.items()}
            dx, slopes = variant.vjp(case.x, g[k], dtype="float64", **wide)
            stem = case.id.replace("/", ".")
            tensors[f"{stem}.dx"][k] = cast(dx, DTYPES[dtype])
            for parameter, slope in slopes.items():
                tensors[f"{stem}.grad.{parameter}"][k] = cast(np.asarray(slope), DTYPES[dtype])
    report = judged(folder, tensors, tmp_path / "r")
    assert report.exit_code == 0, str(report)
    assert "gradients" not in report.not_tested


QUICK_CONTROLS = ("symax", "softmax_sink")
EVERY = [(name, dtype) for name in rs.variants for dtype in DTYPES]


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        pytest.param(*pair, marks=[] if pair in [(n, "float32") for n in QUICK_CONTROLS] else SLOW)
        for pair in EVERY
    ],
)
def test_honest_backwards_are_acquitted_on_every_class(name, dtype, tmp_path):
    """Closed forms in float32, or float64; no case may have a gradient that they cannot have."""
    folder = folder_of(name, tmp_path / "v", dtype, only=(), max_length=300)
    tensors, pulled = results(folder), backward(name)
    work = np.float64 if dtype == "float64" else np.float32
    for vector in read(folder).vectors:
        case, g = vector.case, vector.tensors.get("g", ())
        for k in range(len(g)):
            rows = {p: np.broadcast_to(v, case.x.shape[:-1]) for p, v in case.params.items()}
            with np.errstate(all="ignore"):
                out = pulled(case.x.astype(work), g[k].astype(work), mask=case.where, **rows)
                dx, slopes = out if isinstance(out, tuple) else (out, {})
                stem = case.id.replace("/", ".")
                tensors[f"{stem}.dx"][k] = cast(dx, DTYPES[dtype])
                # Where nothing is visible this one divides 0 by 0; a sum over rows must not.
                blind = ~case.visible.any(axis=1).reshape(case.x.shape[:-1])
                for parameter, slope in slopes.items():
                    clean = cast(np.where(blind, 0, slope).astype(work), DTYPES[dtype])
                    tensors[f"{stem}.grad.{parameter}"][k] = clean
    report = judged(folder, tensors, tmp_path / "r")
    assert report.exit_code == 0, str(report)


def change(role: str, how: Any) -> Any:
    return lambda t: t.update({k: how(v) for k, v in t.items() if k.endswith(f".{role}")})


WRONG = {
    "zeros": (change("dx", np.zeros_like), "wrong", "gradient"),
    "minus": (change("dx", np.negative), "wrong", "gradient"),
    "of another cotangent": (change("dx", lambda v: v[::-1].copy()), "wrong", "gradient"),
    "no gradient of sink": (change("grad.sink", np.zeros_like), "wrong", "gradient"),
    "sink's sign": (change("grad.sink", np.negative), "wrong", "gradient"),
    "NaN": (change("dx", lambda v: v * np.float32(np.nan)), "wrong", "gradient"),
    "slightly off": (change("dx", lambda v: v * np.float32(1.00001)), "inaccurate", "gradient"),
    "one case": (lambda t: t["normal.3.dx"].__imul__(2), "wrong", "gradient"),
    "one missing": (lambda t: t.pop("normal.3.dx"), "contract", "missing"),
    "summed": (
        change("grad.sink", lambda v: v.reshape(len(v), -1).sum(1)), "contract", "gradient-shape",
    ),
    "double": (change("dx", lambda v: v.astype(float)), "contract", "gradient-dtype"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", WRONG)
def test_wrong_gradients_are_convicted(mistake, folder, tmp_path):
    tensors = results(folder)
    assert judged(folder, tensors, tmp_path / "right").exit_code == 0
    wrong, severity, kind = WRONG[mistake]
    wrong(tensors)
    report = judged(folder, tensors, tmp_path / "wrong")
    assert report.exit_code == 1
    assert {(f.severity, f.kind) for f in report.findings} == {(severity, kind)}
    if kind == "gradient":
        assert report.findings[0].example is not None
        assert ".g[" in report.findings[0].example.snippet


def test_what_leaks_behind_the_mask_is_convicted(folder, tmp_path):
    tensors = results(folder)
    for vector in read(folder).vectors:
        if vector.case.where is not None:
            dx = tensors[vector.case.id.replace("/", ".") + ".dx"]
            dx[:, ~vector.case.where] = 1e-30
    report = judged(folder, tensors, tmp_path / "r")
    assert {case for f in report.findings for case in f.cases} == {
        "mask-random/4",
        "mask-random/33",
    }


def test_without_gradients_they_are_not_tested(folder, tmp_path):
    tensors = {k: v for k, v in results(folder).items() if k.endswith(".y")}
    report = judged(folder, tensors, tmp_path / "y")
    assert report.exit_code == 0
    assert "gradients" in report.not_tested
    tensors |= {k: v for k, v in results(folder).items() if k.endswith(".dx")}
    report = judged(folder, tensors, tmp_path / "dx")
    assert report.exit_code == 0
    assert "grad.sink" in report.not_tested


def test_twice_the_bound_is_convicted_and_half_of_it_acquitted(folder, tmp_path):
    place = [a.name for a in presets("float32")].index(default("float32").name)
    for factor, status in ((0.5, 0), (2.0, 1)):
        tensors = results(folder)
        for vector in read(folder).vectors:
            head, bound = vector.tensors["dx.enclosure"][0], vector.tensors["dx.bound"][place]
            with np.errstate(all="ignore"):
                moved = (head + factor * bound).astype(np.float32)
                # Rounding may lead out of the half; there the right result stays.
                out = np.isinf(bound) | ((factor < 1) & (np.abs(moved - head) > bound))
            name = vector.case.id.replace("/", ".") + ".dx"
            tensors[name] = np.where(out, tensors[name], moved)
        assert judged(folder, tensors, tmp_path / str(status)).exit_code == status


def test_flushed_gradients_are_accepted_where_that_is_said(tmp_path):
    folder = folder_of("softmax_sink", tmp_path / "v", only=("subnormal",))
    tensors, tiny = results(folder), np.finfo(np.float32).tiny
    flushed = {k: np.where(np.abs(v) < tiny, np.float32(0), v) for k, v in tensors.items()}
    assert any(not np.array_equal(v, tensors[k]) for k, v in flushed.items() if "dx" in k)
    assert judged(folder, flushed, tmp_path / "gradual").exit_code == 1
    report = judged(folder, flushed, tmp_path / "flush", subnormals="flush")
    assert report.exit_code == 0, str(report)


@pytest.mark.parametrize(
    ("name", "family", "why"),
    [
        ("symax", "zero", "kink"),
        ("self_adjust_normalized", "equal", "kink"),
        ("self_adjust_normalized", "zero", "kink"),
        ("softmax", "zero", ""),
        ("softmax", "nan", "not all finite"),
        ("softmax", "empty", "no entry"),
        ("softmax", "huge", "overflow"),
        ("symax", "normal", ""),
    ],
)
def test_where_there_is_no_single_gradient_none_is_written(name, family, why):
    variant = rs.variants[name]
    plan = Options(only=(family,), quick=True).plan(variant.card)
    for case in build(variant.card, np.dtype(np.float32), plan):
        found = refusal(variant, case)
        assert (why in found) if why else not found


def test_cotangents_are_of_the_format_and_differ():
    plan = Options(only=("normal",), quick=True).plan(rs.softmax.card)
    case = next(iter(build(rs.softmax.card, DTYPES["bfloat16"], plan)))
    g = cotangents(case)
    assert g.dtype == case.x.dtype
    assert g.shape == (len(COTANGENTS), *case.x.shape)
    assert not np.array_equal(g[0], g[1])
    np.testing.assert_array_equal(g[2].astype(float).sum(-1), 1 / 16)
