"""What visitors do in the views of one system, of what-ifs, roofs and specs, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browsing import Visit, headline, no_sideways, query, settled, shoot

import calc

A, B = "cloudmatrix-384", "gb200-nvl72"
CHIP = """\
kind: chip
name: Maker Chip <script>document.title='taken'</script>
vendor: Maker
country: US
checked: 2026-11-25
dies: {value: 1, source: nvidia-gb200-nvl72-page, confidence: datasheet}
flop_rate: {bf16: {dense: {value: 500 TFLOP/s, source: nvidia-gb200-nvl72-page, confidence: datasheet}}}
power: {value: 600 W, source: nvidia-gb200-nvl72-page, confidence: datasheet}
"""
SYSTEM = """\
kind: system
name: Maker Pod <img src=x onerror="document.title='taken'">
vendor: Maker
country: US
checked: 2026-11-25
chip: maker-chip
chips_per_node: {value: 8, source: nvidia-gb200-nvl72-page, confidence: datasheet}
nodes: {value: 4, source: nvidia-gb200-nvl72-page, confidence: datasheet}
"""


def says(page: Any, where: str, words: str) -> None:
    """Wait until some words stand somewhere: the address changes before the page does."""
    page.wait_for_function(
        "([where, words]) => document.querySelector(where)?.innerText.includes(words)", arg=[where, words]
    )


def linked(page: Any, words: str) -> None:
    page.wait_for_function(
        "words => decodeURIComponent(location.search.replaceAll('+', ' ')).includes(words)", arg=words
    )


def upload(page: Any, key: str, *files: tuple[str, bytes]) -> None:
    given = [{"name": name, "mimeType": "application/yaml", "buffer": data} for name, data in files]
    page.locator(f".st-key-{key} input[type=file]").set_input_files(given)
    settled(page)


@pytest.mark.parametrize(
    ("width", "dark", "locale"), [(1440, False, "en-US"), (1024, True, "zh-CN"), (390, True, "zh-CN")]
)
@pytest.mark.parametrize("view", ["system", "what-if", "roofline", "specs"])
def test_views_fit_and_are_pictured(
    visit: Visit, pictures: Path, view: str, width: int, dark: bool, locale: str
) -> None:
    page = visit(f"/{view}", width=width, height=900, dark=dark, locale=locale)
    page.wait_for_timeout(1500)
    assert page.locator("text=could not be drawn").count() == 0
    no_sideways(page)
    shoot(page, pictures, f"{view}-{width}-{'dark' if dark else 'light'}-{locale[:2]}", whole=True)


def test_a_system_is_drawn_and_another_one_chosen(visit: Visit) -> None:
    page = visit("/system")
    assert headline(page).startswith("CloudMatrix 384: 384 dual-die accelerators, 16 racks")
    assert page.locator(".pc-rack i").count() == 384 + 72
    page.wait_for_selector(".st-key-chart_flow canvas, .st-key-chart_flow svg")
    page.locator(".st-key-system_of button", has_text="GB200").click()
    linked(page, f"of={B}")
    says(page, "h1.pc-headline", "GB200 NVL72: 72")
    assert headline(page).startswith("GB200 NVL72: 72 dual-die accelerators, 1 rack")


def test_an_assumption_typed_is_shown_linked_and_undone(visit: Visit) -> None:
    page = visit("/what-if")
    assert headline(page).startswith("As adopted, CloudMatrix 384 needs 2.49×")
    page.locator("summary", has_text="more inputs").click()
    line = page.locator(".st-key-what_if_line input")
    line.fill("power.all_in = 9**9**9 kW")
    line.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert "is not a number and a unit" in page.inner_text("[role=alert]")
    line.fill("power.all_in = 559 kW")
    line.press("Enter")
    page.wait_for_url("**set=**")
    assert (
        headline(page) == "With 559 kW all-in, CloudMatrix 384 needs 2.32× the power per BF16 of GB200 NVL72, not 2.49×"
    )
    again = visit(page.url)
    assert headline(again) == headline(page)
    page.go_back()
    page.wait_for_function("!location.search.includes('set=')")
    says(page, "h1.pc-headline", "As adopted, ")


def test_a_slider_is_moved_by_keys(visit: Visit) -> None:
    page = visit("/what-if")
    thumb = page.locator(f".st-key-lever_{A}_power-all_in input[type=range]")
    thumb.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    linked(page, "set=")
    says(page, "h1.pc-headline", "all-in, CloudMatrix 384 needs")
    settled(page)


def test_scenarios_side_by_side_and_as_a_file(visit: Visit, tmp_path: Path) -> None:
    page = visit(f"/what-if?set={A}:power.all_in=300 kW")
    page.locator(".st-key-scenario_save button").first.click()
    page.locator(".st-key-scenario_name input").fill("Half power")
    page.locator(".st-key-scenario_name input").press("Enter")
    page.locator(".st-key-scenario_keep button").click()
    linked(page, "save=Half power")
    says(page, "table.pc-moved thead", "Half power")
    with page.expect_download() as found:
        page.locator(".st-key-scenario_download button").click()
    text = Path(found.value.path()).read_text(encoding="utf-8")
    assert "kind: scenario" in text
    other = visit("/what-if")
    other.locator(".st-key-scenario_load button").first.click()
    upload(other, "scenario_file", ("scenario.yaml", text.encode()))
    other.locator(".st-key-scenario_read button").click()
    linked(other, "set=")
    says(other, "h1.pc-headline", "With 300 kW all-in")


def test_roofs_are_chosen(visit: Visit) -> None:
    page = visit("/roofline")
    assert headline(page).startswith("CloudMatrix 384 is bound by compute from 244 FLOP on each byte of HBM")
    page.wait_for_selector(".st-key-chart_roofs canvas, .st-key-chart_roofs svg")
    page.locator(".st-key-roof_kinds button", has_text="scale-out").click()
    linked(page, "roofs=hbm,scale_up,scale_out")
    settled(page)
    page.locator(".st-key-roof_scale button", has_text="system").click()
    linked(page, "scale=system")
    says(page, "[data-testid=stMain]", "PFLOP/s of the whole system")


def test_a_broken_spec_is_shown_mended_and_compared(visit: Visit, pictures: Path) -> None:
    page = visit("/specs")
    upload(
        page,
        "bring_files",
        ("maker-chip.yaml", CHIP.replace("vendor", "vendr").encode()),
        ("maker-pod.yaml", SYSTEM.encode()),
    )
    page.locator(".st-key-bring_check button").click()
    page.wait_for_selector("ol.pc-faults")
    said = page.inner_text("ol.pc-faults")
    assert "maker-chip.yaml:3:1: vendr: no such key; did you mean 'vendor'?" in said
    assert "vendr: Maker\n^" in said
    assert "s" not in query(page)
    shoot(page, pictures, "specs-faults", whole=True)
    mended = visit("/specs")
    mended.locator(".st-key-bring_text textarea").fill(
        f"# file: maker-chip.yaml\n{CHIP}# file: maker-pod.yaml\n{SYSTEM}"
    )
    mended.locator(".st-key-bring_check button").click()
    linked(mended, "maker-pod")
    says(mended, "[data-testid=stMain]", "No faults. In the basket now: Maker Pod")
    mended.get_by_role("link", name="Compare").click()
    mended.wait_for_selector("table.pc-comparison")
    assert "Maker Pod" in mended.inner_text("table.pc-comparison thead")
    assert mended.title() != "taken"
    # Nobody else has it.
    other = visit(mended.url)
    assert "Could not restore: system ‘maker-pod’" in other.inner_text(".pc-broken")
    assert "Maker Pod" not in other.inner_text("table.pc-comparison thead")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("x.yaml", b"PK\x03\x04" + b"\x00" * 100, "is not text; a spec file is YAML in UTF-8"),
        ("x.yaml", bytes(range(256)), "is not text; a spec file is YAML in UTF-8"),
        ("x.yaml", b"a: " + b"1" * (3 << 19), "a spec file is at most 1,048,576"),
    ],
)
def test_what_is_no_spec_is_refused_and_the_basket_is_intact(visit: Visit, name: str, data: bytes, said: str) -> None:
    page = visit(f"/specs?s={A},{B},dgx-h100")
    upload(page, "bring_files", (name, data))
    page.locator(".st-key-bring_check button").click()
    page.wait_for_selector("ol.pc-faults")
    assert said in page.inner_text("ol.pc-faults")
    assert query(page)["s"] == [f"{A},{B},dgx-h100"]


def test_ten_megabytes_are_refused_before_they_are_read(visit: Visit) -> None:
    page = visit("/specs")
    upload(page, "bring_files", ("x.yaml", b"a" * (10 << 20)))
    assert "must be 2.0MB or smaller" in page.inner_text(".st-key-bring_files")


def test_the_catalogue_is_filtered_by_typing(visit: Visit) -> None:
    page = visit("/specs")
    box = page.locator(".st-key-filter_vendor input")
    box.fill("Huawei")
    box.press("Enter")
    linked(page, "find=vendor:Huawei")
    library = calc.library()
    systems = library.ids("system")
    of_vendor = [one for one in systems if library.get("system", one).words["vendor"] == "Huawei"]
    assert 0 < len(of_vendor) < len(systems)
    says(page, ".st-key-filters_foot", f"{len(of_vendor)} of {len(systems)} shown")
    again = visit(page.url)
    assert again.locator(".st-key-filter_vendor input").input_value() == "Huawei"
