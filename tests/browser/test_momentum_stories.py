"""What visitors do in the view that follows models and hardware over time, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from browsing import Visit, headline, no_sideways, query, settled, shoot


@pytest.mark.parametrize(
    ("width", "dark", "locale"),
    [
        (1440, False, "en-US"),
        (1440, True, "en-US"),
        (1440, False, "zh-CN"),
        (390, True, "zh-CN"),
        (390, False, "en-US"),
    ],
)
def test_the_view_fits_and_is_pictured(visit: Visit, pictures: Path, width: int, dark: bool, locale: str) -> None:
    page = visit("/momentum", width=width, dark=dark, locale=locale)
    for chart in ("frontiers", "gap", "hardware"):
        page.wait_for_selector(f".st-key-chart_{chart} .marks")
    assert page.locator("text=could not be drawn").count() == 0
    assert page.locator("text=无法绘制").count() == 0
    no_sideways(page)
    shoot(page, pictures, f"momentum-{width}-{'dark' if dark else 'light'}-{locale[:2]}", whole=True)


def test_open_weights_change_the_words_and_the_link_holds_them(visit: Visit, pictures: Path) -> None:
    page = visit("/momentum")
    assert headline(page).endswith("the gap went from 47 to 48 points")
    page.locator(".st-key-trend_weights button", has_text="open weights").click()
    page.wait_for_function("document.querySelector('h1.pc-headline').innerText.includes('open-weight')")
    settled(page)
    assert query(page)["weights"] == ["open"]
    page.wait_for_selector(".st-key-chart_gap .marks")
    shoot(page, pictures, "momentum-open", whole=True)
    again = visit(page.url)
    assert headline(again) == headline(page)


def test_a_window_over_two_scales_is_refused_in_words(visit: Visit, pictures: Path) -> None:
    page = visit("/momentum?window=all")
    assert headline(page) == "The two countries cannot be compared over this window"
    assert "scores of the two cannot be compared" in page.inner_text(".pc-standfirst")
    shoot(page, pictures, "momentum-refused", whole=True)


def test_table_and_charts_are_kept_as_files(visit: Visit) -> None:
    page = visit("/momentum?weights=open")
    page.wait_for_selector(".st-key-chart_gap .marks")
    page.locator(".st-key-strip_export button").first.click()
    for key, start in (("csv", b"measure,date,value"), ("gap_png", b"\x89PNG"), ("frontiers_svg", b"<svg")):
        with page.expect_download() as found:
            page.locator(f".st-key-export_{key} button").click()
        assert Path(found.value.path()).read_bytes().startswith(start)
