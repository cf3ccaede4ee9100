"""Where two systems are level, what moves a result, and the sentences about both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import calc
from calc.cli import main
from calc.studies import narrate_break_even, outcomes
from calc.studies import narrate_what_if as words
from calc.studies.break_even import break_even, break_even_line, what_would_have_to_be_true
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
        (COST, "powr.all_in", {"low": 1.0, "high": 2.0}, "no input 'powr.all_in'. Did you mean 'power.all_in'?"),
        (COST, "power.facility", {}, "power.facility is computed, so it cannot be set"),
        (
            COST,
            "h100:power.all_in",
            {},
            "no system among those compared: 'h100'. There are: cloudmatrix-384, gb200-nvl72",
        ),
        (COST, "chip.price", {}, "chip.price has no value to search around; give the ends of the range"),
        (
            COST,
            "power.all_in",
            {"low": 7.0, "high": 3.0},
            "power.all_in: 7 W to 3 W is not a range; give two values above",
        ),
        (COST, "power.all_in", {"low": 1.0, "high": float("inf")}, "power.all_in: 1 W to inf W is not a range"),
        (COST, "power.all_in", {"low": 0.0}, "power.all_in: 0 W to 6.00 MW is not a range"),
        (COST, "nodes", {"low": 3.2, "high": 3.8}, "nodes: 4 to 3 is not a range"),
        ("power.facility", "pue", {"low": 0.5}, "pue: 0.5 is below 1, the least it can be"),
        (
            "scale_up.transceivers",
            "parts.scale-up-transceivers.count",
            {},
            f"{B} has zero scale_up.transceivers; nothing is",
        ),
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
    quantity = "flop_rate"
    for system in systems:
        if not calc.evaluate(system).feasible(quantity):
            continue
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


@dataclass(frozen=True)
class Curve:
    """A made-up figure of one input of a system, with as many turns as its formula has."""

    path: str
    ours: str
    formula: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
    level: float = 0.0
    name: str = "curve"
    unit: str = "1"
    en: str = "Curve"
    zh: str = "曲线"
    better: str | None = "lower"

    def __call__(self, system: calc.System, scenario: calc.Scenario) -> NDArray[np.float64]:
        if system.id != self.ours:
            return np.asarray(self.level)
        found = scenario.settings(system.id)
        moved, other = (
            np.asarray(found.get(path, system.inputs[path].value), dtype=float) for path in (self.path, "pue")
        )
        return np.asarray(self.formula(moved, other), dtype=float)

    def reason(self, system: calc.System, scenario: calc.Scenario) -> str:
        return "made up"

    def rests_on(self, system: calc.System, scenario: calc.Scenario) -> Iterable[str]:
        return (self.path,)


POWER = 599821.0


def curve(formula: Callable[..., Any], path: str = "power.all_in", level: float = 0.0) -> Curve:
    return Curve(path, A, formula, level)


def test_an_outcome_is_as_good_as_the_name_of_a_quantity(pair: tuple[calc.System, calc.System]) -> None:
    by_name = break_even(*pair, COST, "power.all_in")
    by_outcome = break_even(*pair, outcomes.quantity_outcome(COST), "power.all_in")
    assert by_name == by_outcome
    found = break_even(*pair, curve(lambda watts, pue: watts / 1e5, level=4.0), "power.all_in")
    assert found.value == pytest.approx(4e5, rel=1e-12)
    assert found.outcome.name == "curve"
    assert found.ratio == pytest.approx(5.99821 / 4.0)


def test_what_is_missing_says_why(pair: tuple[calc.System, calc.System]) -> None:
    with pytest.raises(calc.CalcError, match=r"^cloudmatrix-384 has no curve: made up$"):
        break_even(*pair, curve(lambda watts, pue: watts * np.nan), "power.all_in")
    with pytest.raises(calc.CalcError, match=r"^'gb200-nvl72' is named twice; name two systems$"):
        break_even(pair[1], pair[1], COST, "power.all_in")
    with pytest.raises(calc.CalcError, match=r"^pue is set to several values; give one, or go along them$"):
        break_even(*pair, COST, "power.all_in", calc.Scenario(set={"pue": np.array([1.1, 1.2])}))


def test_of_several_roots_the_nearest_counts_and_a_jump_is_none(pair: tuple[calc.System, calc.System]) -> None:
    roots = np.array([0.2, 0.7, 4.0]) * POWER
    three = curve(lambda watts, pue: 2.0 + np.prod([np.log(watts / root) for root in roots], axis=0), level=2.0)
    assert break_even(*pair, three, "power.all_in").value == pytest.approx(roots[1], rel=1e-9)
    assert break_even(*pair, three, "power.all_in", low=POWER).value == pytest.approx(roots[2], rel=1e-9)
    # The jump at 0.9 is nearer than the root at 3, and the pole at 1.2 too.
    jumping = curve(lambda watts, pue: np.where(watts < 0.9 * POWER, 5.0, watts / 3.0 / POWER), level=1.0)
    assert break_even(*pair, jumping, "power.all_in").value == pytest.approx(3.0 * POWER, rel=1e-9)
    pole = curve(lambda watts, pue: 1.0 / (watts / POWER - 1.2), level=1.0)
    assert break_even(*pair, pole, "power.all_in").value == pytest.approx(2.2 * POWER, rel=1e-9)
    gone = curve(lambda watts, pue: np.where(watts < 1.5 * POWER, 2.0, np.nan), level=1.0)
    assert break_even(*pair, gone, "power.all_in").value is None


def test_what_is_level_over_a_stretch_is_level_as_adopted(pair: tuple[calc.System, calc.System]) -> None:
    flat = curve(
        lambda watts, pue: np.clip(watts / POWER, 0.5, 2.0) - np.clip(watts / POWER, 0.8, 1.3) + 1.0, level=1.0
    )
    assert break_even(*pair, flat, "power.all_in").value == POWER
    beside = break_even(*pair, flat, "power.all_in", low=1.5 * POWER)
    assert beside.value is None


@given(st.integers(2, 2000), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_a_count_turns_at_the_first_whole_number(turn: int, part: int) -> None:
    both = (calc.load(A), calc.load(B))
    level = turn - part / 10.0
    found = break_even(*both, curve(lambda count, pue: count, "nodes", level), "nodes", low=1, high=4000)
    assert found.value == (turn if turn > 48 else turn - 1)
    exact = break_even(*both, curve(lambda count, pue: count, "nodes", float(turn)), "nodes", low=1, high=4000)
    assert exact.value == turn


QUANTITIES = (
    COST,
    "power_per_hbm_bandwidth",
    "flop_rate",
    "cost_rate",
    "price_per_flop_rate",
    "power.facility",
    "flop_per_hbm_byte",
)
MOVED = ("power.all_in", "chip.flop_rate", "chip.hbm.bandwidth", "price", "pue", "chip.power", "electricity_price")
A_SYSTEM = st.sampled_from([A, B])


@given(
    st.sampled_from(QUANTITIES), st.sampled_from(MOVED), A_SYSTEM, st.floats(0.3, 3.0), A_SYSTEM, st.sampled_from(MOVED)
)
@settings(max_examples=80, deadline=None)
def test_level_where_it_says_so_and_nowhere_where_it_does_not(
    quantity: str, path: str, of: str, scale: float, other: str, aside: str
) -> None:
    assume((of, path) != (other, aside))
    both = (calc.load(A), calc.load(B))
    value = calc.evaluate(other).get(aside) * scale
    assume(aside != "pue" or value >= 1.0)
    scenario = calc.Scenario(set={f"{other}:{aside}": value})
    found = break_even(*both, quantity, f"{of}:{path}", scenario)

    def ratio(values: Any) -> NDArray[np.float64]:
        moved = calc.Scenario(set={**scenario.set, f"{of}:{path}": values})
        ours, theirs = (outcomes.quantity_outcome(quantity)(one, moved) for one in both)
        return np.asarray(ours / theirs)

    if found.value is not None:
        assert found.low <= found.value <= found.high
        assert float(ratio(found.value)) == pytest.approx(1.0, abs=1e-6)
        return
    fine = ratio(np.geomspace(found.low, found.high, 4001)) - 1.0
    assert np.all(fine > -1e-9) or np.all(fine < 1e-9)


@given(
    st.sampled_from(QUANTITIES),
    st.sampled_from(MOVED),
    A_SYSTEM,
    st.sampled_from([*MOVED, "nodes"]),
    st.sampled_from([A, B, ""]),
)
@settings(max_examples=60, deadline=None)
def test_a_line_is_what_its_points_are(quantity: str, path: str, of: str, along: str, whose: str) -> None:
    assume(along != path or whose not in (of, ""))
    both = (calc.load(A), calc.load(B))
    adopted = calc.evaluate(whose or A).get(along)
    at = np.linspace(max(adopted / 2.0, 1.0 if along == "pue" else 0.0), adopted * 2.0, 7)
    at = np.round(at) if along == "nodes" else at
    moved = f"{whose}:{along}" if whose else along
    line = break_even_line(*both, quantity, f"{of}:{path}", along=moved, values=at)
    for place, (value, ratio) in enumerate(zip(line.value, line.ratio, strict=True)):
        one = break_even(
            *both, quantity, f"{of}:{path}", calc.Scenario(set={moved: float(at[place])}), line.low, line.high
        )
        # What does not move is level or not all along.
        assert (one.value is None) == bool(np.isnan(value)) or not one.moves
        if one.value is not None:
            assert value == pytest.approx(one.value, rel=1e-9)
        assert ratio == pytest.approx(one.ratio, rel=1e-12)


def test_a_line_of_counts_and_one_in_any_order(pair: tuple[calc.System, calc.System]) -> None:
    at = np.array([40.0, 12.0, 24.0, 18.0])
    line = break_even_line(*pair, "flop_rate", "nodes", along=f"{B}:nodes", values=at)
    expected = [break_even(*pair, "flop_rate", "nodes", calc.Scenario(set={f"{B}:nodes": n})).value for n in at]
    assert line.value.tolist() == expected


def test_a_line_carries_on_where_its_roots_move_past_the_adopted_value(pair: tuple[calc.System, calc.System]) -> None:
    # Two roots at s / 2 and 2 s of the adopted value: the one nearest changes at s = 1, the branch does not.
    two = curve(
        lambda watts, pue: 2.0 + np.log(watts / POWER / pue * 2.0) * np.log(watts / POWER / pue / 2.0), level=2.0
    )
    at = np.linspace(1.2, 3.0, 400)
    line = break_even_line(*pair, two, "power.all_in", along=f"{A}:pue", values=at)
    assert line.value == pytest.approx(at / 2.0 * POWER, rel=1e-9)
    pointwise = [break_even(*pair, two, "power.all_in", calc.Scenario(set={"pue": x})).value for x in (1.2, 1.56, 3.0)]
    assert pointwise == pytest.approx([0.6 * POWER, 0.78 * POWER, 1.5 * POWER], rel=1e-9)
    # From where a branch leaves the range, the line goes on with the other one, once.
    gap = break_even_line(*pair, two, "power.all_in", along=f"{A}:pue", values=at, low=0.9 * POWER, high=4.2 * POWER)
    assert np.isfinite(gap.value).all()
    assert gap.value[:50] == pytest.approx(at[:50] * 2.0 * POWER, rel=1e-9)
    assert np.diff(np.flatnonzero(np.abs(np.diff(np.log(gap.value))) > 0.1)).size == 0


def test_a_line_of_many_values_is_one_computation(pair: tuple[calc.System, calc.System]) -> None:
    asked: list[tuple[int, ...]] = []

    def formula(watts: NDArray[np.float64], pue: NDArray[np.float64]) -> NDArray[np.float64]:
        asked.append(np.broadcast_shapes(watts.shape, pue.shape))
        return np.asarray(watts * pue)

    at = np.linspace(1.0, 2.0, 3000)
    line = break_even_line(*pair, curve(formula, level=POWER), "power.all_in", along="pue", values=at)
    assert line.value == pytest.approx(POWER / at, rel=1e-9)
    assert len(asked) < 20
    assert json.loads(json.dumps(line.to_json(), allow_nan=False))["rows"][0]["along"] == 1.0


@pytest.mark.parametrize(
    ("along", "values", "said"),
    [
        ("power.all_in", [1e5], "power.all_in is the input to find; go along another"),
        (f"{A}:power.all_in", [1e5], f"{A}:power.all_in is the input to find; go along another"),
        ("pue", [], "pue: no values to go along; give a list of numbers"),
        ("pue", [1.2, 0.0], "pue: 0 is not above zero; go along numbers above zero"),
        ("pue", [1.2, 0.9], "pue: 0.9 is below 1, the least it can be"),
        ("power.facility", [1.0], "power.facility is computed, so it cannot be set"),
        ("h100:pue", [1.2], "no system among those compared: 'h100'."),
        ("parts.switches-l2.count", [100.0], "no input 'parts.switches-l2.count'."),
    ],
)
def test_what_cannot_be_gone_along(
    pair: tuple[calc.System, calc.System], along: str, values: list[float], said: str
) -> None:
    with pytest.raises(calc.CalcError) as error:
        break_even_line(*pair, COST, "power.all_in", along=along, values=values)
    assert str(error.value).startswith(said)
    with pytest.raises(
        calc.CalcError, match="pue is set for one system alone; name the system to go along, as in cloud"
    ):
        break_even_line(*pair, COST, "power.all_in", calc.Scenario(set={f"{B}:pue": 1.2}), along="pue", values=[1.2])


def test_what_would_have_to_be_true(pair: tuple[calc.System, calc.System]) -> None:
    found = what_would_have_to_be_true(*pair, COST)
    reached = [one for one in found if one.value is not None]
    assert [*reached, *(one for one in found if one.value is None)] == list(found)
    sizes = [abs(np.log(one.factor or 1.0)) for one in reached]
    assert sizes == sorted(sizes)
    assert {(one.of, one.path) for one in reached} >= {(A, "power.all_in"), (B, "power.all_in"), (B, "chip.flop_rate")}
    assert all(one.moves for one in found)
    assert "price" not in {one.path for one in found}
    for one in reached:
        assert one.value is not None
        level = calc.compare([A, B], scenario=calc.Scenario(set={f"{one.of}:{one.path}": one.value}))
        assert level.row(COST).ratios[A] == pytest.approx(1.0, abs=1e-6)
        assert one.published is not None
        assert one.within == (one.published[0] <= one.value <= one.published[1])
        alone = break_even(*pair, COST, f"{one.of}:{one.path}")
        assert alone == one
    power = next(one for one in found if (one.of, one.path) == (A, "power.all_in"))
    assert power.published == (500e3, 650e3)
    assert power.within is False
    assert power.to_json()["factor"] == pytest.approx(0.4022533)


def test_what_would_have_to_be_true_in_words(pair: tuple[calc.System, calc.System]) -> None:
    found = {(one.of, one.path): one for one in what_would_have_to_be_true(*pair, COST)}

    def said(of: str, path: str, language: str = "en") -> str:
        return plain(narrate_break_even.would_be_level(found[of, path], pair, language=language))

    assert said(A, "power.all_in") == (
        "CloudMatrix 384 would equal GB200 NVL72 on power per BF16 if its all-in power were 241 kW instead of 600 kW"
        " (0.40×; outside every source's range)."
    )
    assert said(B, "power.all_in") == (
        "CloudMatrix 384 would equal GB200 NVL72 on power per BF16 if GB200 NVL72's all-in power were 360 kW instead of"
        " 145 kW (2.49×; outside every source's range)."
    )
    assert said(A, "power.all_in", "zh") == (
        "若 CloudMatrix 384 的功率（整机）为 241 kW，而非 600 kW，CloudMatrix 384 在每单位 BF16 算力功率上将与"
        " GB200 NVL72 持平（0.40×；在所有来源的范围之外）。"
    )
    assert "BF16 rate per accelerator were 1.01 PFLOP/s instead of 2.50 PFLOP/s (0.40×; not what any source" in said(
        B, "chip.flop_rate"
    )
    none = narrate_break_even.nothing_in_range(list(found.values()), pair)
    assert none.startswith("No value from a tenth to ten times of these makes them level: CloudMatrix 384's power per")
    assert "; GB200 NVL72's " in none
    assert "之间没有使两者持平的值：CloudMatrix 384 的" in narrate_break_even.nothing_in_range(
        list(found.values()), pair, language="zh"
    )
    assert narrate_break_even.nothing_in_range([], pair) == ""
    assert said(A, "chip.power").startswith(
        "No value of CloudMatrix 384's power per accelerator in 70 – 7,000 W makes CloudMatrix 384 and"
    )
    assert said(A, "chip.power", "zh").startswith("CloudMatrix 384 的单芯片功率在 70 – 7,000 W 内没有使")


def test_other_sentences_of_a_break_even(pair: tuple[calc.System, calc.System]) -> None:
    def said(
        first: calc.System, second: calc.System, quantity: str, path: str, language: str = "en", **ends: Any
    ) -> str:
        one = break_even(first, second, quantity, path, **ends)
        return plain(narrate_break_even.would_be_level(one, (first, second), language=language))

    assert said(*pair, "flop_rate", "nodes") == (
        "CloudMatrix 384 would equal or pass GB200 NVL72 on BF16 throughput if its nodes were 28 instead of 48"
        " (0.58×; not what any source says)."
    )
    assert "将追平或越过 GB200 NVL72（0.58×；没有来源给出此值）" in said(*pair, "flop_rate", "nodes", "zh")
    still = "The ratio of CloudMatrix 384 and GB200 NVL72 on power per BF16 does not move with CloudMatrix 384's power usage effectiveness."
    assert said(*pair, COST, "pue") == still
    assert said(*pair, COST, "pue", "zh") == "CloudMatrix 384 的 PUE 不影响两者每单位 BF16 算力功率之比。"
    h200, h100 = calc.load("dgx-h200"), calc.load("dgx-h100")
    assert said(h200, h100, "flop_rate", "chip.flop_rate") == "DGX H200 and DGX H100 are level on BF16 throughput."
    assert said(h200, h100, "flop_rate", "chip.flop_rate", "zh") == "DGX H200 与 DGX H100 的 BF16 算力已经相同。"
    near = said(h200, h100, "hbm.bandwidth", "chip.hbm.bandwidth")
    assert near.startswith("DGX H200 would equal DGX H100 on HBM bandwidth if its HBM bandwidth per accelerator were ")
    assert said(*pair, COST, "power.all_in", low=2e5, high=3e5).endswith("outside every source's range).")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        status = main(["break-even", *arguments])
    except SystemExit as stop:
        status = int(stop.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, COST, A, B, "power.all_in")
    assert (status, err) == (0, "")
    assert out.startswith("CloudMatrix 384 and GB200 NVL72, level on power per BF16")
    line = next(line for line in out.splitlines() if line.startswith("All-in power"))
    assert "241 kW        600 kW     0.40×   500 – 650 kW  outside" in line
    assert "if its all-in power were 241 kW instead of 600 kW" in out
    _, out, _ = run(
        capsys,
        COST,
        A,
        B,
        f"{B}:power.all_in",
        "--to",
        "0.3 MW",
        "--set",
        f"{A}:power.all_in=500 kW",
        "--format",
        "json",
    )
    found = json.loads(out)
    assert (found["schema"], found["unit"], found["of"]) == ("podcalc.break-even/1", "W", B)
    assert (found["value"], found["high"]) == (None, 3e5)
    _, out, _ = run(capsys, COST, A, B)
    assert "No value from a tenth to ten times of these makes them level: " in out
    _, out, _ = run(capsys, COST, A, B, "--format", "json")
    found = json.loads(out)
    assert (found["schema"], found["quantity"]) == ("podcalc.break-even-inputs/1", COST)
    assert {"of", "path", "unit", "value", "factor", "published", "within"} <= found["rows"][0].keys()
    _, out, _ = run(capsys, COST, A, B, "--format", "csv")
    assert out.splitlines()[0] == "of,path,unit,value,adopted,factor,low,high,published low,published high"


def test_the_command_along(capsys: pytest.CaptureFixture[str]) -> None:
    asked = (COST, A, B, "power.all_in", "--along", f"{B}:power.all_in=100 kW..200 kW:3", "--to", "300 kW")
    status, out, err = run(capsys, *asked)
    assert (status, err) == (0, "")
    assert "All-in power of GB200 NVL72, kW    Level at all-in power of CloudMatrix 384, kW" in out
    assert "–: no value in 60.0 – 300.0 kW makes them level." in out
    _, out, _ = run(capsys, *asked, "--format", "json")
    found = json.loads(out)
    assert (found["schema"], found["unit"], found["along_unit"]) == ("podcalc.break-even-line/1", "W", "W")
    assert [row["along"] for row in found["rows"]] == [1e5, 1.5e5, 2e5]
    assert [row["value"] and round(row["value"]) for row in found["rows"]] == [166400, 249600, None]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((COST, A, B, "powr.all_in"), "podcalc: no input 'powr.all_in'. Did you mean 'power.all_in'? (podcalc inputs"),
        ((COST, A, B, "power.facility"), "podcalc: power.facility is computed, so it cannot be set; set what it is"),
        ((COST, A, B, "power.all_in", "--from", "5 TB"), "podcalc: --from: '5 TB' is a size; this value needs a power"),
        ((COST, A, B, "power.all_in", "--to", "0 W"), "podcalc: power.all_in: 60.0 kW to 0 W is not a range"),
        ((COST, A, B, "power.all_in", "--from=-3 kW"), "podcalc: power.all_in: −3 kW to 6.00 MW is not a range"),
        ((COST, A, A), "podcalc: 'cloudmatrix-384' is named twice; name two systems"),
        ((COST, A, "gb200-nvl27"), "podcalc: no system 'gb200-nvl27'. Did you mean 'gb200-nvl72'?"),
        (("power.nodes", A, B), "podcalc: cloudmatrix-384 has no power.nodes: not published"),
        (("powr", A, B), "podcalc: no quantity 'powr'."),
        ((COST, A, B, "--along", "pue=1.1,1.2"), "podcalc: --along goes with a PATH; name the input to move"),
        ((COST, A, B, "power.all_in", "--along", "pue"), "podcalc: 'pue' is not an axis; write PATH=FROM..TO:STEPS"),
        ((COST, A, B, "--set", "dgx-h100:pue=1.1"), "podcalc: no system among those compared: 'dgx-h100'."),
        ((COST, A, B, "--prefer", "nobody"), "podcalc: no source with a reading of these systems: 'nobody'."),
    ],
)
def test_what_the_command_refuses(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith(said)
    assert err.count("\n") == 1
