"""The certificate and the page of a variant, from what has been established.

Neither holds times: the same proofs write the same bytes. A certificate names the versions that
wrote it, and says the same under others: :func:`same` leaves them out. What another version
prints otherwise (a sum in another order) still counts as a change; those of `constraints.txt` are
the ones that the committed files are written with.
"""

from __future__ import annotations

import inspect
import json
import platform
import re
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import sympy as sp

from proofs.theorem import Result
from proofs.toolkit import n
from refsoft.card import Card, Claim

SCHEMA = 2
_PACKAGES = {"sympy": "sympy", "z3": "z3-solver", "mpmath": "mpmath"}


def certificate(module: ModuleType, results: Sequence[Result]) -> str:
    """The certificate as JSON; what is not in it is unproved."""
    card: Card = module.CARD
    claims = {claim.id: claim for claim in card.claims}
    content = {
        "schema": SCHEMA,
        "variant": card.name,
        "definition": sp.srepr(module.definition(n)),
        "versions": versions(),
        "claims": {
            result.theorem.claim: {
                "status": result.theorem.status,
                "statement": claims[result.theorem.claim].statement,
                "latex": claims[result.theorem.claim].latex,
                "method": result.method,
                "hypotheses": list(result.hypotheses),
                "values_compared": sum(item.values for item in result.evidence),
                "twins_rejected": result.twins,
                "steps": list(_steps(result)),
            }
            for result in results
        },
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _steps(result: Result) -> Iterator[dict[str, object]]:
    for step, evidence in zip(result.theorem.steps, result.evidence, strict=True):
        yield {
            "method": step.method.name,
            "latex": evidence.formula,
            "srepr": evidence.srepr,
            "twins": [twin.statement for twin in step.twins],
        }


def versions() -> dict[str, str]:
    """What the proofs run on: Python without its patch level, and the packages that decide."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **{name: version(package) for name, package in _PACKAGES.items()}}


def same(one: str, other: str) -> bool:
    """Whether two certificates say the same, by whatever versions they were written."""
    contents = [json.loads(text) for text in (one, other)]
    for content in contents:
        content.pop("versions", None)
    return bool(contents[0] == contents[1])


def page(module: ModuleType, results: Sequence[Result]) -> str:
    """The page in Markdown, with LaTeX between dollar signs."""
    card: Card = module.CARD
    claims = {claim.id: claim for claim in card.claims}
    done = {result.theorem.claim for result in results}
    sections = _sections(module)
    lines = [
        f"# {card.title}: proofs",
        "",
        f"Written by `python -m proofs` from `{Path(inspect.getfile(module)).name}`.",
        "",
        "## Definitions",
        "",
        *_definitions(module, card),
        "## Statements",
        "",
        "| claim | statement | status | method | twins rejected |",
        "|---|---|---|---|---|",
        *(_row(claims[result.theorem.claim], result) for result in results),
        *(
            f"| {claim.id} | {_cell(claim.statement)} | unproved | | |"
            for claim in card.claims
            if claim.id not in done
        ),
        "",
    ]
    for result in results:
        lines += _theorem(claims[result.theorem.claim], result)
    for title in ("Notes", "References"):
        lines += [f"## {title}", "", sections[title], ""]
    return "\n".join(lines).rstrip() + "\n"


def _definitions(module: ModuleType, card: Card) -> Iterator[str]:
    yield f"{card.summary} A row has the scores $x_1, \\dots, x_n$, $n \\ge 1$; its entries are"
    yield ""
    yield f"$${getattr(module, 'ENTRY', 'y_i')} = {sp.latex(module.definition(n))}$$"
    yield ""
    if hasattr(module, "WHERE"):
        yield module.WHERE
        yield ""
    for parameter in card.parameters:
        symbol = getattr(module, "SYMBOLS", {}).get(parameter.name)
        written = f", written ${sp.latex(symbol)}$ here," if symbol is not None else ""
        yield f"- `{parameter.name}`{written} in {parameter.domain}: {parameter.meaning}"
    if card.parameters:
        yield ""


def _row(claim: Claim, result: Result) -> str:
    status, method = result.theorem.status, result.method
    link = f"[{claim.id}](#{claim.id})"
    return f"| {link} | {_cell(claim.statement)} | {status} | {method} | {result.twins} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _theorem(claim: Claim, result: Result) -> Iterator[str]:
    yield f"## {claim.id}"
    yield ""
    yield f"{claim.statement} **{result.theorem.status.capitalize()}.**"
    yield ""
    yield f"$${claim.latex}$$"
    yield ""
    for step, evidence, witnesses in zip(
        result.theorem.steps, result.evidence, result.witnesses, strict=True
    ):
        yield step.text
        yield ""
        yield f"$${evidence.formula}$$"
        yield ""
        yield (
            f"{evidence.text} {evidence.values} {evidence.compared}. "
            f"Rejected by the same method ({step.method.name}):"
        )
        yield ""
        for twin, witness in zip(step.twins, witnesses, strict=True):
            yield f"- {twin.statement}: {witness}"
        yield ""


def _sections(module: ModuleType) -> dict[str, str]:
    """The sections of the module's docstring, by their headings."""
    parts = re.split(r"\n(\w+)\n-+\n", inspect.cleandoc(module.__doc__ or ""))
    found = {title: text.strip() for title, text in zip(parts[1::2], parts[2::2], strict=True)}
    missing = {"Definitions", "Statements", "Notes", "References"} - set(found)
    if missing:
        raise ValueError(f"the docstring of {module.__name__} lacks {', '.join(sorted(missing))}")
    return found
