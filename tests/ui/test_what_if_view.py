"""The what-if view: inputs moved by slider and by typing, scenarios kept in the link, files in and out."""

from __future__ import annotations

import pytest
from viewing import html, link, text, viewed, widget

import calc
from ui.views import scenarios

A, B = "cloudmatrix-384", "gb200-nvl72"
SET = [f"{A}:chip.flop_rate=800 TFLOP/s", f"{A}:power.all_in=559 kW"]


def test_as_adopted_it_says_so_and_what_it_would_take() -> None:
    said = text(viewed("what_if"))
    assert "As adopted, CloudMatrix 384 needs 2.49× the power per BF16 of GB200 NVL72" in said
    assert "To draw level on power per BF16 it would take 241 kW all-in, or 1.94 PFLOP/s a chip." in said


def test_a_link_with_settings_says_what_they_change() -> None:
    page = viewed("what_if", set=SET)
    said = text(page)
    assert (
        "With 800 TFLOP/s a chip and 559 kW all-in, CloudMatrix 384 needs 2.26× the power per BF16 of GB200 NVL72, not 2.49×"
        in said
    )
    assert "To draw level on power per BF16 it would take 247 kW all-in, or 1.81 PFLOP/s a chip." in said
    assert "−9.1%better" in said
    assert "Unchanged: HBM capacity 3.56×" in said
    assert widget(page, "slider", f"lever_{A}_power.all_in").value == pytest.approx(559.0)


def test_five_sliders_with_the_value_in_use_in_brackets() -> None:
    page = viewed("what_if")
    labels = [one.label for one in page.slider]
    assert labels[:2] == ["Power, all-in, kW (600)", "BF16 per accelerator, TFLOP/s (780)"]
    assert len(labels) == 5


def test_a_slider_moved_is_in_the_link_and_moved_back_is_not() -> None:
    page = viewed("what_if")
    slider = widget(page, "slider", f"lever_{A}_power.all_in")
    slider.set_value(500.0).run()
    assert link(page)["set"] == [f"{A}:power.all_in=500 kW"]
    assert "With 500 kW all-in" in text(page)
    widget(page, "slider", f"lever_{A}_power.all_in").set_value(599.821).run()
    assert "set" not in link(page)


def test_any_input_of_any_system_can_be_typed() -> None:
    page = viewed("what_if")
    widget(page, "text_input", "what_if_line").set_value(f"{B}:chip.power = 1000 W").run()
    assert link(page)["set"] == [f"{B}:chip.power=1000 W"]
    widget(page, "text_input", "what_if_line").set_value("nodes=24").run()
    assert f"{A}:nodes=24" in link(page)["set"]
    widget(page, "text_input", "what_if_line").set_value("nodes =").run()
    assert f"{A}:nodes=24" not in link(page)["set"]
    widget(page, "button", "what_if_reset").click().run()
    assert "set" not in link(page)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("9**9**9 kW", "‘9**9**9 kW’ is not a setting; write for example ‘power.all_in = 500 kW’."),
        ("power.all_in = 9**9**9 kW", "'9**9**9 kW' is not a number and a unit"),
        ("power.all_in = 3 GB", "'3 GB' is a size; this value needs a power such as '1.2 kW'"),
        ("powr.all_in = 3 kW", "no input 'powr.all_in'. Did you mean 'power.all_in'?"),
        ("flop_rate = 3 PFLOP/s", "flop_rate is computed, so it cannot be set"),
        ("dgx-h100:pue = 1.2", "no system 'dgx-h100' in the basket"),
        ("power.all_in =", "‘power.all_in =’ is not a setting"),
        ("nodes = -3", "'-3' is negative or not finite"),
    ],
)
def test_what_is_no_setting_is_answered_and_changes_nothing(typed: str, said: str) -> None:
    page = viewed("what_if")
    widget(page, "text_input", "what_if_line").set_value(typed).run()
    assert said in text(page)
    assert "set" not in link(page)
    assert "As adopted, CloudMatrix 384" in text(page)


def test_scenarios_are_saved_used_and_removed() -> None:
    page = viewed("what_if", set=SET)
    widget(page, "text_input", "scenario_name").set_value("Other~edition").run()
    widget(page, "button", "scenario_keep").click().run()
    assert link(page)["save"] == ["Other-edition~" + "~".join(SET)]
    widget(page, "button", "what_if_reset").click().run()
    assert "As adopted, " in text(page)
    assert "Other-edition" in html(page)
    widget(page, "button", "saved_use_0").click().run()
    assert link(page)["set"] == SET
    widget(page, "button", "saved_remove_0").click().run()
    assert "save" not in link(page)


