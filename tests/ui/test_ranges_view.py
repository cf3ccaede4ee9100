"""The view of ranges: how sure a ratio is, what it hangs on, who is ahead where, and the same as a study."""

from __future__ import annotations

import pytest
from viewing import html, link, opened, text, viewed, widget

import calc
from calc.studies.study import read_study
from ui import ranged
from ui.state import VIEW_KEYS, PageState, restore

A, B = "cloudmatrix-384", "gb200-nvl72"
FAILED = ("could not be drawn", "无法绘制")


def charts(page: object) -> int:
    return len(page.get("vega_lite_chart"))  # type: ignore[attr-defined]


def test_it_opens_with_how_sure_the_ratio_is_and_what_it_hangs_on() -> None:
    page = viewed("ranges")
    said = text(page)
    assert (
        "CloudMatrix 384 needs 2.5× the power per BF16 of GB200 NVL72; 80\N{NO-BREAK SPACE}% of draws lie between 2.1× and 2.7×"
        in said
    )
    assert "GB200 NVL72 is ahead in every draw." in said
    assert calc.narrate.plain(calc.sensitivity([A, B], "power_per_flop_rate").sentence()) in said
    assert "figures were drawn from their ranges 4,096 times" in said
    assert charts(page) == 4
    assert not any(one in said for one in FAILED)


def test_every_section_stands_with_its_words() -> None:
    said = text(viewed("ranges"))
    for words in (
        "What it hangs on",
        "How sure each ratio is",
        "Who is ahead over two inputs",
        "GB200 NVL72 is ahead on power per BF16 over 90 % of this map, CloudMatrix 384 over the rest",
        "What would have to be true",
        "CloudMatrix 384 would equal GB200 NVL72 on power per BF16 if its all-in power were 241 kW instead of 600 kW",
        "500 … 650outside",
        "CloudMatrix 384 sits below the frontier",
        "dominated by ",
    ):
        assert words in said


def test_axes_are_picked_and_the_link_says_only_what_is_not_usual() -> None:
    page = viewed("ranges")
    assert widget(page, "selectbox", "plane_hx").value == f"{A}:chip.flop_rate"
    widget(page, "selectbox", "plane_hx").set_value(f"{B}:chip.flop_rate").run()
    assert link(page)["hx"] == [f"{B}:chip.flop_rate"]
    assert "Across: GB200 NVL72: BF16 per accelerator, PFLOP/s" in text(page)
    widget(page, "selectbox", "plane_hx").set_value(f"{A}:chip.flop_rate").run()
    assert "hx" not in link(page)


def test_an_axis_is_narrowed_and_the_link_holds_its_ends() -> None:
    page = viewed("ranges", hy=f"{A}:power.all_in=400 kW..700 kW")
    slider = widget(page, "slider", f"plane_hy_{A}:power.all_in")
    assert slider.value == pytest.approx((400.0, 700.0))
    assert "from: 400 kW" in page.code[0].value
    slider.set_value((300.0, 700.0)).run()
    assert link(page)["hy"] == [f"{A}:power.all_in=300 kW..700 kW"]
    slider = widget(page, "slider", f"plane_hy_{A}:power.all_in")
    slider.set_value((slider.min, slider.max)).run()
    assert "hy" not in link(page)


def test_ends_that_are_no_range_are_said(library: calc.Library) -> None:
    state, lost = restore({"hy": [f"{A}:power.all_in=5 GB..6 GB"]}, library)
    assert state == PageState()
    assert lost[0].what == "setting"
    assert "power" in lost[0].hint


def test_a_link_restores_the_view() -> None:
    page = viewed("ranges", goal="power.all_in", hx=f"{A}:nodes", hy=f"{B}:chip.power", fz="chip.hbm.capacity")
    assert widget(page, "selectbox", "range_goal").value == "power.all_in"
    assert widget(page, "selectbox", "plane_hx").value == f"{A}:nodes"
    assert widget(page, "selectbox", "plane_hy").value == f"{B}:chip.power"
    assert widget(page, "selectbox", "explorer_fz").value == "chip.hbm.capacity"
    said = text(page)
    assert "CloudMatrix 384 needs 4.1× the all-in power of GB200 NVL72" in said
    assert "Size: HBM per accelerator" in said


def test_a_broken_link_says_so_and_shows_the_rest(library: calc.Library) -> None:
    query = {
        "goal": ["flop_rat"],
        "hx": [f"{A}:nodez"],
        "hy": ["gb200-nvl27:chip.power"],
        "fx": ["nonsense"],
        "fz": ["chip.hbm.capacity"],
    }
    state, lost = restore(query, library)
    assert {(one.what, one.hint) for one in lost} == {
        ("quantity", "flop_rate"),
        ("input", f"{A}:nodes"),
        ("input", f"{B}:chip.power"),
        ("quantity", ""),
    }
    assert state == PageState().put(fz="chip.hbm.capacity")


