"""What visitors do in the view of ranges, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from browsing import Visit, headline, no_sideways, query, settled, shoot

A, B = "cloudmatrix-384", "gb200-nvl72"


@pytest.mark.parametrize(("width", "dark", "locale"), [(1024, False, "en-US"), (390, True, "zh-CN")])
def test_the_view_fits_and_is_pictured(visit: Visit, pictures: Path, width: int, dark: bool, locale: str) -> None:
    page = visit("/ranges", width=width, dark=dark, locale=locale)
    page.wait_for_selector(".st-key-chart_explorer .marks")
    assert page.locator("text=could not be drawn").count() == 0
    no_sideways(page)
    shoot(page, pictures, f"ranges-{width}-{'dark' if dark else 'light'}-{locale[:2]}", whole=True)


def test_another_quantity_and_axis_move_headline_map_and_link(visit: Visit, pictures: Path) -> None:
    page = visit("/ranges")
    assert headline(page).startswith(
        "CloudMatrix 384 needs 2.5× the power per BF16 of GB200 NVL72; 80\N{NO-BREAK SPACE}% of draws"
    )
    page.wait_for_selector(".st-key-chart_heat .marks")
    shoot(page, pictures, "ranges-light-en", whole=True)

    def pick(key: str, words: str) -> None:
        box = page.locator(f".st-key-{key} input")
        box.click()
        box.fill(words)
        page.get_by_role("option", name=words, exact=True).click()

    pick("plane_hx", "GB200 NVL72: BF16 per accelerator")
    page.wait_for_function("location.search.includes('hx=')")
    page.wait_for_function("document.body.innerText.includes('Across: GB200 NVL72: BF16 per accelerator')")
    pick("range_goal", "Price per BF16")
    page.wait_for_function("document.querySelector('h1.pc-headline').innerText.includes('price per BF16')")
    settled(page)
    held = query(page)
    assert held["hx"] == [f"{B}:chip.flop_rate"]
    assert held["goal"] == ["price_per_flop_rate"]
    assert "price per BF16" in page.inner_text(".pc-finding >> nth=0")
    again = visit(page.url)
    assert headline(again) == headline(page)
    page.locator("summary", has_text="The same as a study").click()
    with page.expect_download() as found:
        page.locator(".st-key-study_download button").click()
    text = Path(found.value.path()).read_text(encoding="utf-8")
    assert text.startswith("kind: study")
    assert f"{B}:chip.flop_rate" in text
