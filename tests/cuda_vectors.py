"""Write what `pytest -m gpu` judges by where python-flint is not installed.

    python -m tests.cuda_vectors FOLDER

writes a folder of golden vectors for every variant and format, some MB each;
``REFSOFT_VECTORS=FOLDER pytest -m gpu`` reads them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import refsoft as rs
from refsoft._dtypes import DTYPES
from refsoft.conformance.options import Options
from refsoft.vectors import write

LONGEST = 2048


def main(folder):
    for name, variant in rs.variants.items():
        for dtype in DTYPES:
            options = Options(dtypes=(dtype,), quick=True, max_length=LONGEST, mask_keyword="where")
            write(variant, folder / f"{name}-{dtype}", options, raw=True)
            print(f"{name} {dtype}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
