"""What exists of every variant, as it is found; none of it is written by hand."""

from __future__ import annotations

from importlib.util import find_spec
from types import ModuleType

from docs.website.tables import table
from refsoft import variants
from refsoft.certificates import load
from refsoft.conformance.gradients.known import known as known_gradients
from refsoft.conformance.known import known
from refsoft.variant import Variant

METHODS = ("forward", "jacobian", "vjp", "jvp")
HEAD = ["variant", "golden", "oracle", "proof", "CPU", "CUDA", "check", "page"]


def matrix() -> str:
    """A row for every variant; links are relative to the root of the site."""
    rows = [[f"[{name}](variants/{name}.md)", *row(v)] for name, v in variants.items()]
    return table(HEAD, rows)


def row(variant: Variant) -> list[str]:
    """The cells of a variant but for its name."""
    name = variant.card.name
    return [
        _functions(f"refsoft.golden.{name}", variant),
        _functions(f"refsoft.oracle.{name}", None),
        _proof(variant),
        "yes" if variant.definition.RECIPE else "no",
        _cuda(variant),
        _checked(variant),
        f"[page](variants/{name}.md)",
    ]


def _functions(module: str, variant: Variant | None) -> str:
    if find_spec(module) is None:
        return "no"
    golden: ModuleType | None = variant.golden_module if variant else None
    missing = [f for f in METHODS if golden and not hasattr(golden, f)]
    return f"without {', '.join(missing)}" if missing else "yes"


def _proof(variant: Variant) -> str:
    claims = load(variant.card.name).get("claims", {})
    decided = sum(variant.card.status(c.id) in ("proved", "refuted") for c in variant.card.claims)
    if not claims:
        return "no"
    return f"[{decided} of {len(variant.card.claims)}](proofs/{variant.card.name}.md)"


def _cuda(variant: Variant) -> str:
    # Rows of any length need the last thing that a recipe may lack.
    recipe = variant.definition.RECIPE
    return "yes" if recipe is not None and recipe.rescale is not None else "no"


def _checked(variant: Variant) -> str:
    card = variant.card
    count = len(known(card)) + len(known_gradients(card))
    return f"{count} mistakes"
