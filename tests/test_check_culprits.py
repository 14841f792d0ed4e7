"""Every name that a diagnosis can give is given to two functions written independently."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from pathlib import Path

import pytest

import refsoft as rs
from refsoft.conformance.known import known
from tests.culprits import Culprit, culprits, kind_of

CULPRITS = culprits()
ANOTHER = "is another variant"


def named() -> set[tuple[str, str]]:
    """Every variant with every kind of sentence."""
    found = {(v, kind_of(m.sentence)) for v in rs.variants for m in known(rs.variants[v].card)}
    return found | {(v, ANOTHER) for v in rs.variants}


def told(c: Culprit) -> tuple[int, str]:
    report = rs.check(c.function, c.variant, quick=True, only=c.only, **c.options)
    return report.exit_code, report.diagnosis


def usual() -> set[str]:
    """The ids of a pair for each kind, of one variant in turn; the others take longer in all."""
    pairs: dict[str, list[str]] = {}
    for _, kind in sorted(named()):
        pairs[kind] = sorted(v for v in rs.variants if (v, kind) in named())
    chosen = {kind: of[i % len(of)] for i, (kind, of) in enumerate(pairs.items())}
    return {c.id for c in CULPRITS if chosen[kind_of(c.sentence)] == c.variant}


USUAL = usual()


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
@pytest.mark.parametrize(
    "culprit",
    [pytest.param(c, id=c.id, marks=[] if c.id in USUAL else [pytest.mark.slow]) for c in CULPRITS],
)
def test_the_culprit_is_convicted_and_named(culprit: Culprit) -> None:
    assert told(culprit) == (1, culprit.sentence)


def missing(found: tuple[Culprit, ...]) -> set[tuple[str, str]]:
    """What fewer than two styles show."""
    shown = Counter({(c.style, c.variant, kind_of(c.sentence)) for c in found})
    return {pair for pair in named() if sum(key[1:] == pair for key in shown) < 2}


def test_every_kind_of_every_variant_has_two_culprits() -> None:
    assert missing(CULPRITS) == set()
    assert {(c.variant, kind_of(c.sentence)) for c in CULPRITS} == named()
    assert len(named()) >= 150


def test_one_culprit_less_is_noticed() -> None:
    for dropped in CULPRITS[:: len(CULPRITS) // 7]:
        rest = tuple(c for c in CULPRITS if c is not dropped)
        assert missing(rest) == {(dropped.variant, kind_of(dropped.sentence))}


def test_widths_limits_axes_and_variants_are_one_kind() -> None:
    assert kind_of("adds the 1 once per block of 64") == kind_of("adds the 1 once per block of 16")
    assert kind_of("clips the scores at 10000") == kind_of("clips the scores at 20")
    assert kind_of("sums over the wrong axis (-2)") == kind_of("sums over the wrong axis (0)")
    assert kind_of("is softmax_one") == kind_of("is symax") == ANOTHER
    assert kind_of("is applied twice") != ANOTHER
    assert kind_of("gives log2 in place of ln") != kind_of("gives log10 in place of ln")


def test_no_culprit_knows_the_checker_or_the_other_style() -> None:
    for style, other in (("arrays", "scalars"), ("scalars", "arrays")):
        for path in (Path(inspect.getfile(told)).parent / "culprits").glob(f"{style}*.py"):
            nodes = list(ast.walk(ast.parse(path.read_text())))
            seen = {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}
            seen |= {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
            assert seen
            assert not any(name.startswith(("refsoft", f"tests.culprits.{other}")) for name in seen)
