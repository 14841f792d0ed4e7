"""Truth kept on disk: found again, never trusted when damaged, shared and deleted without harm."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import refsoft as rs
from refsoft import oracle
from refsoft._dtypes import DTYPES
from refsoft.conformance import store, truth
from refsoft.conformance.cases import Case, Plan, build

VARIANT = rs.softmax_one


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "cache"))
    truth.forget()
    return tmp_path / "cache"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often the oracle is asked."""
    made: list[int] = []
    enclose = oracle.enclose

    def counted(*args: Any) -> Any:
        made.append(1)
        return enclose(*args)

    monkeypatch.setattr(oracle, "enclose", counted)
    return made


def case(scale: float = 1.0) -> Case:
    plan = Plan(only=frozenset({"normal"}), lengths=(33,))
    (made,) = build(VARIANT.card, DTYPES["float32"], plan)
    return Case(made.id, made.family, (made.x * scale).astype(np.float32), made.params)


def parts(found: truth.Truth) -> list[bytes]:
    return [found.head.tobytes(), found.tail.tobytes(), found.radius.tobytes()]


def file_in(folder: Path) -> Path:
    (found,) = folder.rglob("*.npz")
    return found


def test_what_was_computed_once_is_read_again(kept: Path, calls: list[int]) -> None:
    first = parts(truth.truth(VARIANT, case()))
    assert parts(truth.truth(VARIANT, case())) == first
    truth.forget()
    assert parts(truth.truth(VARIANT, case())) == first
    assert len(calls) == 1
    truth.truth(VARIANT, case(2.0))
    truth.truth(rs.self_adjust, case())
    assert len(calls) == 3


@pytest.mark.parametrize("damage", ["cut", "bit", "foreign", "empty", "pickle", "swapped"])
def test_a_damaged_file_is_computed_anew(kept: Path, calls: list[int], damage: str) -> None:
    expected = parts(truth.truth(VARIANT, case()))
    path = file_in(kept)
    content = path.read_bytes()
    if damage == "swapped":  # a sound file under another's name
        truth.forget()
        path.unlink()
        truth.truth(VARIANT, case(2.0))
        file_in(kept).rename(path)
    elif damage == "foreign":  # right but for one number, and its seal not renewed
        with np.load(path) as archive:
            arrays = dict(archive)
        arrays["head"][0, 0] += 1
        np.savez(path, **arrays)
    else:
        middle = content.index(expected[0]) + 3
        path.write_bytes(
            {
                "cut": content[:-200],
                "bit": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
                "empty": b"",
                "pickle": b"\x80\x04cos\nsystem\n".ljust(len(content), b"."),
            }[damage]
        )
    truth.forget()
    calls.clear()
    assert parts(truth.truth(VARIANT, case())) == expected
    assert len(calls) == 1
    truth.forget()
    assert parts(truth.truth(VARIANT, case())) == expected
    assert len(calls) == 1


@pytest.mark.parametrize("value", ["off", "0", ""])
def test_it_can_be_switched_off(
    kept: Path, calls: list[int], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(store.VARIABLE, value)
    truth.truth(VARIANT, case())
    truth.forget()
    truth.truth(VARIANT, case())
    assert len(calls) == 2
    assert not kept.exists()
    assert store.folder() is None


def test_without_a_folder_to_write_in_it_still_works(
    calls: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "file"))
    truth.forget()
    expected = parts(truth.truth(VARIANT, case()))
    truth.forget()
    assert parts(truth.truth(VARIANT, case())) == expected
    assert len(calls) == 2


def test_a_changed_definition_or_one_without_a_source_is_another(tmp_path: Path) -> None:
    here = Path(oracle.__file__)
    assert store.name(SimpleNamespace(), b"x") is None
    assert store.name(SimpleNamespace(__file__=str(tmp_path / "none.py")), b"x") is None
    one, other = (
        store.name(SimpleNamespace(__file__=str(here.with_name(f"{name}.py"))), b"x")
        for name in ("softmax", "symax")
    )
    assert one is not None
    assert one != other
    written = tmp_path / "new.py"  # since this process began: perhaps not what was imported
    written.write_text("")
    assert store.name(SimpleNamespace(__file__=str(written)), b"x") is None


def test_the_oldest_files_go_when_there_are_too_many(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for scale in (1.0, 2.0, 3.0, 4.0):
        truth.truth(VARIANT, case(scale))
    size = file_size = max(path.stat().st_size for path in kept.rglob("*.npz"))
    monkeypatch.setattr(store, "LARGEST", 2 * file_size)
    monkeypatch.setattr(store, "_pruned", set())
    truth.truth(VARIANT, case(5.0))
    assert sum(path.stat().st_size for path in kept.rglob("*") if path.is_file()) <= 2 * size


def test_small_cases_are_not_worth_a_file(kept: Path) -> None:
    (small,) = build(
        VARIANT.card, DTYPES["float32"], Plan(only=frozenset({"normal"}), lengths=(8,))
    )
    truth.truth(VARIANT, small)
    assert not kept.exists()


def test_memory_is_bounded(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(truth, "KEPT_ENTRIES", 4 * 99 * 3)
    for scale in range(1, 9):
        truth.truth(VARIANT, case(scale))
    assert len(truth._kept) == 3


def test_two_processes_at_once(kept: Path, tmp_path: Path) -> None:
    """Both write every file while the folder is deleted beneath them; both are right."""
    code = (
        "import sys, hashlib, refsoft as rs\n"
        "from refsoft.conformance import truth\n"
        "from refsoft.conformance.cases import Plan, build\n"
        "from refsoft._dtypes import DTYPES\n"
        "digest = hashlib.sha256()\n"
        "for _ in range(3):\n"
        "    truth.forget()\n"
        "    plan = Plan(quick=True, only=frozenset({'normal', 'wide', 'blocks', 'ties'}))\n"
        "    for case in build(rs.softmax_one.card, DTYPES['float32'], plan):\n"
        "        digest.update(truth.truth(rs.softmax_one, case).head.tobytes())\n"
        "print(digest.hexdigest())\n"
    )
    command = [sys.executable, "-c", code]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    while any(process.poll() is None for process in running):
        for path in kept.rglob("*.npz"):
            path.unlink(missing_ok=True)
    outputs = [process.communicate()[0].strip() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert len(outputs[0]) == 64
    assert outputs[0] == outputs[1]
    assert not list(kept.rglob("*.tmp"))
