"""The known mistakes of a variant, each with the smallest row here at which it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from docs.website.tables import cell, table
from refsoft import variants
from refsoft.conformance.gradients import known as gradients
from refsoft.conformance.gradients.known_slopes import known_slopes
from refsoft.conformance.gradients.parts import Parts, Wrong
from refsoft.conformance.known import Mistake, known
from refsoft.variant import Variant

HEAD = """\
These are the names that `refsoft check` gives to what it finds, with a row at which the mistake
shows. A number in a name stands for others of its kind. [Examples](../examples.md) has functions
that make some of them, and the same functions corrected.
"""
ROWS: tuple[Any, ...] = (
    [[1.0, 2.0, 3.0]],
    [[-1.0, -2.0, -3.0]],
    [[-1.0, 2.0, 3.0]],
    [[0.0, 0.0]],
    [[1.0, 2.0], [3.0, 5.0]],
    [[-800.0, -801.0]],
    [[1000.0, 1001.0]],
    [[65504.0, 65504.0]],
    [[0.0, -200.0]],
    [[0.0, np.nan]],
    [[0.0, -np.inf]],
)
COTANGENT = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
BACKWARD = (
    np.array([[1.0, 2.0, 3.0], [3.0, 5.0, 4.0]]),
    np.array([[-1.0, 2.0, 3.0], [3.0, 5.0, 4.0]]),
)
PARAMETERS: tuple[dict[str, Any], ...] = (
    {},
    {"temperature": 2.0},
    {"n": 4.0},
    {"sink": 1.0},
    {"eta": 2.0, "p": 2.0},
    {"s": 0.5, "b": 1.0},
)
APART = 1e-3
Shown = list[str]  # the row, what it gives, what is right; empty where no row here shows it
NUMBER = re.compile(r"\b\d[\d.e+]*\b")


def links() -> str:
    """Where the mistakes of each variant stand."""
    return ", ".join(f"[{name}](variants/{name}.md#known-mistakes)" for name in variants)


def page_part(variant: Variant) -> str:
    """Two tables: what forwards and what gradients get wrong."""
    return "\n".join(
        [
            HEAD,
            *_part(_grouped(_forward(variant)), ["diagnosis", "at", "it gives", "right"]),
            "In a backward, for g = (1, 0, 0):",
            "",
            *_part(_grouped(_gradients(variant)), ["diagnosis", "at", "its dx", "right"]),
            *_slopes(variant),
        ]
    )


def _part(found: dict[str, Shown], head: list[str]) -> Iterator[str]:
    yield table(head, [[cell(sentence), *shown] for sentence, shown in found.items() if shown])
    rest = [sentence for sentence, shown in found.items() if not shown]
    if rest:
        yield f"In longer rows or near the ends of a format: {'; '.join(rest)}.\n"


def _slopes(variant: Variant) -> Iterator[str]:
    names = tuple(parameter.name for parameter in variant.card.parameters)
    for name in names:
        found = [w.sentence for w in known_slopes(name, names)]
        alone = [words for words in found if not words.endswith(", and the wrong sign")]
        yield f"The gradient of `{name}`: {'; '.join(alone)}.\n"


def _grouped(found: Iterator[tuple[str, Shown]]) -> dict[str, Shown]:
    """The first of the mistakes that differ by a number alone."""
    kinds: dict[str, str] = {}
    chosen: dict[str, Shown] = {}
    for sentence, shown in found:
        kind = NUMBER.sub("#", sentence)
        if kinds.setdefault(kind, sentence) == sentence:
            chosen.setdefault(sentence, shown)
    return chosen


def _forward(variant: Variant) -> Iterator[tuple[str, Shown]]:
    for mistake in known(variant.card):
        yield mistake.sentence, _example(variant, mistake)


def _example(variant: Variant, mistake: Mistake) -> Shown:
    golden, names = variant.using("golden"), {p.name for p in variant.card.parameters}
    for dtype in ("float64", "float32", "float16"):
        for params in PARAMETERS:
            if not set(params) <= names:
                continue
            for scores in ROWS:
                x = np.asarray(scores, dtype=dtype)
                right = golden(x.astype(np.float64), **params)
                given = _computed(variant, mistake, x, params)
                if given is not None and _differ(given, right, dtype):
                    at = _row(scores[0]) if len(scores) == 1 else ", ".join(map(_row, scores))
                    return [_at(at, params, dtype), _row(given[0]), _row(right[0])]
    return []


def _computed(variant: Variant, mistake: Mistake, x: Any, params: dict[str, Any]) -> Any:
    columns = {
        p.name: np.full((len(x), 1), params.get(p.name, p.default), x.dtype)
        for p in variant.card.parameters
    }
    with np.errstate(all="ignore"):
        try:
            given = np.asarray(mistake.compute(x, columns), dtype=np.float64)
        except (ValueError, IndexError):
            return None
    return given if given.shape == x.shape else None


def _differ(given: Any, right: Any, dtype: str = "float64") -> bool:
    first, second = given[0], right[0]
    if not np.array_equal(np.isnan(first), np.isnan(second)):
        return True
    least = APART * np.abs(second) + np.finfo(dtype).tiny
    with np.errstate(invalid="ignore"):
        return bool(np.any(np.abs(first - second) > least))


def _gradients(variant: Variant) -> Iterator[tuple[str, Shown]]:
    for wrong in gradients.known(variant.card):
        yield wrong.sentence, _example_gradient(variant, wrong)


def _example_gradient(variant: Variant, wrong: Wrong) -> Shown:
    golden, names = variant.using("golden"), {p.name for p in variant.card.parameters}
    for params, x in product(PARAMETERS, BACKWARD):
        if set(params) <= names:
            right = golden.vjp(x, COTANGENT, **params)[0]
            given = np.asarray(wrong.compute(_parts(variant, x, right, params)))
            if wrong.exact and _differ(given, right):
                return [_at(_row(x[0]), params), _row(given[0]), _row(right[0])]
    return []


def _parts(variant: Variant, x: Any, dx: Any, params: dict[str, Any]) -> Parts:
    columns = {
        p.name: np.full((len(x), 1), params.get(p.name, p.default)) for p in variant.card.parameters
    }
    length = np.full((len(x), 1), float(x.shape[1]))
    y = variant.using("golden")(x, **params)
    return Parts(variant.card.name, x, COTANGENT, y, dx, columns, length, np.zeros((len(x), 1)))


def _at(row: str, params: dict[str, Any], dtype: str = "float64") -> str:
    given = [f"{name} = {value:g}" for name, value in params.items()]
    return ", ".join([f"x = {row}", *given, *([dtype] if dtype != "float64" else [])])


def _row(values: Any) -> str:
    return "(" + ", ".join(f"{value + 0.0:.4g}" for value in values).replace("-", "−") + ")"
