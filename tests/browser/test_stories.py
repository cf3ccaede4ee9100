"""What visitors do, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browsing import Visit, headline, no_sideways, query, settled, shoot

A, B = "cloudmatrix-384", "gb200-nvl72"


def row(page: Any, quantity: str) -> Any:
    return page.locator(f'tr[data-quantity="{quantity}"]')


def pick(page: Any, quantity: str) -> None:
    row(page, quantity).locator("button").click()
    page.wait_for_selector(f'tr.pc-open[data-quantity="{quantity}"]')
    page.wait_for_selector(".st-key-side_head")
    settled(page)


def add(page: Any, *systems: str) -> None:
    page.get_by_role("button", name="＋ Add").click()
    for system in systems:
        page.locator(f".st-key-add_{system} button").click()
        page.wait_for_function("id => decodeURIComponent(location.search).includes(id)", arg=system)
        settled(page)
    page.keyboard.press("Escape")


def test_open_and_read(visit: Visit, pictures: Path) -> None:
    page = visit()
    assert headline(page).startswith("CloudMatrix 384 delivers 1.66× the dense BF16 of GB200 NVL72")
    assert row(page, "flop_rate").inner_text().split()[-3:] == ["300", "180", "1.66×"]
    page.wait_for_selector(".st-key-chart_ratios canvas, .st-key-chart_ratios svg")
    page.wait_for_selector(".st-key-chart_power canvas, .st-key-chart_power svg")
    no_sideways(page)
    shoot(page, pictures, "compare-light-en")


def test_whose_word_is_the_600_kw_in_one_press_without_scrolling(visit: Visit) -> None:
    page = visit()
    pick(page, "power.all_in")
    source = page.locator(".st-key-side a", has_text="SemiAnalysis").first
    box = source.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900
    assert source.get_attribute("href").startswith("https://")


def test_why_explain_and_switch_a_reading(visit: Visit, pictures: Path) -> None:
    page = visit()
    pick(page, "power_per_flop_rate")
    assert "1.870 × 1.330 = 2.486" in page.inner_text(".st-key-side")
    assert "specs/systems/cloudmatrix-384.yaml" in page.inner_text(".st-key-side")
    assert query(page)["why"] == ["power_per_flop_rate"]
    shoot(page, pictures, "why-light-en")
    page.locator(".st-key-readings label", has_text="559 kW").first.click()
    page.wait_for_url("**prefer=semianalysis-cm384-2025-04**")
    assert "3.9× the power" in headline(page)
    assert row(page, "power.all_in").inner_text().split()[-1] == "3.86×"
    assert "559" in row(page, "power.all_in").inner_text()
    pick(page, "power.all_in")
    page.locator(".st-key-side_close button").click()
    page.wait_for_selector(".st-key-chart_power")
    assert "why" not in query(page)
    again = visit(page.url)
    assert headline(again) == headline(page)
    assert row(again, "power.all_in").inner_text().split()[-1] == "3.86×"


def test_another_row_replaces_the_panel_and_the_same_one_closes_it(visit: Visit) -> None:
    page = visit()
    pick(page, "flop_rate")
    pick(page, "price")
    assert "Why price is 2.73×" in page.inner_text(".st-key-side_head")
    assert page.locator("tr.pc-open").count() == 1
    row(page, "price").locator("button").click()
    page.wait_for_selector(".st-key-chart_ratios")
    assert page.locator("tr.pc-open").count() == 0


def test_turning_the_baseline_turns_every_ratio_and_bar(visit: Visit) -> None:
    page = visit()
    bars = "[...document.querySelectorAll('tr[data-quantity]')].map(r => [r.dataset.quantity, r.querySelector('.pc-bar i')?.className])"
    before = dict(page.evaluate(bars))
    page.locator(".st-key-strip_base button", has_text="CloudMatrix 384").click()
    page.wait_for_url(f"**base={A}**")
    assert headline(page).startswith("GB200 NVL72 delivers 0.60× the dense BF16 of CloudMatrix 384")
    after = dict(page.evaluate(bars))
    for quantity, kind in before.items():
        if kind and "pc-for" in kind:
            assert "pc-against" in after[quantity]
        if kind and "pc-against" in kind:
            assert "pc-for" in after[quantity]


def test_colours_stay_when_systems_come_and_go(visit: Visit, pictures: Path) -> None:
    page = visit()
    add(page, "gb300-nvl72", "dgx-h100", "mi300x-platform", "tpu-v5p-pod")
    slots = "Object.fromEntries([...document.querySelectorAll('thead th.pc-system')].map(h => [h.innerText.split('\\n')[0].slice(1).trim(), h.querySelector('.pc-swatch').className]))"
    before = page.evaluate(slots)
    assert len(before) == 6
    shoot(page, pictures, "six-systems-light-en")
    no_sideways(page)
    page.get_by_role("button", name="＋ Add").click()
    page.locator(f".st-key-add_{A} button").click()
    page.wait_for_function("document.querySelectorAll('thead th.pc-system').length === 5")
    after = page.evaluate(slots)
    assert after == {name: slot for name, slot in before.items() if not name.startswith("CloudMatrix")}


def test_back_forward_and_reload(visit: Visit) -> None:
    page = visit()
    first = headline(page)
    add(page, "dgx-h100")
    second = headline(page)
    assert first != second
    page.go_back()
    page.wait_for_function("!location.search")
    page.wait_for_function("document.querySelectorAll('thead th.pc-system').length === 2")
    assert headline(page) == first
    page.go_forward()
    page.wait_for_function("document.querySelectorAll('thead th.pc-system').length === 3")
    assert headline(page) == second
    page.reload()
    page.wait_for_selector("h1.pc-headline")
    assert headline(page) == second


def _back(page: Any, there: Callable[[], bool]) -> None:
    """Back in the history; where the script answers late, Streamlit keeps a view's bare address there too."""
    for _ in range(2):
        page.go_back()
        settled(page)
        if there():
            return


