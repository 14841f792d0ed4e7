"""Threads: the same bits for every number of them, and safe wherever Python runs kernels."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from numba import types

import refsoft as rs
from refsoft.drivers import _claims, _team, _threads, cpu

X = np.random.default_rng(0).standard_normal((300, 1000)).astype(np.float32)
# More than is done without a second thread.
assert X.size > cpu.SMALL

AFTER_A_FORK = """
import os, sys
import numpy as np
import refsoft as rs
x = np.random.default_rng(0).standard_normal((300, 1000)).astype(np.float32)
rs.set_num_threads(2)
y = rs.softmax_one(x)
child = os.fork()
if not child:
    os._exit(0 if np.array_equal(rs.softmax_one(x), y) else 1)
assert os.waitpid(child, 0)[1] == 0
assert np.array_equal(rs.softmax_one(x), y)
"""
IN_A_POOL = """
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
import numpy as np
import refsoft as rs

def run(seed):
    rs.set_num_threads(2)
    return rs.softmax_one(np.random.default_rng(seed).standard_normal((300, 1000)).astype("f4"))

if __name__ == "__main__":
    own = run(3)
    context = multiprocessing.get_context(sys.argv[1])
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        found = list(pool.map(run, range(6)))
    assert np.array_equal(found[3], own)
    assert not np.array_equal(found[2], own)
"""


@pytest.mark.parametrize("name", rs.variants)
def test_every_number_of_threads_gives_the_same_bits(name):
    variant, g = rs.variants[name], X[::-1]
    with rs.set_num_threads(1):
        y, (dx, gradients) = variant(X), variant.vjp(X, g)
    for n in (2, 3, 7):
        with rs.set_num_threads(n):
            assert np.array_equal(variant(X), y)
            back, slopes = variant.vjp(X, g)
            assert np.array_equal(back, dx)
            assert slopes == gradients


@pytest.fixture(scope="module")
def counting():
    def kernel(seen, amount):
        for r in range(len(seen)):
            seen[r] += amount[0]
        return len(seen)

    return _claims.shared(kernel, types.int64[::1], types.float64[::1])


def test_every_row_falls_to_one_thread(counting):
    for rows in (1, 2, 3, 7, 8, 9, 100, 100_000):
        for n in (1, 2, 3, 8):
            seen = np.zeros(rows, int)
            with rs.set_num_threads(n):
                _threads.over_rows(counting, rows, seen, np.ones(1))
            assert (seen == 1).all()


def test_rows_that_another_thread_has_claimed_are_waited_for():
    done = np.zeros(8, int)

    def kernel(claims, arrays):
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.2)
            arrays[0][:] = 1
            claims[3] = len(done)

    with rs.set_num_threads(2):
        _threads.over_rows(kernel, len(done), done)
    assert done.all()


def test_several_threads_work_at_once():
    both = threading.Barrier(2, timeout=30)
    with rs.set_num_threads(2):
        _threads.together(both.wait, 8)
    assert not both.n_waiting


def test_no_more_threads_work_than_are_wanted():
    seen = set()

    def work():
        seen.add(threading.get_ident())
        time.sleep(0.05)

    with rs.set_num_threads(4):
        _threads.together(work, 2)
        assert len(seen) == 2
        seen.clear()
        _threads.together(work, 1)
        assert seen == {threading.get_ident()}


def test_an_exception_in_any_thread_is_raised():
    main = threading.main_thread()
    both = threading.Barrier(2, timeout=30)

    def fails_in_main():
        both.wait()
        if threading.current_thread() is main:
            raise ZeroDivisionError

    def fails_elsewhere():
        both.wait()
        if threading.current_thread() is not main:
            raise ZeroDivisionError

    with rs.set_num_threads(2):
        for work in (fails_in_main, fails_elsewhere):
            with pytest.raises(ZeroDivisionError):
                _threads.together(work, 8)


def test_a_thread_that_comes_late_finds_the_work_done():
    calls = []
    shared = _team.Shared(lambda: calls.append(1))
    shared.do()
    shared.help()
    assert calls == [1]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity of threads here")
def test_only_the_helpers_are_kept_off_a_core():
    before = os.sched_getaffinity(0)
    with rs.set_num_threads(2):
        rs.softmax_one(X)
        team = _threads._threads.team
        helpers = [os.sched_getaffinity(thread.native_id) for thread in team._threads]
    assert os.sched_getaffinity(0) == before
    assert helpers == [before - {team._avoided} or before]


def test_the_setting_lasts_or_ends_with_its_block():
    before = _threads.get_num_threads()
    with rs.set_num_threads(5):
        assert _threads.get_num_threads() == 5
        with rs.set_num_threads(np.int64(3)):
            assert _threads.get_num_threads() == 3
        assert _threads.get_num_threads() == 5
        rs.set_num_threads(4)
        assert _threads.get_num_threads() == 4
    assert _threads.get_num_threads() == before


@pytest.mark.parametrize(
    ("n", "error", "text"),
    [(0, ValueError, "n=0; accepted"), (-1, ValueError, "n=-1"), (1.5, TypeError, "n=1.5; acc")],
)
def test_what_is_no_number_of_threads_is_refused(n, error, text):
    with pytest.raises(error, match=text):
        rs.set_num_threads(n)


def test_python_threads_may_call_at_once():
    expected = rs.softmax_one(X)
    wrong = []

    def call():
        wrong.extend(k for k in range(20) if not np.array_equal(rs.softmax_one(X), expected))

    with rs.set_num_threads(2):
        threads = [threading.Thread(target=call) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def run(tmp_path, script, *arguments):
    path = tmp_path / "script.py"
    path.write_text(script)
    command = [sys.executable, str(path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_forked_child_computes(tmp_path):
    run(tmp_path, AFTER_A_FORK)


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_process_pool_computes(tmp_path, method):
    run(tmp_path, IN_A_POOL, method)
