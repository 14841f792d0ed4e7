"""What is drawn: every figure as axes that are filled, and what it shows in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from refsoft import variants

# Okabe and Ito's colours, told apart by the colour-blind; a dash tells them apart in print.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C8C2E")
DASHES = ("-", "--", "-.", ":", (0, (6, 1)), (0, (1, 1)), (0, (4, 1, 1, 1, 1, 1)))
INK = "#222222"
ACCURACY = Path(__file__).parents[1] / "accuracy.json"
OTHERS = (0.0, 1.0)
SCORES = (-2.0, -1.0, 0.0, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: its name, what it shows in words, how many axes, and what fills them."""

    name: str
    alternative: str
    draw: Callable[[list[Any]], None]
    panels: int = 1
    size: tuple[float, float] = (4.4, 3.0)


def golden(name: str, x: Any, **params: Any) -> Any:
    """The results of a variant, in NumPy float64."""
    return variants[name].using("golden")(np.asarray(x), **params)


def _line(axis: Any, x: Any, y: Any, place: int, label: str) -> None:
    style = {"color": COLOURS[place % 7], "linestyle": DASHES[place % 7], "linewidth": 1.6}
    axis.plot(x, y, label=label, **style)


def against_one_score(name: str) -> Figure:
    """The results as one score moves."""
    t = np.linspace(-8, 8, 161)
    y = golden(name, np.stack([t, *(np.full_like(t, other) for other in OTHERS)], axis=1))

    def draw(axes: list[Any]) -> None:
        for place, label in enumerate(("y of t", "y of 0", "y of 1")):
            _line(axes[0], t, y[:, place], place, label)
        axes[0].set(xlabel="t", title=f"{name} of the row (t, 0, 1)")
        axes[0].figure.legend(loc="outside lower center", ncols=3)

    words = (
        f"{name} of the row (t, 0, 1): as t goes from -8 to 8 the result of t goes from "
        f"{y[0, 0]:.3g} to {y[-1, 0]:.3g}, that of 0 from {y[0, 1]:.3g} to {y[-1, 1]:.3g}."
    )
    return Figure(f"one-score-{name}", words, draw)


def against_a_shift(name: str) -> Figure:
    """The row sum as all scores move together."""
    t = np.linspace(-8, 8, 161)
    y = golden(name, t[:, None] + np.array([0.0, 1.0, 2.0]))
    sums = np.exp(y).sum(axis=1) if name == "log_softmax" else y.sum(axis=1)

    def draw(axes: list[Any]) -> None:
        for place, label in enumerate(("y of t", "y of t+1", "y of t+2")):
            _line(axes[0], t, y[:, place], place, label)
        what = "sum of exp(y)" if name == "log_softmax" else "row sum"
        axes[0].plot(t, sums, color=INK, linewidth=2, label=what)
        axes[0].set(xlabel="t, added to all scores", title=f"{name} of the row (t, t+1, t+2)")
        axes[0].figure.legend(loc="outside lower center", ncols=4)

    words = (
        f"{name} of the row (t, t+1, t+2): the row sum is {sums[0]:.3g} at t = -8, "
        f"{sums[80]:.3g} at 0 and {sums[-1]:.3g} at 8."
    )
    return Figure(f"shift-{name}", words, draw)


def jacobian(name: str) -> Figure:
    """The Jacobian of five scores as a heat map."""
    j = variants[name].using("golden").jacobian(np.array(SCORES))
    top = float(np.abs(j).max())

    def draw(axes: list[Any]) -> None:
        axis = axes[0]
        axis.pcolormesh(j, cmap="PuOr_r", vmin=-top, vmax=top, edgecolors="white", linewidth=0.5)
        for (i, k), value in np.ndenumerate(j):
            words = f"{value:.2f}".replace("-0.00", "0.00")
            ink = "#111111" if abs(value) < 0.6 * top else "#ffffff"
            axis.text(k + 0.5, i + 0.5, words, ha="center", va="center", fontsize=8, color=ink)
        ticks = [place + 0.5 for place in range(len(SCORES))]
        labels = [f"{score:g}" for score in SCORES]
        axis.set_xticks(ticks, labels)
        axis.set_yticks(ticks, labels)
        axis.invert_yaxis()
        axis.set(xlabel="by the score", ylabel="of the result at", title=f"Jacobian of {name}")
        axis.grid(visible=False)

    words = (
        f"Jacobian of {name} at the scores -2, -1, 0, 1, 2: its diagonal is "
        f"{', '.join(f'{value:.2f}' for value in np.diag(j))}."
    )
    return Figure(f"jacobian-{name}", words, draw)


def row_sums() -> Figure:
    """The row sums of all variants against a common shift."""
    t = np.linspace(-8, 8, 161)
    rows = t[:, None] + np.array([0.0, 1.0, 2.0])
    names = ("softmax", "softmax_one", "softmax_n", "softmax_sink", "symax")
    settings: dict[str, dict[str, Any]] = {"softmax_n": {"n": 4.0}, "softmax_sink": {"sink": 3.0}}

    def draw(axes: list[Any]) -> None:
        for place, name in enumerate((*names, "self_adjust_normalized")):
            given = settings.get(name, {})
            label = " ".join([name, *(f"({k}={v:g})" for k, v in given.items())])
            _line(axes[0], t, golden(name, rows, **given).sum(axis=1), place, label)
        axes[0].set(xlabel="t, added to all scores", ylabel="row sum", ylim=(-0.03, 1.2))
        axes[0].legend(ncols=2, fontsize=7, loc="lower right")

    sums = golden("symax", rows).sum(axis=1)
    words = (
        "Row sums of (t, t+1, t+2) against t: softmax stays at 1; softmax_one, softmax_n and "
        "softmax_sink rise from 0 to 1, the later the larger their offset; symax falls to "
        f"{sums.min():.2f} at t = {t[sums.argmin()]:.3g}, where the scores are nearest 0, and "
        "rises on both sides; self_adjust_normalized rises from 0 to 1, but where there are "
        "scores of both signs it is level."
    )
    return Figure("row-sums", words, draw, size=(6.4, 3.6))


