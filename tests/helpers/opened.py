"""Pages opened from files in chromium.

It is found as `chromium` on the path, or where CHROMIUM says.
"""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec

import pytest

NEEDED = ("mkdocs", "material", "mkdocstrings", "math_core", "playwright")
MISSING = [name for name in NEEDED if find_spec(name) is None]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")

needs_the_site = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(MISSING), reason=f"refsoft[docs] lacks {', '.join(MISSING)}"),
    pytest.mark.timeout(600),
]


class Opened:
    """A page with what it asked for and complained of."""

    def __init__(self, browser, address, width=1280, scheme="light"):
        self.asked, self.said = [], []
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        )
        self.page = context.new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("requestfailed", lambda request: self.said.append(f"failed: {request.url}"))
        self.page.on("console", lambda m: self.said.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(address)

    def close(self):
        self.page.context.close()
