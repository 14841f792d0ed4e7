"""The proofs of the rounding bounds: what is committed, what is tied to the code, what fails."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import sympy as sp

import proofs
import refsoft as rs
from proofs import rounding
from proofs.__main__ import main
from proofs.evidence import Refuted, Undecided
from proofs.implication import Fact, Implication, tangent
from proofs.induction import Case, StructuralInduction
from proofs.rounding_parts import real, size
from proofs.triangle import Triangle
from refsoft import certificates
from refsoft import rounding as bounds
from tests.helpers import proved
from tests.test_proofs_certificates import SCHEMA

A, B, K, N, S, a, b, t = real("A B K N S a b t")
FOLDER = Path(bounds.__file__).parent

# A changed constant of the bounds, and which comparison notices.
MUTATIONS: list[tuple[str, str, str, str, str]] = [
    ("_quotient.py", "sum_height(entries, log_w.shape[1]) * u", "* u", "* 0", "quotient"),
    ("_quotient.py", "-np.log1p(-np.minimum(lost, 1))", "-np.log1p(-", "np.abs(", "quotient"),
    ("_quotient.py", "+ sum_error + arithmetic.division * u,", "arithmetic.", "0 * arithmetic.",
     "quotient"),
    ("_quotient.py", "quantum) * np.exp(k)", ") * np.exp(k)", " * np.exp(k))", "gradient"),
    ("_quotient.py", "factor * np.expm1(k) + self.error", "np.expm1(k)", "k", "gradient"),
    ("_gradient.py", "np.expm1(2 * u) * size", "2 * u", "u", "gradient"),
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
        folder = tmp_path / name
        folder.mkdir()
        for path in FOLDER.glob("*.py"):
            text = path.read_text("utf-8").replace("refsoft.rounding", name)
            if path.name == file:
                assert text.count(place) == 1
                assert old in place
                text = text.replace(place, place.replace(old, new))
            (folder / path.name).write_text(text, "utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        package = importlib.import_module(name)
        for variant in rs.variants.values():
            module = sys.modules[variant.definition.bound.__module__]
            monkeypatch.setattr(module, "rounding", package)
        return package

    yield copy
    for module in [m for m in sys.modules if m.split(".")[0] == name]:
        del sys.modules[module]


def test_an_unchanged_copy_passes(mutated):
    package = mutated("_gradient.py", "np.expm1(2 * u)", "2 * u", "2 * u")
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


def test_page_and_certificate_are_what_the_proofs_write(capsys):
    assert main(["rounding", "--check"]) == 0
    assert "0 failures" in capsys.readouterr().out


def test_the_certificate_follows_the_schema_and_decides_every_claim():
    certificate = certificates.load("rounding")
    jsonschema.validate(certificate, SCHEMA)
    assert set(certificate["claims"]) == {claim.id for claim in rounding.CARD.claims}
    assert all(entry["status"] == "proved" for entry in certificate["claims"].values())
    assert all(entry["twins_rejected"] >= 2 for entry in certificate["claims"].values())


def test_a_claim_without_a_proof_is_unproved(monkeypatch):
    monkeypatch.setattr(rounding, "THEOREMS", rounding.THEOREMS[:1])
    report = proofs.run(rounding)
    assert [result.theorem.claim for result in report.results] == ["nearest"]
    assert "| one_operation |" in report.files(Path())[Path("rounding.md")]
    assert "| unproved |" in report.files(Path())[Path("rounding.md")]


def test_an_implication_is_proved_refuted_by_a_point_or_neither():
    true = Implication(hypotheses=(a > 0, b >= a), conclusion=b > 0)
    assert true.establish().values > 0
    for false in (
        replace(true, conclusion=b > a),
        replace(true, hypotheses=(a > 0,)),
    ):
        with pytest.raises(Refuted, match=r"\$a = "):
            false.establish()
    with pytest.raises(Undecided, match="no explicit point"):
        replace(true, hypotheses=(a > 0, a < 0)).establish()
    with pytest.raises(Undecided, match="do not exclude"):
        replace(true, hypotheses=(a >= 0,), conclusion=1 / a >= 0).establish()
    with pytest.raises(Undecided, match="nor a point"):  # there is one, too rare for chance
        replace(true, conclusion=sp.Or(a < 1000, a > 1001)).establish()


def test_a_fact_that_is_false_or_lacks_its_hypothesis_is_refused():
    power = {"hypotheses": (t >= 0,), "conclusion": 1 + t <= A, "meanings": {A: sp.exp(t)}}
    assert Implication(**power, facts=(tangent(A, t),)).establish()
    with pytest.raises(Refuted, match="a lemma does not say"):
        Implication(**power, facts=(Fact("a lemma", 1 + 2 * t <= A),)).establish()
    with pytest.raises(Undecided, match="a lemma asks for"):
        Implication(**power, facts=(Fact("a lemma", 1 + t <= A, (t >= 1,)),)).establish()
    with pytest.raises(Undecided, match="nor a point"):
        Implication(**power).establish()  # z3 knows nothing of exp


def test_an_error_is_the_sum_of_its_parts_and_each_is_bounded():
    true = Triangle(
        error=a * b - 1,
        parts=((a * (b - 1), A * B), (a - 1, A - 1)),
        bound=A * B + A - 1,
        hypotheses=(A >= 1, B >= 0, size(a) <= A, size(b - 1) <= B, size(a - 1) <= A - 1),
    )
    assert true.establish().values > 0
    for false in (
        replace(true, bound=A * B + (A - 1) / 2),
        replace(true, parts=((a * (b - 1), A * B / 2), (a - 1, A - 1)), bound=A * B / 2 + A - 1),
    ):
        with pytest.raises(Refuted, match=r"\$A = "):
            false.establish()
    for wrong in (
        replace(true, parts=((a * b, A * B + A), (sp.Integer(-1), sp.Integer(-1)))),
        replace(true, parts=true.parts[:1]),
        replace(true, bound=true.bound + 1),
    ):
        with pytest.raises(Undecided):
            wrong.establish()


def test_an_induction_needs_base_and_step_and_finds_counterexamples():
    one = Case(name="One", result=(sp.Integer(1), a), given=(a <= 1,))
    more = Case(name="More", parts=((N, S),), result=(N + 1, S + a), given=(a <= 1,))
    true = StructuralInduction(state=(N, S), claim=S <= N, cases=(one, more))
    assert true.establish().values > 0
    for false in (
        replace(true, claim=S < N),
        replace(true, claim=S <= N - 1),
        replace(true, cases=(replace(one, given=()), more)),
        replace(true, cases=(one, replace(more, given=()))),
    ):
        with pytest.raises(Refuted, match=r"of . made"):
            false.establish()
    # True, but not inductive: nothing is said of K.
    weak = StructuralInduction(
        state=(N, K),
        claim=sp.Or(N <= 1, K >= 1),
        cases=(
            replace(one, result=(sp.Integer(1), sp.Integer(1)), given=()),
            Case(name="More", parts=((N, K),), result=(N + 1, K), given=()),
        ),
    )
    with pytest.raises(Undecided, match="More is not discharged"):
        weak.establish()
