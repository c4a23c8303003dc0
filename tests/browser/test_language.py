"""English and Brazilian Portuguese: by the browser's preference, until somebody chooses."""

import time

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.mocked import Catalog

DAY_MS = 86_400_000


def _two_days() -> Catalog:
    now = int(time.time() * 1000)
    return Catalog([now - 60_000, now - 400 * DAY_MS])


def test_the_browsers_preference_decides_and_dates_and_sizes_follow(visit: Visit) -> None:
    """Words, days, months and numbers are the reader's."""
    page = visit(prepare=_two_days().serve, locale="pt-BR", timezone_id="America/Sao_Paulo")
    expect(page.locator("html")).to_have_attribute("lang", "pt-BR")
    expect(page.get_by_role("button", name="Adicionar fotos")).to_be_visible()
    expect(page.locator("#count")).to_have_text("2 fotos")
    expect(page.locator(".day").first).to_have_text("Hoje")
    expect(page.locator(".day").nth(1)).to_contain_text(" de ")
    expect(page.get_by_role("slider", name="Mês")).to_be_visible()


def test_who_switches_has_it_from_then_on(visit: Visit) -> None:
    """Everything that is on show changes at once; a reload keeps it."""
    catalog = _two_days()
    catalog.without_preview = {catalog.ids[1]}
    catalog.types = {catalog.ids[1]: "image/heic"}
    page = visit(prepare=catalog.serve)
    expect(page.locator(".day").first).to_have_text("Today")
    expect(page.get_by_role("link", name="Open picture 2.jpg HEIC")).to_contain_text("HEIC")
    page.locator("#menu-button").click()
    page.get_by_label("Language").select_option("pt-BR")
    expect(page.get_by_role("heading", name="Configurações")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".day").first).to_have_text("Hoje")
    expect(page.get_by_role("link", name="Abrir picture 1.jpg")).to_be_visible()
    expect(page.get_by_role("link", name="Abrir picture 2.jpg HEIC")).to_contain_text("HEIC")
    page.reload()
    expect(page.locator(".day").first).to_have_text("Hoje")
