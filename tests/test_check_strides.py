"""Layouts, repeated calls, formats of the result, multiples: each breach is found."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import refsoft as rs
from refsoft.conformance import Report
from refsoft.conformance.families import FAMILIES
from refsoft.conformance.layouts import KINDS, REASONS, arranged
from refsoft.conformance.repeats import UNLIKE

Function = Callable[..., Any]
LAYOUTS = [f"layout-{name}" for name in REASONS]
BASE = ["normal", "negative", "square"]


def check(function: Function, *classes: str, **options: Any) -> Report:
    return rs.check(function, "softmax", **{"quick": True, "only": [*BASE, *classes], **options})


def kinds(report: Report) -> set[str]:
    return {f"{f.severity}/{f.kind}" for f in report.findings}


def softmax(x: np.ndarray) -> np.ndarray:
    w = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return w / w.sum(-1, keepdims=True)


@pytest.mark.parametrize("layout", REASONS)
def test_a_layout_keeps_the_entries(layout: str) -> None:
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    view = arranged(x.copy(), layout, np)
    assert np.array_equal(view, x)
    plain = (
        view.flags.c_contiguous
        and view.flags.owndata
        and view.flags.aligned
        and view.flags.writeable
    )
    assert not plain


@pytest.mark.parametrize("name", rs.variants)
def test_golden_is_acquitted_in_every_layout_and_repeated(name: str) -> None:
    report = rs.check(
        rs.variants[name].using("golden"),
        name,
        quick=True,
        only=[*BASE, *LAYOUTS, "repeat"],
        require=["strided", "repeatable"],
    )
    assert report.findings == ()
    assert len(report.runs[0].classes) == len(BASE) + len(LAYOUTS) + 1


def reads_on(x: np.ndarray) -> np.ndarray:
    """Takes rows to lie one behind the other from the first entry on, as a kernel may."""
    if not x.size:
        return softmax(x)
    base = x if x.base is None else x.base
    if base.dtype != x.dtype or x.flags.c_contiguous or min(x.strides) < 0:
        return softmax(x)
    return softmax(np.ravel(base, order="K")[: x.size].reshape(x.shape))


def test_a_function_that_forgets_the_strides_is_convicted() -> None:
    report = check(reads_on, *LAYOUTS)
    assert kinds(report) == {"wrong/layout-accuracy"}
    assert set(report.findings[0].cases) >= {"layout-strided/33", "layout-slice/33"}
    example = report.findings[0].example
    assert example is not None
    assert "x = arranged(x, 'strided', np)" in example.snippet


def refuses(x: np.ndarray) -> np.ndarray:
    if not x.flags.c_contiguous:
        raise ValueError("contiguous, please")
    return softmax(x)


def test_a_refusal_of_strides_convicts_only_where_it_is_required() -> None:
    report = check(refuses, *LAYOUTS)
    assert kinds(report) == {"unsupported/strided"}
    assert report.conforms
    required = check(refuses, *LAYOUTS, require=["strided"])
    assert kinds(required) == {"unsupported/strided"}
    assert required.exit_code == 1


def test_writing_to_a_view_is_found() -> None:
    def writes(x: np.ndarray) -> np.ndarray:
        y = softmax(x)
        if not x.flags.c_contiguous:
            x[...] = 0
        return y

    assert kinds(check(writes, *LAYOUTS)) == {"contract/modified"}


class EverySecond:
    """Right at every other call."""

    def __init__(self, otherwise: Function) -> None:
        self.calls = 0
        self.otherwise = otherwise

    def __call__(self, x: np.ndarray) -> np.ndarray:
        self.calls += 1
        return softmax(x) if self.calls % 2 else self.otherwise(x)


class Remembers:
    """The largest score of any call so far is subtracted."""

    def __init__(self) -> None:
        self.top = np.float32(-np.inf)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        self.top = max(self.top, x.max(initial=-np.inf))
        w = np.exp(x - self.top)
        return w / w.sum(-1, keepdims=True)


def fails(x: np.ndarray) -> np.ndarray:
    raise RuntimeError("not now")


def nudged(x: np.ndarray) -> np.ndarray:
    return np.nextafter(softmax(x), np.float32(0))


def by_place(x: np.ndarray) -> np.ndarray:
    y = softmax(x)
    return np.concatenate([y[:1], np.nextafter(y[1:], np.float32(0))]) if y.ndim > 1 else y


def by_batch(x: np.ndarray) -> np.ndarray:
    return softmax(x) * np.float32(1 if len(x) >= 4 or x.ndim == 1 else 1.5)


def test_raising_at_every_second_call_is_convicted() -> None:
    report = check(EverySecond(fails), "repeat")
    # Told by whichever call comes first: the case, called again, or the same rows again.
    assert kinds(report) & {"contract/repeat", "contract/erratic"}
    assert "RuntimeError: not now" in next(f.detail for f in report.findings if f.convicts)


def test_rows_unlike_each_other_are_called_alone() -> None:
    assert {f.id for f in FAMILIES} >= UNLIKE
    for name in UNLIKE:
        report = check(by_batch, only=[name])
        found = next(f for f in report.findings if f.kind == "batch")
        assert found.detail.startswith("a row alone")


def test_another_result_at_every_second_call_is_convicted() -> None:
    report = rs.check(
        EverySecond(lambda x: softmax(x) * np.float32(1.5)), "softmax", quick=True, only=["repeat"]
    )
    assert "contract/repeat" in kinds(report)


def test_what_depends_on_the_batch_is_convicted() -> None:
    assert "contract/batch" in kinds(check(by_batch, "repeat", only=["repeat"]))


def test_what_is_left_of_an_earlier_call_is_found() -> None:
    report = check(Remembers(), "repeat", only=["repeat"])
    assert "contract/repeat" in kinds(report)
    assert report.findings[0].detail.startswith("called again after another call")


@pytest.mark.parametrize("function", [EverySecond(nudged), by_place])
def test_within_the_bound_it_is_a_note_unless_it_is_required(function: Function) -> None:
    report = check(function, "repeat")
    assert kinds(report) == {"note/repeatable"}
    assert report.conforms
    required = check(function, "repeat", require=["repeatable"])
    assert kinds(required) == {"note/repeatable"}
    assert required.exit_code == 1
    assert check(softmax, "repeat", require=["repeatable"]).findings == ()


def test_the_result_may_have_another_format() -> None:
    def wide(x: np.ndarray) -> np.ndarray:
        return softmax(x.astype(np.float32))

    options: dict[str, Any] = {"dtype": "float16", "out_dtype": "float32"}
    assert check(wide, **options).findings == ()
    assert kinds(check(wide, dtype="float16")) == {"contract/dtype"}
    assert "contract/dtype" in kinds(check(lambda x: wide(x).astype(np.float16), **options))
    # A result that has been rounded to float16 is no float32 result.
    narrow = check(lambda x: wide(x).astype(np.float16).astype(np.float32), **options)
    assert kinds(narrow) & {"inaccurate/accuracy", "wrong/accuracy"}


def test_multiples_narrow_the_domain() -> None:
    def blocks(x: np.ndarray) -> np.ndarray:
        if x.shape[-1] % 16:
            raise ValueError("whole blocks, please")
        return softmax(x)

    report = rs.check(blocks, "softmax", quick=True, multiple_of=16, skip=["laws"])
    assert report.findings == ()
    assert "n a multiple of 16" in report.headline
    everywhere = rs.check(blocks, "softmax", quick=True, skip=["laws"])
    assert "unsupported/refused" in kinds(everywhere)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"multiple_of": 0}, "multiple_of=0"),
        ({"multiple_of": 4, "lengths": [6]}, "multiples of 4"),
        ({"device": "gpu"}, "device='gpu'; accepted: cpu, cuda or cuda:<number>"),
        ({"device": "cuda"}, "does not go with array='numpy'"),
        ({"array": "cupy", "device": "cpu"}, "does not go with array='cupy'"),
        ({"out_dtype": "int8"}, "int8"),
    ],
)
def test_wrong_usage_is_told(options: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        check(softmax, **options)


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
