"""Golden vectors: inputs, exact results, enclosures, bounds and rulings as files for any language.

:func:`write` computes them with the oracle, :func:`read` reads them back without it. A
folder holds ``manifest.json``, which says what there is, and the tensors: in
``cases.safetensors``, or each in a file of its own beside ``index.tsv``.
"""

from __future__ import annotations

from refsoft.vectors.reading import Vectors as Vectors
from refsoft.vectors.reading import read as read
from refsoft.vectors.writing import write as write

__all__ = ["Vectors", "read", "write"]
