"""The view that follows models and hardware over time."""

from __future__ import annotations

import json

import pytest
from viewing import html, link, opened, text, viewed, widget

import calc
from calc import report_trends
from ui import moved
from ui.state import VIEW_KEYS, PageState, restore

FAILED = ("could not be drawn", "无法绘制")


def charts(page: object) -> int:
    return len(page.get("vega_lite_chart"))  # type: ignore[attr-defined]


def test_it_opens_with_rise_gap_slopes_and_interval() -> None:
    page = viewed("momentum")
    said = text(page)
    assert "the best US model rose 187 points and the best Chinese one 186; the gap went from 47 to 48 points" in said
    assert "+189 [+177, +201] points a year for the United States, +195 [+170, +218] for China" in said
    assert "November 2034 [September 2026, never]" in said
    assert "A straight line drawn on is not a forecast." in said
    assert charts(page) == 3
    assert not any(one in said for one in FAILED)


def test_every_section_stands_with_source_scale_and_caveats() -> None:
    said = text(viewed("momentum"))
    for words in (
        "Best model of each country", "raw scale, not from zero; band: 95 % interval",
        "United States less China, points, raw scale", "Level2034-112026-09 … never", "Smallest gap212025-02-07",
        "China behind, months, mean of 210 of 387 days4.0least and most 2.1 … 6.1",
        "Hardware beside it", "16-bit throughput per chip, TFLOP/s, log", "fboulnois (MPL-2.0)",
        "the slopes are 176 and 182", "Llama-4-Maverick-03-26-Experimental (2025-04-06) is left out",
        "Records: China: 3 points; a trend needs at least 8.", "no date of level",
        "No source at hand gives deployed compute",
    ):  # fmt: skip
        assert words in said


def test_open_weights_are_a_switch_and_in_the_link() -> None:
    page = viewed("momentum")
    widget(page, "button_group", "trend_weights").set_value("open").run()
    assert link(page)["weights"] == ["open"]
    said = text(page)
    assert "Best open-weight model of each country" in said
    assert "from 30 points for the United States to 69 points for China" in said
    assert "China in the lead since2024-12-23" in said
    assert "Largest lead of China882025-03-01" in said
    widget(page, "button_group", "trend_weights").set_value("all").run()
    assert "weights" not in link(page)


def test_another_window_moves_the_words_and_the_link() -> None:
    page = viewed("momentum")
    widget(page, "button_group", "trend_window").set_value("2025-08..2026-07").run()
    assert link(page)["window"] == ["2025-08..2026-07"]
    said = text(page)
    assert "From August 2025 to July 2026" in said
    assert "leaves out some makers of China" in said
    widget(page, "selectbox", "trend_from").set_value("2025-01").run()
    widget(page, "selectbox", "trend_to").set_value("2025-07").run()
    assert link(page)["window"] == ["2025-01..2025-07"]
    assert "a slope needs at least 8. Widen it." in text(page)


def test_another_scale_forgets_the_window_of_the_first() -> None:
    page = viewed("momentum", window="2025-01..2025-07")
    widget(page, "button_group", "trend_board").set_value("style").run()
    assert link(page)["board"] == ["style"]
    assert "window" not in link(page)
    assert "scale with style control" in text(page)


def test_a_window_over_two_sources_is_refused_in_words() -> None:
    page = viewed("momentum", window="all")
    said = text(page)
    assert "The two countries cannot be compared over this window" in said
    assert "scores of the two cannot be compared" in said
    assert "Nothing can be drawn over this window" in said
    assert "2034" not in said
    assert charts(page) == 1


def test_hardware_is_picked_and_prices_are_refused() -> None:
    page = viewed("momentum")
    widget(page, "selectbox", "grow_quantity").set_value("hbm.capacity").run()
    widget(page, "selectbox", "grow_per").set_value("usd").run()
    assert (link(page)["grows"], link(page)["by"]) == (["hbm.capacity"], ["usd"])
    said = text(page)
    assert "chips with both the figure and a price; a trend needs at least 8." in said
    assert "Atlas 950: 24×" in said
    assert not any(one in said for one in FAILED)


@pytest.mark.parametrize("quantity", calc.trends_hardware.QUANTITIES)
@pytest.mark.parametrize("per", calc.trends_hardware.PER)
def test_every_figure_of_hardware_is_drawn(quantity: str, per: str) -> None:
    page = viewed("momentum", grows=quantity, by=per)
    assert charts(page) == 3
    assert not any(one in text(page) for one in FAILED)


def test_it_is_in_chinese_throughout() -> None:
    said = text(viewed("momentum", lang="zh"))
    assert "美国最佳模型上升 187 分，中国上升 186 分；差距由 47 分变为 48 分" in said
    assert "将于 2034 年 11 月相交 [2026 年 9 月，永不]" in said
    assert "2026-09 … 永不" in said
    assert "中国落后（月），387 天中 210 天的均值4.0最短与最长 2.1 … 6.1" in said
    for word in ("Slope", "window", "interval", "doubles"):
        assert word not in said
    assert not any(one in said for one in FAILED)


def test_the_view_is_in_the_navigation_and_its_names_in_the_link() -> None:
    assert set(moved.KEYS) <= set(VIEW_KEYS)
    assert not opened().exception
    state = PageState().put(weights="open", window="2024-09..2025-06", grows="hbm.bandwidth", by="watt")
    query = {key: [value] for key, value in state.view}
    assert restore(query, calc.library())[0].view == state.view


@pytest.mark.parametrize(
    ("given", "what", "hint"),
    [
        ({"weights": "closed"}, "setting", "all, open"),
        ({"board": "elo"}, "setting", "raw, style"),
        ({"window": "2025"}, "window", "'2025' is no window; write 2024-07..2025-07"),
        ({"window": "2025-07..2024-07"}, "window", "'2025-07..2024-07' ends before it starts"),
        ({"window": "soon..2025-07"}, "window", "'soon' is no date; write 2024-07-07, or 2024-07 for the month"),
        ({"grows": "hbm.capacty"}, "quantity", "hbm.capacity"),
        ({"by": "wat"}, "per", "watt"),
    ],
)
def test_what_a_link_cannot_restore_is_said(given: dict[str, str], what: str, hint: str) -> None:
    state, lost = restore({key: [value] for key, value in given.items()}, calc.library())
    assert [(one.what, one.hint) for one in lost] == [(what, hint)]
    assert state.view == ()


def test_a_window_without_snapshots_says_so() -> None:
    said = text(viewed("momentum", window="2020-01..2020-12"))
    assert "no snapshot from 2020-01-01 to 2020-12-31; there are some from 2024-07-07 to 2026-07-21" in said


def test_files_to_keep_have_source_and_licence() -> None:
    library = calc.library()
    found = calc.trends.models()
    held = report_trends.file(found, library, "csv").split("\n\n")
    assert "gap,2025-07-28,48.0,,,point," in held[0].splitlines()
    assert "MPL-2.0" in held[1]
    plain = json.loads(report_trends.file(found, library, "json"))
    assert plain["sources"][0]["licence"] == "MPL-2.0"
    assert plain["crossover"]["low"] == "2026-09"
    assert "https://github.com/fboulnois/llm-leaderboard-csv" in report_trends.file(found, library, "md")
    with pytest.raises(calc.UnknownNameError, match="no kind of file 'xls'"):
        report_trends.file(found, library, "xls")


def test_nothing_of_a_link_reaches_the_page_as_markup() -> None:
    assert "<script>" not in html(opened(window="<script>alert(1)</script>"))
