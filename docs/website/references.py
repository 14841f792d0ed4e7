"""The papers, as the cards and the proofs name them, with links."""

from __future__ import annotations

import re
from pathlib import Path

from docs.website.tables import cell, table
from refsoft import variants

ARXIV = re.compile(r"(?:arXiv )?\b(\d{4}\.\d{5})\b")
PLACES = {
    "Attention is off by one": "https://www.evanmiller.org/attention-is-off-by-one.html",
    "xnought, symax": "https://github.com/xnought/symax",
    "Probabilistic interpretation of feedforward classification network outputs":
        "https://doi.org/10.1007/978-3-642-76153-9_28",
}  # fmt: skip
PROOFS = Path(__file__).parents[1] / "proofs"


def linked(text: str) -> str:
    """The text with its arXiv numbers as links.

    Examples
    --------
    >>> linked("Self-Adjust Softmax, arXiv 2502.18277, 2025.")
    'Self-Adjust Softmax, [arXiv 2502.18277](https://arxiv.org/abs/2502.18277), 2025.'
    """
    for words, place in PLACES.items():
        text = text.replace(words, f"[{words}]({place})")
    return ARXIV.sub(r"[arXiv \1](https://arxiv.org/abs/\1)", text)


def table_of_references() -> str:
    """What the definition and the proofs of each variant rest on."""
    rows = [[f"[{name}](variants/{name}.md)", cell(linked(_of_proofs(name)))] for name in variants]
    return table(["variant", "references"], rows)


def _of_proofs(name: str) -> str:
    text = (PROOFS / f"{name}.md").read_text("utf-8").partition("## References\n")[2]
    return " ".join(text.split())
