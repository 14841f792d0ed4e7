"""Tables in Markdown."""

from __future__ import annotations


def cell(text: str) -> str:
    """The text as a cell of a table."""
    return text.replace("|", r"\|").replace("\n", " ")


def formula(latex: str) -> str:
    r"""A formula as a part of a cell: without a bar, or a space before its end.

    Examples
    --------
    >>> print(formula(r"\|J\|_p \le |c|"))
    $\Vert J\Vert _p \le \vert c\vert$
    """
    barless = latex.replace(r"\|", r"\Vert ").replace("|", r"\vert ")
    return f"${barless.strip()}$"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"
