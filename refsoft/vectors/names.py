"""What things are called in a folder of vectors."""

from __future__ import annotations

SCHEMA = "refsoft.vectors/1"
MANIFEST = "manifest.json"
TENSORS = "cases.safetensors"
RESULTS = "results.safetensors"
INDEX = "index.tsv"
RAW = ".bin"
STORAGE = ("safetensors", "raw")
MASK = "mask"  # the keyword of a mask in a case of vectors

# Flags of a case and why they are raised.
FLAGS = {
    "special": "rows with infinities or NaN are ruled on, not bounded: see rulings",
    "open": "nothing is ruled of one of its rows: every result is accepted there",
    "masked": "entries that the mask hides are outside the row",
    "empty": "it has no entry",
    "subnormal": "values below the normal range; where subnormals are flushed, 0 is accepted",
    "overflow": "an honest result may overflow: the bound is infinite there",
    "no-power": "no bound of the default arithmetic is tight enough to tell a wrong function",
    "no-gradient": "",
}


def stem(case: str) -> str:
    """The first part of the names of a case's tensors, in files too.

    Examples
    --------
    >>> stem("normal/3")
    'normal.3'
    """
    return case.replace("/", ".")


def tensor(case: str, role: str) -> str:
    """The name of a tensor.

    Examples
    --------
    >>> tensor("normal/3", "y")
    'normal.3.y'
    """
    return f"{stem(case)}.{role}"
