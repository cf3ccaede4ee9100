"""What the charts of workloads draw, read from their Vega-Lite."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import altair as alt
import pytest

import calc
from ui import asked, results, workload_charts, workload_pictures
from ui.look import COLOURS, GROUND, PARTS
from ui.state import PageState

FOUR = PageState().join("dgx-b200").join("hgx-h800")


@cache
def gathered(state: PageState, view: str = "serve", **more: str) -> results.Results:
    library = calc.library()
    return results.gather(state, library, asked.ask(state.put(**more), view, library))


def drawn(name: str, state: PageState = FOUR, view: str = "serve", theme: str = "light", **more: str) -> dict[str, Any]:
    shown = gathered(state, view, **more)
    make: Callable[..., Any] = getattr(workload_pictures, name)
    spec: dict[str, Any] = make(shown, state, calc.library(), "en", theme).spec
    return spec


def scatter(theme: str = "light") -> dict[str, Any]:
    dots = calc.predicted.dots(calc.accuracy("gemm"), "gemm")
    return workload_charts.scatter(dots, "microseconds", "en", theme)


def rows(spec: dict[str, Any], holding: str) -> list[dict[str, Any]]:
    return next(
        layer["data"]["values"]
        for layer in spec["layer"]
        if layer["data"]["values"] and holding in layer["data"]["values"][0]
    )


ALL: dict[str, Callable[[], dict[str, Any]]] = {
    "frontier": lambda: drawn("rates"),
    "spans": lambda: drawn("rates", phase="prefill"),
    "step": lambda: drawn("step"),
    "memory": lambda: drawn("memory"),
    "training step": lambda: drawn("step", view="train", state=PageState()),
    "scatter": scatter,
}


@pytest.mark.parametrize("name", ALL)
def test_every_chart_is_sound_and_asks_no_other_host(name: str) -> None:
    spec = ALL[name]()
    alt.Chart.from_dict(spec)
    assert '"url"' not in json.dumps(spec)
    assert spec["config"]["axis"]["labelLimit"] == 0
    assert spec["background"] == "transparent"


def test_the_frontier_has_its_limit_and_every_system_its_name() -> None:
    spec = drawn("rates", PageState())
    texts = {row.get("text") for layer in spec["layer"] for row in layer["data"]["values"]}
    assert "50 ms limit" in texts
    assert {text.partition(":")[0] for text in texts if text and ":" in text} == {"CloudMatrix 384", "GB200 NVL72"}
    colours = {row["colour"] for row in rows(spec, "low")}
    assert colours == {COLOURS[0], COLOURS[1]}


def test_the_frontier_of_several_has_a_key_in_its_empty_corner() -> None:
    spec = drawn("rates", m="llama-3.1-70b", num="bf16")
    named = [layer["data"]["values"] for layer in spec["layer"] if layer["mark"]["type"] == "text"][-1]
    assert len(named) == 4
    assert len({row["y"] for row in named}) == 4
    lines = rows(spec, "low")
    assert max(row["x"] for row in named) < min(row["x"] for row in lines)


def test_all_layers_of_the_frontier_share_their_scales() -> None:
    spec = drawn("rates")
    for axis in ("x", "y"):
        scales = [layer["encoding"][axis]["scale"] for layer in spec["layer"] if axis in layer["encoding"]]
        assert all(scale == scales[0] for scale in scales)
        assert scales[0]["type"] == "log"


def test_a_limit_far_from_every_curve_is_not_drawn() -> None:
    texts = json.dumps(drawn("rates", PageState(), limit="1000000"))
    assert "ms limit" not in texts


def test_published_results_are_diamonds() -> None:
    spec = drawn("rates", phase="prefill")
    (mark,) = (layer for layer in spec["layer"] if layer["mark"].get("shape") == "diamond")
    (row,) = mark["data"]["values"]
    assert (row["x"], row["Number format"]) == (6688.0, "INT8")
    decode = drawn("rates", PageState())
    (mark,) = (layer for layer in decode["layer"] if layer["mark"].get("shape") == "diamond")
    assert {row["colour"] for row in mark["data"]["values"]} == {COLOURS[0], COLOURS[1]}
    unpublished = drawn("rates", PageState(), m="llama-3.1-70b")
    assert not any(layer["mark"].get("shape") == "diamond" for layer in unpublished["layer"])


def test_bars_write_values_where_there_is_room() -> None:
    spec = drawn("step", PageState())
    inside = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "text")["data"]["values"]
    reach = max(row["end"] for row in rows(spec, "start"))
    assert all(row["end"] - row["start"] > 0.06 * reach for row in inside)
    assert {row["tone"] for row in inside} == {"#FFFFFF"}


def test_what_waits_is_dashed_and_has_no_colour() -> None:
    spec = drawn("step", PageState(), "train")
    dashed = [layer for layer in spec["layer"] if "strokeDash" in layer["mark"]]
    assert {row["group"] for layer in dashed for row in layer["data"]["values"]} == {"waiting in the pipeline"}


def test_memory_has_its_limit_as_a_tick_and_says_what_is_free() -> None:
    spec = drawn("memory", PageState())
    ticks = [layer for layer in spec["layer"] if layer["mark"]["type"] == "tick"]
    assert [row["text"] for row in ticks[0]["data"]["values"]] == ["64", "198"]
    assert any("of 198 GB free" in str(row.get("text")) for layer in spec["layer"] for row in layer["data"]["values"])


def test_parts_have_the_muted_colours_of_parts() -> None:
    spec = drawn("step", PageState())
    colours = next(layer["encoding"]["color"]["scale"] for layer in spec["layer"] if layer["mark"]["type"] == "bar")
    assert set(colours["range"]) <= set(PARTS.values())


def test_runs_outside_their_interval_are_hollow() -> None:
    for theme in ("light", "dark"):
        spec = scatter(theme)
        dots = calc.predicted.dots(calc.accuracy("gemm"), "gemm")
        hollow = [row for row in rows(spec, "Run") if row["fill"] == GROUND[theme]]
        assert len(hollow) == sum(1 for dot in dots if not dot.inside)
