"""Functions of tensors and of arrays of CuPy and JAX: layouts, axes, masks, devices."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import numpy as np
import pytest

from refsoft.conformance.layouts import KINDS, REASONS
from tests.helpers.checked import check, kinds, reads_on, softmax


def test_every_kind_of_array_has_its_layouts() -> None:
    assert set(KINDS["numpy"]) == set(REASONS)
    assert set(KINDS["torch"]) < set(REASONS)


class Stand:
    """A stand-in for CuPy made of NumPy, with devices but no memory of its own."""

    ndarray = np.ndarray
    full = staticmethod(np.full)
    asfortranarray = staticmethod(np.asfortranarray)
    shares_memory = staticmethod(np.shares_memory)

    def __init__(self, devices: int) -> None:
        self.cuda = self.runtime = self
        self.getDeviceCount = lambda: devices
        self.Device = contextlib.nullcontext

    @staticmethod
    def asarray(x: np.ndarray) -> np.ndarray:
        return x.copy()

    asnumpy = asarray


def test_arrays_of_cupy_have_layouts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", Stand(1))
    layouts = [f"layout-{name}" for name in KINDS["cupy"]]
    assert check(softmax, *layouts, array="cupy", device="cuda:0").findings == ()
    assert kinds(check(reads_on, *layouts, array="cupy")) == {"wrong/layout-accuracy"}
    with pytest.raises(ValueError, match="device='cuda:1': cupy finds 1 CUDA device"):
        check(softmax, array="cupy", device="cuda:1")


def test_what_is_not_there_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(ImportError, match="array='cupy': cupy is not installed"):
        check(softmax, array="cupy")
    monkeypatch.setitem(sys.modules, "cupy", Stand(0))
    with pytest.raises(ValueError, match="device='cuda': cupy finds no CUDA device"):
        check(softmax, array="cupy")


@pytest.mark.peers
def test_tensors_of_torch_have_layouts_too() -> None:
    torch = pytest.importorskip("torch")

    def careless(x: Any) -> Any:
        y = torch.softmax(x, -1)
        if x.is_contiguous():
            return y
        packed = torch.as_strided(x, x.shape, (x.shape[-1], 1), x.storage_offset())
        return torch.softmax(packed, -1)

    layouts = [f"layout-{name}" for name in KINDS["torch"]]
    options: dict[str, Any] = {"array": "torch", "device": "cpu"}
    assert check(lambda x: torch.softmax(x, -1), *layouts, "repeat", **options).conforms
    report = check(careless, *layouts, **options)
    assert kinds(report) == {"wrong/layout-accuracy"}
    assert "arranged(x, 'strided', torch)" in str(report)


@pytest.mark.peers
@pytest.mark.parametrize("array", ["torch", "jax"])
def test_axes_and_masks_of_other_arrays(array: str) -> None:
    module: Any = pytest.importorskip("torch" if array == "torch" else "jax.numpy")

    def right(x: Any, mask: Any = None, axis: int = -1) -> Any:
        z = x if mask is None else module.where(mask, x, -float("inf"))
        if not x.size if array == "jax" else not x.numel():
            return x * 1
        top = module.amax(z, axis, keepdims=True)
        w = module.exp(z - module.where(top == -float("inf"), 0.0 * module.ones_like(top), top))
        total = module.sum(w, axis, keepdims=True)
        return w / module.where(total == 0, module.ones_like(total), total)

    def ignores(x: Any, mask: Any = None, axis: int = -1) -> Any:
        return right(x, None, axis)

    options: dict[str, Any] = {"array": array, "mask_keyword": "mask", "axis_keyword": "axis"}
    chosen = ["normal", "negative", "square", "mask-random", "mask-nan", "mask-none", "axis-3d"]
    assert check(right, only=chosen, **options).conforms
    report = check(ignores, only=chosen, **options)
    assert report.diagnosis == "ignores the mask"