def largest_weight() -> Figure:
    """The largest weight against the length, below and above the critical s."""
    lengths = np.unique(np.geomspace(2, 10**5, 40).astype(int))
    gap = 2.0

    def weights(name: str, **params: Any) -> list[float]:
        # A row with one score `gap` above all others: its largest weight in closed form would be
        # 1/(1 + (n-1) e^(-c gap)); here the golden function computes it.
        rows = (np.concatenate([[gap], np.zeros(n - 1)]) for n in lengths)
        return [float(golden(name, row, **params)[0]) for row in rows]

    def draw(axes: list[Any]) -> None:
        _line(axes[0], lengths, weights("softmax"), 0, "softmax")
        for place, s in enumerate((0.25, 0.5, 1.0), 1):
            critical = ", critical: s · gap = 1" if s * gap == 1 else ""
            _line(axes[0], lengths, weights("ssmax", s=s), place, f"ssmax, s = {s:g}{critical}")
        axes[0].set(xlabel="n", ylabel="largest weight", xscale="log", ylim=(-0.03, 1.03))
        axes[0].legend(fontsize=7)

    words = (
        "Largest weight of a row with one score 2 above all others, against its length: of softmax "
        "and of ssmax at s = 0.25 it falls to 0, at s = 1 it rises to 1, and at the critical "
        "s = 0.5, where s times the gap is 1, it tends to 1/2."
    )
    return Figure("largest-weight", words, draw, size=(6.4, 3.6))


def quiet() -> Figure:
    """Where softmax_one and symax are quiet."""
    t = np.linspace(-6, 6, 61)
    a, b = np.meshgrid(t, t)
    rows = np.stack([a, b], axis=-1)

    def draw(axes: list[Any]) -> None:
        for axis, name in zip(axes, ("softmax_one", "symax"), strict=True):
            levels = (0.1, 0.25, 0.5, 0.75, 0.9)
            sums = golden(name, rows).sum(axis=-1)
            styles = ["solid", "dashed", "dashdot", "dotted", "solid"]
            lines = axis.contour(a, b, sums, levels, colors=COLOURS[:5], linestyles=styles)
            axis.clabel(lines, fontsize=7)
            axis.set(xlabel="first score", ylabel="second score", title=f"row sum of {name}")
            axis.set_aspect("equal")

    words = (
        "Lines of equal row sum over the plane of two scores. softmax_one is quiet, with a row sum "
        "below 0.1, where both scores are below about -2; symax only in a diamond around the "
        "origin, where both are near 0."
    )
    return Figure("quiet", words, draw, panels=2, size=(7.4, 3.8))


def order() -> Figure:
    """Results against scores, where self_adjust does not keep the order."""
    x = np.linspace(-6, 1, 71)

    def draw(axes: list[Any]) -> None:
        for place, name in enumerate(("softmax", "self_adjust", "self_adjust_normalized")):
            _line(axes[0], x, golden(name, x), place, name)
        axes[0].axvline(-1, color=INK, linewidth=0.8)
        axes[0].annotate("x = -1", (-1, axes[0].get_ylim()[1]), fontsize=8, ha="right", va="top")
        axes[0].set(xlabel="score x, in one row of 71 from -6 to 1", ylabel="its result")
        axes[0].legend()

    words = (
        "Results of one row of 71 scores from -6 to 1: softmax and self_adjust_normalized rise "
        "with the score; self_adjust falls until x = -1 and rises after it, so it does not keep "
        "the order."
    )
    return Figure("order", words, draw, size=(6.4, 3.6))


def error() -> Figure:
    """Errors of libraries against the length, from what was measured."""
    subjects = json.loads(ACCURACY.read_text("utf-8"))["subjects"].values()
    chosen = (("torch", "softmax"), ("JAX", "nn.softmax"), ("SciPy", "special.softmax"),
              ("refsoft", "softmax (kernel)"))  # fmt: skip
    found = [next(s for s in subjects if (s["source"], s["name"]) == who) for who in chosen]

    def points(subject: Any, kind: str) -> list[tuple[int, float]]:
        curve = subject["formats"]["float32"]["curve"]
        return [(p["n"], float(p["ulp"])) for p in curve if p["rows"] == kind and p["ulp"]]

    def draw(axes: list[Any]) -> None:
        for axis, kind in zip(axes, ("normal", "wide"), strict=True):
            for place, subject in enumerate(found):
                n, ulp = zip(*points(subject, kind), strict=True)
                _line(axis, n, np.maximum(ulp, 0.3), place, subject["source"])
            axis.set(title=f"{kind} rows", xlabel="n", xscale="log", yscale="log")
        axes[0].set_ylabel("largest error in ULP")
        axes[0].legend()

    ends = ", ".join(
        f"{s['source']} {points(s, 'normal')[-1][1]:.3g} and {points(s, 'wide')[-1][1]:.3g}"
        for s in found
    )
    longest = max(n for n, _ in points(found[0], "normal"))
    words = (
        "Largest error in ULP of softmax in float32 against the length, in normal and in wide "
        f"rows; at n = {longest:,} {ends}."
    )
    return Figure("error", words, draw, panels=2, size=(7.4, 3.4))