def test_the_basket_survives_the_other_views(visit: Visit) -> None:
    page = visit()
    add(page, "dgx-h100")
    page.get_by_role("link", name="System", exact=True).first.click()
    page.wait_for_url("**/system**")
    settled(page)
    assert query(page)["s"] == [f"{A},{B},dgx-h100"]
    page.get_by_role("link", name="Compare", exact=True).first.click()
    page.wait_for_function("document.querySelectorAll('thead th.pc-system').length === 3")
    _back(page, lambda: "/system" in page.url)
    page.wait_for_url("**/system**")
    _back(page, lambda: "/system" not in page.url)
    page.wait_for_function("document.querySelectorAll('thead th.pc-system').length === 3")


def test_a_shared_link_shows_the_same_in_another_browser(visit: Visit) -> None:
    page = visit("/?v=1&per=chip&sparse=1&p=fp8&s=,gb200-nvl72,gb300-nvl72&set=pue%3D1.2&iec=1")
    page.get_by_role("button", name="Share").click()
    link = page.get_by_test_id("stDialog").locator("code").inner_text().strip()
    assert link.startswith("http://127.0.0.1")
    other = visit(link)
    assert headline(other) == headline(page)
    assert other.inner_text("table.pc-comparison") == page.inner_text("table.pc-comparison")


def test_language_follows_the_browser_and_can_be_switched(visit: Visit, pictures: Path) -> None:
    page = visit(locale="zh-CN")
    assert headline(page).startswith("CloudMatrix 384 的稠密 BF16 算力是 GB200 NVL72 的 1.66 倍")
    assert "导出" in page.inner_text(".st-key-strip")
    shoot(page, pictures, "compare-light-zh")
    page.locator(".st-key-strip_language button").click()
    page.wait_for_url("**lang=en**")
    assert "delivers" in headline(page)


def test_dark(visit: Visit, pictures: Path) -> None:
    page = visit("/?v=1&why=power_per_flop_rate", dark=True, locale="zh-CN")
    ground = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    ink = page.evaluate("getComputedStyle(document.querySelector('h1.pc-headline')).color")
    assert (ground, ink) == ("rgb(22, 24, 27)", "rgb(232, 230, 225)")
    shoot(page, pictures, "why-dark-zh")


@pytest.mark.parametrize("width", [390, 640, 800, 1024, 1280])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_no_width_scrolls_sideways(visit: Visit, pictures: Path, width: int, locale: str) -> None:
    page = visit(width=width, height=844, locale=locale)
    no_sideways(page)
    shoot(page, pictures, f"compare-{width}-{locale[:2]}")
    if width >= 1280:
        tops = page.evaluate(
            "[...document.querySelectorAll('.st-key-strip button')].map(b => Math.round(b.getBoundingClientRect().bottom))"
        )
        assert len(set(tops)) == 1, "the strip is one line"


