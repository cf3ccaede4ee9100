"""The view of costs: what systems cost and emit where they stand, and what a limit buys."""

from __future__ import annotations

import pytest
from viewing import html, link, text, viewed, widget

import calc
from ui.state import restore

A, B = "cloudmatrix-384", "gb200-nvl72"
FAILED = ("could not be drawn", "无法绘制")


def test_it_opens_with_cost_emissions_and_what_100_megawatts_feed() -> None:
    page = viewed("economics")
    said = text(page)
    found = calc.cost([A, B])
    assert calc.narrate.plain(calc.narrate_economics.headline(found)) in said
    assert "neither pays back the other" in said
    assert "100 MW feeds 442 of GB200 NVL72: 31,824 accelerators" in said
    assert "Price written off" in said or len(page.get("vega_lite_chart")) == 1
    assert "hosting" in said
    assert not any(one in said for one in FAILED)


def test_each_system_stands_where_it_is_put() -> None:
    page = viewed("economics")
    widget(page, "selectbox", f"region_{A}").set_value("cn-inner-mongolia").run()
    widget(page, "selectbox", f"region_{B}").set_value("us-virginia").run()
    assert link(page)["at"] == [f"{A}@cn-inner-mongolia,{B}@us-virginia"]
    said = text(page)
    found = calc.cost([f"{A}@cn-inner-mongolia", f"{B}@us-virginia"])
    assert calc.narrate.plain(calc.narrate_economics.headline(found)) in said
    again = viewed("economics", at=f"{A}@cn-inner-mongolia,{B}@us-virginia")
    assert text(again) == said
    widget(page, "selectbox", f"region_{A}").set_value("global").run()
    assert link(page)["at"] == [f"{B}@us-virginia"]


def test_a_budget_buys_and_too_little_says_so() -> None:
    page = viewed("economics")
    widget(page, "text_input", "cost_spend").set_value("1 GUSD").run()
    assert link(page)["spend"] == ["1 GUSD"]
    assert "buys 333 of GB200 NVL72" in text(page)
    widget(page, "text_input", "cost_spend").set_value("10 kW").run()
    assert "It is not enough for one GB200 NVL72." in text(page)
    widget(page, "text_input", "cost_spend").set_value("10 apples").run()
    assert "no unit 'apples'" in text(page)
    assert not any(one in text(page) for one in FAILED)


def test_assumptions_have_sources_and_can_be_set() -> None:
    page = viewed("economics")
    assert "uptimeinstitute.com" in html(page)
    widget(page, "text_input", "economics_line").set_value("hosting_price = 184 USD/kW/month").run()
    assert link(page)["set"] == ["hosting_price=184 USD/kW/month"]
    assert "buildings and hosting" not in text(page)
    widget(page, "text_input", "economics_line").set_value("pue = 0.5").run()
    assert "below 1" in text(page)
    widget(page, "button", "economics_reset").click().run()
    assert "set" not in link(page)


@pytest.mark.parametrize("query", [{"at": "nowhere@mars,,@"}, {"s": "dgx-b200"}, {"s": "none"}, {"spend": "x"}])
def test_what_cannot_be_had_is_said(query: dict[str, str]) -> None:
    assert not any(one in text(viewed("economics", **query)) for one in FAILED)


def test_a_system_without_a_price_says_so() -> None:
    assert "DGX B200 has no cost here: price: not published" in text(viewed("economics", s="dgx-b200"))


def test_it_speaks_chinese() -> None:
    said = text(viewed("economics", lang="zh"))
    assert "的成本是" not in said.partition("PFLOP/s·h")[0]
    assert "100 MW 可供 GB200 NVL72 442 个" in said
    assert "预算或电力上限能换来什么" in said
    assert not any(one in said for one in FAILED)


def test_a_link_with_no_such_region_says_so() -> None:
    state, lost = restore({"at": [f"{A}@cn-inner-mongola"]}, calc.library())
    assert [(one.what, one.hint) for one in lost] == [("region", f"{A}@cn-inner-mongolia")]
    assert not state.get("at")
