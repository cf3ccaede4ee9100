"""What the charts of ranges draw, read from their Vega-Lite."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import altair as alt
import pytest

import calc
from ui import range_charts
from ui.look import COLOURS, GROUND, INK, SHAPES
from ui.state import DEFAULT_BASKET, PageState

A, B = DEFAULT_BASKET
COST = "power_per_flop_rate"
PAIR = PageState()
THREE = PAIR.join("gb300-nvl72")
TITLES = {system: calc.load(system).short for system in THREE.systems}


def plane_of(x: int = 1, y: int = 0) -> calc.plane.Plane:
    pair = calc.load(A), calc.load(B)
    options = calc.plane.inputs(*pair, COST)
    return calc.plane.plane(*pair, COST, options[x], options[y])


def heat(state: PageState, language: str = "en", theme: str = "light") -> dict[str, Any]:
    return range_charts.heat(plane_of(), state, TITLES, language, theme)


def spreads(state: PageState, language: str = "en", theme: str = "light") -> dict[str, Any]:
    drawn = calc.range_pictures.spreads(calc.bands(state.systems, state.base), language)
    return range_charts.spreads(drawn, state, TITLES, language, theme)


def swings(state: PageState, language: str = "en", theme: str = "light") -> dict[str, Any]:
    found = calc.sensitivity([A, B], COST)
    drawn = calc.range_pictures.swings(found, language)
    return range_charts.swings(drawn, found.adopted, state, language, theme)


def explorer(
    state: PageState,
    language: str = "en",
    theme: str = "light",
    axes: tuple[str, ...] = ("chip.power", "chip.flop_rate"),
) -> dict[str, Any]:
    points = calc.frontier(calc.library(), axes[0], axes[1], None, axes[2] if len(axes) > 2 else None)
    titles = {point.id: point.name for point in points}
    return range_charts.explorer(points, state, axes, axes, titles, language, theme)


ALL: dict[str, Callable[..., dict[str, Any]]] = {
    "heat": heat,
    "spreads": spreads,
    "swings": swings,
    "explorer": explorer,
}


def rows(spec: dict[str, Any], mark: str, place: int = 0) -> list[dict[str, Any]]:
    layers = [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]
    return list(layers[place]["data"]["values"])


def texts(spec: dict[str, Any]) -> list[str]:
    layers = [layer for layer in spec["layer"] if layer["mark"]["type"] == "text"]
    return [str(row.get("text", row.get("row"))) for layer in layers for row in layer["data"]["values"]]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_chart_is_sound_and_shortens_no_label(name: str, language: str, theme: str) -> None:
    spec = ALL[name](THREE, language=language, theme=theme)
    alt.Chart.from_dict(spec)
    said = json.dumps(spec, ensure_ascii=False)
    assert spec["config"]["axis"]["labelLimit"] == 0
    assert "…" not in said.replace(" … ", "")
    assert '"url"' not in said
    assert spec["background"] == "transparent"
    assert "title" not in spec


def test_a_map_is_small_enough_to_send() -> None:
    assert len(json.dumps(heat(PAIR))) < 150_000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_map_has_the_colour_of_who_is_ahead_and_more_of_it_the_further(theme: str) -> None:
    found, spec = plane_of(), heat(PAIR, theme=theme)
    runs, drawn = found.runs(), rows(spec, "rect")
    assert len(runs) == len(drawn)
    for run, row in zip(runs, drawn, strict=True):
        colour = COLOURS[PAIR.slot(found.favours(run.step))]
        assert row["c"] == range_charts.tint(colour, GROUND[theme], range_charts.depth_of(run.step))
    assert list(range_charts.DEPTHS) == sorted(range_charts.DEPTHS)
    assert range_charts.depth_of(3) == range_charts.depth_of(-4)


def test_a_map_says_without_colour_who_is_ahead_and_where_they_are_level() -> None:
    spec = heat(PAIR)
    line = rows(spec, "line", 1)
    assert len(line) > 20
    assert [layer["mark"]["color"] for layer in spec["layer"] if layer["mark"]["type"] == "line"] == [
        GROUND["light"],
        INK["light"],
    ]
    said = texts(spec)
    assert {"CloudMatrix 384 ahead", "GB200 NVL72 ahead", "in use: 2.49×", "1×", "2×"} <= set(said)


def test_a_map_tells_values_where_it_is_pointed_at() -> None:
    samples = rows(heat(PAIR), "rect", 1)
    assert len(samples) == 400
    assert set(samples[0]) >= {"CloudMatrix 384: Power, all-in", "CloudMatrix 384: BF16 per accelerator", "Ratio"}
    point = rows(heat(PAIR), "point")[0]
    assert (point["Ratio"], point["CloudMatrix 384: Power, all-in"]) == ("2.49×", "600 kW")


def test_bands_lie_behind_their_dots_and_exact_ones_have_none() -> None:
    spec = spreads(PAIR)
    kinds = [layer["mark"]["type"] for layer in spec["layer"]]
    assert kinds.index("bar") < kinds.index("tick") < kinds.index("point")
    bands, dots = rows(spec, "bar"), rows(spec, "point")
    assert all(row["low"] < row["high"] for row in bands)
    assert {row["row"] for row in bands} < {row["row"] for row in dots}
    exact = next(row for row in dots if row["row"] == "Scale-up domain")
    assert exact["80 % of draws"] == "exact"
    across = [layer["encoding"]["x"]["scale"] for layer in spec["layer"] if "x" in layer["encoding"]]
    assert all(scale == across[0] for scale in across)


def test_several_systems_share_rows_by_shape_and_have_no_numbers_beside() -> None:
    spec = spreads(THREE)
    assert {row["System"]: row["shape"] for row in rows(spec, "point")} == {
        "CloudMatrix 384": SHAPES[0],
        "GB300 NVL72": SHAPES[2],
    }
    assert "text" not in [layer["mark"]["type"] for layer in spec["layer"]]


def test_swings_are_filled_where_better_and_named_at_both_ends() -> None:
    spec = swings(PAIR)
    better, worse = rows(spec, "bar", 0), rows(spec, "bar", 1)
    assert {row["Verdict"] for row in better} == {"better"}
    assert {row["Verdict"] for row in worse} == {"worse"}
    assert better[0]["colour"] == COLOURS[0]
    assert {"500 kW", "650 kW", "CloudMatrix 384: Power, all-in"} <= set(texts(spec))
    low, high = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert all(low < row["end"] < high for row in (*better, *worse))


def test_an_explorer_fills_what_is_on_the_frontier_and_says_who_dominates() -> None:
    spec = explorer(PAIR)
    drawn = {row["id"]: row for row in rows(spec, "point")}
    assert drawn[B]["fill"] == COLOURS[1]
    assert drawn[A]["fill"] == GROUND["light"]
    assert drawn[A]["Frontier"].startswith("dominated by ")
    assert "line" in [layer["mark"]["type"] for layer in spec["layer"]]


def test_a_third_figure_is_a_size_and_takes_the_line_away() -> None:
    spec = explorer(PAIR, axes=("chip.power", "chip.flop_rate", "chip.hbm.capacity"))
    sizes = {row["chip.hbm.capacity"]: row["size"] for row in rows(spec, "point")}
    assert len(set(sizes.values())) > 3
    assert "line" not in [layer["mark"]["type"] for layer in spec["layer"]]
    assert "line" in [layer["mark"]["type"] for layer in explorer(replace(PAIR, precision="fp8"))["layer"]]
