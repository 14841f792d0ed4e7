"""HTML as a tree of elements."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from refsoft.conformance.render import visible

Child = ET.Element | str


def element(
    tag: str, *children: Child | Mapping[str, str], class_: str = "", **attributes: str
) -> ET.Element:
    """An element with its children: elements, and text in which what is not printed is an escape.

    Attributes whose names are no Python names are given as a mapping.

    Examples
    --------
    >>> ET.tostring(element("p", "1 < 2, ", element("b", "so"), class_="law"))
    b'<p class="law">1 &lt; 2, <b>so</b></p>'
    """
    made = ET.Element(tag, {"class": class_} if class_ else {})
    last: ET.Element | None = None
    for child in children:
        if isinstance(child, ET.Element):
            made.append(child)
            last = child
        elif isinstance(child, str):
            text = visible(child)
            if last is None:
                made.text = (made.text or "") + text
            else:
                last.tail = (last.tail or "") + text
        else:
            attributes |= child
    for name, value in attributes.items():
        made.set(name, visible(value))
    return made
