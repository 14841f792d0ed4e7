"""The page of a variant, from its card, its certificate and what its functions return."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import refsoft
from docs.website import figures, mistakes
from docs.website.references import linked
from docs.website.tables import cell, formula, table
from refsoft import variants
from refsoft.card import Card, Claim
from refsoft.certificates import load
from refsoft.variant import Variant

ROOT = Path(__file__).parents[2]
METHODS = (
    *("lse", "vjp", "jvp", "jacobian", "exact", "exact_vjp"),
    *("ulp_error", "ulp_bound", "error_bound"),
)
ASSIGNMENT = re.compile(r"[,;] (?=[\w\[\]]+ -?= )")


def page(variant: Variant) -> str:
    """The page in Markdown."""
    return "\n".join(
        [
            *_card(variant.card),
            *_use(variant),
            *_pictures(variant.card),
            *_limits(variant.card),
            *_claims(variant.card),
            *_gradient(variant),
            "## Known mistakes\n",
            mistakes.page_part(variant),
            *_reference(variant),
        ]
    )


def index() -> str:
    """The page of all of them."""
    rows = [
        [f"[{name}]({name}.md)", formula(v.card.latex), cell(v.card.summary)]
        for name, v in variants.items()
    ]
    return "# The variants\n\n" + table(["name", "one entry of the result", "what it is"], rows)


def gradients() -> str:
    """What each of them pulls back."""
    rows = [
        [f"[{name}](variants/{name}.md)", f"`{v.card.gradient}`"] for name, v in variants.items()
    ]
    return table(["variant", "for the gradient g in y"], rows)


def _card(card: Card) -> Iterator[str]:
    yield f"# {card.name}\n"
    yield f"{card.summary}\n"
    yield f"$${card.latex}$$\n"
    if card.parameters:
        yield table(
            ["parameter", "default", "domain", "meaning"],
            [
                [f"`{p.name}`", "required" if p.default is None else f"{p.default:g}",
                 cell(p.domain), cell(p.meaning)]
                for p in card.parameters
            ],
        )  # fmt: skip
    if card.aliases:
        yield f"- Also called {', '.join(card.aliases)}."
    if card.lse:
        yield f"- Its log-sum-exp is `{card.lse}`."
    yield f"- Most easily confused with [{card.neighbour}]({card.neighbour}.md)."
    yield f"- Source: {linked(card.source)}"
    explorer = f'<a href="../explorer.html#{card.name}">in the explorer</a>'
    yield f"- [Its proofs](../proofs/{card.name}.md), {explorer}.\n"


def _use(variant: Variant) -> Iterator[str]:
    name = variant.card.name
    yield "## Use\n"
    yield _session(variant, "import refsoft as rs", f"rs.{name}([1.0, 2.0, 3.0])")
    yield "Is my own right?\n"
    passed = "".join(f" --pass {p.name}" for p in variant.card.parameters)
    yield f"```sh\nrefsoft check my_kernels.py:{name} --variant {name}{passed}\n```\n"


def _session(variant: Variant, *lines: str) -> str:
    """The lines, and what Python shows after each."""
    scope: dict[str, Any] = {"rs": refsoft, variant.card.name: variant.using("golden")}
    shown = []
    for line in lines:
        shown.append(f">>> {line}")
        if not line.startswith("import"):
            value = eval(line.replace("rs.", ""), scope)  # noqa: S307 - lines of this file
            shown.append(repr(value))
    return "\n".join(["```python", *shown, "```", ""])


def _pictures(card: Card) -> Iterator[str]:
    yield "## Plots\n"
    yield '<div class="plots">'
    yield from (f"<!-- figure {name} -->" for name in figures.of_variant(card.name))
    yield "</div>\n"
    if card.name in figures.ALSO:
        yield f"<!-- figure {figures.ALSO[card.name]} -->\n"


def _limits(card: Card) -> Iterator[str]:
    ruled = card.rulings
    above = ruled.at_plus_inf
    yield "## Limits and special values\n"
    yield table(
        ["where", "the result"],
        [
            ["a masked entry, or a row without a visible one", _number(ruled.masked)],
            ["a score of −∞ beside finite ones",
             "depends on the parameters" if ruled.at_minus_inf is None
             else _number(ruled.at_minus_inf)],
            ["every score −∞", " or ".join(map(_number, ruled.all_minus_inf))],
            ["one score +∞",
             "NaN" if above is None else
             f"NaN, or the limit: {_number(above[0])} there, {_number(above[1])} elsewhere"],
            ["NaN", "NaN in the whole row"],
        ],
    )  # fmt: skip
    proved = load(card.name).get("claims", {})
    limits = [c for c in card.claims if "limit" in proved.get(c.id, {}).get("method", "")]
    for claim in limits:
        yield f"- {claim.statement} {_verdict(card, claim)}"
    yield ""


def _claims(card: Card) -> Iterator[str]:
    proved = load(card.name).get("claims", {})
    yield "## Claims\n"
    yield "Each is proved or refuted for rows of every length, by the method beside it.\n"
    yield '<div class="claims" markdown>\n'
    yield table(
        ["claim", "status", "statement", "method"],
        [
            [f"`{claim.id}`", _verdict(card, claim),
             f"{cell(claim.statement)} {formula(claim.latex)}",
             proved.get(claim.id, {}).get("method", "")]
            for claim in card.claims
        ],
    )  # fmt: skip
    yield "</div>\n"


def _verdict(card: Card, claim: Claim) -> str:
    status = card.status(claim.id)
    return f"[{status}](../proofs/{card.name}.md#{claim.id})" if status != "unproved" else status


def _gradient(variant: Variant) -> Iterator[str]:
    card = variant.card
    yield "## Jacobian and gradients\n"
    jacobian = next((c for c in card.claims if c.id == "jacobian"), None)
    if jacobian:
        yield f"$${jacobian.latex}$$\n"
    yield "For a loss with the gradient g in y, in O(n) and without the Jacobian:\n"
    yield from (f"    {line}" for line in ASSIGNMENT.split(card.gradient))
    yield ""
    lines = [
        "import refsoft as rs",
        f"rs.{card.name}.jacobian([1.0, 2.0, 3.0])",
        f"rs.{card.name}.vjp([1.0, 2.0, 3.0], [1.0, 0.0, 0.0])",
    ]
    yield _session(variant, *lines)
    if card.parameters:
        yield "The second of the pair holds the gradient of every parameter, by its name.\n"


def _reference(variant: Variant) -> Iterator[str]:
    name = variant.card.name
    yield "## API\n"
    signature = str(variant.__signature__).replace("(x, /, *, ", "(x, *, ")
    methods = ", ".join(f"`.{m}`" for m in METHODS)
    yield f"```python\nrefsoft.{name}{signature}\n```\n"
    yield f"With the methods {methods} of every [variant](../api.md).\n"
    for title, module in (
        ("The definition in NumPy float64 (golden)", variant.golden_module),
        ("The card, the bounds and the recipe of the kernels", variant.definition),
    ):
        source = Path(inspect.getfile(module))
        yield f'??? note "{title}: `{source.relative_to(ROOT)}`"\n'
        yield "    ```python"
        yield from (f"    {line}".rstrip() for line in source.read_text("utf-8").splitlines())
        yield "    ```\n"


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return f"{value:g}".replace("inf", "∞").replace("-", "−")
