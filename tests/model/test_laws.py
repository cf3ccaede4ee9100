"""Laws that hold whatever the figures are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import calc
from calc import names
from calc.model.evaluate import settable

SYSTEMS = {
    system_id: calc.load(system_id)
    for system_id in ("cloudmatrix-384", "gb200-nvl72", "dgx-h100", "mi300x-platform", "tpu-v5p-pod")
}
every = st.sampled_from(sorted(SYSTEMS))
factor = st.floats(0.1, 10.0)


def _evaluate(system_id: str, **settings_: Any) -> calc.Result:
    return calc.evaluate(SYSTEMS[system_id], calc.Scenario(set=settings_.pop("set", {}), **settings_))


@settings(deadline=None)
@given(every, factor)
def test_memory_bandwidth_moves_what_it_should_and_nothing_else(system_id: str, by: float) -> None:
    before = _evaluate(system_id)
    after = _evaluate(system_id, set={"chip.hbm.bandwidth": before.get("chip.hbm.bandwidth") * by})
    assert after.get("hbm.bandwidth") == pytest.approx(before.get("hbm.bandwidth") * by)
    assert after.get("hbm.read_time") == pytest.approx(before.get("hbm.read_time") / by)
    assert after.get("flop_per_hbm_byte") == pytest.approx(before.get("flop_per_hbm_byte") / by)
    for name in ("flop_rate", "hbm.capacity", "power.all_in", "scale_up.bandwidth_per_direction", "racks", "price"):
        assert after.get(name) == before.get(name)


@settings(deadline=None)
@given(every, st.integers(2, 64))
def test_a_scalar_equals_its_place_in_an_array(system_id: str, size: int) -> None:
    random = np.random.default_rng(size)
    system = SYSTEMS[system_id]
    base = calc.evaluate(system)
    axes = {
        path: base.get(path) * random.uniform(0.5, 2.0, size)
        for path in ("chip.flop_rate", "chip.hbm.bandwidth", "chip.power", "power.all_in", "pue", "price", "chip.price")
        if path in base.values
    }
    axes["pue"] = np.maximum(axes["pue"], 1.0)
    swept = calc.evaluate(system, calc.Scenario(set=axes))
    i = size // 2
    one = calc.evaluate(system, calc.Scenario(set={path: float(values[i]) for path, values in axes.items()}))
    assert swept.values.keys() == one.values.keys()
    for name, value in one.values.items():
        assert np.broadcast_to(swept.values[name], (size,))[i] == pytest.approx(value, rel=1e-15), name


def test_axes_broadcast_against_one_another() -> None:
    swept = _evaluate(
        "gb200-nvl72", set={"pue": np.linspace(1.0, 2.0, 5)[:, None], "power.all_in": np.linspace(1e5, 2e5, 7)[None, :]}
    )
    assert swept.array("power.facility").shape == (5, 7)
    assert swept.array("power_per_flop_rate").shape == (1, 7)
    assert swept.array("flop_rate").shape == ()


@settings(deadline=None)
@given(st.floats(1e2, 1e7), st.sampled_from([("W", 1.0), ("kW", 1e3), ("MW", 1e6)]))
def test_the_unit_it_is_written_in_changes_nothing(watts: float, unit: tuple[str, float]) -> None:
    word, size = unit
    as_text = _evaluate("gb200-nvl72", set={"power.all_in": f"{watts / size!r} {word}"})
    assert as_text.get("power_per_flop_rate") == pytest.approx(
        _evaluate("gb200-nvl72", set={"power.all_in": watts}).get("power_per_flop_rate")
    )


def test_a_pint_quantity_is_taken_too() -> None:
    quantity = calc.evaluate("gb200-nvl72")["power.all_in"] * 2
    assert _evaluate("gb200-nvl72", set={"power.all_in": quantity.to("MW")}).get("power.all_in") == pytest.approx(
        290_000
    )
    with pytest.raises(calc.CalcError, match=r"power\.all_in: '.*' is not in W, nor in a unit that converts to it"):
        _evaluate("gb200-nvl72", set={"power.all_in": calc.evaluate("gb200-nvl72")["hbm.capacity"]})


@settings(deadline=None)
@given(every, st.integers(1, 8))
def test_more_nodes_mean_more_of_everything_extensive_and_the_same_of_the_rest(system_id: str, times: int) -> None:
    before = _evaluate(system_id)
    after = _evaluate(system_id, set={"nodes": before.get("nodes") * times})
    for row in names.QUANTITIES.values():
        value = before.get(row.name)
        if not row.compared or value is None or row.name in ("racks", "power.racks"):
            continue
        if row.name in (
            "switches",
            "transceivers",
            "scale_up.power",
            "scale_up.transceivers",
            "copper_cables",
            "interruption_interval",
        ) or row.name.startswith("power"):
            continue  # some parts are counted for the whole system, and the more there are, the sooner one fails
        assert after.get(row.name) == pytest.approx(value * times if row.extensive else value) or row.name in (
            "scale_up.energy_per_bit",
        ), row.name


def test_a_changed_part_moves_the_published_total_by_as_much() -> None:
    before = _evaluate("gb200-nvl72")
    after = _evaluate("gb200-nvl72", set={"chip.power": "1000 W"})
    assert after.get("power.all_in") == pytest.approx(before.get("power.all_in") - 72 * 200)
    assert after.get("power.unexplained") == pytest.approx(before.get("power.unexplained"))
    assert after.get("power.racks") == pytest.approx(before.get("power.racks") - 72 * 200)


def test_half_the_nodes_leave_half_of_what_nobody_explains() -> None:
    before = _evaluate("cloudmatrix-384")
    after = _evaluate("cloudmatrix-384", set={"nodes": 24})
    assert after.get("power.unexplained") == pytest.approx(before.get("power.unexplained") / 2)
    assert after.get("price") == pytest.approx(before.get("price") / 2)
    assert after.get("scale_up.domain") == 192


def test_a_total_that_is_set_stands() -> None:
    after = _evaluate("gb200-nvl72", set={"power.all_in": "130 kW", "chip.power": "1000 W"})
    assert after.get("power.all_in") == 130_000


def test_a_setting_for_one_system_leaves_the_others(library: calc.Library) -> None:
    both = calc.compare(
        ["cloudmatrix-384", "gb200-nvl72"], scenario=calc.Scenario(set={"pue": 1.3, "gb200-nvl72:pue": 1.1})
    )
    assert both.results["cloudmatrix-384"].get("pue") == 1.3
    assert both.results["gb200-nvl72"].get("pue") == 1.1


@settings(deadline=None)
@given(every)
def test_a_ratio_and_its_inverse(system_id: str) -> None:
    other = "gb200-nvl72" if system_id != "gb200-nvl72" else "cloudmatrix-384"
    there = calc.compare([system_id, other], baseline=other)
    back = calc.compare([system_id, other], baseline=system_id)
    for row in there.rows:
        value, inverse = row.ratios[system_id], back.row(row.quantity.name).ratios[other]
        if value and inverse:
            assert value * inverse == pytest.approx(1.0)
            assert (
                row.favours(system_id) != back.row(row.quantity.name).favours(other) or row.favours(system_id) is None
            )


@settings(deadline=None)
@given(every, every, st.sampled_from(sorted(row.name for row in names.QUANTITIES.values() if row.compared)))
def test_factors_multiply_to_the_ratio(one: str, other: str, quantity: str) -> None:
    results = [calc.evaluate(SYSTEMS[each]) for each in (one, other)]
    if results[0].get(quantity) is None or not results[1].get(quantity):
        with pytest.raises(calc.CalcError, match=r"has (no|zero) "):
            calc.why(SYSTEMS[one], SYSTEMS[other], quantity)
        return
    found = calc.why(SYSTEMS[one], SYSTEMS[other], quantity)
    product = 1.0
    for part in found.factors:
        product *= part.ratio
    assert product == pytest.approx(found.ratio, rel=1e-12)


@pytest.mark.parametrize("per", ["chip", "die", "rack", "kW", "USD"])
def test_per_divides_by_what_it_says(per: str) -> None:
    whole, each = (calc.compare(["cloudmatrix-384", "gb200-nvl72"], per=word) for word in ("system", per))
    divisor = {"chip": "chips", "die": "dies", "rack": "racks", "kW": "power.all_in", "USD": "price"}[per]
    for system_id, result in whole.results.items():
        size = result.get(divisor) / (1000 if per == "kW" else 1)
        assert each.row("hbm.capacity").values[system_id] == pytest.approx(
            (whole.row("hbm.capacity").values[system_id] or 0) / size
        )
        assert each.row("chip.power").values[system_id] == whole.row("chip.power").values[system_id]
    assert each.row("hbm.capacity").unit == f"B/{per}"


def test_what_is_missing_says_why_and_is_never_zero() -> None:
    both = calc.compare(["dgx-h100", "gb200-nvl72"])
    row = both.row("power.all_in")
    assert row.values["dgx-h100"] is None
    assert row.ratios["dgx-h100"] is None
    assert "10.2 kW" in row.missing["dgx-h100"]
    fp8 = calc.compare(["cloudmatrix-384", "gb200-nvl72"], scenario=calc.Scenario(precision="fp8")).row("flop_rate")
    assert fp8.values["cloudmatrix-384"] is None
    assert fp8.missing["cloudmatrix-384"].startswith("no dense fp8: it has ")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            "power.all_n",
            "3 kW",
            r"no input 'power.all_n'. Did you mean 'power.all_in'\? \(podcalc inputs gb200-nvl72\)",
        ),
        (
            "flop_rate",
            "3 PFLOP/s",
            "flop_rate is computed, so it cannot be set; set what it is computed from: chips, chip.flop_rate",
        ),
        ("chip.power", "3 TB/s", "'3 TB/s' is a rate; this value needs a power such as '1.2 kW'"),
        ("chip.power", -1, "chip.power: '-1' is negative or not finite; an input is a number from zero up"),
        ("chip.power", float("nan"), "chip.power: 'nan' is negative or not finite"),
        ("chip.power", 0, "chip.power: '0' is zero; this input is a number above zero"),
        ("pue", 0.5, "pue: '0.5' is below 1; a facility draws no less than what it houses"),
        ("pue", "abc", "'abc' is not a number; write for example '1.2'"),
        ("nodes", 3.5, "nodes: '3.5' is not a whole number; this is a count"),
        ("chip.power", object, "is not a number; give a text with its unit, or a number in W"),
    ],
)
def test_settings_that_cannot_be(path: str, value: Any, message: str) -> None:
    with pytest.raises(calc.CalcError, match=message):
        _evaluate("gb200-nvl72", set={path: value})


def test_unknown_choices_are_answered() -> None:
    with pytest.raises(calc.UnknownNameError, match=r"no precision 'bf61'. Did you mean 'bf16'\?"):
        calc.Scenario(precision="bf61")
    with pytest.raises(calc.UnknownNameError, match=r"no quantity 'power\.allin'"):
        calc.evaluate("gb200-nvl72").get("power.allin")
    with pytest.raises(calc.CalcError, match="'gb200-nvl72' is named twice; name each system once"):
        calc.compare(["gb200-nvl72", "gb200-nvl72"])
    with pytest.raises(calc.CalcError, match="nothing to compare"):
        calc.compare([])
    with pytest.raises(calc.UnknownNameError, match="no system among those compared: 'dgx-h100'"):
        calc.compare(["gb200-nvl72"], scenario=calc.Scenario(set={"dgx-h100:pue": 1.2}))
    with pytest.raises(calc.UnknownNameError, match="no source with a reading of these systems: 'nobody'"):
        calc.compare(["gb200-nvl72"], scenario=calc.Scenario(prefer=("nobody",)))


def test_everything_settable_can_be_set() -> None:
    system = SYSTEMS["cloudmatrix-384"]
    for path in settable(system):
        value = 2.0 if names.find(path).whole else 0.5 if path == "share_in_use" else 1.5
        assert calc.evaluate(system, calc.Scenario(set={path: value})).get(path) == value


@pytest.mark.parametrize(
    ("system", "alone"),
    [
        ("mi300x-platform", {"scale_up.domain": 1}),
        ("tpu-v5p-pod", dict.fromkeys(("scale_up.torus.x", "scale_up.torus.y", "scale_up.torus.z"), 1)),
    ],
)
def test_a_chip_alone_has_no_bisection(system: str, alone: dict[str, int]) -> None:
    assert calc.evaluate(system, calc.Scenario(set=alone)).get("scale_up.bisection_bandwidth") == 0.0
