"""`pytest -m gpu` in the image of a GPU, which has pytest and torch, and little else."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ON_GPU = Path("tests/test_cuda_gpu.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a plugin that such an image lacks."""
    if importlib.util.find_spec("pytest_timeout") is None:
        parser.addini("timeout", "of pytest-timeout, which is not installed")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the other tests, which import hypothesis, SymPy and more."""
    asked = config.getoption("markexpr") == "gpu" and collection_path.is_file()
    return True if asked and collection_path != config.rootpath / ON_GPU else None
