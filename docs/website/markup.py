"""Markdown as the documents are written in it, and mathematics without a script."""

from __future__ import annotations

import html
import re

from markdown import Extension, Markdown
from markdown.inlinepatterns import HtmlInlineProcessor
from markdown.preprocessors import Preprocessor
from math_core import LatexError, LatexToMathML

# CommonMark's tags: <g,y> is text, not a tag.
ATTRIBUTE = r"""\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?"""
TAG = rf"(</?[A-Za-z][A-Za-z0-9-]*(?:{ATTRIBUTE})*\s*/?>|<!--(?:(?!-->).)*-->)"
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
DIRECTIVE = re.compile(r"^\.\. math::(.*(?:\n+[ \t]+\S.*)*)", re.MULTILINE)
FORMULA_ROLE = re.compile(r":math:`([^`]+)`")
ROLE = re.compile(r":(?:attr|class|func|meth|mod):(`[^`]+`)")
CODE = re.compile(r"`[^`\n]+`")
TAGS = re.compile(r"(<(?:code|pre)\b.*?</(?:code|pre)>|<[^>]*>)", re.DOTALL)
BELOW = re.compile(r"(?<![A-Za-z_]{2})(gap|[^\W\d_]\u0302?)_([A-Za-z]+|[α-ω\d])")
ABOVE = re.compile(r"\^(?:\{([^{}]*)\}|\(([^()]*)\)|([-−]?\d+|\w))")
INSIDE = r"\1\2\3"  # one of the three matched
DIGITS = re.compile(r"\d{25}")  # no line breaks in such a number: its formula is scrolled
FENCE = re.compile(r"^ *```")

_to_mathml = LatexToMathML(annotation=False)


def makeExtension() -> Extension:  # noqa: N802 - the name that Markdown looks for
    """The extension."""
    return _CommonTags()


class _CommonTags(Extension):  # type: ignore[misc]
    """Take for a tag what CommonMark takes for one."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        md.inlinePatterns.register(HtmlInlineProcessor(TAG, md), "html", 90)
        md.preprocessors.register(_Directives(md), "math-directive", 28)


class _Directives(Preprocessor):  # type: ignore[misc]
    """Take numpydoc's ``.. math::`` and its roles for what they are."""

    def run(self, lines: list[str]) -> list[str]:
        text = DIRECTIVE.sub(lambda found: f"\n$$\n{found[1].strip()}\n$$\n", "\n".join(lines))
        return ROLE.sub(r"\1", FORMULA_ROLE.sub(r"$\1$", text)).split("\n")


def mathml(page: str) -> str:
    """The page with every formula as MathML.

    Raises
    ------
    ValueError
        If a formula is not LaTeX that can be rendered.
    """
    return FORMULA.sub(_render, page)


def _render(found: re.Match[str]) -> str:
    tag, bracket, latex = found[1], found[2], html.unescape(found[3])
    rendered = render(latex, block=bracket == "[")
    if tag == "div" or DIGITS.search(latex):
        return f'<{tag} class="formula">{rendered}</{tag}>'
    return rendered


def render(latex: str, *, block: bool) -> str:
    """A formula as MathML.

    Examples
    --------
    >>> render("x_1", block=False)
    '<math><msub><mi>x</mi><mn>1</mn></msub></math>'
    """
    try:
        rendered: str = _to_mathml.convert_with_local_state(latex, displaystyle=block)
    except LatexError as error:
        raise ValueError(f"{latex!r} cannot be rendered: {error}") from error
    return rendered


def raised(page: str) -> str:
    """The page with `x_i` and `e^{x}` in its text as they are printed; not in its code.

    Examples
    --------
    >>> raised("<p>e^{hu} y_j, α_log, order_of_sums; <code>y_j</code></p>")
    '<p>e<sup>hu</sup> y<sub>j</sub>, α<sub>log</sub>, order_of_sums; <code>y_j</code></p>'
    """
    parts = TAGS.split(page)
    for place in range(0, len(parts), 2):
        lowered = BELOW.sub(r"\1<sub>\2</sub>", parts[place])
        parts[place] = ABOVE.sub(lambda found: f"<sup>{found.expand(INSIDE)}</sup>", lowered)
    return "".join(parts)


def bars(text: str) -> str:
    r"""The text with `|` in the code of tables, where it is written `\|`.

    Examples
    --------
    >>> print(bars(r"| `--to [a\|b]` | sizes \|x\| |"))
    | `--to [a|b]` | sizes \|x\| |
    """
    lines, fenced = [], False
    for line in text.split("\n"):
        fenced ^= bool(FENCE.match(line))
        row = line.startswith("|") and not fenced
        lines.append(CODE.sub(lambda code: code[0].replace(r"\|", "|"), line) if row else line)
    return "\n".join(lines)
