"""`import refsoft` is light, and works without the packages that only some uses need."""

from __future__ import annotations

import subprocess
import sys

import pytest

import refsoft as rs

LATER = [
    "numpy",
    "numba",
    "sympy",
    "torch",
    "jax",
    "hypothesis",
    "rich",
    "flint",
    "click",
    "scipy",
    "z3",
    "safetensors",
]


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def without(*packages: str) -> str:
    """Code that makes the packages look as if they were not installed."""
    return f"import sys; sys.modules.update(dict.fromkeys({packages!r}))\n"


def test_nothing_heavy_is_imported():
    code = f"import refsoft, sys; print([m for m in {LATER} if m in sys.modules])"
    done = run(code)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_a_listed_package_would_be_seen():
    done = run(f"import sys, click; print([m for m in {LATER} if m in sys.modules])")
    assert done.stdout.strip() == "['click']"


@pytest.mark.parametrize(
    ("package", "use", "words"),
    [
        ("flint", "rs.softmax.exact([1.0])", ["python-flint"]),
        ("numba", "rs.softmax([1.0])", ["numba"]),
    ],
)
def test_a_missing_package_is_named_on_use_and_not_before(package, use, words):
    code = without(package) + "import refsoft as rs\nrs.softmax.using('golden')([1.0])\n"
    assert run(code).returncode == 0
    done = run(code + use)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "ImportError" in last or "ModuleNotFoundError" in last
    assert all(word in last for word in words), last


def test_the_public_names_are_exactly_these():
    assert sorted(rs.__all__) == rs.__all__
    for name in rs.__all__:
        assert getattr(rs, name) is not None
    public = {name for name in vars(rs) if not name.startswith("_")} - {"annotations"}
    modules = {name for name in public if type(getattr(rs, name)).__name__ == "module"}
    assert public - modules - {"TYPE_CHECKING", "Any", "import_module"} <= set(rs.__all__)
    with pytest.raises(AttributeError, match="nothing_of_ours"):
        rs.nothing_of_ours  # noqa: B018


def test_every_variant_is_public_under_its_own_name():
    for name, variant in rs.variants.items():
        assert getattr(rs, name) is variant
        assert variant.card.name == name
