"""The benchmark on a GPU, as far as it goes without one."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from refsoft.bench import contenders_cuda, cuda
from refsoft.bench.record import Entry, Group, Record
from refsoft.bench.run import Selection
from refsoft.bench.show import tables
from refsoft.bench.sizes import Size
from refsoft.bench.statistics import Spread
from refsoft.bench.timing import interleaved
from refsoft.cli import main


class Stream:
    """Time passes by what is launched; an event reads it once the stream is waited for."""

    def __init__(self):
        self.now = 0.0
        self.waited = 0.0

    def event(self):
        return Event(self)


class Event:
    def __init__(self, stream):
        self.stream = stream
        self.at = None

    def record(self):
        self.at = self.stream.now

    def synchronize(self):
        self.stream.waited = self.at

    def elapsed_time(self, end):
        assert end.at <= self.stream.waited, "the stream has not come there"
        return (end.at - self.at) * 1e3


def launching(stream, seconds):
    def launch():
        stream.now += seconds

    return launch


def test_events_time_the_stream_and_wait_for_it():
    stream = Stream()
    stopwatch = cuda.by_events(stream.event)
    # Seconds to milliseconds and back: two roundings.
    assert stopwatch(launching(stream, 0.25), 4) == pytest.approx(1.0, rel=1e-15)
    times = interleaved(
        {"one": launching(stream, 0.5), "two": launching(stream, 0.125)}, 0, stopwatch,
        lambda _: None,
    )  # fmt: skip
    assert times["one"].median / times["two"].median == pytest.approx(4.0, rel=1e-12)


def test_an_event_that_is_not_waited_for_would_be_seen():
    stream = Stream()
    start, end = stream.event(), stream.event()
    start.record()
    launching(stream, 1.0)()
    end.record()
    with pytest.raises(AssertionError, match="has not come"):
        start.elapsed_time(end)


def test_the_host_waits_before_and_after():
    waits, calls = [], []
    stopwatch = cuda.by_the_host(lambda: waits.append(len(calls)))
    assert stopwatch(lambda: calls.append(1), 3) >= 0
    assert waits == [0, 3]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_no_cache_holds_the_arrays(dtype):
    itemsize = {"float32": 4, "bfloat16": 2}[dtype]
    found = list(cuda.sizes(dtype))
    assert {size.n for size in found} == set(cuda.LENGTHS)
    assert all(size.entries * itemsize >= 256 * 2**20 for size in found)


def test_bandwidth_is_of_what_has_to_be_moved():
    took = Spread(1e-6, 1e-6, 1e-6, 5)
    forward, vjp = (Group(op, "float32", Size(10, 100), took, ()) for op in ("forward", "vjp"))
    assert forward.bandwidth(took) == pytest.approx(8.0)
    assert vjp.bandwidth(took) == pytest.approx(12.0)


def test_the_copy_is_the_ceiling_that_is_shown():
    copy, ours = Spread(1e-6, 1e-6, 1e-6, 5), Spread(2e-6, 2e-6, 2e-6, 5)
    entry = Entry("refsoft softmax", "refsoft", "softmax", ours, None)
    group = Group("forward", "float32", Size(10, 100), copy, (entry,))
    machine = {"device": "cuda", "model": "a GPU", "cores": 132, "python": "3.12.0"}
    shown = list(tables(Record(machine, {}, 1, 1.0, groups=[group])))[-1]
    size = "10x100"
    assert shown[1] == ("copy", "forward", "float32", size, "", "8", "")
    assert shown[2] == ("refsoft softmax", "forward", "float32", size, "into", "4", "50%")


def test_without_a_gpu_one_line_says_so(monkeypatch):
    monkeypatch.setattr(cuda, "absent", lambda _: True)
    done = CliRunner().invoke(main, ["bench", "--device", "cuda"])
    assert done.exit_code == 2
    assert done.output.strip().count("\n") == 0
    assert "torch is not installed" in done.output


@pytest.mark.peers
def test_torch_without_a_gpu_says_so_too():
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    done = CliRunner().invoke(main, ["bench", "--device", "cuda"])
    assert done.exit_code == 2
    assert "finds no CUDA GPU here" in done.output
    assert done.output.strip().count("\n") == 0


class Clock:
    """An event of a device that is done at once."""

    def __init__(self, enable_timing):
        assert enable_timing

    def record(self):
        self.at = time.perf_counter()

    def synchronize(self):
        pass

    def elapsed_time(self, end):
        return (end.at - self.at) * 1e3


@pytest.mark.peers
def test_a_run_where_the_cpu_plays_the_gpu(monkeypatch):
    torch = pytest.importorskip("torch")
    device = SimpleNamespace(multi_processor_count=1)
    for name, value in {
        "is_available": lambda: True, "get_device_name": lambda: "a CPU", "Event": Clock,
        "get_device_properties": lambda _: device, "synchronize": lambda: None,
    }.items():  # fmt: skip
        monkeypatch.setattr(torch.cuda, name, value)
    for module in (cuda, contenders_cuda):
        monkeypatch.setattr(module, "on_device", contenders_cuda.tensor)
    monkeypatch.setattr(contenders_cuda, "_compiled", contenders_cuda._eager)  # it takes minutes
    monkeypatch.setattr(cuda, "BYTES", 1 << 12)
    monkeypatch.setattr(cuda, "LENGTHS", (16, 64))
    chosen = (("softmax", "symax"), ("forward", "forward+lse", "vjp"), ("float32",))
    record = cuda.run(Selection(*chosen, (), ("torch",), False), 0.0, None)
    # symax has no logarithm of a normaliser; 3 sizes.
    assert len(record.groups) == 3 * (2 + 1 + 2)
    for group in record.groups:
        names = [entry.name.split()[0] for entry in group.entries]
        assert names[:3] == ["refsoft", "torch", "torch.compile"]
    shown = list(tables(record))[-1]
    assert len(shown) > len(record.groups)
    assert json.loads(record.text())
