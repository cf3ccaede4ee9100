"""The home view's logic, run without a browser."""

from __future__ import annotations

import json
import re

import pytest
from streamlit.testing.v1 import AppTest
from viewing import html, link, opened, text, widget

import calc
from ui import cached
from ui.state import DEFAULT_BASKET, PageState
from ui.table import html_of

A, B = DEFAULT_BASKET


def table(page: AppTest) -> str:
    """The comparison's HTML, as its component is given it."""
    found = [block.proto for block in page.get("bidi_component")]
    assert found
    return str(json.loads(found[0].json)["html"])


def test_the_home_page_opens_with_the_pair() -> None:
    page = opened()
    assert not page.exception
    assert (
        "CloudMatrix 384 delivers 1.66× the dense BF16 of GB200 NVL72, with 5.3× the chips and 4.1× the power"
        in text(page)
    )
    assert "Nearly half of CloudMatrix 384’s power is unaccounted for" in text(page)
    assert "How many Ascend 910C equal one GB200 NVL72?" in text(page)
    assert "could not be drawn" not in text(page)
    assert link(page) == {}


def test_a_link_opens_the_panel_with_factors_tree_and_readings() -> None:
    page = opened(why="power_per_flop_rate")
    assert "Why power per BF16 is 2.49×" in text(page)
    assert "1.870 × 1.330 = 2.486" in text(page)
    assert "specs/systems/cloudmatrix-384.yaml:" in text(page)
    assert 'href="https://newsletter.semianalysis.com' in html(page)
    readings = widget(page, "radio", f"reading_{A}_power.all_in")
    assert [option.split("**")[1] for option in readings.options] == ["600 kW", "559 kW", "500 kW"]


def test_switching_a_reading_moves_headline_table_and_link() -> None:
    page = opened(why="power.all_in")
    widget(page, "radio", f"reading_{A}_power.all_in").set_value("semianalysis-cm384-2025-04")
    page.run()
    assert "3.9× the power" in text(page)
    assert "3.86×" in table(page)
    assert "559" in table(page)
    assert link(page)["prefer"] == ["semianalysis-cm384-2025-04"]
    again = opened(prefer="semianalysis-cm384-2025-04")
    assert "3.9× the power" in text(again)


def test_turning_the_baseline() -> None:
    page = opened()
    widget(page, "button_group", "strip_base").set_value(A)
    page.run()
    assert (
        "GB200 NVL72 delivers 0.60× the dense BF16 of CloudMatrix 384, with 0.19× the chips and 0.24× the power"
        in text(page)
    )
    assert link(page)["base"] == [A]


def test_adding_and_removing_systems_keeps_slots() -> None:
    page = opened()
    page.button(key="add_dgx-h100").click().run()
    page.button(key="add_gb300-nvl72").click().run()
    assert link(page)["s"] == [f"{A},{B},dgx-h100,gb300-nvl72"]
    assert "pc-slot-3" in table(page)
    page.button(key=f"add_{A}").click().run()
    assert link(page)["s"] == [f",{B},dgx-h100,gb300-nvl72"]
    assert "pc-slot-3" in table(page)
    assert "pc-slot-0" not in table(page)


def test_the_search_narrows_the_list_and_leaves_the_basket() -> None:
    page = opened()
    page.text_input(key="add_find").set_value("huawei").run()
    keys = [button.key for button in page.button if (button.key or "").startswith("add_")]
    assert f"add_{A}" in keys
    assert f"add_{B}" not in keys
    page.text_input(key="add_find").set_value("no such thing").run()
    assert any("No system matches; clear a filter." in caption.value for caption in page.caption)
    assert "GB200 NVL72" in text(page)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            {"s": f"{A},gb200-nvl27"},
            "Could not restore: system ‘gb200-nvl27’ (did you mean GB200 NVL72?). The rest is as sent.",
        ),
        ({"p": "bf61"}, "Could not restore: number format ‘bf61’ (did you mean bf16?)."),
        (
            {"set": "pue=9**9**9 kW"},
            "Could not restore: setting ‘pue=9**9**9 kW’ ('9**9**9 kW' is not a number and a unit;",
        ),
        ({"s": ",".join(f"x{i}" for i in range(200))}, "system ‘x3’; 196 more systems. The rest is as sent."),
        (
            {"s": "<script>alert(1)</script>"},
            "Could not restore: system ‘<script>alert(1)</script>’. The rest is as sent.",
        ),
        ({"base": "dgx-h100", "lang": "zh"}, "未能恢复：基准“dgx-h100”。其余与所发链接一致。"),
        ({"v": "99"}, "Could not restore: form ‘99’ of link."),
    ],
    ids=str,
)
def test_a_broken_link_says_what_and_shows_the_rest(query: dict[str, str], said: str) -> None:
    page = opened(**query)
    assert not page.exception
    assert said in text(page)
    assert "<script>" not in html(page)


