"""Where two systems are level, what moves a result, and the sentences about both."""

from __future__ import annotations

import pytest

import calc
from calc.studies import narrate_what_if as words
from calc.studies.break_even import break_even
from calc.studies.levers import levers
from calc.studies.narrate import plain

A, B = "cloudmatrix-384", "gb200-nvl72"
COST = "power_per_flop_rate"


@pytest.fixture(scope="module")
def pair() -> tuple[calc.System, calc.System]:
    return calc.load(A), calc.load(B)


@pytest.mark.parametrize("path", ["power.all_in", "chip.flop_rate"])
@pytest.mark.parametrize("quantity", [COST, "power_per_hbm_bandwidth", "power_per_hbm_capacity"])
def test_at_the_value_found_the_two_are_level(pair: tuple[calc.System, calc.System], path: str, quantity: str) -> None:
    found = break_even(*pair, quantity, path)
    if not found.moves:
        assert found.value is None
        return
    assert found.value is not None
    level = calc.compare([A, B], scenario=calc.Scenario(set={f"{A}:{path}": found.value}))
    assert level.row(quantity).ratios[A] == pytest.approx(1.0, abs=1e-6)
    assert found.low < found.value < found.high


def test_a_count_gives_the_first_whole_number_past_the_turn(pair: tuple[calc.System, calc.System]) -> None:
    found = break_even(*pair, "flop_rate", "nodes")
    assert found.value is not None

    def ratio(nodes: float) -> float:
        scenario = calc.Scenario(set={f"{A}:nodes": nodes})
        return calc.compare([A, B], scenario=scenario).row("flop_rate").ratios[A] or 0.0

    assert ratio(found.value) < 1.0 < ratio(found.value + 1)


def test_nothing_in_the_range_makes_them_level(pair: tuple[calc.System, calc.System]) -> None:
    found = break_even(*pair, COST, "power.all_in", low=300e3, high=700e3)
    assert (found.value, found.moves) == (None, True)
    assert plain(words.level([found])) == "No value of all-in power in 300 – 700 kW makes them level."
    assert words.level([found], language="zh") == "功率（整机）在 300 – 700 kW 内没有使两者持平的值。"


def test_an_input_that_does_not_matter_is_said_to(pair: tuple[calc.System, calc.System]) -> None:
    found = break_even(*pair, COST, "pue")
    assert (found.value, found.moves) == (None, False)
    assert words.level([found]) == ""


@pytest.mark.parametrize(
    ("quantity", "path", "ends", "said"),
    [
        ("power.nodes", "power.all_in", {}, f"{A} has no power.nodes: not published"),
        (COST, "powr.all_in", {"low": 1.0, "high": 2.0}, "no quantity 'powr.all_in'. Did you mean 'power.all_in'?"),
        (COST, "chip.price", {}, "chip.price has no value to search around; give the ends of the range"),
        (COST, "power.all_in", {"low": 7.0, "high": 3.0}, "power.all_in: 7 to 3 is not a range"),
        (COST, "power.all_in", {"low": 1.0, "high": float("inf")}, "power.all_in: 1 to inf is not a range"),
    ],
)
def test_what_cannot_be_searched(
    pair: tuple[calc.System, calc.System], quantity: str, path: str, ends: dict[str, float], said: str
) -> None:
    with pytest.raises(calc.CalcError) as error:
        break_even(*pair, quantity, path, **ends)  # type: ignore[arg-type]
    assert str(error.value).startswith(said)


def test_levers_are_in_order_of_what_they_move(pair: tuple[calc.System, calc.System]) -> None:
    found = levers(pair[0], COST)
    assert [lever.path for lever in found[:2]] == ["power.all_in", "chip.flop_rate"]
    assert [round(lever.matters, 3) for lever in found[:2]] == [1.0, -1.0]
    assert len({lever.path for lever in found}) == len(found)


def test_a_lever_moves_over_every_reading_and_gives_back_what_it_shows(systems: list[calc.System]) -> None:
    for system in systems:
        quantity = "flop_rate"
        for lever in levers(system, quantity):
            shown = lever.shown()
            assert shown is not None
            if shown == 0:
                continue
            assert lever.low <= shown * (1 + 1e-9), lever.path
            assert shown <= lever.high * (1 + 1e-9), lever.path
            assert 0 < lever.step <= lever.high - lever.low, lever.path
            text = lever.text(shown)
            again = calc.evaluate(system, calc.Scenario(set={lever.path: text}))
            assert again.values[lever.path] == pytest.approx(lever.value, rel=1e-6), lever.path
            assert lever.label("zh")
            assert "{" not in lever.label() + lever.label("zh")


