"""A function in a process of its own: it may hang, crash, exit, print or not load at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from refsoft.conformance.isolate import Isolated
from refsoft.conformance.load import LoadError, find

SOURCE = """
import os, sys, time
import numpy as np

def twice(x, factor=2.0):
    return x * np.asarray(factor, x.dtype)

def hangs(x):
    time.sleep(600) if x[0] > 0 else None
    return x.copy()

def crashes(x):
    os.kill(os.getpid(), 11) if x[0] > 0 else None
    return x.copy()

def exits(x):
    sys.exit(3)

def raises(x):
    raise ValueError("two\\nlines")

def prints(x):
    print("noise")
    return x.copy()

def unpicklable(x):
    return lambda: 0

def in_place(x):
    x *= 2
    return x

class Holder:
    function = staticmethod(twice)

number = 3
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("target") / "stranger.py"
    file.write_text(SOURCE)
    return str(file)


def outcomes(target: str, *inputs: list[float], timeout: float = 30.0, **keywords: object) -> list:
    callee = Isolated(target, "numpy", timeout)
    try:
        return [callee.call(np.array(x, np.float32), keywords) for x in inputs]
    finally:
        callee.close()


def test_a_result_comes_back_with_its_dtype(path: str) -> None:
    first, second = outcomes(f"{path}:twice", [1.0, 2.0], [3.0], factor=4.0)
    assert (first.kind, first.y.dtype) == ("returned", np.float32)
    np.testing.assert_array_equal(first.y, [4.0, 8.0])
    np.testing.assert_array_equal(second.y, [12.0])
    assert (first.modified, first.aliased, first.printed) == (False, False, 0)
    assert outcomes(f"{path}:Holder.function", [1.0])[0].y == 2.0


def test_a_hang_ends_and_the_next_call_is_answered(path: str) -> None:
    hung, after = outcomes(f"{path}:hangs", [1.0], [-1.0], timeout=1.5)
    assert (hung.kind, after.kind) == ("hung", "returned")


def test_a_crash_names_the_signal_and_the_next_call_is_answered(path: str) -> None:
    crashed, after = outcomes(f"{path}:crashes", [1.0], [-1.0])
    assert (crashed.kind, after.kind) == ("crashed", "returned")
    assert "SIGSEGV" in crashed.message


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("exits", "exited", "sys.exit"),
        ("raises", "raised", "ValueError: two lines"),
        ("unpicklable", "returned", "function"),
    ],
)
def test_every_ending_is_an_outcome(path: str, name: str, kind: str, message: str) -> None:
    (outcome,) = outcomes(f"{path}:{name}", [1.0])
    assert outcome.kind == kind
    assert message in outcome.message
    assert outcome.y is None


def test_printing_is_counted_and_not_shown(path: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert [o.printed for o in outcomes(f"{path}:prints", [1.0], [2.0])] == [6, 6]
    assert capfd.readouterr().out == ""


def test_what_happens_to_the_input_is_seen(path: str) -> None:
    (outcome,) = outcomes(f"{path}:in_place", [1.0])
    assert outcome.modified
    assert outcome.aliased


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nothing", "names no function"),
        ("missing.py:f", "no file"),
        ("no_such_module:f", "cannot be imported"),
        ("numpy:no_such_function", "has no"),
        ("{path}:number", "not callable"),
        ("{path}:Holder.missing", "has no"),
    ],
)
def test_what_cannot_be_loaded_is_said_in_one_line(path: str, target: str, message: str) -> None:
    with pytest.raises(LoadError, match=message) as caught:
        Isolated(target.format(path=path), "numpy", 5.0)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(:", "SyntaxError"),
        ("raise RuntimeError('no')", "RuntimeError: no"),
        ("import sys; sys.exit(0)", "sys.exit"),
        ("import os; os._exit(7)", "exit status 7"),
    ],
)
def test_a_file_that_fails_while_it_loads(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "broken.py"
    file.write_text(text)
    with pytest.raises(LoadError, match=message):
        Isolated(f"{file}:f", "numpy", 5.0)


def test_a_module_is_found_by_its_dotted_name() -> None:
    assert find("numpy.linalg:norm") is np.linalg.norm


def test_loading_may_take_its_time_but_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "slow.py"
    monkeypatch.setattr("refsoft.conformance.isolate.LOADING", 0.5)
    file.write_text("import time; time.sleep(600)")
    with pytest.raises(LoadError, match=r"is not imported after 0\.7 s; --timeout allows more"):
        Isolated(f"{file}:f", "numpy", 0.7)
    with pytest.raises(LoadError, match=r"is not imported after 0\.5 s"):
        Isolated(f"{file}:f", "numpy", 0.1)
    file.write_text("import time; time.sleep(0.6)\ndef f(x): return x * 2")
    assert outcomes(f"{file}:f", [1.0], timeout=30.0)[0].y == 2.0
