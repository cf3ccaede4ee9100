"""Why, parity, power and claims."""

from __future__ import annotations

import pytest

import calc


def test_why_power_per_flop_is_chip_power_per_flop_times_overhead() -> None:
    found = calc.why("cloudmatrix-384", "gb200-nvl72", "power_per_flop_rate")
    assert [factor.quantity.name for factor in found.factors] == ["chip.power_per_flop_rate", "power.overhead"]
    assert found.factors[0].ratio * found.factors[1].ratio == pytest.approx(2.486, abs=5e-4)


def test_why_throughput_is_chips_times_rate() -> None:
    found = calc.why("cloudmatrix-384", "gb200-nvl72", "flop_rate")
    assert [round(factor.ratio, 3) for factor in found.factors] == [5.333, 0.312]


def test_why_an_inverse_factor_says_so() -> None:
    found = calc.why("cloudmatrix-384", "gb200-nvl72", "power_per_hbm_bandwidth")
    assert {factor.quantity.name: factor.power for factor in found.factors}["chip.hbm.bandwidth"] == -1


def test_why_without_a_value_says_which() -> None:
    with pytest.raises(calc.CalcError, match=r"dgx-h100 has no power_per_flop_rate: "):
        calc.why("dgx-h100", "gb200-nvl72", "power_per_flop_rate")
    with pytest.raises(calc.CalcError, match=r"gb200-nvl72 has zero scale_up\.transceivers; there is no ratio to it"):
        calc.why("cloudmatrix-384", "gb200-nvl72", "scale_up.transceivers")


def test_parity_with_itself_is_itself() -> None:
    for row in calc.parity("gb200-nvl72", "gb200-nvl72").rows:
        assert row.chips == 72
        assert row.systems == 1
        assert row.power == 145_000


def test_parity_counts_whole_chips_and_scales_the_rest() -> None:
    (row,) = [row for row in calc.parity("cloudmatrix-384", "gb200-nvl72").rows if row.quantity.name == "flop_rate"]
    assert row.chips == 231
    assert row.power == pytest.approx(599_821 * 231 / 384)
    assert row.racks == pytest.approx(16 * 231 / 384)


def test_power_parts_and_remainder_make_the_published_total(systems: list[calc.System]) -> None:
    for system in systems:
        found = calc.power_breakdown(system)
        for scope in found.scopes:
            if scope.published is not None and scope.itemised is not None and scope.unexplained is not None:
                inside = {"nodes": ("node",), "racks": ("node", "rack"), "all_in": ("node", "rack", "all_in")}[
                    scope.scope
                ]
                parts = sum(part.power or 0.0 for part in found.parts if part.within in inside)
                assert parts == pytest.approx(scope.itemised)
                assert scope.itemised + scope.unexplained == pytest.approx(scope.published)


def test_a_part_without_power_is_listed_as_such() -> None:
    parts = {part.name: part for part in calc.power_breakdown("cloudmatrix-384").parts}
    assert parts["cpus"].count == 192
    assert parts["cpus"].power is None
    assert next(iter(parts)) == "chips"


def test_a_part_counted_in_another_is_not_counted_twice() -> None:
    parts = {part.name: part for part in calc.power_breakdown("cloudmatrix-384").parts}
    assert parts["scale-up-transceivers"].included_in == "interconnect"
    assert parts["scale-up-transceivers"].power is None
    assert (
        calc.evaluate("cloudmatrix-384").get("scale_up.power")
        == parts["interconnect"].power
        == pytest.approx(384 * 159)
    )


def test_claims_carry_their_place_and_gap() -> None:
    claims = calc.check_claims("gb200-nvl72")
    fp4 = next(claim for claim in claims if claim.precision == "fp4" and claim.sparsity == "dense")
    assert fp4.claimed == 720e15
    assert fp4.agrees
    assert ":" in fp4.place


def test_a_frame_on_request() -> None:
    frame = calc.compare(["cloudmatrix-384", "gb200-nvl72"]).frame()
    assert frame.loc["flop_rate", "cloudmatrix-384 / gb200-nvl72"] == pytest.approx(1.664, abs=5e-4)
    one = calc.evaluate("gb200-nvl72").frame()
    assert one.loc["power.all_in", "value"] == 145_000
    assert one.loc["power.all_in", "unit"] == "W"
