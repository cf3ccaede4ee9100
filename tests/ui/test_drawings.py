"""Drawings of one system: what they hold, and that names in them are text."""

from __future__ import annotations

import json

import pytest

import calc
from ui import drawings
from ui.views import system as system_view

A = "cloudmatrix-384"


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


def test_trees_and_tiers_escape_names() -> None:
    tree = calc.anatomy.Branch("system", "<script>", 1.0, (calc.anatomy.Branch("chip", "<img>", 8.0),))
    said = drawings.tree_html(tree, _Names())
    assert "<script>" not in said
    assert "<b>8</b> × &lt;img&gt;" in said
    tiers = [calc.anatomy.Tier("chip", "<i>", 4.0), calc.anatomy.Tier("switch", "S", None, "node")]
    said = drawings.tiers_html(tiers, [calc.anatomy.Hop(None, "board")], _Names())
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
            drawings.tiers_html(tiers, hops, called)
        drawings.tree_html(found.tree, called)
