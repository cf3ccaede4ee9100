"""What visitors do in the view of supply and rules, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from browsing import Visit, headline, no_sideways, query, settled, shoot


@pytest.mark.parametrize(
    ("width", "dark", "locale"), [(1280, False, "en-US"), (1024, True, "en-US"), (390, False, "zh-CN")]
)
def test_the_view_fits_and_is_pictured(visit: Visit, pictures: Path, width: int, dark: bool, locale: str) -> None:
    page = visit("/supply", width=width, dark=dark, locale=locale)
    page.wait_for_selector(".st-key-chart_rules .marks")
    settled(page)
    assert page.locator("text=could not be drawn").count() == 0
    no_sideways(page)
    shoot(page, pictures, f"supply-{width}-{'dark' if dark else 'light'}-{locale[:2]}", whole=True)


def test_a_shock_is_picked_and_the_answer_sent(visit: Visit, pictures: Path) -> None:
    page = visit("/supply")
    said = headline(page).replace("\N{NO-BREAK SPACE}", " ")
    assert said.startswith("30 % of the steps of CloudMatrix 384’s parts are done in CN")
    box = page.locator(".st-key-supply_cut input")
    box.click()
    box.fill("US design")
    page.get_by_role("option", name="US design tools", exact=True).click()
    page.wait_for_function("location.search.includes('cut=')")
    page.wait_for_function("document.querySelector('h1.pc-headline').innerText.includes('Without US design tools')")
    settled(page)
    page.keyboard.press("Escape")
    assert query(page)["cut"] == ["us-design-tools"]
    assert "GB200 NVL72 cannot be built" in headline(page)
    shoot(page, pictures, "supply-cut-light-en", whole=True)
    again = visit(page.url)
    assert headline(again) == headline(page)
    page.locator(".st-key-strip_export button").first.click()
    with page.expect_download() as found:
        page.locator(".st-key-export_country_png button").click()
    assert Path(found.value.path()).read_bytes().startswith(b"\x89PNG")
