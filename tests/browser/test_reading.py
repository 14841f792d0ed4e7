"""What somebody who has never seen the site looks for, by the links they would take."""

from __future__ import annotations

from tests.helpers.opened import needs_chromium, needs_the_site

pytestmark = needs_the_site


@needs_chromium
class TestReading:
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
