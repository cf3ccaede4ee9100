"""Sentences: benefit, then its price; the numbers of the table; both languages."""

from __future__ import annotations

import pytest

import calc
from calc.studies import narrate, readings

A, B = "cloudmatrix-384", "gb200-nvl72"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "CloudMatrix 384 delivers 1.66× the dense BF16 of GB200 NVL72, with 5.3× the chips and 4.1× the power"),
        ("zh", "CloudMatrix 384 的稠密 BF16 算力是 GB200 NVL72 的 1.66 倍，芯片数是其 5.3 倍，功率是其 4.1 倍"),
    ],
)
def test_headline_of_the_pair(language: str, said: str) -> None:
    assert narrate.plain(narrate.headline(calc.compare([A, B]), language)) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "GB200 NVL72 delivers 0.60× the dense BF16 of CloudMatrix 384, with 0.19× the chips and 0.24× the power",
        ),
        ("zh", "GB200 NVL72 的稠密 BF16 算力是 CloudMatrix 384 的 0.60 倍，芯片数是其 0.19 倍，功率是其 0.24 倍"),
    ],
)
def test_headline_the_other_way_round(language: str, said: str) -> None:
    assert narrate.plain(narrate.headline(calc.compare([A, B], baseline=A), language)) == said


def test_headline_of_several() -> None:
    said = narrate.plain(narrate.headline(calc.compare([A, B, "dgx-h100"], baseline="dgx-h100")))
    assert said == "Against DGX H100, CloudMatrix 384 delivers 37.8× the dense BF16, GB200 NVL72 22.7×"


def test_equal_systems_are_the_same() -> None:
    both = calc.compare(["dgx-h100", "dgx-h200"])
    assert narrate.plain(narrate.headline(both)).startswith("DGX H100 delivers the same dense BF16 of DGX H200")
    assert "与 DGX H200 相同" in narrate.headline(both, "zh")


def test_a_missing_precision_is_said_not_shown_as_zero() -> None:
    both = calc.compare([A, B], scenario=calc.Scenario(precision="fp8"))
    assert narrate.headline(both) == "CloudMatrix 384 has no dense FP8 rate, so the two cannot be compared on it"
    assert narrate.headline(both, "zh") == "CloudMatrix 384 没有稠密 FP8 算力，无法比较"


def test_standfirst_has_the_price_of_it() -> None:
    both = calc.compare([A, B])
    assert narrate.plain(narrate.standfirst(both)) == (
        "Each BF16 FLOP costs it 2.49× the power, each byte per second of memory bandwidth 1.94×, each byte of memory 1.16×."
        " It holds 3.56× the memory in 16 racks against 1."
    )
    assert narrate.plain(narrate.standfirst(both, "zh")) == (
        "每单位 BF16 算力的功耗是其 2.49 倍，每单位内存带宽 1.94 倍，每单位内存容量 1.16 倍。"
        "内存容量是其 3.56 倍，占 16 个机柜，对方 1 个。"
    )
    alone = calc.compare(["dgx-h100", B])
    assert "DGX H100 has no all-in power: node only: 10.2 kW." in narrate.standfirst(alone)


def test_basis_names_the_estimates_and_the_other_edition() -> None:
    said = narrate.plain(narrate.basis(calc.compare([A, B])))
    assert said.startswith("Rests on estimates: power, all-in and BF16 per accelerator of CloudMatrix 384;")
    assert said.endswith("With the other reading of 559 kW the power ratio is 3.86×.")
    assert narrate.basis(calc.compare(["dgx-h100", "dgx-h200"])) == ""


@pytest.mark.parametrize("language", narrate.LANGUAGES)
def test_headline_and_table_agree_after_rounding(language: str, systems: list[calc.System]) -> None:
    for system in systems:
        if system.id == B:
            continue
        both = calc.compare([system, calc.load(B)])
        ratio = both.row("flop_rate").ratios[system.id]
        if ratio is None:
            assert not calc.evaluate(system).feasible("flop_rate")
            continue
        said = narrate.plain(narrate.headline(both, language))
        if abs(ratio - 1) >= 0.005:
            assert calc.figures.short_ratio(ratio).removesuffix("×") in said


def test_spans_hold_the_ratio_and_the_other_editions() -> None:
    both = calc.compare([A, B])
    spans = readings.spans(both)
    low, high = spans["power.all_in"][A]
    assert low == pytest.approx(500_000 / 145_000)
    assert high == pytest.approx(599_821 / 145_000)
    for quantity, by_system in spans.items():
        ratio = both.row(quantity).ratios[A]
        assert ratio is not None
        assert by_system[A][0] <= ratio * (1 + 1e-12)
        assert ratio <= by_system[A][1] * (1 + 1e-12)
    assert "chips" not in spans


def test_choices_give_the_ratio_each_reading_would() -> None:
    both = calc.compare([A, B])
    listed = readings.choices(both, "power_per_flop_rate", A)
    adopted = [choice for choice in listed if choice.adopted]
    assert {choice.path for choice in adopted} == {"power.all_in", "chip.flop_rate"}
    for choice in adopted:
        assert choice.ratio == pytest.approx(both.row("power_per_flop_rate").ratios[A])
    first = next(choice for choice in listed if choice.datum.source == "semianalysis-cm384-2025-04")
    assert first.ratio == pytest.approx(2.318, abs=5e-4)


@pytest.mark.parametrize(
    "scenario",
    [
        calc.Scenario(prefer=("reportify-cm384-500kw",), set={"pue": 1.5}),
        calc.Scenario(set={f"{A}:chip.power": 900.0, "dgx-h100:nodes": 100}),
        calc.Scenario(prefer=("zuo-2025-cm384-v1",), set={f"{A}:nodes": 24, f"{B}:nodes": 9}),
    ],
)
@pytest.mark.parametrize("quantity", ["power_per_flop_rate", "power.facility"])
def test_choices_keep_the_rest_of_the_scenario(scenario: calc.Scenario, quantity: str) -> None:
    found = calc.compare([A, "dgx-h100", B], scenario=scenario)
    listed = readings.choices(found, quantity, A)
    assert len({choice.ratio for choice in listed if choice.path.endswith("power.all_in")}) > 1
    for choice in listed:
        if choice.adopted:
            assert choice.ratio == pytest.approx(found.row(quantity).ratios[A]), choice.path