def test_two_hundred_real_systems_are_capped_with_a_sentence() -> None:
    ids = calc.library().ids("system")
    page = opened(s=",".join(ids * 20))
    assert f"{len(ids) - 8} systems beyond the 8 that fit" in text(page)


def test_an_empty_basket_offers_pairs() -> None:
    page = opened(s="none")
    assert "Add a system to compare" in text(page)
    page.button(key="pair_gb300-nvl72_gb200-nvl72").click().run()
    assert "GB300 NVL72" in text(page)
    assert link(page)["s"] == [",gb200-nvl72,gb300-nvl72"]


def test_one_system_has_no_ratios_and_says_how_to_get_them() -> None:
    page = opened(s="dgx-h100")
    assert not page.exception
    assert "Add another system to see ratios." in text(page)
    assert "pc-ratio" not in table(page)
    assert "No ratio to draw" in text(page)


def test_a_missing_number_format_is_a_sentence() -> None:
    page = opened(p="fp8")
    assert "CloudMatrix 384 has no dense FP8 rate, so the two cannot be compared on it" in text(page)
    assert not page.exception


def test_chinese_throughout() -> None:
    page = opened(lang="zh", why="power.all_in")
    assert "CloudMatrix 384 的稠密 BF16 算力是 GB200 NVL72 的 1.66 倍" in text(page)
    assert "互相矛盾的读数" in text(page)
    assert "纵向互联带宽" in table(page)
    page.button(key="strip_language").click().run()
    assert "delivers" in text(page)


def test_options_are_counted_and_reach_the_page() -> None:
    page = opened(iec="1", diff="1", set="pue=1.2")
    assert "TiB" in table(page)
    assert page.text_input(key="option_pue").value == "1.2"
    page.text_input(key="option_pue").set_value("9**9**9").run()
    assert "a number is not an expression" in text(page)
    assert link(page)["set"] == ["pue=1.2"]
    page.text_input(key="option_pue").set_value("").run()
    assert link(page) == {"v": ["1"], "iec": ["1"], "diff": ["1"]}


def test_rows_beyond_the_main_ones_are_a_press_away() -> None:
    page = opened()
    assert "Switch chips" not in table(page)
    page.button(key="every_row").click().run()
    assert "Switch chips" in table(page)
    assert "Not known for any of them: Price per accelerator." in text(page)
    assert link(page)["rows"] == ["1"]


def test_announced_systems_are_on_the_chart_only_from_the_basket() -> None:
    said = "Announced, so not shown unless in the basket:"
    assert f"{said} Atlas 950, Atlas 960, Vera Rubin NVL72." in text(opened())
    assert f"{said} Atlas 960, Vera Rubin NVL72." in text(opened(s="atlas-950-superpod,gb200-nvl72"))


def test_axes_of_the_frontier() -> None:
    page = opened(x="power.all_in", y="power.all_in")
    assert "Both axes are the same quantity; choose two." in text(page)
    page.selectbox(key="axis_y").set_value("flop_rate").run()
    assert re.search("BF16 throughput, [PE]FLOP/s, up, against Power, all-in, [kM]W, across", text(page))
    assert link(page)["y"] == ["flop_rate"]


def test_a_fault_in_one_section_leaves_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(cached, "breakdown", broken)
    page = opened()
    assert not page.exception
    assert "This part could not be drawn (" in text(page)
    assert "secret detail" not in text(page)
    assert "Where it wins and where it pays" in text(page)


def test_names_from_specs_are_shown_as_they_are() -> None:
    library = calc.library()
    spec = library.get("system", "dgx-h100")
    hostile = type(spec)(
        spec.kind,
        spec.id,
        spec.file,
        {**spec.words, "short": "<img src=x onerror=alert(1)>"},
        spec.claims,
        spec._figures,
        spec._places,
    )
    changed = calc.Library({**library.specs, ("system", "dgx-h100"): hostile}, library.known_sources, (), "other")
    state = PageState(slots=("dgx-h100", B))
    found = calc.compare(state.systems, state.base, library=changed)
    drawn = html_of(found, calc.shown(found), state)
    assert "<img" not in drawn
    assert "&lt;img src=x onerror=alert(1)&gt;" in drawn
