"""What the charts of trends draw, read from their Vega-Lite."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import altair as alt
import pytest

import calc
from ui import moved_charts, moved_pictures, pictures
from ui.look import COLOURS
from ui.state import PageState

FOUND = calc.trends.models()
OPEN = calc.trends.models(open_weights=True)


def frontiers(language: str = "en", theme: str = "light") -> dict[str, Any]:
    return moved_charts.frontiers(FOUND, language, theme)


def gap(language: str = "en", theme: str = "light") -> dict[str, Any]:
    return moved_charts.gap(FOUND, language, theme)


def hardware(language: str = "en", theme: str = "light") -> dict[str, Any]:
    return moved_charts.hardware(calc.trends_hardware.hardware(calc.library()), language, theme)


def texts(spec: dict[str, Any]) -> list[str]:
    """What is written on a chart, each once."""
    rows = [row["text"] for one in spec["layer"] if one["mark"]["type"] == "text" for row in one["data"]["values"]]
    return list(dict.fromkeys(rows))


def marks(spec: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in spec["layer"] if one["mark"]["type"] == kind]


@pytest.mark.parametrize("draw", [frontiers, gap, hardware])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_charts_are_vega_lite(draw: Callable[..., dict[str, Any]], theme: str, language: str) -> None:
    spec = draw(language, theme)
    alt.Chart.from_dict(json.loads(json.dumps(spec, allow_nan=False)))
    assert spec["config"]["axis"]["labelLimit"] == 0


def test_lines_are_steps_in_the_colour_of_their_country_and_named() -> None:
    lines = marks(frontiers(), "line")
    assert [one["mark"]["color"] for one in lines] == [COLOURS[1], COLOURS[0]]
    assert {one["mark"]["interpolate"] for one in lines} == {"step-after"}
    assert [one["data"]["values"][0]["y"] for one in lines] == [1287.0, 1240.0]
    assert [one["data"]["values"][-1]["y"] for one in lines] == [1474.0, 1426.0]
    said = texts(frontiers())
    assert {"United States", "China", "DeepSeek-R1", "o1-preview"} <= set(said)
    assert len(said) <= 2 * (4 + 1)


def test_the_band_is_the_interval_of_the_rating() -> None:
    band = marks(frontiers(), "area")[0]["data"]["values"][0]
    assert (band["low"], band["y"], band["high"]) == (1284.0, 1287.0, 1291.0)


def test_scores_do_not_start_from_zero_and_gaps_do() -> None:
    assert marks(frontiers(), "line")[0]["encoding"]["y"]["scale"]["domain"][0] > 1200.0
    assert marks(gap(), "line")[0]["encoding"]["y"]["scale"]["domain"][0] == 0.0
    below = marks(moved_charts.gap(OPEN, "en", "light"), "line")[0]["encoding"]["y"]["scale"]["domain"]
    assert below[0] < -88.0
    assert below[1] > 75.0


def test_both_charts_share_their_time() -> None:
    ends = [marks(spec, "line")[0]["encoding"]["x"]["scale"]["domain"] for spec in (frontiers(), gap())]
    assert ends[0] == ends[1]
    axes = [marks(spec, "line")[0]["encoding"]["y"]["axis"]["maxExtent"] for spec in (frontiers(), gap())]
    assert axes[0] == axes[1]


def test_the_gap_names_its_end_and_its_extremes() -> None:
    assert texts(gap()) == ["21 (53%)", "107 (65%)", "48 (57%)"]


def test_a_source_without_intervals_has_no_band() -> None:
    later = calc.trends.models("2025-08-07")
    assert marks(moved_charts.frontiers(later, "en", "light"), "area") == []


def test_records_are_lines_over_all_chips() -> None:
    spec = hardware()
    found = calc.trends_hardware.hardware(calc.library())
    dots = [len(one["data"]["values"]) for one in marks(spec, "point")]
    assert dots == [len(found.line("US").made), len(found.line("CN").made)]
    heights = [row["y"] for row in marks(spec, "line")[0]["data"]["values"]]
    assert heights == sorted(heights)
    assert moved_charts.unit_of(found)[0] == "TFLOP/s"
    watt = calc.trends_hardware.hardware(calc.library(), per="watt")
    assert moved_charts.unit_of(watt)[0].endswith(")/W")


@pytest.mark.parametrize("name", moved_pictures.FIGURES)
def test_every_chart_is_kept_as_a_picture(name: str) -> None:
    drawing = moved_pictures.FIGURES[name](PageState(), calc.library(), "zh", "light")
    assert drawing is not None
    assert drawing.words
    assert pictures.picture(drawing, "势头", "png").startswith(b"\x89PNG")
    assert b"<svg" in pictures.picture(drawing, "势头", "svg")


def test_what_cannot_be_compared_is_not_drawn() -> None:
    state = PageState().put(window="all")
    assert moved_pictures.frontiers(state, calc.library(), "en", "light") is None
    assert moved_pictures.gap(state, calc.library(), "en", "light") is None
