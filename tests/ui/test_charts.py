"""What charts draw, read from their Vega-Lite."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import altair as alt
import pytest

import calc
from ui import charts
from ui.look import COLOURS, SHAPES
from ui.state import DEFAULT_BASKET, PageState

A, B = DEFAULT_BASKET
THREE = PageState().join("gb300-nvl72")


def found_of(state: PageState) -> calc.Comparison:
    return calc.compare(state.systems, state.base, state.scenario(), state.per)


def titles_of(found: calc.Comparison) -> dict[str, str]:
    return {system.id: system.short for system in found.systems}


def ratios(state: PageState, language: str = "en", theme: str = "light") -> dict[str, Any]:
    found = found_of(state)
    drawn = calc.pictures.dots(found, calc.readings.spans(found), language)
    return charts.dots(drawn, state, titles_of(found), language, theme)


def power(state: PageState, language: str = "en") -> dict[str, Any]:
    found = found_of(state)
    drawn = calc.pictures.segments([calc.power_breakdown(system) for system in state.systems])
    return charts.power(drawn, titles_of(found), language, "light")


def pareto(state: PageState, language: str = "en", x: str = "chip.power", y: str = "chip.flop_rate") -> dict[str, Any]:
    points = calc.pictures.merged(calc.frontier(calc.library(), x, y), state.systems)
    axes = (calc.names.find(x), calc.names.find(y))
    return charts.pareto(points, state, axes, (x, y), language, "light")


def waterfall(state: PageState, quantity: str = "power_per_flop_rate", language: str = "en") -> dict[str, Any]:
    found = found_of(state)
    why = calc.why(state.others[0], state.base, quantity)
    steps = calc.pictures.steps(why, found, language)
    return charts.waterfall(steps, why, state, titles_of(found), "light")


def roofs(state: PageState, language: str = "en") -> dict[str, Any]:
    found = calc.roofline.roofline([calc.load(system) for system in state.systems])
    return charts.roofs(found, calc.roofline.kernels(), state, language, "light")


def stretches(state: PageState, language: str = "en") -> Sequence[calc.what_if.Stretch]:
    before, after = found_of(state), found_of(state.set(f"{A}:power.all_in", "559 kW"))
    moved = calc.what_if.moved(before, after, state.others[0], "power_per_flop_rate", language)
    return calc.what_if.stretches(moved, before, after, state.others[0])


def dumbbells(state: PageState, language: str = "en") -> dict[str, Any]:
    return charts.dumbbells(stretches(state, language), state, state.others[0], language, "light")


def values(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for layer in spec["layer"] for row in layer.get("data", {}).get("values", [])]


def rows(spec: dict[str, Any], holding: str) -> list[dict[str, Any]]:
    return next(
        layer["data"]["values"]
        for layer in spec["layer"]
        if layer["data"]["values"] and holding in layer["data"]["values"][0]
    )


ALL: dict[str, Callable[..., dict[str, Any]]] = {
    "ratios": ratios,
    "power": power,
    "pareto": pareto,
    "waterfall": waterfall,
    "roofs": roofs,
    "dumbbells": dumbbells,
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("state", [PageState(), THREE, replace(PageState(), chosen=A)], ids=["pair", "three", "turned"])
def test_every_chart_is_sound_and_shortens_no_label(name: str, language: str, state: PageState) -> None:
    spec = ALL[name](state, language=language)
    alt.Chart.from_dict(spec)
    said = json.dumps(spec, ensure_ascii=False)
    assert spec["config"]["axis"]["labelLimit"] == 0
    assert "…" not in said.replace(" … ", "")
    assert spec["background"] == "transparent"
    assert spec["config"]["view"]["stroke"] is None
    assert "title" not in spec


def test_no_chart_asks_another_host() -> None:
    for build in ALL.values():
        assert '"url"' not in json.dumps(build(PageState()))


def test_dots_are_sorted_and_say_for_and_against() -> None:
    spec = ratios(PageState())
    drawn = rows(spec, "ratio")
    assert [row["ratio"] for row in drawn] == sorted((row["ratio"] for row in drawn), reverse=True)
    filled = {row["row"]: row["fill"] == COLOURS[0] for row in drawn}
    assert filled["BF16 throughput"]
    assert not filled["Power, all-in"]
    assert {row["Verdict"] for row in drawn} == {"better", "worse"}
    power_row = next(row for row in drawn if row["row"] == "Power, all-in")
    assert power_row["low"] < power_row["ratio"] == pytest.approx(4.1367, rel=1e-3)


def test_all_layers_share_their_scales() -> None:
    for spec in (ratios(PageState()), waterfall(PageState())):
        across = [layer["encoding"]["x"]["scale"] for layer in spec["layer"] if "x" in layer["encoding"]]
        assert all(scale == across[0] for scale in across)
        assert across[0]["type"] == "log"
        low, high = across[0]["domain"]
        assert low < 1 < high


def test_turning_the_baseline_gives_reciprocals_and_turns_every_dot() -> None:
    there, back = (rows(ratios(state), "ratio") for state in (PageState(), replace(PageState(), chosen=A)))
    turned = {row["row"]: row for row in back}
    for row in there:
        other = turned[row["row"]]
        assert row["ratio"] * other["ratio"] == pytest.approx(1.0)
        assert {row["Verdict"], other["Verdict"]} in ({"better", "worse"}, {"neither better nor worse"})


def test_several_systems_are_told_apart_by_shape_and_share_rows() -> None:
    drawn = rows(ratios(THREE), "ratio")
    assert {row["System"]: row["shape"] for row in drawn} == {"CloudMatrix 384": SHAPES[0], "GB300 NVL72": SHAPES[2]}
    same = next(row for row in drawn if row["System"] == "GB300 NVL72" and row["row"] == "BF16 throughput")
    assert same["Verdict"] == "neither better nor worse"
    assert same["size"] < 75


def test_power_bars_end_at_the_published_total() -> None:
    spec = power(PageState())
    ends = {row["title"]: row["text"] for row in rows(spec, "title")}
    assert ends == {"CloudMatrix 384": "600 kW", "GB200 NVL72": "145 kW"}
    dashed = [row for layer in spec["layer"] for row in layer["data"]["values"] if row.get("dashed")]
    assert any(row["text"].endswith("unexplained (43%)") for row in dashed)


def test_a_waterfall_ends_at_the_ratio() -> None:
    drawn = rows(waterfall(PageState()), "start")
    assert drawn[-1]["row"] == "CloudMatrix 384"
    assert drawn[-2]["end"] == pytest.approx(drawn[-1]["end"])
    assert [row["text"] for row in drawn[:-1]] == ["×1.870", "×1.330"]


def test_the_frontier_steps_the_way_its_axes_are_better() -> None:
    def interpolation(spec: dict[str, Any]) -> str:
        return str(next(layer["mark"]["interpolate"] for layer in spec["layer"] if layer["mark"]["type"] == "line"))

    assert interpolation(pareto(PageState())) == "step-after"
    assert interpolation(pareto(PageState(), x="chip.hbm.bandwidth")) == "step-before"
    points = next(layer for layer in pareto(PageState())["layer"] if layer["mark"]["type"] == "point")
    assert {row["name"] for row in points["data"]["values"] if row["ours"]} == {"CloudMatrix 384", "GB200 NVL72"}


def test_charts_follow_the_theme() -> None:
    light, dark = ratios(PageState()), ratios(PageState(), theme="dark")
    assert light["config"]["axis"]["labelColor"] != dark["config"]["axis"]["labelColor"]
    assert [row["stroke"] for row in rows(light, "ratio")] == [row["stroke"] for row in rows(dark, "ratio")]


def test_roofs_are_labelled_on_their_lines() -> None:
    spec = roofs(PageState(), "zh")
    texts = {row["text"] for row in values(spec) if "text" in row}
    assert {"CloudMatrix 384 · HBM", "GB200 NVL72 · 纵向互联", "244", "312"} <= texts
    assert spec["height"] == 520


def test_roofs_keep_their_systems_colours() -> None:
    assert {row["colour"] for row in values(roofs(PageState())) if "colour" in row} == {"#D55E00", "#1B7FC0"}


def test_further_formats_are_named() -> None:
    found = calc.roofline.roofline([calc.load(B)], precisions=("bf16", "fp4"), kinds=("hbm",))
    spec = charts.roofs(found, [], PageState(), "en", "light")
    assert {"GB200 NVL72 · HBM BF16", "GB200 NVL72 · HBM FP4"} <= {row.get("text") for row in values(spec)}


def test_dumbbells_have_both_ends_and_an_explicit_domain() -> None:
    drawn = stretches(PageState())
    spec = dumbbells(PageState())
    points = [row for row in values(spec) if "before" in row]
    assert {row["row"] for row in points} == {one.label for one in drawn}
    low, high = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert all(low < value < high for one in drawn for value in (one.before, one.after))
    domains = [layer["encoding"]["y"]["scale"]["domain"] for layer in spec["layer"] if "y" in layer["encoding"]]
    assert all(domain == domains[0] for domain in domains)
