"""Before and after, a system in words, its power as a flow: the same numbers as everywhere else."""

from __future__ import annotations

import re

import pytest

import calc
from calc.studies import narrate_system
from calc.studies.anatomy import anatomy
from calc.studies.narrate import plain
from calc.studies.power_flow import flow
from calc.studies.roofline import kernels, plan, reached, roofline
from calc.studies.what_if import moved, stretches

A, B = "cloudmatrix-384", "gb200-nvl72"
COST = "power_per_flop_rate"


def _pair(**settings: str) -> tuple[calc.Comparison, calc.Comparison]:
    given = {f"{A}:{path.replace('__', '.')}": text for path, text in settings.items()}
    return calc.compare([A, B]), calc.compare([A, B], scenario=calc.Scenario(set=given))


def test_the_quantity_in_question_comes_first_then_what_changes() -> None:
    rows = moved(*_pair(power__all_in="559 kW"), A, COST)
    assert rows[0].quantity == COST
    changed = [row.changed for row in rows]
    assert changed == sorted(changed, reverse=True)
    first = rows[0]
    assert (first.before, first.after, first.change, first.better) == ("2.00", "1.87", "−6.8%", True)
    assert (first.ratio_before, first.ratio_after) == ("2.49×", "2.32×")


def test_nothing_set_changes_nothing() -> None:
    rows = moved(*_pair(), A, COST)
    assert not any(row.changed for row in rows)
    assert {row.change for row in rows} == {"–"}
    assert {row.better for row in rows} == {None}


def test_other_scenarios_stand_beside() -> None:
    before, after = _pair(power__all_in="559 kW")
    rows = moved(before, after, A, COST, "zh", {"as it was": before})
    assert rows[0].others == {"as it was": "2.49×"}
    assert rows[0].label == "每单位 BF16 算力功率"


def test_what_is_drawn_is_what_the_table_says() -> None:
    before, after = _pair(power__all_in="559 kW")
    rows = moved(before, after, A, COST)
    for one in stretches(rows, before, after, A):
        row = next(row for row in rows if row.quantity == one.quantity)
        assert calc.figures.ratio(one.after) == row.ratio_after
    assert stretches(rows, before, after, B) == []


def test_the_baseline_has_no_ratio_to_itself() -> None:
    rows = moved(*_pair(), B, COST)
    assert {row.ratio_after for row in rows} == {"–"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_system_is_said_whole(systems: list[calc.System], language: str) -> None:
    for system in systems:
        found, power = anatomy(system), calc.power_breakdown(system)
        said = narrate_system.composition(found, language) + narrate_system.unexplained(found, power, language)
        assert said.count("*") % 2 == 0
        assert "  " not in said, said
        assert "None" not in said
        assert "nan" not in said


def test_the_pair_in_words() -> None:
    found, power = anatomy(calc.load(A)), calc.power_breakdown(A)
    assert (
        plain(narrate_system.composition(found))
        == "CloudMatrix 384: 384 dual-die accelerators, 16 racks, one optical scale-up domain"
    )
    assert plain(narrate_system.unexplained(found, power)) == (
        "5,376 optical modules make 384 chips look like one machine."
        " Of its published power of 600 kW, 260 kW is not explained by any known part."
    )
    assert narrate_system.tiers_disputed(found, "zh") == "来源不一：此处采用 2 层交换，另有来源称 1 层。"
    other = anatomy(calc.load(B))
    assert (
        plain(narrate_system.composition(other, "zh")) == "GB200 NVL72：72 颗双裸片加速器，1 个机柜，一个铜纵向互联域"
    )
    assert narrate_system.tiers_disputed(other) == ""


def test_parts_above_what_is_published_are_said() -> None:
    scenario = calc.Scenario(set={"power.all_in": "200 kW"})
    found, power = anatomy(calc.load(A), scenario), calc.power_breakdown(A, scenario)
    assert "The rated power of its known parts is 140 kW above its published power of 200 kW." in plain(
        narrate_system.unexplained(found, power)
    )
    drawn = flow(power)
    assert drawn is not None
    assert "unexplained" not in drawn.places
    assert drawn.over == pytest.approx(139.84, abs=0.01)


def test_flows_add_up(systems: list[calc.System]) -> None:
    for system in systems:
        found = calc.power_breakdown(system)
        for language in ("en", "zh"):
            drawn = flow(found, language)
            if drawn is None:
                continue
            into = sum(stream.power for stream in drawn.streams if stream.start == drawn.whole)
            figure = {"all_in": "power.all_in", "racks": "power.racks", "nodes": "power.nodes"}.get(
                drawn.whole, "power.itemised"
            )
            total = (calc.evaluate(system).get(figure) or 0.0) / 1e3
            assert into == pytest.approx(total + drawn.over), system.id
            assert re.search(r"\d", drawn.in_words(language))
            if "facility" in drawn.places:
                out = sum(stream.power for stream in drawn.streams if stream.start == "facility")
                assert out == pytest.approx(total * drawn.pue)


def test_roofs_in_words() -> None:
    found = roofline([calc.load(A), calc.load(B)])
    headline, standfirst = narrate_system.ridges(found.roofs, reached(found, kernels()))
    assert (
        plain(headline) == "CloudMatrix 384 is bound by compute from 244 FLOP on each byte of HBM, GB200 NVL72 from 312"
    )
    assert plain(standfirst).startswith(
        "Decode, batch 64, bound by memory: CloudMatrix 384 202, GB200 NVL72 504 TFLOP/s."
    )
    assert narrate_system.ridges([], []) == ("", "")
    only = [roof for roof in found.roofs if roof.kind == "scale_up"]
    assert "on each byte of scale-up traffic" in narrate_system.ridges(only, [])[0]
    assert "每字节 纵向互联流量" in narrate_system.ridges(only, [], "zh")[0]


def test_a_plan_keeps_labels_apart_and_kernels_inside() -> None:
    found = roofline([calc.load("dgx-h100"), calc.load("dgx-h200"), calc.load(A)])
    laid = plan(found, kernels(), 1e-12)
    places = [line.label for line in laid.lines]
    assert len(set(places)) == len(places)
    for line in laid.lines:
        assert laid.across[0] <= line.label[0] <= laid.across[1]
        assert laid.up[0] <= line.label[1] <= laid.up[1]
        assert max(line.y) == pytest.approx(line.peak)
    assert all(laid.across[0] < hair.kernel.intensity < laid.across[1] for hair in laid.kernels)
    assert len({(hair.left, hair.foot) for hair in laid.kernels}) > 2
    with pytest.raises(calc.CalcError, match="no roof to draw"):
        plan(roofline([calc.load(A)], calc.Scenario("fp8")), [])