def test_levers_of_what_there_is_none_of(pair: tuple[calc.System, calc.System]) -> None:
    with pytest.raises(calc.CalcError, match="cloudmatrix-384 has no flop_rate: no dense fp8"):
        levers(pair[0], "flop_rate", calc.Scenario("fp8"))


def _comparisons(settings: dict[str, str]) -> tuple[calc.Comparison, calc.Comparison]:
    return calc.compare([A, B]), calc.compare([A, B], scenario=calc.Scenario(set=settings))


def test_the_changed_result_and_what_it_was() -> None:
    settings = {f"{A}:chip.flop_rate": "800 TFLOP/s", f"{A}:power.all_in": "559 kW"}
    said = "With 800 TFLOP/s a chip and 559 kW all-in, CloudMatrix 384 needs 2.26× the power per BF16 of GB200 NVL72, not 2.49×"
    assert plain(words.changed(*_comparisons(settings), A, COST)) == said
    said = "若单芯片 800 TFLOP/s、整机 559 kW，CloudMatrix 384 的每单位 BF16 算力功率是 GB200 NVL72 的 2.26 倍，而非 2.49 倍"
    assert plain(words.changed(*_comparisons(settings), A, COST, "zh")) == said


@pytest.mark.parametrize(
    ("settings", "quantity", "said", "zh"),
    [
        (
            {},
            COST,
            "As adopted, CloudMatrix 384 needs 2.49× the power per BF16 of GB200 NVL72",
            "按采用的读数，CloudMatrix 384 的",
        ),
        (
            {f"{A}:power.all_in": "559 kW"},
            "hbm.capacity",
            "With 559 kW all-in, CloudMatrix 384 offers 3.56× the HBM capacity of GB200 NVL72, as before",
            "若整机 559 kW，CloudMatrix 384 的 HBM 容量是 GB200 NVL72 的 3.56 倍，没有变化",
        ),
        (
            {f"{B}:power.all_in": "130 kW"},
            "power.all_in",
            "With 130 kW all-in for GB200 NVL72, CloudMatrix 384 needs 4.61× the all-in power of GB200 NVL72, not 4.14×",
            "若GB200 NVL72 整机 130 kW，",
        ),
        (
            {"pue": "1.2", f"{A}:nodes": "24", f"{A}:chip.power": "800 W", f"{A}:power.all_in": "500 kW"},
            COST,
            "With 4 inputs changed, CloudMatrix 384 needs",
            "改变 4 项输入后，",
        ),
    ],
)
def test_other_what_ifs(settings: dict[str, str], quantity: str, said: str, zh: str) -> None:
    assert plain(words.changed(*_comparisons(settings), A, quantity)).startswith(said)
    assert plain(words.changed(*_comparisons(settings), A, quantity, "zh")).startswith(zh)


def test_what_cannot_be_compared_says_why() -> None:
    both = calc.compare([A, B], scenario=calc.Scenario("fp8"))
    assert words.changed(both, both, A, COST).startswith(
        "CloudMatrix 384 and GB200 NVL72 cannot be compared on power per FP8: no dense fp8: it has "
    )
    assert "无法比较" in words.changed(both, both, A, COST, "zh")


def test_what_it_takes_to_draw_level(pair: tuple[calc.System, calc.System]) -> None:
    scenario = calc.Scenario(set={f"{A}:chip.flop_rate": "800 TFLOP/s", f"{A}:power.all_in": "559 kW"})
    found = [break_even(*pair, COST, path, scenario) for path in ("power.all_in", "chip.flop_rate")]
    assert (
        plain(words.level(found))
        == "To draw level on power per BF16 it would take 247 kW all-in, or 1.81 PFLOP/s a chip."
    )
    assert (
        plain(words.level(found, language="zh"))
        == "要在每单位 BF16 算力功率上持平，需整机 247 kW，或单芯片 1.81 PFLOP/s。"
    )
    scenario = calc.Scenario(set={f"{A}:power.all_in": found[0].value})
    assert found[0].to_json()["value"] == found[0].value
    same = break_even(calc.load("dgx-h200"), calc.load("dgx-h100"), "flop_rate", "chip.flop_rate")
    assert words.level([same]) == "The two are level on BF16 throughput."
    assert words.level([same], language="zh") == "两者的 BF16 算力相同。"
