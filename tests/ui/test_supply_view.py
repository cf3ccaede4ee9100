"""The view of supply and rules: shares, single points, cuts, the best that remains, and the rules of the chips."""

from __future__ import annotations

import pytest
from viewing import link, opened, text, viewed, widget

import calc
from ui import supplied, supply_charts
from ui.state import PageState, restore

A, B = "cloudmatrix-384", "gb200-nvl72"
FAILED = ("could not be drawn", "无法绘制")


def test_it_opens_with_where_systems_are_made() -> None:
    page = viewed("supply")
    said = text(page)
    assert (
        "30 % of the steps of CloudMatrix 384’s parts are done in CN, 40 % unknown; 50 % of the steps of GB200 NVL72’s"
        in said
    )
    for words in ("By country", "By supplier", "Suppliers without an alternative", "Which can still be built"):
        assert words in said
    assert "TSMC" in said
    assert "not a forecast" in said
    assert "unknown 0 % (0–20 %)" in said
    assert "unknown 40 % (40–60 %)" in said
    assert "Even with nobody cut off, an unknown origin decides whether CloudMatrix 384 can be built" in said
    assert "This is not legal advice." in said
    assert len(page.get("vega_lite_chart")) == 3
    assert not any(one in said for one in FAILED)


def test_a_cut_is_picked_said_and_kept_in_the_link() -> None:
    page = viewed("supply")
    widget(page, "multiselect", "supply_cut").set_value(["tsmc"]).run()
    assert link(page)["cut"] == ["tsmc"]
    said = text(page)
    assert "Without tsmc: GB200 NVL72 cannot be built; an unknown origin decides for CloudMatrix 384" in said
    assert "nobody is left for the fabrication of GB200 GPU" in said
    assert "none for certain" in said
    again = viewed("supply", cut="tsmc", weight="parts")
    assert widget(again, "multiselect", "supply_cut").value == ["tsmc"]
    widget(again, "multiselect", "supply_cut").set_value([]).run()
    assert "cut" not in link(again)


def test_a_link_that_names_nobody_is_said(library: calc.Library) -> None:
    state, lost = restore({"cut": ["tmsc"], "weight": ["mass"]}, library)
    assert state == PageState()
    assert {(one.what, one.given, one.hint) for one in lost} >= {("input", "tmsc", "tsmc")}


@pytest.mark.parametrize("query", [{}, {"cut": "korea-hbm"}, {"weight": "power"}, {"s": "bow-pod64,wse-3,cs-3"}])
def test_it_is_whole_in_chinese(query: dict[str, str]) -> None:
    said = text(opened(lang="zh", **query)) + text(viewed("supply", lang="zh", **query))
    assert "供应商" in said
    assert not any(one in said for one in FAILED)


def test_an_empty_basket_says_so() -> None:
    assert "Add a system to see who makes it" in text(viewed("supply", s="none"))


@pytest.mark.parametrize("of", ["country", "supplier"])
def test_bars_fill_the_whole(library: calc.Library, of: str) -> None:
    found = supply_charts.found(PageState(), library)
    spec = supply_charts.bars(found, of, "en", "light")
    rows = [row for layer in spec["layer"][:2] for row in layer["data"]["values"]]
    for name in ("CloudMatrix 384", "GB200 NVL72"):
        assert max(row["r"] for row in rows if row["row"] == name) == pytest.approx(1.0)
    dashed = spec["layer"][1]
    assert dashed["mark"]["strokeDash"]
    assert {row["row"] for row in dashed["data"]["values"]} == {"CloudMatrix 384"}
    assert "40 … 60 %" in dashed["data"]["values"][0].values()


def test_points_and_lines_of_the_rules(library: calc.Library) -> None:
    state = PageState()
    drawn = supply_charts.controls(state, library)
    spec = supply_charts.rules(drawn, supply_charts.slots_of(state, library), "en", "light")
    assert spec
    assert len(spec["layer"][0]["data"]["values"]) == len(calc.export_control.LINES)
    assert [row["x"] for row in spec["layer"][1]["data"]["values"]] == [one.tpp for one in drawn]
    assert supply_charts.rules((), {}, "en", "light") is None


@pytest.mark.parametrize("kind", ["csv", "json", "md"])
def test_files(library: calc.Library, kind: str) -> None:
    assert "TSMC" in supply_charts.table(PageState(), library, B, kind)


@pytest.mark.parametrize("name", supply_charts.FIGURES)
def test_pictures(library: calc.Library, name: str) -> None:
    from ui import pictures

    drawing = supply_charts.FIGURES[name](PageState(), library, "zh", "light")
    assert drawing
    assert pictures.picture(drawing, "x", "png").startswith(b"\x89PNG")


def test_words_of_a_link() -> None:
    assert supplied.cuts(" tsmc, ,tsmc,KR") == ("tsmc", "KR")
