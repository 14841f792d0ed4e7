"""Every page of the site, opened from its file, and how the site works."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

import refsoft as rs
from tests.helpers.opened import Opened, needs_chromium, needs_the_site

pytestmark = needs_the_site
README = Path(__file__).parents[2] / "README.md"
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


def test_it_is_built_strictly(pages):
    assert "index.html" in pages


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
            r"<!-- check -->\n```sh\n(.*)\n",
            README.read_text("utf-8"),
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
