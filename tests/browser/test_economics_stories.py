"""What visitors do in the view of costs, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from browsing import Visit, headline, no_sideways, query, settled, shoot

A, B = "cloudmatrix-384", "gb200-nvl72"


@pytest.mark.parametrize(
    ("width", "dark", "locale"), [(1280, False, "en-US"), (1280, True, "en-US"), (390, True, "zh-CN")]
)
def test_the_view_fits_and_is_pictured(visit: Visit, pictures: Path, width: int, dark: bool, locale: str) -> None:
    page = visit("/economics", width=width, dark=dark, locale=locale)
    page.wait_for_selector(".st-key-chart_costs .marks")
    settled(page)
    assert page.locator("text=could not be drawn").count() == 0
    no_sideways(page)
    shoot(page, pictures, f"economics-{width}-{'dark' if dark else 'light'}-{locale[:2]}", whole=True)


def test_inner_mongolia_against_virginia(visit: Visit) -> None:
    page = visit("/economics")
    page.wait_for_selector(".st-key-chart_costs .marks")

    def put(system: str, words: str) -> None:
        box = page.locator(f".st-key-region_{system} input")
        box.click()
        box.fill(words)
        page.get_by_role("option", name=words, exact=False).first.click()

    put(A, "Inner Mongolia")
    page.wait_for_function("location.search.includes('cn-inner-mongolia')")
    put(B, "Virginia")
    page.wait_for_function("location.search.includes('us-virginia')")
    page.wait_for_function("document.querySelector('h1.pc-headline').innerText.includes('us-virginia')")
    settled(page)
    assert query(page)["at"] == [f"{A}@cn-inner-mongolia,{B}@us-virginia"]
    assert "100 MW feeds 106 of CloudMatrix 384, cn-inner-mongolia" in page.inner_text("body")
    again = visit(page.url)
    assert headline(again) == headline(page)
    again.locator(".st-key-strip_export button").first.click()
    with again.expect_download() as found:
        again.locator(".st-key-export_csv button").click()
    assert Path(found.value.path()).read_text(encoding="utf-8").startswith("quantity,unit,system,region,value,low,high")
