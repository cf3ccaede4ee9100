"""Charts and drawings of one system, what-ifs and roofs: what they hold, and that nothing in them is cut."""

from __future__ import annotations

import json
from typing import Any

import pytest

import calc
from ui import drawings
from ui.state import DEFAULT_BASKET, PageState
from ui.views import system as system_view

A, B = DEFAULT_BASKET
STATE = PageState()


def _values(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for layer in spec["layer"] for row in layer.get("data", {}).get("values", [])]


@pytest.fixture(scope="module")
def roofs() -> dict[str, Any]:
    found = calc.roofline.roofline([calc.load(A), calc.load(B)])
    return drawings.roofs(found, calc.roofline.kernels(), STATE, "zh", "dark")


def test_roofs_are_labelled_on_their_lines(roofs: dict[str, Any]) -> None:
    texts = {row["text"] for row in _values(roofs) if "text" in row}
    assert {"CloudMatrix 384 · HBM", "GB200 NVL72 · 纵向互联", "244", "312"} <= texts
    assert roofs["height"] == 520
    assert roofs["background"] == "transparent"
    assert roofs["config"]["axis"]["labelLimit"] == 0


def test_roofs_keep_their_systems_colours(roofs: dict[str, Any]) -> None:
    assert {row["colour"] for row in _values(roofs) if "colour" in row} == {"#D55E00", "#1B7FC0"}


def test_further_formats_are_named() -> None:
    found = calc.roofline.roofline([calc.load(B)], precisions=("bf16", "fp4"), kinds=("hbm",))
    spec = drawings.roofs(found, [], STATE, "en", "light")
    assert {"GB200 NVL72 · HBM BF16", "GB200 NVL72 · HBM FP4"} <= {row.get("text") for row in _values(spec)}


def test_dumbbells_have_both_ends_and_an_explicit_domain() -> None:
    before = calc.compare([A, B])
    after = calc.compare([A, B], scenario=calc.Scenario(set={f"{A}:power.all_in": "559 kW"}))
    rows = calc.what_if.moved(before, after, A, "power_per_flop_rate")
    drawn = calc.what_if.stretches(rows, before, after, A)
    spec = drawings.dumbbells(drawn, STATE, A, "en", "light")
    points = [row for row in _values(spec) if "before" in row]
    assert {row["row"] for row in points} == {one.label for one in drawn}
    low, high = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert all(low < value < high for one in drawn for value in (one.before, one.after))
    domains = [layer["encoding"]["y"]["scale"]["domain"] for layer in spec["layer"] if "y" in layer["encoding"]]
    assert all(domain == domains[0] for domain in domains)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_flow_names_every_part_with_its_value(systems: list[calc.System], theme: str) -> None:
    for system in systems:
        found = calc.power_flow.flow(calc.power_breakdown(system))
        if found is None:
            continue
        option = drawings.sankey(found, theme)
        json.dumps(option, allow_nan=False)
        series = option["series"][0]
        names = {node["name"] for node in series["data"]}
        assert {link[end] for link in series["links"] for end in ("source", "target")} <= names
        assert series["layoutIterations"] == 0


def test_racks_are_boxes_of_squares_with_a_name_for_readers() -> None:
    drawing = calc.anatomy.drawings([calc.anatomy.anatomy(calc.load(A)).racks])[0]
    said = drawings.racks_html(drawing, 0, "<b>Pod</b>", "384 in 16 racks", "network")
    assert said.count("<i></i>") == 384
    assert 'aria-label="&lt;b&gt;Pod&lt;/b&gt;: 384 in 16 racks"' in said
    assert "<b>Pod" not in said


class _Names(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return key


def test_trees_and_tiers_escape_names(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = calc.anatomy.Branch("system", "<script>", 1.0, (calc.anatomy.Branch("chip", "<img>", 8.0),))
    said = drawings.tree_html(tree, _Names())
    assert "<script>" not in said
    assert "<b>8</b> × &lt;img&gt;" in said
    tiers = [calc.anatomy.Tier("chip", "<i>", 4.0), calc.anatomy.Tier("switch", "S", None, "node")]
    said = drawings.tiers_html(tiers, [calc.anatomy.Hop(None, "board")], _Names(), "en")
    assert "&lt;i&gt;" in said
    assert "unknown · board" in said


def test_every_word_of_every_system_has_a_name(systems: list[calc.System], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.session.language", lambda: "zh")
    called = system_view.words()
    for system in systems:
        found = calc.anatomy.anatomy(system)
        assert {line.type for line in found.materials} <= set(called)
        assert {line.role for line in found.materials} <= set(called)
        for tiers, hops in (found.scale_up, found.scale_out):
            drawings.tiers_html(tiers, hops, called, "zh")
        drawings.tree_html(found.tree, called)
