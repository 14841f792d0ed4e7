"""Vectors as files: what they hold, the same bytes every time, and what is refused on reading."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import refsoft as rs
from refsoft._dtypes import DTYPES
from refsoft.conformance.options import Options
from refsoft.conformance.special import rulings
from refsoft.conformance.truth import truth
from refsoft.rounding import presets
from refsoft.vectors import read, write
from refsoft.vectors.schema import VECTORS
from refsoft.vectors.tensors import FORMATS, from_safetensors, packed, to_safetensors, unpacked
from refsoft.vectors.writing import sealed

CLASSES = ("normal", "one", "nan", "all-minus-inf", "empty", "tiny-scores", "mask-patterns")


def options(variant: rs.Variant, dtype: str = "float32", **more: Any) -> Options:
    names = {p.name: p.name for p in variant.card.parameters}
    given: dict[str, Any] = {"only": CLASSES, "quick": True, "mask_keyword": "mask", **more}
    return Options(dtypes=(dtype,), passed=names, **given).validated(variant.card)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "vectors"
    write(rs.softmax_sink, path, options(rs.softmax_sink))
    return path


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def same(one: Any, other: Any) -> None:
    """Equal, NaN to NaN; bfloat16 has no such comparison of its own."""
    np.testing.assert_array_equal(np.asarray(one, np.float64), np.asarray(other, np.float64))


def manifest(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return content


@pytest.mark.parametrize(
    ("name", "dtype"),
    [*((name, "float32") for name in rs.variants), *(("softmax_n", dtype) for dtype in DTYPES)],
)
def test_a_manifest_is_of_its_schema_and_reads_back_as_the_oracle_has_it(name, dtype, tmp_path):
    variant = rs.variants[name]
    write(variant, tmp_path / "v", options(variant, dtype, only=("normal", "nan", "plus-inf")))
    jsonschema.validate(manifest(tmp_path / "v"), VECTORS)
    for vector in read(tmp_path / "v").vectors:
        case, given = vector.case, vector.case.known
        exact = variant.exact(case.x, where=case.where, **case.params)
        assert given is not None
        assert given.right.dtype == exact.value.dtype
        same(given.right, exact.value)
        # A case made anew has no file to go by: what follows is the oracle's.
        anew = type(case)(case.id, case.family, case.x, case.params, case.where)
        true = truth(variant, anew)
        for arithmetic in presets(dtype):
            bound = true.bound(arithmetic, case.x.dtype)
            np.testing.assert_array_equal(given.bounds[arithmetic.name], bound)
        np.testing.assert_array_equal(given.enclosure.head, true.head)
        np.testing.assert_array_equal(given.enclosure.radius, true.radius)
        again = rulings(variant, anew)
        assert again.keys() == given.rulings.keys()
        for row, ruling in again.items():
            np.testing.assert_array_equal(ruling.accepted, given.rulings[row].accepted)


def test_the_schema_refuses_what_is_not_of_it(folder):
    broken = manifest(folder)
    broken["cases"][0]["flags"] = [{"flag": "unheard-of", "reason": ""}]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, VECTORS)


def test_the_flags_say_what_a_case_is(folder):
    flags = {c["id"]: {f["flag"] for f in c["flags"]} for c in manifest(folder)["cases"]}
    assert flags["normal/3"] == set()
    assert {"special", "no-gradient"} <= flags["nan/3"]
    assert {"empty", "no-gradient"} <= flags["empty/0"]
    assert "masked" in flags["mask-patterns/2"]
    reasons = [f["reason"] for c in manifest(folder)["cases"] for f in c["flags"]]
    assert all(reasons)


def test_what_is_given_of_a_case_is_not_given_of_another_made_from_it(folder):
    from dataclasses import replace

    case = read(folder).vectors[0].case
    assert case.known is not None
    assert replace(case, x=case.x + 1).known is None
    assert replace(case, params={"sink": 1.0}).known is None


BOTH = """
import sys
from refsoft.cli import main
words = "vectors --variant symax --dtype bfloat16 --quick --mask --pass p --only normal --only nan"
for more in (["--out", "one"], ["--raw", "--out", "raw"]):
    main([*words.split(), "--only", "mask-random", *more], standalone_mode=False)