def test_the_page_says_what_of_a_link_was_lost() -> None:
    said = text(opened(hx=f"{A}:nodez"))
    assert f"Could not restore: input ‘{A}:nodez’ (did you mean {A}:nodes?). The rest is as sent." in said


def test_every_name_is_one_that_a_link_keeps() -> None:
    assert set(ranged.KEYS) <= set(VIEW_KEYS)


def test_an_axis_leaves_with_its_system() -> None:
    state = PageState().join("dgx-h100").put(hx="dgx-h100:chip.power", fx="chip.power")
    assert state.leave("dgx-h100").view == (("fx", "chip.power"),)


def test_another_system_is_chosen_among_several() -> None:
    page = viewed("ranges", s=f"{A},{B},gb300-nvl72", goal="price_per_flop_rate")
    assert text(page).startswith("CloudMatrix 384 needs ")
    widget(page, "button_group", "range_of").set_value("gb300-nvl72").run()
    assert link(page)["of"] == ["gb300-nvl72"]
    assert text(page).startswith("GB300 NVL72 needs ")


def test_settings_of_the_page_count() -> None:
    said = text(viewed("ranges", set=[f"{A}:power.all_in=300 kW"]))
    assert "CloudMatrix 384 needs 1.24× the power per BF16 of GB200 NVL72" in said


def test_the_same_as_a_study_is_one_that_the_command_line_takes(library: calc.Library) -> None:
    page = viewed("ranges")
    codes = [one.value for one in page.code]
    assert codes[1] == "podcalc sweep study.yaml -o out/"
    study = read_study(codes[0], "study.yaml", library)
    assert (study.systems, study.baseline, study.quantities) == ((A,), B, ("power_per_flop_rate",))
    assert study.points == 3600
    assert widget(page, "download_button", "study_download").label == "Download as YAML"


def test_both_axes_the_same_is_said() -> None:
    said = text(viewed("ranges", hx=f"{A}:power.all_in"))
    assert "Both axes are the same input; choose two." in said
    assert "Two axes are the same quantity; choose others." in text(viewed("ranges", fy="chip.power"))


def test_where_no_figure_has_a_range_it_says_so() -> None:
    said = text(viewed("ranges", goal="scale_up.domain"))
    assert "CloudMatrix 384" in said
    assert "None of the figures behind this ratio has a range" in said
    assert "draws lie between" not in said


def test_one_system_alone_has_its_place_among_the_others() -> None:
    page = viewed("ranges", s=B)
    said = text(page)
    assert "GB200 NVL72 alone has no ratio" in said
    assert "Add another system to see ratios." in said
    assert charts(page) == 1
    assert not any(one in said for one in FAILED)


def test_an_empty_basket() -> None:
    page = viewed("ranges", s="none")
    assert "Add a system to see how sure its ratios are" in text(page)
    assert charts(page) == 0


def test_in_chinese() -> None:
    said = text(viewed("ranges", lang="zh"))
    assert "CloudMatrix 384 的每单位 BF16 算力功率是 GB200 NVL72 的 2.5 倍；80% 的抽样介于 2.1 与 2.7 倍之间" in said
    assert "图中 90% 的面积上 GB200 NVL72 的每单位 BF16 算力功率占优" in said
    assert "需要什么条件才能持平" in said


@pytest.mark.parametrize("goal", ["flop_rate", "price", "scale_up.domain", "power.all_in_per_chip"])
@pytest.mark.parametrize("pair", [f"{B},{A}", "dgx-h100,dgx-b200", "tpu-v5p-pod,trn2-ultraserver"])
def test_other_pairs_and_quantities_are_drawn(pair: str, goal: str) -> None:
    page = viewed("ranges", s=pair, goal=goal, p="fp8")
    said = html(page)
    assert not any(one in said for one in FAILED)


def test_names_of_specs_are_shown_as_they_are() -> None:
    assert "<script" not in html(viewed("ranges"))


def test_where_draws_fail_the_rest_of_the_page_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: object) -> None:
        raise ValueError

    monkeypatch.setattr("ui.cached.sensitivity", fail)
    page = viewed("ranges")
    said = text(page)
    assert "CloudMatrix 384 needs 2.5× the power per BF16 of GB200 NVL72" in said
    assert "This part could not be drawn" in said
    assert "Who is ahead over two inputs" in said
    assert charts(page) == 2
