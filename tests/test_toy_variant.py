"""A variant from outside the package gets all that the nine have, from its own files."""

from __future__ import annotations

import importlib
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import refsoft as rs
from proofs.runner import run
from refsoft import rounding

X = np.array([[1.0, -2.0, 0.5, 40.0], [0.0, 3.0, -np.inf, -1.0]])
G = np.array([[1.0, 2.0, -1.0, 0.5], [0.0, 1.0, 5.0, -2.0]])


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)
    parts = ("definition", "golden", "oracle", "proofs")
    return SimpleNamespace(**{part: importlib.import_module(f"toy.{part}") for part in parts})


@pytest.fixture
def cauchy(toy):
    return rs.Variant(toy.definition, golden=toy.golden, oracle=toy.oracle)


def by_hand(row, c):
    weights = [Fraction(0) if np.isinf(v) else 1 / (1 + Fraction(v) ** 2) for v in row]
    return [float(w / (Fraction(c) + sum(weights))) for w in weights]


@pytest.mark.parametrize("c", [1.0, 0.25])
@pytest.mark.parametrize("backend", ["golden", "plain", "cpu"])
def test_object_golden_and_kernels(cauchy, toy, backend, c):
    expected = np.array([by_hand(row, c) for row in X])
    y = cauchy.using(backend)(X, c=c)
    bound = toy.definition.bound(
        X, expected, np.isfinite(X), rounding.PRESETS["float64"], "float64", c=np.full((2, 1), c)
    )
    assert np.all(np.abs(y - expected) <= bound)
    assert np.any(np.abs(y * (1 + 2.0**-30) - expected) > bound)
    assert np.all(cauchy.ulp_error(y, X, c=c)[1] <= cauchy.ulp_bound(4, "float64", c=c))
    dx, gradients = cauchy.using(backend).vjp(X, G, c=c)
    truth, slopes = cauchy.exact_vjp(X, G, c=c)
    bounds = toy.definition.vjp_bound(
        X, G, expected, np.isfinite(X), rounding.PRESETS["float64"], "float64", c=np.full((2, 1), c)
    )
    assert np.all(np.abs(dx - truth.value) <= bounds[0])
    assert abs(gradients["c"] - slopes["c"].value.sum()) <= 2 * bounds[1]["c"].sum()


def test_oracle(cauchy):
    exact = cauchy.exact(X, dtype="bfloat16")
    assert exact.value.dtype.name == "bfloat16"
    expected = np.array([by_hand(row, 1.0) for row in X])
    assert np.all((exact.lo <= expected) & (expected <= exact.hi))
    # A tie of rational values: 1/(1 + 1 + 2^9 - 2 + ...) is decided, not guessed.
    tie = cauchy.exact([0.0], c=2.0**9, dtype="bfloat16")
    assert tie.value[0] == np.float32(1 / (1 + 2.0**9)).astype(tie.value.dtype)


def test_derivatives_meet(cauchy):
    jacobian, tangent = cauchy.jacobian(X), np.where(np.isinf(X), 0.0, G)
    pulled, _ = cauchy.using("golden").vjp(X, G)
    np.testing.assert_array_equal(pulled, np.einsum("rik,ri->rk", jacobian, G))
    np.testing.assert_array_equal(
        cauchy.using("golden").jvp(X, tangent), np.einsum("rik,rk->ri", jacobian, tangent)
    )


def right(x):
    w = 1 / (1 + np.asarray(x, np.float64) ** 2)
    w = np.where(np.isposinf(x).any(-1, keepdims=True), np.nan, w)
    return (w / (1 + w.sum(-1, keepdims=True))).astype(np.float32)


def without_its_offset(x):
    w = 1 / (1 + np.asarray(x, np.float64) ** 2)
    return (w / w.sum(-1, keepdims=True)).astype(np.float32)


def test_the_checker_judges_it(cauchy):
    report = rs.check(right, cauchy, quick=True)
    assert report.conforms, report.headline
    report = rs.check(without_its_offset, cauchy, quick=True)
    assert not report.conforms


def test_its_proofs_run_and_a_flipped_sign_fails(toy, tmp_path, monkeypatch):
    report = run(toy.proofs, tmp_path)
    assert not report.failures
    assert {path.name for path in tmp_path.iterdir()} == {"cauchy.json", "cauchy.md"}
    monkeypatch.setattr(toy.proofs, "SIGN", 1)
    assert run(toy.proofs).failures


def test_nothing_in_the_package_knows_it():
    assert "cauchy" not in rs.variants
    package = Path(rs.__file__).parent
    assert not [p for p in package.rglob("*.py") if "cauchy" in p.read_text(encoding="utf-8")]
