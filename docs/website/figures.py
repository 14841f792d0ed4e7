"""Every figure of the site, as SVG in docs/figures that takes the colours of the page.

``python -m docs.website.figures`` draws them; with ``--check`` it fails where they differ.
"""

from __future__ import annotations

import html
import io
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from docs.website import plots
from docs.website.plots import INK, Figure
from refsoft import variants

DOCS = Path(__file__).parents[1]
OF_VARIANT = (plots.against_one_score, plots.against_a_shift, plots.jacobian)
# The larger figures that speak of a variant.
ALSO = {
    "softmax": "largest-weight",
    "softmax_one": "quiet",
    "symax": "quiet",
    "ssmax": "largest-weight",
    "self_adjust": "order",
    "self_adjust_normalized": "order",
}
SHARED = (plots.row_sums, plots.largest_weight, plots.quiet, plots.order, plots.error)
STYLE: dict[str, Any] = {
    "svg.fonttype": "path",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 9,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.grid": True,
    "grid.linewidth": 0.4,
    "grid.color": "#999999",
    "legend.frameon": False,
    "legend.fontsize": 8,
}


@cache
def everything() -> dict[str, Figure]:
    """The figures by name."""
    own = [make(name) for name in variants for make in OF_VARIANT]
    return {figure.name: figure for figure in [*own, *(make() for make in SHARED)]}


def of_variant(name: str) -> list[str]:
    """The names of the figures that every variant has."""
    return [f"{kind}-{name}" for kind in ("one-score", "shift", "jacobian")]


def path(figure: Figure) -> Path:
    """Where it lies."""
    return DOCS / "figures" / f"{figure.name}.svg"


def svg(figure: Figure) -> str:
    """The figure as SVG: the same bytes on every machine with the same matplotlib."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as Canvas

    settings: Any = STYLE | {"svg.hashsalt": figure.name}
    with mpl.rc_context(settings):
        canvas = Canvas(figsize=figure.size, layout="constrained")
        canvas.patch.set_alpha(0)
        axes = canvas.subplots(1, figure.panels, squeeze=False)[0]
        for axis in axes:
            axis.patch.set_alpha(0)
        figure.draw(list(axes))
        text = io.StringIO()
        canvas.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def inlined(name: str) -> str:
    """The figure as a part of a page: in the page's own ink, its words for who cannot see it."""
    figure = everything()[name]
    drawn = path(figure).read_text("utf-8")
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn[drawn.index("<svg") :], flags=re.DOTALL)
    # Ids are unique on a page that shows several figures.
    drawn = re.sub(r'(id="|href="#|url\(#)', rf"\1{name}-", drawn).replace(INK, "currentColor")
    words = html.escape(figure.alternative)
    drawn = drawn.replace("<svg ", f'<svg role="img" aria-label="{words}" ', 1)
    # The larger ones say to everybody what they show.
    wide = figure.size[0] > 5
    caption = f'<figcaption aria-hidden="true">{words}</figcaption>' if wide else ""
    return f'<figure class="plot">{drawn}{caption}</figure>'


def _changed() -> Iterator[tuple[Path, str]]:
    for figure in everything().values():
        drawn = svg(figure)
        if not path(figure).is_file() or path(figure).read_text("utf-8") != drawn:
            yield path(figure), drawn


def main(arguments: list[str]) -> int:
    """Draw what has changed, or say with ``--check`` what has."""
    changed = list(_changed())
    for place, drawn in changed:
        if "--check" in arguments:
            print(f"{place.relative_to(DOCS.parent)} differs from what is drawn now")
        else:
            place.write_text(drawn, "utf-8")
    return int("--check" in arguments and bool(changed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
