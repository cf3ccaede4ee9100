"""What systems are made of: the same numbers as everywhere else, in drawable form."""

from __future__ import annotations

import pytest

import calc
from calc.studies.anatomy import Branch, Racks, anatomy, drawings


def _count(branch: Branch, kind: str, held: float = 1.0) -> float:
    here = held * (branch.count or 0.0)
    return (here if branch.kind == kind else 0.0) + sum(_count(inner, kind, here) for inner in branch.inside)


def test_the_tree_counts_what_the_model_counts(systems: list[calc.System]) -> None:
    for system in systems:
        found, result = anatomy(system), calc.evaluate(system)
        assert _count(found.tree, "chip") == result.get("chips"), system.id
        assert found.racks.chips == result.get("chips")
        assert found.racks.compute == (result.get("compute_racks") or 0)
        if result.get("racks"):
            assert found.racks.compute + found.racks.network == result.get("racks")


def test_the_bill_of_materials_adds_up_to_the_itemised_power(systems: list[calc.System]) -> None:
    for system in systems:
        found, result = anatomy(system), calc.evaluate(system)
        total = sum(line.total_power or 0.0 for line in found.materials if line.type != "cable")
        assert total == pytest.approx(result.get("power.itemised") or 0.0), system.id
        assert found.to_json()["rows"][0]["part"] == "chips"


def test_two_tiers_of_switches_with_what_joins_them(library: calc.Library) -> None:
    tiers, hops = anatomy(calc.load("cloudmatrix-384", library=library)).scale_up
    assert [(tier.kind, tier.count, tier.holder) for tier in tiers] == [
        ("chip", 384, ""), ("switch", 336, "node"), ("switch", 112, "all_in"),
    ]  # fmt: skip
    assert [(hop.medium, hop.bandwidth) for hop in hops] == [("board", 134.4e12), ("optical", 134.4e12)]
    assert hops[1].carriers[0][1] == 5376


def test_one_tier_over_copper(library: calc.Library) -> None:
    tiers, hops = anatomy(calc.load("gb200-nvl72", library=library)).scale_up
    assert [tier.count for tier in tiers] == [72, 18]
    assert (hops[0].medium, hops[0].carriers) == ("copper", [("copper cables", 5184.0)])


def test_every_fabric_has_one_hop_fewer_than_tiers(systems: list[calc.System]) -> None:
    for system in systems:
        found = anatomy(system)
        for tiers, hops in (found.scale_up, found.scale_out):
            # A mesh, or a fabric whose switches no source counts, joins its chips to one another.
            assert len(hops) == len(tiers) - 1 or (len(tiers), len(hops)) in ((1, 1), (0, 0)), system.id


def test_tier_readings_are_kept_side_by_side(library: calc.Library) -> None:
    assert [reading.value for reading in anatomy(calc.load("cloudmatrix-384", library=library)).tier_readings] == [2, 1]


def test_a_scenario_redraws_it(library: calc.Library) -> None:
    half = anatomy(calc.load("cloudmatrix-384", library=library), calc.Scenario(set={"nodes": 22}))
    assert half.racks.chips == 176
    drawn = drawings([half.racks])[0]
    assert (drawn.boxes, drawn.columns, drawn.network) == ((32, 32, 32, 32, 32, 16), 8, 4)


def test_drawings_share_one_scale_and_never_grow_past_what_a_page_can_hold() -> None:
    small, huge = drawings([Racks(18, 4, 18, 0), Racks(10**9, 8, 4, 10**6)])
    assert small.chips_per_square == huge.chips_per_square
    assert len(huge.boxes) <= 80
    assert huge.left_out > 0
    assert sum(small.boxes) + sum(huge.boxes) <= 2200
    assert drawings([Racks(0, 8, 4, 0)])[0].boxes == ()
    assert drawings([Racks(1, 8, 0, 0)])[0].boxes == (8,)
