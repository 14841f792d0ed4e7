"""docs/accuracy.md from what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from refsoft import rounding
from tests.survey.measure import ENTRIES, SCALES

DTYPES = ("float32", "float64", "float16", "bfloat16")
SHOWN = (2, 100, 1000, 10**4, 10**5, 10**6)
Data = dict[str, Any]

HEAD = """\
# How accurate are the softmax functions that people use?

Written by `python -m tests.survey render` from [accuracy.json](accuracy.json), which
`python -m tests.survey measure` measured. {count} functions in {formats} combinations of function
and format, on {machine}, with {versions}.

Three kinds of figures, and what each is worth:

- **exhaustive**: over every finite score x of a 16-bit format, in the rows [0, x].
- **sampled**: the largest error in rows drawn once: {entries:,} entries for each length up to
  that, one row for each longer one; "normal" rows are standard normal, "wide" ones {wide:g} times
  as wide. Each error is measured against a certified enclosure of the real value, so it is no less
  than it was in these rows; other rows may have larger ones.
- **verdict**: of `refsoft check` on all cases of [checker.md](checker.md), without the search and
  the laws, so that it can be measured again; beside it stands the tightest arithmetic of
  [bounds.md](bounds.md) whose proven bound it keeps in all of them. Nothing was declared, so a
  16-bit function is held to 16-bit storage around float32; one that rounds every step to 16 bits
  does not conform to that, and keeps an "eager" bound if that is all it does.{asked}

