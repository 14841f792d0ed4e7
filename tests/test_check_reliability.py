"""Whatever TARGET does, the command ends with one clear line or a finding."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.helpers.reliability import run, written


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("reliability"))


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("right", 0, "conforms to softmax_one"),
        ("raises", 2, "it raises on every case: RuntimeError: never \\x1b[31m again"),
        ("every_second", 1, "[erratic,"),
        ("hangs", 1, "[hung, 2 cases]"),
        ("exits", 1, "[exited,"),
        ("ends", 1, "its process ended with exit status 4"),
        ("killed", 1, "its process was ended by SIGKILL"),
        ("floods", 0, "it prints"),
        ("list", 1, "it returns a list"),
        ("scalar", 1, "it returns a float"),
        ("none", 1, "it returns a NoneType"),
        ("view", 1, "[aliased,"),
        ("nans", 1, "wrong, float32"),
        ("hostile", 1, "it returns a Hostile"),
        ("escaped", 1, "it returns a \\x1b[31mred"),
        ("objects", 1, "it returns object for float32"),
        ("interrupts", 1, "[crashed,"),
        ("hostile_error", 2, "it raises on every case: HostileError"),
        ("memory", 2, "it raises on every case: MemoryError"),
        ("reads", 2, "it raises on every case: EOFError"),
    ],
)
def test_whatever_it_does_is_a_finding_or_one_line(
    folder: Path, name: str, status: int, words: str
) -> None:
    file = folder / f"{name}.json"
    result = run(f"{folder / 'target.py'}:{name}", "--json", str(file))
    assert result.exit_code == status, result.output
    assert words in result.output
    assert json.loads(file.read_text(encoding="utf-8"))["exit_code"] == status


@pytest.mark.peers
def test_a_tensor_of_another_library_is_told_by_its_type(folder: Path) -> None:
    pytest.importorskip("torch")
    (folder / "tensors.py").write_text("import torch\ndef f(x): return torch.from_numpy(x * 1)")
    result = run(f"{folder / 'tensors.py'}:f")
    assert result.exit_code == 1
    assert "it returns a Tensor" in result.output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'x = "\xff\xfe"\ndef f(x): return x', "SyntaxError"),
        (b"\x00\x01", "null bytes"),
        (b"class E(Exception):\n  def __str__(self): raise ValueError\nraise E", "imported: E"),
        (b"raise KeyboardInterrupt", "raised KeyboardInterrupt while it was imported"),
        (b"import sys; sys.exit(1)", "called sys.exit while it was imported"),
        (
            b"class C:\n  def __getattr__(self, name): raise RuntimeError('no')\nf = C()",
            "RuntimeError: no",
        ),
        (None, "there is no file"),
    ],
)
def test_what_cannot_be_loaded_is_one_line(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    file = tmp_path / "loaded.py"
    file.mkdir() if content is None else file.write_bytes(content)
    result = run(f"{file}:f.g")
    assert result.exit_code == 2
    assert words in result.output
    assert len(result.output.splitlines()) == 1


def test_a_report_that_cannot_be_written_is_one_line(folder: Path, tmp_path: Path) -> None:
    target = f"{folder / 'target.py'}:right"
    for option in ("--json", "--junit"):
        for path in (tmp_path, tmp_path / "no" / "report", tmp_path / ("x" * 300)):
            result = run(target, option, str(path))
            assert result.exit_code == 2
            assert "cannot be written" in result.output
            assert len(result.output.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--array", "cupy"], "array='cupy': cupy is not installed"),
        (["--array", "absent"], "'absent' is not one of"),
        (["--device", "cuda"], "device='cuda' does not go with array='numpy'"),
        (["--array", "cupy", "--device", "cpu"], "device='cpu' does not go with array='cupy'"),
        (["--device", "tpu"], "device='tpu'; accepted: cpu, cuda or cuda:<number>"),
        (["--timeout", "inf"], "timeout=inf; accepted: seconds"),
        (["--timeout", "0"], "timeout=0.0; accepted: seconds"),
    ],
)
def test_what_is_not_there_or_not_accepted_is_one_line(
    folder: Path, words: list[str], reason: str
) -> None:
    if "cupy" in words and find_spec("cupy") is not None:
        pytest.skip("CuPy is there")
    result = run(f"{folder / 'target.py'}:right", *words)
    assert result.exit_code == 2
    last = result.output.splitlines()[-1]
    assert last.startswith("Error: ")
    assert reason in last
    assert "cannot be loaded" not in last


@pytest.mark.peers
@pytest.mark.parametrize("array", ["torch", "jax"])
def test_a_gpu_that_is_not_there_is_one_line(folder: Path, array: str) -> None:
    module = pytest.importorskip(array)
    if array == "torch" and module.cuda.is_available():
        pytest.skip("there is a GPU")
    if array == "jax" and any(d.platform == "gpu" for d in module.devices()):
        pytest.skip("there is a GPU")
    result = run(f"{folder / 'target.py'}:right", "--array", array, "--device", "cuda")
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert line.startswith(f"Error: not judged: device='cuda': {array} finds no CUDA device")
