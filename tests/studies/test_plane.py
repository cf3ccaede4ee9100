"""Two systems over two inputs: values, the line where they are level, and what is drawn of it."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

import calc
from calc.studies.plane import STEPS, Input, Plane, inputs, plane, read_axis
from calc.studies.points import plan_of
from calc.studies.study import read_study

A, B = "cloudmatrix-384", "gb200-nvl72"
COST = "power_per_flop_rate"


@pytest.fixture(scope="module")
def pair() -> tuple[calc.System, calc.System]:
    return calc.load(A), calc.load(B)


@pytest.fixture(scope="module")
def options(pair: tuple[calc.System, calc.System]) -> dict[str, Input]:
    return {one.path: one for one in inputs(*pair, COST)}


@pytest.fixture(scope="module")
def found(pair: tuple[calc.System, calc.System], options: dict[str, Input]) -> Plane:
    return plane(*pair, COST, options[f"{A}:chip.flop_rate"], options[f"{A}:power.all_in"])


def test_inputs_are_those_that_move_the_ratio_and_those_wanted(pair: tuple[calc.System, calc.System]) -> None:
    paths = [one.path for one in inputs(*pair, "chips")]
    assert paths == [f"{A}:nodes", f"{A}:chips_per_node", f"{B}:nodes", f"{B}:chips_per_node"]
    assert [one.path for one in inputs(*pair, "chips", keep=[f"{A}:pue"])] == [*paths, f"{A}:pue"]


def test_every_value_is_that_of_a_scenario(found: Plane) -> None:
    assert found.ratio.shape == (STEPS, STEPS)
    for i, j in ((0, 0), (17, 41), (STEPS - 1, 3)):
        asked = calc.Scenario(set={f"{A}:chip.flop_rate": found.across[j], f"{A}:power.all_in": found.up[i]})
        assert calc.compare([A, B], B, asked).row(COST).ratios[A] == pytest.approx(found.ratio[i, j])
    assert found.at == pytest.approx(calc.compare([A, B], B).row(COST).ratios[A])
    assert found.adopted == pytest.approx((7.8e14, 599_821.0))


def test_the_study_it_gives_has_the_same_values(found: Plane, library: calc.Library) -> None:
    again = read_study(found.study.yaml(), "study.yaml", library)
    assert again.points == STEPS * STEPS
    column = plan_of(again).chunk(0)[f"{COST}.ratio"]
    assert np.asarray(column) == pytest.approx(found.ratio.ravel())


def test_along_the_line_the_two_are_level(found: Plane) -> None:
    assert len(found.level) > 20
    for across, up in found.level[::7]:
        asked = calc.Scenario(set={f"{A}:chip.flop_rate": across, f"{A}:power.all_in": up})
        assert calc.compare([A, B], B, asked).row(COST).ratios[A] == pytest.approx(1.0, abs=1e-6)
    assert [x for x, _ in found.line()] == sorted(x for x, _ in found.line())


def test_who_is_ahead_agrees_with_the_values(found: Plane) -> None:
    share = found.ahead()
    assert share == pytest.approx(np.mean(found.ratio < 1.0), abs=0.02)
    assert (found.favours(0), found.favours(-1)) == (B, A)
    assert {system for system, _, _ in found.sides()} == {A, B}


def test_turning_the_two_turns_the_plane(pair: tuple[calc.System, calc.System], found: Plane) -> None:
    turned = plane(pair[1], pair[0], COST, found.x, found.y)
    assert turned.ratio * found.ratio == pytest.approx(np.ones((STEPS, STEPS)))
    assert turned.ahead() == pytest.approx(1.0 - (found.ahead() or 0.0), abs=1e-3)


def test_runs_cover_the_plane_once_and_say_the_step_of_their_middle(found: Plane) -> None:
    (left, right), (bottom, top) = found.shown()
    runs = found.runs()
    area = sum(math.log(run.right / run.left) * math.log(run.top / run.bottom) for run in runs)
    assert area == pytest.approx(math.log(right / left) * math.log(top / bottom), rel=1e-4)
    for run in runs[::37]:
        x, y = math.sqrt(run.left * run.right), math.sqrt(run.bottom * run.top)
        ratio = found.at * (y / found.point()[1]) / (x / found.point()[0])
        assert run.step == pytest.approx(2.0 * math.log2(ratio) - 0.5, abs=0.56)


def test_isolines_leave_where_the_ratio_is_theirs_and_apart(found: Plane) -> None:
    lines = found.isolines()
    assert {"1×", "2×"} <= {one.text for one in lines}
    use = found.point()
    for one in lines:
        assert found.at * (one.y / use[1]) / (one.x / use[0]) == pytest.approx(one.ratio, rel=0.02)
    for above, axis in ((True, "x"), (False, "y")):
        places = sorted(math.log(getattr(one, axis)) for one in lines if one.above is above)
        assert all(after - before > 0.05 for before, after in itertools.pairwise(places))


def test_samples_hold_the_values_as_they_are(found: Plane) -> None:
    samples = list(found.samples())
    assert len(samples) == (STEPS // 3) ** 2
    for *_ends, x, y, ratio in samples[::61]:
        i, j = np.flatnonzero(found.up == y)[0], np.flatnonzero(found.across == x)[0]
        assert ratio == found.ratio[i, j]


def test_counts_are_whole_and_hold_the_one_in_use(
    pair: tuple[calc.System, calc.System],
) -> None:
    options = {one.path: one for one in inputs(*pair, "flop_rate")}
    drawn = plane(*pair, "flop_rate", options[f"{A}:chip.flop_rate"], options[f"{A}:nodes"])
    assert np.all(drawn.up == np.round(drawn.up))
    assert 48.0 in drawn.up
    assert drawn.ratio.shape == (len(drawn.up), STEPS)
    assert all(up == round(up) for _, up in drawn.level)


def test_a_setting_moves_the_values_in_use_and_the_ends(pair: tuple[calc.System, calc.System], found: Plane) -> None:
    asked = calc.Scenario(set={f"{A}:power.all_in": "2000 kW"})
    drawn = plane(*pair, COST, found.x, found.y, asked)
    assert drawn.adopted[1] == pytest.approx(2e6)
    assert drawn.shown()[1][1] == pytest.approx(2000.0)
    assert drawn.at == pytest.approx(found.at * 2e6 / 599_821.0)
    # What an axis moves is not what was set.
    assert drawn.ratio[0, 0] == pytest.approx(found.ratio[0, 0])


def test_one_input_cannot_be_both_axes(pair: tuple[calc.System, calc.System], found: Plane) -> None:
    with pytest.raises(calc.CalcError, match="choose two inputs"):
        plane(*pair, COST, found.x, found.x)


def test_where_no_figure_can_be_had_nothing_is_drawn(found: Plane) -> None:
    none = replace(found, ratio=np.full_like(found.ratio, np.nan))
    assert none.ahead() is None
    assert not none.runs()
    assert not none.isolines()
    assert not none.sides()


def test_an_axis_between_two_ends_is_that_of_its_text(pair: tuple[calc.System, calc.System], found: Plane) -> None:
    narrow = found.y.between(400.0, 700.0)
    assert narrow.text == f"{A}:power.all_in=400 kW..700 kW"
    path, ends = read_axis(narrow.text)
    assert path == narrow.path
    assert ends == pytest.approx((4e5, 7e5))
    drawn = plane(*pair, COST, found.x, narrow)
    assert drawn.shown()[1] == pytest.approx((400.0, 700.0))
    assert drawn.study.plain()["vary"][narrow.path]["from"] == "400 kW"
    # What is in use stays on the map.
    assert plane(*pair, COST, found.x, found.y.between(300.0, 400.0)).shown()[1][1] == pytest.approx(599.821)


def test_ends_that_are_none_are_those_of_the_lever(found: Plane) -> None:
    lever = found.y.lever
    for low, high in ((lever.low, lever.high), (500.0, 500.0)):
        assert found.y.between(low, high).text == found.y.path
    assert found.y.shown() == (lever.low, lever.high)
    assert found.y.between(100.0, 500.0).shown() == pytest.approx((100.0, 500.0))


@pytest.mark.parametrize("text", ["5 kW..2 kW", "0 kW..2 kW", "5 GB..6 GB", "5 kW", "..", "inf kW..nan kW", "9**9..1"])
def test_what_is_no_range_is_said(text: str) -> None:
    with pytest.raises(calc.CalcError):
        read_axis(f"{A}:power.all_in={text}")