An error is in units in the last place (ULP) of the exact result, in the format of the result. A
correctly rounded result is within 0.5. `inf` is a result that is not finite and should be. The
logarithm near 0 has errors of many ULP in every library, since `ln(1 - 2e-9)` is formed from
numbers near 1: it is judged by its absolute error (bounds.md), by which those results are honest.
A function that flushes subnormal results to 0, as JAX on a CPU does, is wrong by up to 2^23 ULP of
a subnormal float32, and by no more than the smallest normal number.
"""


def page(data: Data) -> str:
    """The page."""
    return "\n".join(_parts(data)).rstrip() + "\n"


def _parts(data: Data) -> Iterator[str]:
    entries = data["subjects"].values()
    yield HEAD.format(
        count=len(entries),
        entries=ENTRIES,
        wide=SCALES["wide"],
        formats=sum(len(e["formats"]) for e in entries),
        machine=_machines(data["subjects"]),
        asked=_asked(data["subjects"]),
        versions=", ".join(f"{name} {v}" for name, v in sorted(data["versions"].items())),
    )
    for title, variants in (
        ("softmax", ("softmax",)),
        ("log_softmax", ("log_softmax",)),
        ("The other seven", None),
    ):
        chosen = [e for e in entries if _belongs(e["variant"], variants)]
        yield f"## {title}\n"
        yield from _verdicts(chosen)
        yield from _findings(chosen)
        yield from _lengths(chosen)
        yield from _exhaustive(chosen)
        yield from _figures(title, variants)


def _machines(subjects: Data) -> str:
    """Where most were measured, and where the others were, by name."""
    where: dict[str, list[str]] = {}
    for entry in subjects.values():
        where.setdefault(entry["machine"], []).append(f"{entry['source']} `{entry['name']}`")
    first, *others = sorted(where, key=lambda machine: -len(where[machine]))
    return ", and ".join([first, *(f"{', '.join(where[m])} on {m}" for m in others)])


def _asked(subjects: Data) -> str:
    """The presets that are newer than the figures of some, and who was asked them."""
    said = ""
    for preset in rounding.PRESETS:
        able = {
            f"{entry['source']} `{entry['name']}`": any(preset in asked for asked in given)
            for entry in subjects.values()
            for given in [[f["verdict"]["asked"] for f in entry["formats"].values()]]
            if any(preset in _names(dtype) for dtype in entry["formats"])
        }
        names = [name for name, was in able.items() if was]
        if 0 < len(names) < len(able):
            said += f" {preset} is newer than most figures: {', '.join(names)} alone was asked."
    return said


def _names(dtype: str) -> list[str]:
    return [preset.name for preset in rounding.presets(dtype)]


def _belongs(variant: str, variants: tuple[str, ...] | None) -> bool:
    return variant in variants if variants else variant not in ("softmax", "log_softmax")


def _verdicts(entries: list[Data]) -> Iterator[str]:
    yield "### Verdicts\n"
    yield "| function | " + " | ".join(DTYPES) + " |"
    yield "|---|" + "---|" * len(DTYPES)
    for e in entries:
        cells = [_verdict(e["formats"].get(dtype)) for dtype in DTYPES]
        yield f"| {_name(e)} | " + " | ".join(cells) + " |"
    yield ""


def _verdict(figures: Data | None) -> str:
    if figures is None:
        return "-"
    found = figures["verdict"]
    if found["verdict"] == "conforms":
        return f"conforms: {found['tightest']}" + (
            f", on {_text(found['domain'])}" if found["domain"] else ""
        )
    if found["verdict"] == "not judged":
        return "not judged"
    severities = ", ".join(
        dict.fromkeys(f["severity"] for f in found["findings"] if f["severity"] not in MILD)
    )
    keeps = f"; keeps {found['tightest']}" if found["tightest"] else ""
    return f"**does not conform** ({severities}){keeps}"


MILD = ("note", "unsupported")


def _findings(entries: list[Data]) -> Iterator[str]:
    yield "### Findings\n"
    found = [e for e in entries if any(list(_said(f["verdict"])) for f in e["formats"].values())]
    for e in found:
        said: dict[str, list[str]] = {}
        for dtype, figures in e["formats"].items():
            for words in _said(figures["verdict"]):
                said.setdefault(words, []).append(dtype)
        yield f"- {_name(e)}"
        yield from (f"    - {words} ({', '.join(dtypes)})" for words, dtypes in said.items())
    yield "" if found else "None.\n"


def _said(found: Data) -> Iterator[str]:
    if found["diagnosis"]:
        yield f"diagnosis: {_text(found['diagnosis'])}"
    if found["reason"]:
        yield f"not judged, {_text(found['reason'])}"
    for finding in found["findings"]:
        yield f"{finding['severity']}: {_text(finding['law'])}"


def _lengths(entries: list[Data]) -> Iterator[str]:
    yield "### Largest error in ULP by length (sampled)\n"
    columns = [f"{kind} {n:,}" for kind in ("normal", "wide") for n in SHOWN]
    for dtype in DTYPES:
        members = [e for e in entries if dtype in e["formats"]]
        yield f"{dtype}:\n"
        yield "| function | " + " | ".join(columns) + " |"
        yield "|---|" + "---:|" * len(columns)
        for e in members:
            points = {(p["rows"], p["n"]): p["ulp"] for p in e["formats"][dtype]["curve"]}
            cells = [_ulp(points[kind, n]) for kind in ("normal", "wide") for n in SHOWN]
            yield f"| {_name(e)} | " + " | ".join(cells) + " |"
        yield ""


def _exhaustive(entries: list[Data]) -> Iterator[str]:
    yield "### Largest error in ULP over every score (exhaustive, rows [0, x])\n"
    yield "| function | float16 | bfloat16 |"
    yield "|---|---:|---:|"
    for e in entries:
        figures = [e["formats"].get(dtype, {}).get("every_score") for dtype in DTYPES[2:]]
        if any(figures):
            cells = ["-" if f is None else _ulp(f["ulp"]) for f in figures]
            yield f"| {_name(e)} | " + " | ".join(cells) + " |"
    yield ""


def _figures(title: str, variants: tuple[str, ...] | None) -> Iterator[str]:
    yield "### Plots (sampled)\n"
    if variants is None:
        yield _image("compositions in torch, float32", "accuracy-compositions-float32")
        return
    for dtype in DTYPES:
        yield _image(f"{title}, {dtype}", f"accuracy-{title}-{dtype}")


def _image(what: str, name: str) -> str:
    return f"![Largest error in ULP against n: {what}](figures/{name}.svg)\n"


def _name(entry: Data) -> str:
    words = f"{entry['source']} `{entry['name']}`"
    known = entry["variant"] in entry["name"] or entry["variant"] in ("softmax", "log_softmax")
    return _text(words) + ("" if known else f" as {entry['variant']}")


def _ulp(value: float | str | None) -> str:
    if value is None:
        return "refused"
    return value if isinstance(value, str) else f"{value:,.3g}" if value < 1000 else f"{value:.1e}"


def _text(words: str) -> str:
    return words.replace("|", r"\|").replace("\n", " ")
