"""What mkdocs calls while it builds: pages are generated, markers filled, formulas rendered."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # mkdocs loads this file by its path alone

from docs.website import figures, matrix, mistakes, proofs, references, variants  # noqa: E402
from docs.website.markup import bars, mathml, raised  # noqa: E402
from refsoft import variants as catalogue  # noqa: E402

MARKER = re.compile(r"<!-- (figure|insert) ([\w-]+) -->")
CODE = re.compile(r"<!-- code (\S+) ?(\w*) -->")
FOLDER = re.compile(r"\]\((proofs|variants)\)")  # a link that a repository's viewer understands
PLAIN = ("bounds.md", "float.md", "sources.md")  # formulas that any viewer of text shows
FIGURE = re.compile(r"<!-- drawn ([\w-]+) -->")


def _adding() -> str:
    """How to add a variant, as CONTRIBUTING says it."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return text.partition("## Add a variant\n")[2].partition("\n## ")[0].strip()


def _start() -> str:
    """The first command of the README, which the gate runs."""
    text = (ROOT / "README.md").read_text("utf-8")
    return text.partition("<!-- check -->\n")[2].partition("\n\n")[0]


def _cards() -> str:
    """What the explorer knows of the variants."""
    cards = [
        {
            "name": name,
            "formula": variant.card.formula,
            "parameters": [{"name": p.name, "default": p.default} for p in variant.card.parameters],
        }
        for name, variant in catalogue.items()
    ]
    # A script is no place for a tag's bracket.
    text = json.dumps(cards).replace("<", "\\u003c")
    return f'<script type="application/json" id="cards">{text}</script>'


INSERTS: dict[str, Callable[[], str]] = {
    "matrix": matrix.matrix,
    "gradients": variants.gradients,
    "mistakes": mistakes.links,
    "start": _start,
    "references": references.table_of_references,
    "adding": _adding,
    "cards": _cards,
}


def generated() -> dict[str, str]:
    """Path and Markdown of every page that is generated whole."""
    pages = {f"variants/{name}.md": variants.page(v) for name, v in catalogue.items()}
    return {**pages, "variants/index.md": variants.index(), "proofs/index.md": proofs.index()}


def on_config(config: Any) -> Any:
    """Put every variant into the navigation."""
    sections = {title: entries for section in config.nav for title, entries in section.items()}
    sections["Variants"] += [{name: f"variants/{name}.md"} for name in catalogue]
    proved = {**{name: name for name in catalogue}, "Proofs of the rounding bounds": "rounding"}
    sections["Mathematics"][1:1] = [{of: f"proofs/{name}.md"} for of, name in proved.items()]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the generated pages."""
    for path, text in generated().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill the markers, and let a link to a folder lead to its page."""
    text = CODE.sub(_code, MARKER.sub(_filled, markdown))
    return FOLDER.sub(r"](\1/index.md)", bars(text))


def _filled(marker: re.Match[str]) -> str:
    # A figure is drawn into the page at the end: Markdown would read it as text.
    kind, name = marker.groups()
    return f"<!-- drawn {name} -->" if kind == "figure" else INSERTS[name]()


def _code(marker: re.Match[str]) -> str:
    """A file, or one function of it."""
    path, name = marker.groups()
    text = (ROOT / path).read_text("utf-8")
    if name:
        functions = [f for f in ast.parse(text).body if isinstance(f, ast.FunctionDef)]
        (text,) = (ast.get_source_segment(text, f) or "" for f in functions if f.name == name)
    return f"```python\n{text.strip()}\n```"


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Render the formulas and draw the figures."""
    if page.file.src_uri in PLAIN:
        html = raised(html)
    return FIGURE.sub(lambda marker: figures.inlined(marker[1]), mathml(html))
