"""What visitors do in the views of training, serving and accuracy, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browsing import Visit, headline, no_sideways, query, settled, shoot

A, B = "cloudmatrix-384", "gb200-nvl72"


def says(page: Any, words: str, where: str = "h1.pc-headline") -> None:
    """Wait until some words stand somewhere: the address changes before the page does."""
    page.wait_for_function(
        "([where, words]) => document.querySelector(where)?.innerText.includes(words)", arg=[where, words]
    )


def pick(page: Any, key: str, words: str) -> None:
    """Choose from a list by typing what it is called."""
    box = page.locator(f".st-key-{key} input")
    box.click()
    box.fill(words)
    page.get_by_role("option", name=words, exact=True).click()


def fill(page: Any, key: str, words: str) -> None:
    box = page.locator(f".st-key-{key} input")
    box.fill(words)
    box.press("Enter")


@pytest.mark.parametrize(
    ("width", "dark", "locale"), [(1440, False, "en-US"), (1024, True, "zh-CN"), (390, True, "zh-CN")]
)
@pytest.mark.parametrize("view", ["train", "serve", "accuracy"])
def test_views_fit_and_are_pictured(
    visit: Visit, pictures: Path, view: str, width: int, dark: bool, locale: str
) -> None:
    page = visit(f"/{view}", width=width, height=900, dark=dark, locale=locale)
    page.wait_for_timeout(1500)
    assert page.locator("text=could not be drawn").count() == 0
    no_sideways(page)
    shoot(page, pictures, f"{view}-{width}-{'dark' if dark else 'light'}-{locale[:2]}", whole=True)


def test_a_model_and_a_limit_are_chosen_and_the_link_gives_the_same(visit: Visit) -> None:
    page = visit("/serve")
    assert headline(page).startswith("Serving DeepSeek R1 within 50 ms a token, one Ascend 910C decodes")
    page.wait_for_selector(".st-key-chart_rates canvas, .st-key-chart_rates svg")
    pick(page, "workload_m", "Llama 3.1 70B")
    says(page, "Serving Llama 3.1 70B")
    fill(page, "workload_limit", "30")
    says(page, "within 30 ms a token")
    settled(page)
    assert {key: query(page)[key] for key in ("m", "limit")} == {"m": ["llama-3.1-70b"], "limit": ["30"]}
    again = visit(page.url)
    assert headline(again) == headline(page)
    page.go_back()
    says(page, "within 50 ms a token")


def test_an_emptied_limit_is_none(visit: Visit) -> None:
    page = visit("/serve?limit=30")
    fill(page, "workload_limit", "")
    says(page, "Serving DeepSeek R1, one Ascend 910C")
    assert query(page)["limit"] == ["0"]


def test_a_refusal_stands_in_the_place_of_the_result(visit: Visit) -> None:
    page = visit(f"/train?s={A},{B},dgx-h100")
    says(page, "DGX H100: nothing fits: needs 818 GB per chip, where there are 80 GB", ".pc-refusal")
    fill(page, "workload_chips", "1024")
    page.wait_for_function("!document.querySelector('.pc-refusal')")
    says(page, "one H100 SXM")
    fill(page, "workload_chips", "")
    says(page, "DGX H100: nothing fits", ".pc-refusal")


def test_parts_of_a_mapping_are_given(visit: Visit) -> None:
    page = visit("/train")
    page.locator(".st-key-mapping_parts button").first.click()
    fill(page, "workload_fix_tp", "8")
    page.wait_for_function("location.search.includes('fix=tp')")
    says(page, "· 1", ".st-key-mapping_parts button")


def test_a_link_that_is_partly_broken(visit: Visit) -> None:
    page = visit("/serve?m=deepseek-r2&in=9**9")
    assert "model ‘deepseek-r2’ (did you mean DeepSeek R1?)" in page.inner_text(".pc-broken")
    assert headline(page).startswith("Serving DeepSeek R1")


def test_files_of_a_workload(visit: Visit) -> None:
    page = visit("/serve")
    page.locator(".st-key-strip_export button").first.click()
    with page.expect_download() as found:
        page.locator(f".st-key-export_{B}_csv button").click()
    assert Path(found.value.path()).read_text(encoding="utf-8").startswith("tp,dp,ep,")
    with page.expect_download() as found:
        page.locator(".st-key-export_rates_png button").click()
    assert Path(found.value.path()).read_bytes().startswith(b"\x89PNG")


def test_runs_of_another_kind(visit: Visit) -> None:
    page = visit("/accuracy")
    page.locator(".st-key-accuracy_runs button", has_text="collectives").click()
    page.wait_for_function("location.search.includes('runs=collectives')")
    settled(page)
    with page.expect_download() as found:
        page.locator(".st-key-accuracy_download button").click()
    assert Path(found.value.path()).read_text(encoding="utf-8").startswith("run_id,kind,source,")
