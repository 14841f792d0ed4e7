"""What is proved of which variant: one table, read from the certificates."""

from __future__ import annotations

from docs.website.tables import cell, table
from refsoft import variants
from refsoft.certificates import load

MARKS = {"proved": "✓", "refuted": "✗", "conjectured": "?", "unproved": "–"}
HEADS = ["claim", "status", "statement", "method"]
HEAD = """\
---
hide:
  - toc
---

# Proofs

Every claim of every card, for rows of every length: `python -m proofs` derives it by SymPy or z3,
compares both sides with the definition in 50 digits, and lets falsified twins of it fail by the
same method. A counterexample is exact.

✓ proved, ✗ refuted, ? conjectured, – not proved. A mark leads to the proof; the method is told on
hovering, and in the list of the variant below. What is proved of the rounding bounds stands
[at the end](#rounding).
"""


def index() -> str:
    """The page."""
    claims = list(dict.fromkeys(c.id for v in variants.values() for c in v.card.claims))
    names = list(variants)
    rows = [[f"`{claim}`", *(_mark(name, claim) for name in names)] for claim in claims]
    links = [f"[{name}]({name}.md)" for name in names]
    matrix = table(["claim", *links], rows)
    parts = [HEAD, '<div class="matrix claims" markdown>\n', matrix, "</div>\n"]
    parts += [_methods(name) for name in names]
    parts.append(_rounding())
    return "\n".join(parts)


def _mark(name: str, claim: str) -> str:
    card = variants[name].card
    if claim not in {c.id for c in card.claims}:
        return ""
    status = card.status(claim)
    if status == "unproved":
        return MARKS[status]
    method = load(name)["claims"][claim]["method"]
    return f'[{MARKS[status]}]({name}.md#{claim} "{status}: {method}")'


def _methods(name: str) -> str:
    rows = [
        [f"[{c.id}]({name}.md#{c.id})", variants[name].card.status(c.id), cell(c.statement),
         load(name).get("claims", {}).get(c.id, {}).get("method", "")]
        for c in variants[name].card.claims
    ]  # fmt: skip
    return f"## {name}\n\n" + table(HEADS, rows)


def _rounding() -> str:
    claims = load("rounding")["claims"].items()
    rows = [
        [f"[{claim}](rounding.md#{claim})", c["status"], cell(c["statement"]), c["method"]]
        for claim, c in claims
    ]
    about = (
        "The theorems behind [the rounding bounds](../bounds.md), in the model of arithmetic there."
    )
    return f"## Rounding\n\n{about}\n\n" + table(HEADS, rows)