def test_narrow_sheet_leaves_the_row_in_view_and_targets_are_large(visit: Visit, pictures: Path) -> None:
    page = visit(width=390, height=844, locale="zh-CN", dark=True)
    small = page.evaluate(
        "[...document.querySelectorAll('.st-key-strip button, table.pc-comparison button')]"
        ".map(b => [b.innerText, b.getBoundingClientRect().height]).filter(([, h]) => h && h < 39.5)"
    )
    assert small == []
    pick(page, "power_per_flop_rate")
    page.wait_for_timeout(400)
    row_box = row(page, "power_per_flop_rate").bounding_box()
    sheet = page.locator("[data-testid=stLayoutWrapper]:has(> .st-key-side)").bounding_box()
    assert row_box is not None
    assert sheet is not None
    assert sheet["height"] <= 0.72 * 844 + 1
    assert row_box["y"] > 0
    assert row_box["y"] + row_box["height"] <= sheet["y"] + 1
    no_sideways(page)
    shoot(page, pictures, "sheet-390-dark-zh")
    page.keyboard.press("Escape")
    page.wait_for_function("!document.querySelector('.st-key-side_head')")


def test_keyboard_alone(visit: Visit) -> None:
    page = visit()
    name = row(page, "power_per_flop_rate").locator("button")
    name.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".st-key-side_head")
    settled(page)
    assert name.get_attribute("aria-expanded") == "true"
    focused = "document.activeElement.dataset.quantity"
    assert page.evaluate(focused) == "power_per_flop_rate"
    page.locator(".st-key-side_close button").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".st-key-chart_ratios")
    page.wait_for_function(f"{focused} === 'power_per_flop_rate'")
    page.keyboard.press("Enter")
    page.wait_for_selector(".st-key-side_head")
    page.keyboard.press("Escape")
    page.wait_for_selector(".st-key-chart_ratios")


def test_readers_hear_unit_values_confidence_and_ratio(visit: Visit) -> None:
    page = visit()
    said = page.locator("table.pc-comparison").aria_snapshot()
    start = said.index('rowheader "BF16 throughput')
    heard = [
        line.strip(" -") for line in said[start : said.index("Accelerators", start)].splitlines() if "cell" in line
    ]
    assert heard[:5] == ['cell "PFLOP/s"', 'cell "300 estimated":', 'cell "180 reported":', 'cell "1.66×"'][:5]
    assert page.locator("table.pc-comparison caption").count() == 1
    assert page.locator("table.pc-comparison thead th:not([scope])").count() == 0


@pytest.mark.parametrize(
    ("kind", "start"), [("csv", "quantity,label,"), ("json", "{"), ("md", "CloudMatrix 384, GB200 NVL72")]
)
def test_exports(visit: Visit, kind: str, start: str) -> None:
    page = visit()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as waiting:
        page.locator(f".st-key-export_{kind} button").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert text.startswith(start)
    assert "semianalysis-cm384-2026" in text
    if kind == "json":
        assert json.loads(text)["schema"] == "podcalc.compare/1"


@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG"), ("svg", b"<svg")])
def test_chart_exports(visit: Visit, kind: str, start: bytes) -> None:
    page = visit()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as waiting:
        page.locator(f".st-key-export_ratios_{kind} button").click()
    assert Path(waiting.value.path()).read_bytes().startswith(start)


@pytest.mark.parametrize(
    "path",
    [
        "/?v=1&s=cloudmatrix-384,gb200-nvl27&p=zz",
        "/?s=" + ",".join(f"x{i}" for i in range(200)),
        "/?set=" + "9**9**9" * 20,
        "/?why=%3Cscript%3Ealert(1)%3C/script%3E&base=%00&per=%F0%9F%92%A9",
        "/?v=2&lang=xx&prefer=,,,&set==&set=a:b=c",
    ],
)
def test_garbage_in_a_link_is_a_sentence_and_the_page_lives(visit: Visit, path: str) -> None:
    page = visit(path)
    assert page.inner_text("p.pc-broken").startswith("Could not restore: ")
    settled(page)
    page.get_by_role("button", name="＋ Add").click()
    settled(page)
    page.locator(".st-key-add_dgx-h100 button").click()
    page.wait_for_function("decodeURIComponent(location.search).includes('dgx-h100')")
    page.wait_for_selector("p.pc-broken", state="detached")