def test_saved_scenarios_stand_side_by_side_from_a_link() -> None:
    page = viewed("what_if", save=[f"Half power~{A}:power.all_in=300 kW", "Bad~nonsense=3"])
    assert "Half power" in text(page)
    assert ">1.24×<" in html(page)
    assert "Bad" not in text(page)


def test_the_same_as_a_command_and_as_python() -> None:
    page = viewed("what_if", set=SET)
    codes = [one.value for one in page.code]
    assert codes[0] == (
        f"podcalc compare {A} {B} --set '{A}:chip.flop_rate=800 TFLOP/s' --set '{A}:power.all_in=559 kW'"
    )
    assert "calc.compare" in codes[1]


def test_a_scenario_is_the_same_after_a_file() -> None:
    page = viewed("what_if", set=SET, base=A, per="chip")
    from ui.state import restore

    state, lost = restore(link(page), calc.library())
    assert lost == []
    asked = calc.scenario_text.read(scenarios.question(state).yaml(), "scenario.yaml", calc.library())
    assert asked.scenario.set == dict(one.split("=") for one in SET)
    assert (asked.baseline, asked.per) == (A, "chip")


def test_a_file_is_loaded() -> None:
    page = viewed("what_if")
    text_ = f"kind: scenario\nsystems: [{B}, dgx-h100]\nprecision: fp8\nset: {{pue: 1.2}}\n"
    widget(page, "file_uploader", "scenario_file").upload("s.yaml", text_.encode()).run()
    widget(page, "button", "scenario_read").click().run()
    said = link(page)
    assert (said["set"], said["p"]) == (["pue=1.2"], ["fp8"])
    assert "DGX H100" in text(page)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            b"kind: scenario\nsystems: [gb200-nvl27]\n",
            "s.yaml:2:11: systems[0]: no system 'gb200-nvl27'. Did you mean 'gb200-nvl72'?",
        ),
        (b"PK\x03\x04zip", "s.yaml:1:1: is not text; a spec file is YAML in UTF-8"),
        (b"kind: chip\n", "s.yaml:1:1: kind: 'chip' is not a scenario; write 'kind: scenario'"),
    ],
)
def test_a_bad_file_changes_nothing(data: bytes, said: str) -> None:
    page = viewed("what_if", set=SET)
    widget(page, "file_uploader", "scenario_file").upload("s.yaml", data).run()
    widget(page, "button", "scenario_read").click().run()
    assert said in text(page)
    assert link(page)["set"] == SET


def test_inputs_of_the_baseline_and_another_goal() -> None:
    page = viewed("what_if", of=B, goal="power_per_hbm_capacity")
    assert "CloudMatrix 384 needs 1.16× the power per HBM capacity of GB200 NVL72" in text(page)
    assert any(str(one.key).startswith(f"lever_{B}_") for one in page.slider)


def test_one_system_alone_has_figures_and_no_ratios() -> None:
    said = text(viewed("what_if", s=A, set=[f"{A}:power.all_in=500 kW"]))
    assert "With 500 kW all-in, CloudMatrix 384 has 1.67 W/TFLOP/s of power per BF16, not 2.00 W/TFLOP/s" in said
    assert "Add another system to see ratios." in said


@pytest.mark.parametrize(("language", "precision"), [("en", "fp8"), ("zh", "bf16")])
def test_every_system_can_be_moved(language: str, precision: str) -> None:
    for system in calc.library().ids("system"):
        other = "dgx-h200" if system == "dgx-h100" else "dgx-h100"
        page = viewed("what_if", s=f"{system},{other}", p=precision, lang=language)
        assert "could not be drawn" not in text(page), system
        assert "无法绘制" not in text(page), system


def test_an_empty_basket() -> None:
    assert "Add a system to change its inputs" in text(viewed("what_if", s="none"))


def test_in_chinese() -> None:
    said = text(viewed("what_if", lang="zh", set=SET))
    assert (
        "若单芯片 800 TFLOP/s、整机 559 kW，CloudMatrix 384 的每单位 BF16 算力功率是 GB200 NVL72 的 2.26 倍，而非 2.49 倍"
        in said
    )


def test_how_many_equal_one_follows_the_scenario() -> None:
    assert "How many Ascend 910C equal one GB200 NVL72?" in text(viewed("what_if"))
    assert "BF16 throughput231" in text(viewed("what_if"))
    assert "BF16 throughput225" in text(viewed("what_if", set=SET))
