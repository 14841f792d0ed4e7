"""The explorer's functions are golden, and the keyboard works it."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from tests.helpers.opened import needs_chromium, needs_the_site

pytestmark = needs_the_site

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
