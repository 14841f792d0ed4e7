"""The rounding bounds of the code against the proved expressions, and what a changed one does."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import refsoft as rs
from refsoft import rounding as bounds
from tests.helpers import proved

FOLDER = Path(bounds.__file__).parent
CATALOGUE = Path(rs.__file__).parent / "catalogue"

PLACES, POWERS = "_bounds_self_adjust_normalized.py", "_bounds_symax.py"
PUSHED, SCORES = "_tangent.py", "self_adjust.py"
# A changed constant of the bounds, and which comparison notices.
MUTATIONS: list[tuple[str, str, str, str, str]] = [
    ("_quotient.py", "sum_height(entries, log_w.shape[1]) * u", "* u", "* 0", "quotient"),
    ("_quotient.py", "-np.log1p(-np.minimum(lost, 1))", "-np.log1p(-", "np.abs(", "quotient"),
    ("_quotient.py", "+ sum_error + arithmetic.division * u,", "arithmetic.", "0 * arithmetic.",
     "quotient"),
    ("_quotient.py", "each) * np.exp(k)", ") * np.exp(k)", " * np.exp(k))", "gradient"),
    ("_quotient.py", "factor * np.expm1(k) + self.error", "np.expm1(k)", "k", "gradient"),
    ("_gradient.py", "np.expm1(2 * u + quotient.reading) * size", "2 * u", "u", "gradient"),
    ("_gradient.py", "k = quotient.height + 4\n    e = ", "+ 4", "+ 3", "gradient"),
    ("_gradient.py", "quotient.height + 1)\n    size", "+ 1", "", "gradient"),
    ("_gradient.py", "error * np.exp(u) + np.abs(h) * np.expm1(u)", " * np.exp(u)", "", "gradient"),
    ("_gradient.py", "(3 + roundings)", "3", "2", "modulated"),
    ("_exponential.py", "(1 + coefficient.roundings)", "1 + ", "", "shifted"),
    ("_exponential.py", "power * read + np.where", "power * read + ", "", "shifted"),
    ("_exponential.py", "+ shift + at_top", " + at_top", "", "scaled"),
    ("_exponential.py", "2 * u * (c + c_error)", "2 * u", "u", "scaled"),
    ("_exponential.py", "np.expm1(arithmetic.log * u)", "np.expm1", "", "scaled"),
    ("_exponential.py", "common + sum_log_error", "common + ", "", "scaled"),
    ("_exponential.py", "(d + rounded + at_top)", " + at_top", "", "scaled"),
    ("_quotient.py", "2 * np.sqrt(factor)", "2", "1", "slopes"),
    ("_exponential.py", "power * read + np.where", "power * ", "", "slopes"),
    ("_exponential.py", "(arithmetic.division + 1) * u", " + 1", "", "offsets"),
    ("_exponential.py", "via_lse = self.lse_error + u", " + u", "", "offsets"),
    ("_exponential.py", "complement * np.exp(u)", " * np.exp(u)", "", "offsets"),
    ("_exponential.py", "+ (offset.y + y_error) *", "(offset.y + y_error)", "offset.y", "offsets"),
    ("_gradient.py", "np.abs(e) * quotient.grown(k)\n    terms", "grown(k)", "grown()",
     "log_moments"),
    ("_gradient.py", "quotient.error + k * u)", " + k * u", "", "log_moments"),
    ("_gradient.py", "terms = reach * quotient.grown(k)", "(k)", "()", "means"),
    ("_arithmetic.py", "np.maximum(entries - 1, 0)", "1", "2", "heights"),
    ("_arithmetic.py", "+ 18", "18", "17", "heights"),
    ("_arithmetic.py", "inside + 3", "3", "2", "heights"),
    ("_arithmetic.py", "size = magnitude + error", " + error", "", "last"),
    ("_largest.py", "(0.5 if units < 1 else 1.0)", "1.0", "0.5", "own"),
    ("_largest.py", "weight + sum_error", "weight + ", "", "own"),
    ("_quotient.py", "(operations - 1) * quantum + before", "- 1", "- 2", "gradient"),
    ("_quotient.py", "np.asarray(error + quantum)", " + quantum", "", "log_moments"),
    ("_quotient.py", "np.maximum(1.0, np.abs(factor))", "1.0", "0.0", "gradient"),
    ("_quotient.py", "+ twice + after)", " + after", "", "scaled_after"),
    ("_quotient.py", "after * np.exp(2 * arithmetic.u)", "2 * ", "", "scaled_after"),
    ("_gradient.py", "lost_w + lost_extra + quantum", "lost_w + ", "", "modulated"),
    ("_gradient.py", "lost_w + lost_extra + quantum", "lost_extra + ", "", "modulated"),
    ("_gradient.py", "lost_w + lost_extra + quantum", " + quantum", "", "modulated"),
    ("_gradient.py", "w_error * (kept + quotient", "kept + ", "", "modulated"),
    ("_gradient.py", "passed + roundings, lost_w", ", lost_w", "", "modulated"),
    ("_gradient.py", "quotient.quantum * (reach + 1) + quantum", " + quantum", "", "log_moments"),
    ("_gradient.py", "lost(quantum, 2, quotient.most, size, reach)", ", reach", "", "log_moments"),
    ("_gradient.py", "quanta = (quotient.quantum + quotient", "quotient.quantum + ", "", "means"),
    ("_gradient.py", "4 * (bound + size * of_lse)", "4", "3", "losses"),
    ("_gradient.py", "+ 4 * arithmetic.quantum)", "4", "3", "losses"),
    ("_gradient.py", "* every / one", "* every / one", "", "losses"),
    ("_gradient.py", "count * arithmetic.u", "count * ", "", "losses"),
    ("_exponential.py", "error - np.log1p(-lost)", " - np.log1p(-lost)", "", "squares"),
    ("_exponential.py", "np.exp(power * read + arithmetic.u), 1", "arithmetic.u", "0", "squares"),
    ("_exponential.py", "value < normal, arithmetic.quantum", "arithmetic.quantum", "0.0",
     "squares"),
    ("_arithmetic.py", "length * 2.0**-21", "21", "22", "own"),
    ("_arithmetic.py", "257 * 2.0**-30", "257", "256", "own"),
    ("_arithmetic.py", "form.subnormal / 2", " / 2", " / 4", "readings"),
    ("_arithmetic.py", "-np.log1p(-share), self.u", "-np.log1p(-share)", "share", "readings"),
    ("_arithmetic.py", "fits & ~(self.flush", "self.flush", "False", "readings"),
    ("_exponential.py", "c * reading * np.abs(x)\n    lost", "reading", "0", "readings"),
    ("_exponential.py", "gap + read) *", " + read", "", "readings"),
    ("_exponential.py", "reading * np.exp(u)) + c_error", " * np.exp(u)", "", "readings"),
    ("_exponential.py", "shift + lost * (gap > 0)", "lost", "0", "small_products"),
    ("_exponential.py", "rounded + arithmetic.quantum", "arithmetic.quantum", "0", "scaled"),
    (PLACES, "2 * reading", "2", "1", "readings"),
    (PLACES, "2 * lost / (width - lost)", "2", "1", "readings"),
    (PLACES, "ldexp(3 * arithmetic.quantum", "3", "2", "readings"),
    ("_own.py", "log1p(-2 * units", "2", "1", "device"),
    ("_largest.py", "arithmetic.power) + 1", " + 1", "", "device"),
    ("_largest.py", "* _farthest(arithmetic)\n        factor", "*", "* 0 *", "device"),
    (PLACES, "before=2 * near", "2", "1", "places"),
    (PLACES, "(1 + third + size * most)", " + size * most", "", "places"),
    (PLACES, "(1 + third + size * most)", "third + ", "", "places"),
    (PLACES, "np.maximum(1.0, place.rate)", "place.rate", "0.0", "places"),
    (PLACES, "3 * near + quantum", "3", "2", "places"),
    (PLACES, "3 * near + quantum", " + quantum", "", "places"),
    (PLACES, "most, g, place.rate, before", ", place.rate", "", "places"),
    (PLACES, "quotient.quantum * (1 + place.error)", "quotient.quantum", "0", "places"),
    (PLACES, "arithmetic.division + 3\n", "3", "2", "places"),
    (PLACES, "3 + arithmetic.division\n", "3", "2", "places"),
    (PLACES, "apart * np.expm1(k * arithmetic.u)", "apart", "0", "places"),
    (PLACES, "place.error * np.exp(k * arithmetic.u)", "place.error", "0", "places"),
    (PLACES, "part * quotient.grown(k)", "(k)", "()", "places"),
    (PLACES, "kept * moved * (", "kept", "0", "places"),
    (PLACES, "width * np.ldexp(arithmetic.quantum", "width", "1", "places"),
    (POWERS, "(size + 1) * np.expm1((arithmetic.log + 1)", "(size + 1)", "size", "powers_back"),
    (POWERS, "np.expm1((arithmetic.log + 1)", " + 1", "", "powers_back"),
    (POWERS, "+ rounded * size", "size", "0", "powers_back"),
    (POWERS, "moved + read * np.abs(log_a - top)", "read", "0", "powers_back"),
    (POWERS, "(away + lost + 1)", " + 1", "", "powers_back"),
    (POWERS, "(arithmetic.log + 2) * u) * (away", "2", "1", "powers_back"),
    (POWERS, "(size + away)\n", " + away", "", "powers_back"),
    (POWERS, "exp_error(size + away + error)", " + away", "", "powers_back"),
    (POWERS, "arithmetic.division + 4) * u + read / p", " + read / p", "", "powers_back"),
    (POWERS, "arithmetic.division + 4) * u + read / p", "4", "3", "powers_back"),
    (POWERS, "quotient.sum_error + np.abs(log_a - top) * u", "log_a - top", "0", "powers_back"),
    (POWERS, "powers = 2 *", "2", "1", "powers_back"),
    (POWERS, "(arithmetic.division + 2) * u + np", "2", "1", "powers_back"),
    (POWERS, "lost(arithmetic.quantum, 6, *factors", "6", "5", "powers_back"),
    (POWERS, "lost(quantum, 6, p, power", "6", "5", "powers_back"),
    (POWERS, "lost(quantum, 4, p", "4", "3", "powers_back"),
    (POWERS, "p, power, scale, below, factor", ", below", "", "powers_back"),
    (POWERS, "p, power, scale, below, factor", ", scale", "", "powers_back"),
    (POWERS, "arithmetic.function_quantum + base", "arithmetic.function_quantum", "0",
     "powers_back"),
    (POWERS, "np.where(p < 2, quantum **", "p < 2", "p < 1", "powers_back"),
    (POWERS, "p * quantum), 0.0)", "p * quantum", "quantum", "powers_back"),
    (POWERS, "before = quotient.quantum + base", "quotient.quantum", "0", "powers_back"),
    (POWERS, "np.where(p < 0.5, u, 0.0)", "u", "0.0", "powers_back"),
    (POWERS, "np.log1p(-np.minimum(share, 1))", "share", "0 * share", "powers_back"),
    (POWERS, "np.abs(g) * lost, axis=1", "lost", "0 * lost", "powers_back"),
    (POWERS, "g, logs, reach, left_out)", ", left_out", "", "power_moments"),
    (POWERS, "np.abs(pulled.e)) * lost", " * lost", " * 0 * lost", "power_moments"),
    (POWERS, "np.abs(logs) + (fast", " + (fast", " + 0 * (fast", "power_moments"),
    (POWERS, "quotient.error + arithmetic.log * u", " + arithmetic.log * u", "", "power_moments"),
    ("_gradient.py", "product_error(g, k) + left_out", " + left_out", "", "power_moments"),
    (PUSHED, "quotient.grown() * np.abs(inner)", "grown()", "y * 0", "score_tangents"),
    (PUSHED, "upper(quotient.log_y, quotient.error) * inner_error", "quotient.error", "0.0",
     "score_tangents"),
    (PUSHED, "(np.abs(inner) + inner_error) * quotient.visible", " + inner_error", "",
     "score_tangents"),
    (PUSHED, "underflow * after", " * after", "", "score_tangents"),
    (PUSHED, "product_error(v, quotient.height + 1)", " + 1", "", "score_tangents"),
    (PUSHED, "lost(quantum, 2, quotient.most, v, c)", ", c", "", "log_tangents"),
    (PUSHED, "quotient.height + 1 + k, 0.0", " + k", "", "log_tangents"),
    (PUSHED, "np.exp((1 + k) * u + quotient.reading)", "1 + k", "1", "log_tangents"),
    (PUSHED, "np.exp((1 + k) * u + quotient.reading)", " + quotient.reading", "",
     "log_tangents"),
    (PUSHED, "(np.abs(v) + np.abs(mean))", " + np.abs(mean)", "", "log_tangents"),
    (PUSHED, "(c + scale.error) * error", " + scale.error", "", "log_tangents"),
    (PUSHED, "scale.error * np.abs(v - mean)", "scale.error", "0", "log_tangents"),
    (PUSHED, "quotient.height + 2 + k", "2", "1", "log_tangents"),
    (PUSHED, "passed + 3 * (", "3", "2", "log_tangents"),
    (SCORES, "arithmetic.quantum, 4\n", "4", "3", "score_tangents"),
    (SCORES, " * size + np.abs(x) * mean_error\n", "np.abs(x)", "0", "score_tangents"),
    (SCORES, "+ 2 * quotient.reading", "2", "1", "score_tangents"),
    (PLACES, "+ 2 * quotient.reading", "2", "1", "place_tangents"),
    (SCORES, "np.abs(x) * (np.abs(v) + reach)", " + reach", "", "score_tangents"),
    (SCORES, "reach) + np.abs(v)\n", " + np.abs(v)", "", "score_tangents"),
    (SCORES, "rounding.lost(quantum, 2, most, x, v)", ", x", "", "score_tangents"),
    (SCORES, "rounding.lost(quantum, 2, most, x, reach)", ", x", "", "score_tangents"),
    (SCORES, "rounding.lost(quantum, 2, most, v)", "2", "1", "score_tangents"),
    (PLACES, "10 + 2 * arithmetic.division", "10", "9", "place_tangents"),
    (PLACES, "10 + 2 * arithmetic.division", "2 * ", "", "place_tangents"),
    (PLACES, "(1 + place.u) * low)", "1 + ", "", "place_tangents"),
    (PLACES, "place.u * mean_error", "place.u", "0", "place_tangents"),
    (PLACES, "(2 + zeta) * high", "2", "1", "place_tangents"),
    (PLACES, "(3 + zeta) * low", "3", "2", "place_tangents"),
    (PLACES, "grown * zeta * apart", "zeta", "0", "place_tangents"),
    (PLACES, "place.u * high_apart", "high_apart", "0", "place_tangents"),
    (PLACES, "np.abs(high) + high_apart", " + high_apart", "", "place_tangents"),
    (PLACES, "((1, v), (1, high), (2, low))", "2", "1", "place_tangents"),
    (PLACES, "for t in (v, reach)", ", reach", ",", "place_tangents"),
    (PLACES, "most, t, rate, before=before", ", rate", "", "place_tangents"),
    (PLACES, "before=2 * least", "2", "1", "place_tangents"),
    (PLACES, "3 * least + quantum", "3", "2", "place_tangents"),
    (POWERS, "quotient.height + 1) * u", " + 1", "", "power_tangents"),
    (POWERS, "underflow * np.exp(passed + 8 * u) + lost_own", " + lost_own", "",
     "power_tangents"),
    (POWERS, "underflow * np.exp(passed + 8 * u)", "underflow", "0", "power_tangents"),
    (POWERS, "error + 2 * u) + lost_own", " + lost_own", "", "power_tangents"),
    (POWERS, "grow(log_slope, error + 2 * u) + lost_own", "2", "1", "power_tangents"),
    (POWERS, "quotient.grown(2) * np.abs(mean)", "2", "1", "power_tangents"),
    (POWERS, "quotient.error + 2 * u) * mean_error", "2", "1", "power_tangents"),
    (POWERS, "np.exp(2 * u) * reach * present", "reach", "0", "power_tangents"),
    (POWERS, "lost(arithmetic.quantum, 4, quotient.most", "4", "3", "power_tangents"),
    (POWERS, "np.exp(quotient.log_total) / np.minimum(p, 1)", " / np.minimum(p, 1)", "",
     "power_tangents"),
]  # fmt: skip


def apart(code, check):
    """The largest relative distance of a computed bound from the proved one, in 2^-40."""
    pairs = [(found, expected) for found, expected in proved.CHECKS[check](code)]
    return max(abs(float((proved.exact(f) / x - 1) * 2**40)) for f, x in pairs)


@pytest.mark.parametrize("check", proved.CHECKS)
def test_the_bounds_are_the_proved_expressions(check):
    # The bounds are multiplied by 1 + 2^-40 in the end, for their own rounding.
    assert apart(bounds, check) <= 1


@pytest.fixture
def mutated(tmp_path, monkeypatch):
    """A copy of the package with one change, which the variants' files use too."""
    name = "mutated_rounding"

    def copy(file, place, old, new):
        if not (FOLDER / file).exists():
            return beside(CATALOGUE / file, place, old, new)
        folder = tmp_path / name
        folder.mkdir()
        for path in FOLDER.glob("*.py"):
            text = path.read_text("utf-8").replace("refsoft.rounding", name)
            if path.name == file:
                text = changed(text, place, old, new)
            (folder / path.name).write_text(text, "utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        package = importlib.import_module(name)
        for variant in rs.variants.values():
            module = sys.modules[variant.definition.bound.__module__]
            monkeypatch.setattr(module, "rounding", package)
        return package

    def changed(text, place, old, new):
        assert text.count(place) == 1
        assert old in place
        return text.replace(place, place.replace(old, new))

    def beside(path, place, old, new):
        """The bounds as they are, and a copy of a catalogue's file with the change."""
        text = changed(path.read_text("utf-8"), place, old, new)
        (tmp_path / f"{name}{path.name}").write_text(text, "utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        module = importlib.import_module(f"{name}{path.stem}")
        return SimpleNamespace(**vars(bounds), **{path.stem: module})

    yield copy
    for module in [m for m in sys.modules if m.startswith(name)]:
        del sys.modules[module]


def test_an_unchanged_copy_passes(mutated):
    package = mutated("_gradient.py", "np.expm1(2 * u + quotient.reading)", "2 * u", "2 * u")
    assert package is not bounds
    assert all(apart(package, check) <= 1 for check in proved.CHECKS)


@pytest.mark.parametrize(("file", "place", "old", "new", "check"), MUTATIONS)
def test_a_changed_constant_is_noticed(file, place, old, new, check, mutated):
    assert apart(mutated(file, place, old, new), check) > 1


def test_a_smaller_exponent_in_a_proof_is_noticed(monkeypatch):
    smaller = proved.rounding_gradient.PULLED.subs(proved.rounding_gradient.U**2, 1)
    monkeypatch.setattr(proved.rounding_gradient, "PULLED", smaller)
    assert apart(bounds, "gradient") > 1


def test_a_smaller_error_of_a_power_is_noticed(monkeypatch):
    proven = proved.parameters.rounding_powers
    for name, smaller in (
        ("LIBRARY", proven.LIBRARY.subs(proven.lam, 0)),
        ("DIVIDED", proven.LIBRARY),
        ("LOGARITHM", proven.LOGARITHM.subs(proven.W, 1)),
    ):
        with monkeypatch.context() as changed:
            changed.setattr(proven, name, smaller)
            assert apart(bounds, "powers") > 1
