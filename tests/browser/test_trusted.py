"""Trusted Types: text becomes markup or a worker only if it is the page's own."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.uploads import expect_added
from tests.support.gallery import Gallery

SINKS = {
    "innerHTML": "() => { document.querySelector('#grid').innerHTML = '<b>foreign</b>' }",
    "outerHTML": "() => { document.querySelector('#grid').outerHTML = '<b>foreign</b>' }",
    "insertAdjacentHTML": "() => document.body.insertAdjacentHTML('beforeend', '<b>foreign</b>')",
    "document.write": "() => document.write('<b>foreign</b>')",
    "DOMParser": "() => new DOMParser().parseFromString('<b>foreign</b>', 'text/html')",
    "script.src": "() => { document.createElement('script').src = '/zip/worker.js?foreign' }",
    "script.text": "() => { document.createElement('script').text = 'window.foreign = 1' }",
    "a worker from elsewhere": "() => new Worker('/zip/worker.js?foreign')",
    "a worker of text": "() => new Worker(URL.createObjectURL(new Blob(['1'])))",
    "a second policy": "() => trustedTypes.createPolicy('default', { createHTML: (text) => text })",
    "another policy": "() => trustedTypes.createPolicy('foreign', { createHTML: (text) => text })",
}


@pytest.mark.parametrize("sink", SINKS)
def test_foreign_text_is_refused(browser: Browser, gallery: Gallery, sink: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(gallery.url)
        expect(page.locator("#foot")).not_to_have_attribute("aria-busy", "true")
        # A test may evaluate text as a script itself; what that script does is under the policy.
        assert page.evaluate(f"() => {{ try {{ ({SINKS[sink]})() }} catch (error) {{ return error.name }} }}") == (
            "TypeError"
        )
        assert "foreign" not in page.content()


def test_the_page_s_own_workers_start_and_the_viewer_has_its_icons(
    browser: Browser, gallery: Gallery, photo: Path
) -> None:
    """Hashing, previews and the ZIP work as before, without a word about a violation."""
    with browser.new_context(locale="en-US", accept_downloads=True) as context:
        page = context.new_page()
        violations: list[str] = []
        page.expose_function("violated", lambda directive: violations.extend([directive]))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', (event) => violated(event.violatedDirective))"
        )
        page.goto(gallery.url)
        page.set_input_files("#file-input", photo)
        expect_added(page, 1)
        page.get_by_role("link", name=f"Open {photo.name}", exact=True).click()
        expect(page.locator(".pswp--open")).to_be_visible()
        buttons = page.locator(".pswp .pswp__button")
        assert buttons.count() >= 7
        assert buttons.evaluate_all("(all) => all.every((button) => button.querySelector('svg path, svg circle'))")
        expect(page.locator(".pswp__preloader svg path")).to_have_count(1)
        scope = "navigator.serviceWorker.register('/zip/worker.js', { scope: '/zip/' }).then(({ scope }) => scope)"
        assert page.evaluate(f"() => {scope}") == f"{gallery.url}/zip/"
        assert violations == []