"""


def test_two_processes_write_the_same_bytes(tmp_path):
    written = []
    for seed in ("1", "2"):
        place = tmp_path / seed
        place.mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed, "REFSOFT_CACHE": "off"}
        command = [sys.executable, "-c", BOTH]
        subprocess.run(command, cwd=place, env=environment, check=True, capture_output=True)
        files = [file for file in place.rglob("*") if file.is_file()]
        written.append({str(file.relative_to(place)): file.read_bytes() for file in files})
    assert {"one/cases.safetensors", "raw/index.tsv", "raw/nan.3.y.bin"} <= written[0].keys()
    assert written[0] == written[1]


def test_another_seed_writes_other_scores(folder, tmp_path):
    write(rs.softmax_sink, tmp_path / "v", options(rs.softmax_sink, seed=1))
    assert manifest(tmp_path / "v")["files"] != manifest(folder)["files"]


def test_raw_and_safetensors_hold_the_same(folder, tmp_path):
    write(rs.softmax_sink, tmp_path / "raw", options(rs.softmax_sink), raw=True)
    one, other = read(folder), read(tmp_path / "raw")
    for a, b in zip(one.vectors, other.vectors, strict=True):
        assert a.case.id == b.case.id
        for role, tensor in a.tensors.items():
            assert tensor.dtype == b.tensors[role].dtype
            assert tensor.tobytes() == b.tensors[role].tobytes()
    lines = [line.split("\t") for line in (tmp_path / "raw" / "index.tsv").read_text().splitlines()]
    for _, _, dtype, file, axes, *shape in lines:
        size = FORMATS[dtype].itemsize * int(np.prod([int(n) for n in shape], dtype=int))
        assert (tmp_path / "raw" / file).stat().st_size == size
        assert int(axes) == len(shape)


def test_other_programs_of_the_format_read_the_file(folder):
    from safetensors.numpy import load_file

    tensors = load_file(folder / "cases.safetensors")
    case = read(folder).vectors[0]
    np.testing.assert_array_equal(tensors["normal.2.x"], case.case.x)


@pytest.mark.parametrize("dtype", FORMATS)
def test_tensors_come_back_bit_by_bit(dtype):
    array = np.array([[0.0, -0.0, 1.5], [np.inf, np.nan, -2.0]]).astype(FORMATS[dtype])
    for value in (array, array[:, 1], array.T, np.asarray(array[0, 2]), array[:0]):
        assert unpacked(packed(value), value.dtype, value.shape).tobytes() == value.tobytes()
        back = from_safetensors(to_safetensors({"a": value}), "a.safetensors")["a"]
        assert (back.dtype, back.shape) == (value.dtype, value.shape)
        assert back.tobytes() == value.tobytes()


def reseal(copy: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = manifest(copy)
    change(content)
    content.pop("sha256")
    (copy / "manifest.json").write_text(sealed(content))


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no manifest": (lambda p: (p / "manifest.json").unlink(), "cannot be read"),
    "no tensors": (lambda p: (p / "cases.safetensors").unlink(), "cannot be read"),
    "a bit": (lambda p: flip(p / "cases.safetensors"), "sha256 is another"),
    "cut tensors": (
        lambda p: (p / "cases.safetensors").write_bytes(
            (p / "cases.safetensors").read_bytes()[:-8]
        ),
        "another length",
    ),
    "cut manifest": (
        lambda p: (p / "manifest.json").write_text((p / "manifest.json").read_text()[:-99]),
        "cut short",
    ),
    "changed manifest": (
        lambda p: (p / "manifest.json").write_text(
            (p / "manifest.json").read_text().replace('"row": 0', '"row": 1')
        ),
        "sha256 is another",
    ),
    "not JSON": (lambda p: (p / "manifest.json").write_bytes(b"\xff\xfe"), "no JSON"),
    "a list": (lambda p: (p / "manifest.json").write_text("[]"), "accepted: 'refsoft.vectors/1'"),
    "another schema": (
        lambda p: reseal(p, lambda m: m.update(schema="refsoft.vectors/9")),
        "schema 'refsoft.vectors/9'; accepted: 'refsoft.vectors/1'",
    ),
    "another folder": (
        lambda p: reseal(p, lambda m: m["files"].update({"../x": {"bytes": 1, "sha256": ""}})),
        "accepted: a file of the folder",
    ),
    "no variant": (lambda p: reseal(p, lambda m: m.pop("variant")), "is not of refsoft.vectors/1"),
    "another shape": (
        lambda p: reseal(p, lambda m: m["cases"][0]["tensors"]["x"].update(shape=[1])),
        "not the tensor that the manifest says",
    ),
    "another order": (lambda p: reseal(p, lambda m: m["arithmetics"].reverse()), "arithmetics"),
    "a row that is not there": (
        lambda p: reseal(p, lambda m: [r.update(row=99) for c in m["cases"] for r in c["rulings"]]),
        "row 99 does not fit",
    ),
    "text for a number": (
        lambda p: reseal(p, lambda m: m["cases"][0].update(rulings=["x"])),
        "is not of refsoft.vectors/1",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_not_as_it_was_written_is_refused_in_one_line(damage, copy):
    read(copy)
    do, words = DAMAGE[damage]
    do(copy)
    with pytest.raises(ValueError, match=r".*") as caught:
        read(copy)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_the_hashes_are_those_of_the_files(folder):
    for name, about in manifest(folder)["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == about["sha256"]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(ValueError, match="accepted: a new or an empty folder"):
        write(rs.softmax, tmp_path, options(rs.softmax))
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]
