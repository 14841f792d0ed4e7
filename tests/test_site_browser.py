"""The site, built strictly and opened from files in a browser.

Chromium is found as `chromium` on the path, or where CHROMIUM says.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import refsoft as rs

ROOT = Path(__file__).parents[1]
NEEDED = ("mkdocs", "material", "mkdocstrings", "math_core", "playwright")
MISSING = [name for name in NEEDED if find_spec(name) is None]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(MISSING), reason=f"refsoft[docs] lacks {', '.join(MISSING)}"),
    pytest.mark.timeout(600),
]
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as CONTRIBUTING says."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env=dict(os.environ, NO_MKDOCS_2_WARNING="1"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site):
    found = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    found.remove("404.html")  # for servers: its links start at their root
    assert len(found) > 35
    return found


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


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


@pytest.fixture
def opened(browser, site):
    held = []

    def opened(path, **how):
        file, _, place = path.partition("#")
        held.append(Opened(browser, f"{(site / file).as_uri()}#{place}", **how))
        return held[-1]

    yield opened
    for page in held:
        page.close()


LATEX = re.compile(r":math:|\\[A-Za-z({\[]|\$[^$\n]*[\\_^][^$\n]*\$|\$\$")
PLAIN = """() => {
  const copy = document.querySelector(".md-content").cloneNode(true);
  copy.querySelectorAll("pre, code, svg, script, style").forEach(e => e.remove());
  return copy.textContent;
}"""


@pytest.fixture(scope="module")
def seen(browser, site, pages):
    """What every page is like at 400 pixels, opened once each."""
    return {path: _looked_at(Opened(browser, (site / path).as_uri(), width=400)) for path in pages}


def _looked_at(shown):
    silent = "img:not([alt]), img[alt=''], .plot svg:not([aria-label])"
    found = SimpleNamespace(
        text=shown.page.evaluate(PLAIN) if shown.page.locator(".md-content").count() else "",
        width=shown.page.evaluate("document.documentElement.scrollWidth"),
        silent=shown.page.locator(silent).count(),
        formulas=shown.page.locator("math").count(),
        broken=shown.page.locator("math merror").count(),
        said=shown.said,
        asked=[url for url in shown.asked if not url.startswith(("file:", "data:"))],
    )
    shown.close()
    return found


@needs_chromium
class TestEveryPage:
    def test_it_asks_the_network_for_nothing_and_complains_of_nothing(self, seen):
        assert {path: s.asked for path, s in seen.items() if s.asked} == {}
        assert {path: s.said for path, s in seen.items() if s.said} == {}

    def test_no_latex_is_left(self, seen):
        left = {path: LATEX.findall(s.text) for path, s in seen.items()}
        assert {path: found for path, found in left.items() if found} == {}
        assert {path for path, s in seen.items() if s.broken} == set()

    def test_it_is_readable_at_400_pixels(self, seen):
        assert {path: s.width for path, s in seen.items() if s.width > 400} == {}

    @pytest.mark.parametrize("name", rs.variants)
    def test_a_proof_says_what_the_card_says_in_mathml(self, seen, name):
        proof = seen[f"proofs/{name}.html"]
        text = " ".join(proof.text.split())
        missing = [c.id for c in rs.variants[name].card.claims if c.statement not in text]
        assert missing == []
        assert proof.formulas > 100

    def test_every_image_and_every_figure_has_words(self, seen):
        assert {path for path, s in seen.items() if s.silent} == set()


BAD = """<!doctype html><title>bad</title><div class="md-content">
so $y_i = 1$ <img src="http://127.0.0.1:9/x.png"><p style="width: 900px">wide</p>
<math><merror>no</merror></math><script>nothing()</script></div>"""


@needs_chromium
def test_a_bad_page_would_be_seen(browser, tmp_path):
    path = tmp_path / "bad.html"
    path.write_text(BAD, encoding="utf-8")
    found = _looked_at(Opened(browser, path.as_uri(), width=400))
    assert set(found.asked) == {"http://127.0.0.1:9/x.png"}
    assert any("nothing is not defined" in words for words in found.said)
    assert LATEX.findall(found.text) == ["$y_i = 1$"]
    assert found.width > 400
    assert (found.silent, found.broken) == (1, 1)


def test_the_examples_of_the_markup_run():
    from docs.website import markup

    ran = doctest.testmod(markup)
    assert ran.attempted >= 2
    assert ran.failed == 0


def test_a_formula_that_is_none_fails_the_build():
    from docs.website import markup

    with pytest.raises(ValueError, match=r"nothing.* cannot be rendered"):
        markup.mathml(r'<span class="arithmatex">\(\nothing\)</span>')


@needs_chromium
class TestThese:
    def test_latex_that_is_left_would_be_seen(self):
        assert LATEX.search(r"so $y_i = 1$ is")
        assert LATEX.search(r"\frac{1}{2}")
        assert not LATEX.search("costs $5 and $6")

    @pytest.mark.parametrize("path", ["index.html", "variants/symax.html", "explorer.html"])
    def test_dark_is_dark_and_light_is_light(self, opened, path):
        for scheme, darker in (("dark", True), ("light", False)):
            page = opened(path, scheme=scheme).page
            ground, ink = (
                sum(map(int, re.findall(r"\d+", page.evaluate(script))[:3]))
                for script in (
                    "getComputedStyle(document.body).backgroundColor",
                    "getComputedStyle(document.querySelector('.md-content p')).color",
                )
            )
            assert (ground < ink) == darker
            assert abs(ground - ink) > 250

    def test_the_front_page_starts_as_the_readme_does(self, opened):
        command = re.search(
            r"<!-- check -->\n```sh\n(.*)\n", (ROOT / "README.md").read_text("utf-8")
        )
        shown = opened("index.html").page.locator("#start ~ * code").all_text_contents()
        assert [text.strip() for text in shown] == [command[1]]

    def test_the_search_works_from_a_file(self, opened):
        shown = opened("index.html")
        shown.page.keyboard.press("/")
        shown.page.keyboard.type("shift_invariant")
        shown.page.wait_for_selector(".md-search-result__link", timeout=20_000)
        assert shown.said == []

    def test_the_keyboard_reaches_the_content_and_scrolls_a_long_formula(self, opened):
        page = opened("proofs/ssmax.html", width=400).page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.classList.contains('md-skip')")
        page.locator("#hessian .headerlink").focus()
        reached = "document.activeElement.classList.contains('formula')"
        for _ in range(3):
            page.keyboard.press("Tab")
            if page.evaluate(reached):
                break
        page.keyboard.press("ArrowRight")
        page.wait_for_function(f"{reached} && document.activeElement.scrollLeft > 0")


SETTINGS = {
    "softmax": [{}, {"temperature": 0.5}],
    "log_softmax": [{}, {"temperature": 3.0}],
    "softmax_n": [{}, {"n": 0.0}, {"n": 4.5}],
    "softmax_sink": [{}, {"sink": -3.0}, {"sink": 8.0}],
    "symax": [{}, {"eta": 0.0, "p": 0.5}, {"eta": 2.0, "p": 3.0}],
    "ssmax": [{}, {"s": -0.5, "b": 1.0}],
}
ROWS = (
    [-2.0, -1.0, 0.0, 1.0, 2.0],
    [8.0],
    [-8.0, -7.5],
    [3.0, 3.0, -1.0],
    [0.0, 0.0],
    [0.5, 8.0, -8.0, -8.0],
)
# Both sides round about ten times, and their exponentials may differ in the last place.
CLOSE = 64 * np.finfo(np.float64).eps


@needs_chromium
class TestTheExplorer:
    @pytest.mark.parametrize("name", rs.variants)
    def test_its_functions_are_golden(self, opened, name):
        page, variant = opened("explorer.html").page, rs.variants[name].using("golden")
        for x in ROWS:
            for given in SETTINGS.get(name, [{}]):
                p = {q.name: q.default for q in variant.card.parameters} | given
                y = page.evaluate(f"([x, p]) => VARIANTS.{name}.y(x, p)", [x, p])
                j = page.evaluate(f"([x, p]) => VARIANTS.{name}.jacobian(x, p)", [x, p])
                expected = variant(x, **p), variant.jacobian(x, **p)
                for ours, golden in zip((np.array(y), np.array(j)), expected, strict=True):
                    scale = CLOSE * (1 + np.abs(golden).max())
                    np.testing.assert_allclose(ours, golden, rtol=CLOSE, atol=scale, err_msg=str(x))

    def test_the_keyboard_alone_works_it_and_it_shows_what_is_so(self, opened):
        shown = opened("explorer.html")
        page = shown.page
        page.focus("#variant")
        page.keyboard.type("softmax_s")
        for _ in range(3):  # the sink's slider, then the first score's and the second's
            page.keyboard.press("Tab")
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        expected = rs.softmax_sink.using("golden")([-2.0, -0.5, 0.0, 1.0, 2.0])
        bars = page.locator(".explorer-bar output")
        assert [float(text) for text in bars.all_text_contents()] == [round(y, 4) for y in expected]
        assert page.locator("[role=status]").text_content() == f"row sum: {expected.sum():.4f}"
        cells = page.locator(".explorer-jacobian td:not(:empty)").all_text_contents()
        jacobian = rs.softmax_sink.jacobian([-2.0, -0.5, 0.0, 1.0, 2.0])
        np.testing.assert_allclose([float(c) for c in cells], jacobian.ravel(), atol=0.0005)
        assert shown.said == []

    def test_a_shift_shows_that_softmax_one_is_not_shift_invariant(self, opened):
        page = opened("explorer.html#softmax_one").page
        before = page.locator("[role=status]").text_content()
        page.get_by_role("button", name="all + 1").click()
        assert page.locator("[role=status]").text_content() > before
        page.locator("#variant").select_option("softmax")
        assert page.locator("[role=status]").text_content() == "row sum: 1.0000"

    @pytest.mark.parametrize("name", rs.variants)
    def test_no_number_is_missing_wherever_the_sliders_go(self, opened, name):
        page = opened(f"explorer.html#{name}").page
        for end in ("Home", "End"):
            for slider in page.locator("input[type=range]").all():
                slider.press(end)
            assert "NaN" not in page.locator("#explorer-panel").text_content()


@needs_chromium
class TestReading:
    """What somebody who has never seen the site looks for, by the links they would take."""

    def follow(self, page, *links):
        for link in links:
            found = page.locator(".md-content").get_by_role("link", name=link, exact=True).first
            with page.expect_navigation():
                found.click()

    def test_the_bug_of_a_report(self, opened):
        page = opened("index.html").page
        self.follow(page, "From a report to the bug", "softmax_one")
        row = page.locator("tr", has_text="subtracts the maximum but leaves the 1 unscaled")
        row.first.scroll_into_view_if_needed()
        assert page.url.endswith("variants/softmax_one.html#known-mistakes")
        assert "x = (1, 2, 3)" in row.first.text_content()

    def test_whether_ssmax_is_shift_invariant_and_why(self, opened):
        page = opened("index.html").page
        self.follow(page, "The variants", "ssmax")
        row = page.locator("tr", has_text="shift_invariant")
        assert "proved" in row.text_content()
        with page.expect_navigation():
            row.get_by_role("link").click()
        assert page.url.endswith("proofs/ssmax.html#shift_invariant")

    def test_the_gradient_of_the_sink(self, opened):
        page = opened("index.html").page
        self.follow(page, "Gradients and training")
        assert page.locator("#the-gradient-of-a-sink").is_visible()
        self.follow(page, "proved")
        assert page.url.endswith("proofs/softmax_sink.html#gradient_sink")
