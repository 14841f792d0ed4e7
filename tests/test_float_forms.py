"""What is proved over the reals and fails in float32, where exactly, and what holds instead.

``python tests/test_float_forms.py`` writes docs/float.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import refsoft as rs

PAGE = Path(__file__).parent.parent / "docs" / "float.md"
U, QUANTUM = Fraction(1, 2**24), Fraction(1, 2**149)
Entries = list[Fraction]


def near_one(y: Entries) -> bool:
    """Each entry is rounded by at most u times itself, or half a quantum."""
    return abs(sum(y) - 1) <= U + len(y) * QUANTUM / 2


def below_one(y: Entries) -> bool:
    return sum(y) <= 1 + U + len(y) * QUANTUM / 2


@dataclass(frozen=True)
class Form:
    """A claim in float32: the statement that fails, where, and the weaker one that holds."""

    variant: str
    claim: str
    says: str
    row: tuple[float, ...]
    holds: Callable[[Entries], bool]
    instead: str
    weaker: Callable[[Entries], bool]
    why: str


MONOTONE = "rounding is monotone"
BOUNDED = "rounding is monotone, and 0 and 1 are float32 numbers"
SUMMED = "every entry is rounded by at most u times itself or half a quantum q"
SUM = "the sum is within u + nq/2 of 1"
MOST = "the sum is at most 1 + u + nq/2"
THIRDS = (0.0, 0.0, 0.0)


def unit(y: Entries) -> bool:
    return all(0 <= entry <= 1 for entry in y)


def inside(y: Entries) -> bool:
    return all(0 < entry < 1 for entry in y)


def ordered(y: Entries) -> bool:
    return y[0] <= y[1]


def strictly(y: Entries) -> bool:
    return y[0] < y[1]


CLOSE = (0.0, 2.0**-30)
FORMS = (
    *(
        Form(name, "row_sum", "the sum is 1", THIRDS, lambda y: sum(y) == 1, SUM, near_one, SUMMED)
        for name in ("softmax", "ssmax")
    ),
    *(
        Form(
            name, "row_sum", "the sum is below 1", row, lambda y: sum(y) < 1, MOST, below_one,
            SUMMED,
        )
        for name, row in (
            ("softmax_one", (50.0, 50.0, 50.0)),
            ("softmax_n", (50.0, 50.0, 50.0)),
            ("softmax_sink", (50.0, 50.0, 50.0)),
            ("symax", (2.0**60, 2.0**60, 2.0**60)),
        )
    ),
    Form(
        "self_adjust_normalized", "row_sum", "the sum is at most 1", (1.0, 1.0, 1.0),
        lambda y: sum(y) <= 1, MOST, below_one, SUMMED,
    ),
    Form(
        "log_softmax", "exp_row_sum", "the exponentials sum to 1", (0.0, 200.0),
        lambda y: y[1] < 0, "no entry is positive, and 0 is attained", lambda y: max(y) <= 0,
        "e^0 alone is the whole sum, beside another that is positive",
    ),
    *(
        Form(
            name, "range", "0 < y < 1", row, inside, "0 <= y <= 1", unit, BOUNDED
        )
        for name, row in (
            ("softmax", (0.0, 200.0)),
            ("ssmax", (0.0, 200.0)),
            ("softmax_one", (-200.0, 20.0)),
            ("softmax_n", (-200.0, 20.0)),
            ("softmax_sink", (-200.0, 20.0)),
        )
    ),
    Form(
        "symax", "range", "y < 1", (2.0**25,), lambda y: max(y) < 1, "y <= 1", unit, BOUNDED
    ),
    *(
        Form(
            name, "order", "x_1 < x_2 has y_1 < y_2", CLOSE, strictly, "y_1 <= y_2", ordered,
            MONOTONE,
        )
        for name in (
            "softmax", "log_softmax", "softmax_one", "softmax_n", "softmax_sink", "ssmax"
        )
    ),
    Form(
        "self_adjust_normalized", "order", "x_1 < x_2 has y_1 < y_2", (-200.0, -150.0, 5.0),
        strictly, "y_1 <= y_2", ordered, MONOTONE,
    ),
    Form(
        "symax", "order_of_magnitudes", "|x_1| < |x_2| has y_1 < y_2",
        (2.0**-140, 2.0**-139, 2.0**60), strictly, "y_1 <= y_2", ordered, MONOTONE,
    ),
)  # fmt: skip


def rounded(name: str, row: tuple[float, ...]) -> Entries:
    """The correctly rounded results, from the oracle."""
    x = np.array(row, dtype=np.float32)
    assert tuple(x.tolist()) == row
    return [Fraction(float(v)) for v in rs.variants[name].exact(x, dtype="float32").value]


def computed(name: str, row: tuple[float, ...]) -> Entries:
    """What golden gives, rounded to float32."""
    y = rs.variants[name].using("golden")(np.array(row, dtype=np.float64))
    return [Fraction(float(v)) for v in np.asarray(y).astype(np.float32)]


def page() -> str:
    """The page in Markdown."""
    lines = [
        "# Real and floating-point forms",
        "",
        "What is [proved](proofs) holds over the reals. In float32, with every result correctly",
        "rounded, some of it fails, at the rows below; beside it stands the weaker statement that",
        "holds, and why. u = 2^-24 is the unit roundoff, q = 2^-149 the smallest positive number.",
        "An implementation rounds more than once and may err further, see [bounds.md](bounds.md).",
        "What holds is proved, too: [monotone](proofs/rounding.md#monotone),",
        "[float_row_sum](proofs/rounding.md#float_row_sum).",
        "",
        "Written by `python tests/test_float_forms.py`; the oracle and golden agree on each row.",
        "",
        "| map | proved over the reals | fails in float32 at | with | what holds | why |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for form in FORMS:
        claim = f"[{form.claim}](proofs/{form.variant}.md#{form.claim})"
        says = form.says.replace("|", "\\|")
        values = ", ".join(_written(v) for v in rounded(form.variant, form.row))
        row = ", ".join(_written(Fraction(v)) for v in form.row)
        cells = (
            form.variant,
            f"{claim}: {says}",
            f"({row})",
            f"({values})",
            form.instead,
            form.why,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _written(value: Fraction) -> str:
    """An exact float32 number: a small one as it is, another as an integer times a power of two."""
    if value.denominator <= 16 and abs(value) < 1000:
        return str(value)
    power = value.denominator.bit_length() - 1
    if power and value.numerator == 1:
        return f"2^-{power}"
    if power:
        return f"{value.numerator}·2^-{power}"
    return f"2^{value.numerator.bit_length() - 1}"


def label(value: object) -> str:
    return f"{value.variant}-{value.claim}" if isinstance(value, Form) else str(value)


@pytest.mark.parametrize("form", FORMS, ids=label)
def test_the_real_form_fails_in_float32_and_the_weaker_one_holds(form):
    assert rs.variants[form.variant].card.status(form.claim) == "proved"
    entries = rounded(form.variant, form.row)
    assert entries == computed(form.variant, form.row)
    assert not form.holds(entries)
    assert form.weaker(entries)


@pytest.mark.parametrize("form", FORMS, ids=label)
def test_the_weaker_form_holds_of_rows_at_random(form):
    rng = np.random.default_rng(3)
    for scale in (1.0, 30.0):
        for _ in range(10):
            row = np.sort(np.abs(rng.normal(size=len(form.row)) * scale)).astype(np.float32)
            assert form.weaker(rounded(form.variant, tuple(row.tolist())))


def test_the_weaker_forms_can_fail():
    half = Fraction(1, 2)
    assert not near_one([half, half + 4 * U])
    assert not below_one([half, half + 4 * U])
    assert near_one([half, half + U])
    assert not unit([1 + U])
    assert not ordered([half + U, half])


def test_every_strict_sum_and_order_of_the_cards_has_its_form():
    found = {(form.variant, form.claim) for form in FORMS}
    for name, variant in rs.variants.items():
        for claim in ("row_sum", "range", "order", "order_of_magnitudes"):
            proved = variant.card.status(claim) == "proved"
            closed = (name, claim) in {
                ("self_adjust", "row_sum"), ("log_softmax", "range"),
                ("self_adjust_normalized", "range"),
            }  # fmt: skip
            assert ((name, claim) in found) == (proved and not closed), (name, claim)


def test_the_page_is_what_is_found():
    assert PAGE.read_text("utf-8") == page()


if __name__ == "__main__":
    sys.exit(PAGE.write_text(page(), encoding="utf-8") == 0)
