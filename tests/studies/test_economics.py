"""What systems cost and emit, and what a limit buys."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import SOURCES

import calc
from calc.cli import main
from calc.studies.economics import GIVEN_PARTS, LEFT_OUT, LEFT_OUT_UNLESS_GIVEN, PARTS, YEAR, Cost

A, B = "cloudmatrix-384", "gb200-nvl72"
LIBRARY = calc.library()
HERE, THERE = f"{A}@cn-inner-mongolia", f"{B}@us-virginia"


def _one(system: str = B, **settings: Any) -> Cost:
    return calc.cost(system, calc.Scenario(set=settings), draws=64, library=LIBRARY).systems[0]


def _value(value: float | None) -> float:
    assert value is not None
    return value


def plain(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(["cost", *arguments, "--draws", "64", "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("system", [A, B, HERE, THERE])
def test_parts_come_to_the_whole(system: str) -> None:
    found = _one(system)
    assert found.parts.keys() == PARTS.keys()
    assert sum(_value(part.value) for part in found.parts.values()) == pytest.approx(_value(found.per_hour.value))
    for span in (found.per_hour, found.per_pflop_hour, found.per_accelerator_hour, found.co2_per_hour):
        assert _value(span.low) <= _value(span.value) <= _value(span.high)


@settings(deadline=None, max_examples=20)
@given(st.floats(1.0, 2.0), st.floats(1.01, 4.0))
def test_laws(pue: float, more: float) -> None:
    before, after = _one(pue=pue), _one(pue=pue * more)
    assert _value(after.co2_per_hour.value) == pytest.approx(more * _value(before.co2_per_hour.value))
    energy = [
        sum(_value(one.parts[name].value) for name in ("electricity_equipment", "electricity_overhead"))
        for one in (before, after)
    ]
    assert energy[1] == pytest.approx(more * energy[0])
    assert before.parts["price_written_off"] == after.parts["price_written_off"]
    dear = _one(pue=pue, price=3e6 * more)
    assert _value(dear.per_hour.value) > _value(_one(pue=pue, price=3e6).per_hour.value)
    longer = _one(pue=pue, depreciation_period=5 * YEAR * more)
    assert _value(longer.per_hour.value) < _value(before.per_hour.value)


def test_nothing_is_emitted_twice_and_the_grid_decides() -> None:
    clean, dirty = _one(f"{B}@se"), _one(f"{B}@in")
    assert _value(dirty.co2_per_hour.value) / _value(clean.co2_per_hour.value) == pytest.approx(713.441 / 40.695)


@settings(deadline=None, max_examples=25)
@given(st.sampled_from([A, B]), st.floats(1e3, 1e10), st.sampled_from(["budget", "power"]))
def test_a_limit_buys_no_more_than_it_pays_for(system: str, amount: float, kind: str) -> None:
    asked: dict[str, Any] = {kind: amount}
    bought = calc.cost(system, draws=64, library=LIBRARY, **asked).systems[0].buys
    assert bought is not None
    used = _value((bought.price if kind == "budget" else bought.power).value)
    count = _value(bought.systems.value)
    assert count == int(count)
    assert used <= amount
    each = used / count if count else amount
    assert used + each > amount * (1 - 1e-12) or not count


def test_a_year_of_what_is_bought() -> None:
    found = calc.cost([HERE, THERE], power="100 MW", draws=64, library=LIBRARY)
    for one in found.systems:
        assert one.buys is not None
        count = _value(one.buys.systems.value)
        assert _value(one.buys.cost_per_year.value) == pytest.approx(count * _value(one.per_hour.value) * 8766)
        assert _value(one.buys.co2_per_year.value) == pytest.approx(count * _value(one.co2_per_hour.value) * 8766)
        assert _value(one.buys.power.value) <= 100e6


def test_one_system_in_two_places() -> None:
    found = calc.cost([f"{B}@us-texas", f"{B}@us-california", B], draws=64, library=LIBRARY)
    assert [one.region for one in found.systems] == ["us-texas", "us-california", "global"]
    assert _value(found.systems[0].per_hour.value) < _value(found.systems[1].per_hour.value)
    asked = calc.Scenario(set={f"{B}:pue": 1.1})
    moved = calc.cost([f"{B}@us-texas", f"{B}@us-california"], asked, draws=64, library=LIBRARY)
    assert [one.assumptions["pue"]["value"] for one in moved.systems] == [1.1, 1.1]


def test_equal_seeds_give_equal_bands() -> None:
    first, second, other = (calc.cost([A, B], draws=256, seed=seed, library=LIBRARY).to_json() for seed in (3, 3, 4))
    assert first == second
    assert first["systems"] != other["systems"]


def test_the_level_price_levels() -> None:
    against = calc.cost([A, B], draws=64, library=LIBRARY).against[0]
    price = _value(against.level_price.value)
    asked = calc.Scenario(set={f"{A}:price": price})
    assert calc.cost([A, B], asked, draws=64, library=LIBRARY).against[0].ratio.value == pytest.approx(1.0)
    found = calc.break_even.break_even(calc.load(A), calc.load(B), "cost_per_flop", "price")
    assert found.value == pytest.approx(price, rel=1e-6)


def test_no_price_levels_what_costs_more_to_run(capsys: pytest.CaptureFixture[str]) -> None:
    setting = f"{A}:electricity_price=2 USD/kWh"
    assert plain(capsys, A, B, "--set", setting)["against"][0]["level_price"]["value"] is None
    main(["cost", A, B, "--set", setting, "--draws", "64"])
    assert "No price makes them level: running CloudMatrix 384 alone" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("price", "power", "said"),
    [
        ("4 MUSD", "100 kW", "GB200 NVL72, us costs more to buy and less to run; it makes up for it against"),
        (
            "2 MUSD",
            "200 kW",
            "GB200 NVL72 costs more to buy and less to run; it makes up for it against GB200 NVL72, us",
        ),
        ("4 MUSD", "200 kW", "GB200 NVL72, us costs more to buy and more to run, so neither pays back the other."),
        ("2 MUSD", "100 kW", "GB200 NVL72, us costs less to buy and less to run, so neither pays back the other."),
    ],
)
def test_payback(capsys: pytest.CaptureFixture[str], price: str, power: str, said: str) -> None:
    place = f"{B}@us"
    settings = ["--set", f"{place}:price={price}", "--set", f"{place}:power.all_in={power}"]
    settings += ["--set", "electricity_price=0.08 USD/kWh"]
    found = plain(capsys, place, B, *settings)["against"][0]
    assert main(["cost", place, B, "--draws", "64", *settings]) == 0
    assert said in capsys.readouterr().out
    extra, saved = float(price.split()[0]) * 1e6 - 3e6, (145e3 - float(power.split()[0]) * 1e3) * 1.56 * 0.08 / 3.6e6
    assert found["time"] == (pytest.approx(extra / saved) if extra * saved > 0 else None)


def test_json_keeps_its_contract(capsys: pytest.CaptureFixture[str]) -> None:
    found = plain(capsys, B, "--region", "us-virginia")
    assert found["schema"] == "podcalc.cost/1"
    assert (found["system"], found["region"], found["precision"]) == (B, "us-virginia", "bf16")
    for name in ("per_hour", "per_pflop_hour", "co2_per_hour", "per_accelerator_hour"):
        assert set(found[name]) == {"value", "low", "high"}
    result = calc.evaluate(B, calc.Scenario(region="us-virginia"))
    assert found["per_hour"]["value"] == pytest.approx(result.get("cost_rate") * 3600)
    assert found["per_pflop_hour"]["value"] == pytest.approx(found["per_hour"]["value"] / 180)
    assert found["per_accelerator_hour"]["value"] == pytest.approx(found["per_hour"]["value"] / 72)
    assert found["co2_per_hour"]["value"] == pytest.approx(145 * 1.56 * 0.369473)
    assert sum(part["value"] for part in found["parts"].values()) == pytest.approx(found["per_hour"]["value"])
    assert found["left_out"] == [*LEFT_OUT_UNLESS_GIVEN.values(), *LEFT_OUT]
    assert found["assumptions"]["pue"]["source"] == "uptime-survey-2024"
    assert plain(capsys, B, "--set", "pue=1.2")["assumptions"]["pue"]["source"] is None


def test_two_systems_and_a_limit_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = plain(capsys, HERE, THERE, "--power", "100 MW")
    assert [one["system"] for one in found["systems"]] == [HERE, THERE]
    assert found["limit"] == {"kind": "power", "amount": 1e8, "unit": "W"}
    assert [one["buys"]["systems"]["value"] for one in found["systems"]] == [106, 442]
    assert found["against"][0]["system"] == HERE
    assert plain(capsys, B, "--budget", "1 GUSD")["buys"]["systems"]["value"] == 333


def test_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", HERE, THERE, "--power", "100 MW"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("CloudMatrix 384, cn-inner-mongolia and GB200 NVL72, us-virginia: BF16, dense\n")
    assert "What 100 MW feeds" in out
    assert "ft-greenenergydaily-2025" in out
    assert (
        "buildings and hosting; spares and repairs; the scale-out network where the price is without it; staff" in out
    )
    assert (
        "Not sourced for us-virginia and taken from around it: Depreciation period of global, Power usage effectiveness"
        " of global, Grid carbon intensity of us."
    ) in out
    assert main(["cost", B, "--format", "csv"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0] == "quantity,unit,system,region,value,low,high"
    assert rows[1].startswith("per_hour,USD,gb200-nvl72,global,")


def test_what_has_no_price_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "dgx-b200"]) == 0
    out = capsys.readouterr().out
    assert "DGX B200 has no cost here: price: not published" in out
    assert "--set 'dgx-b200:price=1 MUSD'" in out
    found = plain(capsys, "dgx-b200")
    assert found["per_hour"] == {"value": None, "low": None, "high": None}
    assert found["missing"]["per_hour"] == "price: not published"


def test_too_little_buys_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", B, "--budget", "100 kUSD"]) == 0
    assert "It is not enough for one GB200 NVL72." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gb200-nvl72@us-virgina"], "no region 'us-virgina'. Did you mean 'us-virginia'? (podcalc list regions)"),
        ([B, "--region", "us-texsa"], "no region 'us-texsa'. Did you mean 'us-texas'?"),
        (["gb200-nvl27"], "no system 'gb200-nvl27'. Did you mean 'gb200-nvl72'?"),
        ([f"{B}@"], "'gb200-nvl72@' names no region after '@'; write such as 'gb200-nvl72@us-virginia'"),
        ([B, "--budget", "1 GUSD", "--power", "1 MW"], "a budget and a power limit at once; give --budget or --power"),
        ([B, "--budget", "0 USD"], "--budget is '0 USD'; give an amount above zero and up to 1e15, such as '100 MUSD'"),
        ([B, "--power", "100 MUSD"], "'100 MUSD' is a price; this value needs a power such as '1.2 kW'"),
        (["dgx-b200", "--budget", "1 GUSD"], "dgx-b200 has no price by which a budget buys: not published; set one"),
        (["dgx-b200", "--power", "1 MW"], "has no power.facility by which a power limit is shared out: node only"),
        ([B, "--set", f"{A}:pue=1.2"], "no system among those asked for: 'cloudmatrix-384'"),
        ([B, "--draws", "100"], "100 draws; give a power of two from 2"),
    ],
)
def test_messages(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert main(["cost", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_asking_for_nothing() -> None:
    with pytest.raises(calc.CalcError, match="no system; name one, such as 'gb200-nvl72'"):
        calc.cost([])


@pytest.mark.parametrize("region", LIBRARY.ids("region"))
def test_every_region_evaluates_with_each_figure_from_its_own_source(region: str) -> None:
    system = calc.load(B, scenario=calc.Scenario(region=region), library=LIBRARY)
    result = calc.evaluate(system)
    assert result.feasible("cost_rate")
    assert result.feasible("emission_rate")
    for path, datum in LIBRARY.get("region", region).figures.items():
        assert system[path] == datum


def test_a_region_takes_what_it_lacks_from_around_it() -> None:
    system = calc.load(B, scenario=calc.Scenario(region="us-virginia"), library=LIBRARY)
    assert system["electricity_price"].file == "specs/regions/us-virginia.yaml"
    assert system["grid_carbon_intensity"].file == "specs/regions/us.yaml"
    assert system["pue"].file == "specs/regions/global.yaml"


PLACE = "kind: region\nname: Place\nchecked: 2026-11-26\n"


def test_a_region_within_none_or_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    (tmp_path / "here.yaml").write_text(PLACE + "within: chn\n", encoding="utf-8")
    assert [fault.message for fault in calc.library([tmp_path]).faults] == ["no region 'chn'; did you mean 'cn'?"]
    (tmp_path / "here.yaml").write_text(PLACE + "within: there\n", encoding="utf-8")
    (tmp_path / "there.yaml").write_text(PLACE + "within: here\n", encoding="utf-8")
    with pytest.raises(calc.CalcError, match="region 'here' lies within itself, by way of 'there'; mend its 'within'"):
        calc.cost(f"{B}@here", specs=[tmp_path])


GIVEN: dict[str, Any] = {"hosting_price": "184 USD/kW/month", "spares_share": 0.1, "network_price": "2 MUSD"}


def test_what_is_given_is_counted() -> None:
    bare, full = _one(), _one(**GIVEN)
    assert full.parts.keys() == PARTS.keys() | GIVEN_PARTS.keys()
    assert sum(_value(part.value) for part in full.parts.values()) == pytest.approx(_value(full.per_hour.value))
    assert {name: full.parts[name] for name in PARTS} == bare.parts
    assert full.left_out == LEFT_OUT
    assert _value(full.parts["hosting"].value) == pytest.approx(145 * 184 * 12 / 8766)
    assert _value(full.parts["spares"].value) == pytest.approx(0.1 * _value(bare.parts["price_written_off"].value))
    assert _value(full.parts["network"].value) == pytest.approx(2e6 / 5 / 8766)
    assert full.co2_per_hour == bare.co2_per_hour


@settings(deadline=None, max_examples=20)
@given(st.sampled_from([*GIVEN, "electricity_price"]), st.floats(0.01, 1.0), st.floats(1.01, 5.0))
def test_more_of_any_of_them_costs_more(path: str, value: float, more: float) -> None:
    unit = {"hosting_price": " USD/kW/h", "network_price": " MUSD", "electricity_price": " USD/kWh"}.get(path, "")
    low, high = (_one(**{path: f"{one}{unit}"}) for one in (value, value * more))
    assert _value(low.per_hour.value) < _value(high.per_hour.value)
    assert _value(low.per_pflop_hour.value) < _value(high.per_pflop_hour.value)


@settings(deadline=None, max_examples=20)
@given(st.floats(0.05, 1.0))
def test_hours_out_of_use_make_the_others_dearer(share: float) -> None:
    all_hours, some = _one(), _one(share_in_use=share)
    assert _value(some.per_pflop_hour.value) == pytest.approx(_value(all_hours.per_pflop_hour.value) / share)
    assert some.per_hour == all_hours.per_hour


@settings(deadline=None, max_examples=20)
@given(st.floats(1.0, 1000.0), st.floats(1.01, 4.0))
def test_emissions_go_with_the_grid(grams: float, more: float) -> None:
    low, high = (_one(grid_carbon_intensity=f"{one} g/kWh") for one in (grams, grams * more))
    assert _value(high.co2_per_hour.value) == pytest.approx(more * _value(low.co2_per_hour.value))
    assert low.per_hour == high.per_hour


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(["budget", "power"]), st.floats(1e5, 1e9), st.floats(1.0, 10.0))
def test_more_to_spend_never_buys_less(kind: str, amount: float, more: float) -> None:
    asked: list[dict[str, Any]] = [{kind: amount}, {kind: amount * more}]
    less, greater = (calc.cost(B, draws=64, library=LIBRARY, **one).systems[0].buys for one in asked)
    assert less is not None
    assert greater is not None
    assert _value(less.systems.value) <= _value(greater.systems.value)
    assert _value(less.systems.low) <= _value(greater.systems.low)


def test_the_level_price_levels_with_everything_given() -> None:
    settings = {f"{B}:{path}": value for path, value in GIVEN.items()} | {f"{B}:share_in_use": 0.9}
    against = calc.cost([B, A], calc.Scenario(set=settings), draws=64, library=LIBRARY).against[0]
    asked = calc.Scenario(set={**settings, f"{B}:price": _value(against.level_price.value)})
    assert calc.cost([B, A], asked, draws=64, library=LIBRARY).against[0].ratio.value == pytest.approx(1.0)


def test_a_system_against_itself_is_level() -> None:
    found = calc.cost([f"{B}@global", B], draws=64, library=LIBRARY).against[0]
    assert found.ratio.value == pytest.approx(1.0)
    assert found.level_price.value == pytest.approx(found.price)
    assert (found.dearer_to_buy, found.dearer_to_run, found.time) == (False, False, None)


def test_equal_cost_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", f"{B}@global", B, "--draws", "64"]) == 0
    assert "GB200 NVL72, global and GB200 NVL72 cost the same to buy and to run." in capsys.readouterr().out


def test_how_to_count_what_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", B, "--draws", "64", "--set", "spares_share=0.1"]) == 0
    out = capsys.readouterr().out
    assert "To count them, with figures of your own: --set 'hosting_price=184 USD/kW/month'," in out
    assert "spares_share=0.05" not in out
    assert "Taken to be in use in every hour; --set share_in_use=0.7 for less." in out
    assert main(["cost", B, "--draws", "64", "--set", "share_in_use=1.5"]) == 2
    assert (
        "share_in_use: '1.5' is above 1; a system is in use in no more hours than there are" in capsys.readouterr().err
    )


def test_what_a_run_and_its_tokens_emit() -> None:
    system = calc.load(B)
    ask: dict[str, Any] = {"chips": 1024, "tokens": 1e12, "fixed": {"tp": 8, "pp": 1, "cp": 1}}
    clean, dirty = (
        calc.train("llama-3.1-70b", system, calc.Scenario(set={"grid_carbon_intensity": grid}), **ask)
        for grid in ("50 g/kWh", "500 g/kWh")
    )
    assert clean.run is not None
    assert dirty.run is not None
    assert _value(dirty.run.emission) == pytest.approx(10 * _value(clean.run.emission))
    assert _value(clean.run.emission) == pytest.approx(_value(clean.run.energy) * 0.05 / 3.6e6)
    assert _value(dirty.emission_per_token) == pytest.approx(10 * _value(clean.emission_per_token))
    assert clean.to_json()["emission_per_token"] == clean.emission_per_token


@pytest.mark.parametrize("language", ["en", "zh"])
def test_everything_is_said_in_both_languages(language: str) -> None:
    found = calc.cost([HERE, THERE], power="100 MW", draws=64, library=LIBRARY)
    said = calc.narrate_economics
    titles = {one.system.id: one.system.short for one in found.systems}
    assert found.limit is not None
    texts = [
        said.headline(found, language), said.emitted(found, language), said.left_out(found.systems[0], language),
        said.bought(found.systems[1], found.limit, language), *said.against(found.against[0], titles, language),
    ]  # fmt: skip
    chinese = [any("\u4e00" <= sign <= "\u9fff" for sign in text) for text in texts]
    assert chinese == [language == "zh"] * len(texts)
    per_pflop = _value(found.systems[1].co2_per_hour.value) / 180
    assert calc.figures.number(per_pflop, 2) in texts[1]
    assert "442" in texts[3]


def test_a_price_with_a_subsidy_says_for_whom(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", f"{B}@cn-inner-mongolia", "--draws", "64"]) == 0
    out = capsys.readouterr().out
    assert "Electricity price of cn-inner-mongolia: with a subsidy for centres with domestic chips;" in out
    set_here = plain(capsys, f"{B}@cn-inner-mongolia", "--set", "electricity_price=0.09 USD/kWh")
    assert set_here["assumptions"]["electricity_price"]["note"] == ""


def test_a_level_price_has_its_band(capsys: pytest.CaptureFixture[str]) -> None:
    level = calc.cost([A, B], draws=1024, library=LIBRARY).against[0].level_price
    low, value, high = _value(level.low), _value(level.value), _value(level.high)
    assert 0.0 < low < value < high
    # Where nothing is drawn there is no band.
    fixed = {
        f"{one}:{path}": text for one in (A, B) for path, text in (("price", "3 MUSD"), ("power.all_in", "145 kW"))
    }
    fixed |= {"pue": "1.3", "electricity_price": "0.08 USD/kWh", "depreciation_period": "5 year"}
    fixed |= {"chip.flop_rate.bf16.dense": "1 PFLOP/s"}
    sure = calc.cost([A, B], calc.Scenario(set=fixed), draws=64, library=LIBRARY).against[0].level_price
    assert sure.low == pytest.approx(sure.high)
    main(["cost", A, B, "--draws", "1024"])
    assert re.search(r"They are level where CloudMatrix 384 costs [\d.]+ MUSD \([\d.]+ MUSD to [\d.]+ MUSD\) instead", (
        capsys.readouterr().out
    ))  # fmt: skip


def test_a_limit_over_several_leaves_the_unknown_empty(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "atlas-800t-a2", B, "--power", "100 MW", "--draws", "64"]) == 0
    assert "How many of Atlas 800T A2 it comes to is not known without its all-in power." in capsys.readouterr().out
    first, second = plain(capsys, "atlas-800t-a2", B, "--power", "100 MW")["systems"]
    assert "buys" not in first
    assert second["buys"]["systems"]["value"] == 442


def test_what_a_figure_takes_in_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    main(["cost", f"{A}@cn-inner-mongolia", f"{B}@us-virginia", "--draws", "64"])
    said = capsys.readouterr().out
    assert "Price of GB200 NVL72, us-virginia: one rack, mostly without its scale-out network." in said
    assert "Power, all-in of GB200 NVL72, us-virginia: rack with its scale-out network and storage." in said
    assert "Grid carbon intensity of us: average of 2023 over the life of the plants" in said


def test_a_band_that_is_widened_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    found = plain(capsys, f"{A}@cn-inner-mongolia")
    assert found["co2_per_hour"]["widened"] is True
    assert found["co2_per_hour"]["high"] == found["co2_per_hour"]["value"]
    assert "widened" not in found["per_hour"]
