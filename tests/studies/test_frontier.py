"""What nothing does better than, against looking at every pair."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import calc
from calc.cli import main
from calc.studies import frontier as study
from calc.studies.frontier import frontier, frontier_of, frontier_of_systems, undominated
from calc.studies.outcomes import quantity_outcome

A, B = "cloudmatrix-384", "gb200-nvl72"
WAYS = st.sampled_from(["higher", "lower"])
TIED = st.one_of(st.integers(-3, 3).map(float), st.sampled_from([float("nan"), 0.0, -0.0, float("inf")]))
CHECKS = settings(max_examples=300, deadline=None)


def pairwise(table: NDArray[np.float64], better: list[str]) -> NDArray[np.bool_]:
    """[i, j] is whether j dominates i."""
    signed = table * np.array([1.0 if way == "lower" else -1.0 for way in better])
    as_good = np.all(signed[None] <= signed[:, None], axis=2)
    return np.asarray(as_good & np.any(signed[None] < signed[:, None], axis=2))


def check(table: NDArray[np.float64], better: list[str]) -> None:
    found = undominated(list(table.T), better)
    dominates = pairwise(table, better)
    known = ~np.isnan(table).any(axis=1)
    assert found.left_out == int(np.sum(~known))
    assert found.on_frontier.tolist() == (known & ~dominates.any(axis=1)).tolist()
    behind = np.flatnonzero(known & ~found.on_frontier)
    assert np.all(found.dominator[known & found.on_frontier] == -1)
    assert np.all(found.dominator[~known] == -1)
    assert np.all(dominates[behind, found.dominator[behind]])
    assert np.all(found.on_frontier[found.dominator[behind]])


@given(
    st.integers(2, 3).flatmap(
        lambda d: st.tuples(st.lists(st.tuples(*[TIED] * d), max_size=40), st.tuples(*[WAYS] * d))
    )
)
@CHECKS
def test_any_points_with_ties_and_gaps(drawn: tuple[list[tuple[float, ...]], tuple[str, ...]]) -> None:
    points, better = drawn
    check(np.array(points, dtype=float).reshape(len(points), len(better)), list(better))


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("levels", [0, 3, 30])
def test_more_points_than_are_swept_at_once(monkeypatch: pytest.MonkeyPatch, axes: int, levels: int) -> None:
    monkeypatch.setattr(study, "_FEW", 100)
    drawn = np.random.default_rng(levels)
    for spread in (0.0, 1.0):
        table = drawn.random((700, axes))
        # From a cloud to a slope on which nearly none dominates another.
        table[:, -1] += spread * (5.0 - 5.0 * table[:, :-1].sum(axis=1))
        table = np.round(table * levels) if levels else table
        table[drawn.integers(0, 700, 20), 0] = np.nan
        check(table, ["lower", "higher", "lower"][:axes] if spread == 0.0 else ["lower"] * axes)


def test_equal_points_do_not_dominate_one_another() -> None:
    found = undominated([[1.0, 1.0, 2.0], [2.0, 2.0, 2.0], [0.0, -0.0, 0.0]], ["lower", "higher", "lower"])
    assert found.on_frontier.tolist() == [True, True, False]
    assert found.dominator[2] in (0, 1)
    nothing = undominated([[], []], ["lower", "lower"])
    assert (nothing.on_frontier.size, nothing.left_out) == (0, 0)
    assert undominated([[np.nan], [1.0]], ["lower", "lower"]).left_out == 1


@pytest.mark.parametrize("axes", [2, 3])
def test_a_million_points(axes: int) -> None:
    drawn = np.random.default_rng(0).random((axes, 1_000_000))
    start = time.perf_counter()
    found = undominated(list(drawn), ["lower"] * axes)
    assert time.perf_counter() - start < 20.0
    edge = drawn[:, found.on_frontier]
    assert 5 < edge.shape[1] < 1000
    behind = np.flatnonzero(~found.on_frontier)
    assert np.all(drawn[:, found.dominator[behind]] <= drawn[:, behind])
    assert undominated(list(edge), ["lower"] * axes).on_frontier.all()


@pytest.mark.parametrize(
    ("axes", "better", "said"),
    [
        ([[1.0]], ["lower"], "1 axes and 1 ways to be better; give two or three, and as many ways"),
        ([[1.0]] * 4, ["lower"] * 4, "4 axes and 4 ways to be better"),
        ([[1.0]] * 2, ["lower"] * 3, "2 axes and 3 ways to be better"),
        ([[1.0], [1.0, 2.0]], ["lower"] * 2, "axes of 1, 2 values; give as many of each"),
        ([[1.0], [1.0]], ["lower", "more"], "no way to be better: 'more'. There are: higher, lower."),
    ],
)
def test_what_is_no_set_of_points(axes: list[list[float]], better: list[str], said: str) -> None:
    with pytest.raises(calc.CalcError) as error:
        undominated(axes, better)
    assert str(error.value).startswith(said)


def test_scenarios_are_points_too() -> None:
    system = calc.load(B)
    power = np.linspace(100e3, 200e3, 41)[:, None]
    rate = np.linspace(2e15, 3e15, 31)[None, :]
    scenario = calc.Scenario(set={"power.all_in": power, "chip.flop_rate": rate})
    points = {name: quantity_outcome(name)(system, scenario) for name in ("power.all_in", "flop_rate")}
    front = frontier_of(points, {"power.all_in": "lower", "flop_rate": "higher"})
    assert front.on_frontier.shape == (41, 31)
    assert np.argwhere(front.on_frontier).tolist() == [[0, 30]]
    assert np.all(front.dominator.ravel()[front.dominator.ravel() >= 0] == 30)
    assert (front.assumed, front.left_out) == ((), 0)


def test_named_points_say_what_is_assumed_and_how_many_are_left_out() -> None:
    front = frontier_of(
        {"a": [3.0, 1.0, np.nan, 2.0], "b": [[1.0]], "c": [1.0, 5.0, 1.0, 2.0]}, {"a": None, "c": "lower"}
    )
    assert front.assumed == ("a", "b")
    assert front.better == {"a": "lower", "b": "lower", "c": "lower"}
    assert front.left_out == 1
    assert front.on_frontier.tolist() == [[True, True, False, True]]
    assert front.edge().tolist() == [1, 3, 0]
    assert front.edge("c").tolist() == [0, 3, 1]
    with pytest.raises(calc.CalcError, match=r"^the figures do not broadcast against one another: a \(2,\), b \(3,\)$"):
        frontier_of({"a": [1.0, 2.0], "b": [1.0, 2.0, 3.0]}, {})
    with pytest.raises(calc.UnknownNameError, match="no figure among the points: 'x'"):
        frontier_of({"a": [1.0], "b": [1.0]}, {"x": "lower"})


@pytest.mark.parametrize(
    "axes",
    [("chip.power", "chip.flop_rate"), ("power.chips", "hbm.bandwidth"), ("price", "flop_rate", "flop_per_hbm_byte")],
)
def test_every_system_behind_says_by_whom(library: calc.Library, axes: tuple[str, ...]) -> None:
    systems = [calc.load(one, library=library) for one in library.ids("system")]
    found = frontier_of_systems(systems, axes)
    table = np.array([point.values for point in found.points])
    dominates = pairwise(table, list(found.better))
    ids = [point.id for point in found.points]
    for place, point in enumerate(found.points):
        assert set(point.dominated_by) == {ids[other] for other in np.flatnonzero(dominates[place])}
        assert point.on_frontier == (not point.dominated_by)
    assert table[:, 0].tolist() == sorted(table[:, 0])
    assert len(found.points) + len(found.left_out) == len(systems)
    assert all(reason.startswith("no ") for reason in found.left_out.values())
    assert found.assumed == (("flop_per_hbm_byte",) if len(axes) == 3 else ())


@dataclass(frozen=True)
class Listed:
    """A made-up figure: one number for each system."""

    name: str
    values: dict[str, float]
    better: str | None
    unit: str = "1"
    en: str = "Listed"
    zh: str = "所列"

    def __call__(self, system: calc.System, scenario: calc.Scenario) -> NDArray[np.float64]:
        return np.asarray(self.values.get(system.id, np.nan))

    def reason(self, system: calc.System, scenario: calc.Scenario) -> str:
        return "not listed"

    def rests_on(self, system: calc.System, scenario: calc.Scenario) -> tuple[str, ...]:
        return ()


def test_the_nearest_of_those_ahead_is_named_first(library: calc.Library) -> None:
    ids = [A, B, "dgx-h100", "dgx-a100"]
    x = Listed("x", {A: 100.0, B: 10.0, "dgx-h100": 90.0}, "lower")
    y = Listed("y", {A: 1.0, B: 9.0, "dgx-h100": 1.1, "dgx-a100": 2.0}, "higher")
    found = frontier_of_systems([calc.load(one, library=library) for one in ids], [x, y])
    behind = {point.id: point.dominated_by for point in found.points}
    assert behind == {A: ("dgx-h100", B), "dgx-h100": (B,), B: ()}
    assert found.left_out == {"dgx-a100": "no x: not listed"}


def test_the_pages_frontier_has_two_axes_or_three_and_leaves_out_zeros(library: calc.Library) -> None:
    two = frontier(library, "chip.power", "chip.flop_rate")
    assert [point.z for point in two] == [None] * len(two)
    assert {point.id: point.on_frontier for point in two}["gb300-nvl72"] is False
    three = calc.frontier(library, "chip.power", "chip.flop_rate", None, "chip.hbm.capacity")
    # A third axis brings back some that two leave behind.
    assert {point.id for point in two if not point.on_frontier} & {point.id for point in three if point.on_frontier}
    assert all(point.x and point.y for point in frontier(library, "scale_up.transceivers", "flop_rate"))
    every = frontier_of_systems([calc.load(B, library=library)], ["scale_up.transceivers", "flop_rate"])
    assert every.points[0].x == 0.0


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        (("price", "price"), "both axes are price; choose other quantities"),
        (("price", "chips", "price"), "two axes are price; choose other quantities"),
        (("price",), "1 quantities; choose two or three"),
        (("price", "pric"), "no quantity 'pric'. Did you mean 'price'?"),
    ],
)
def test_what_is_no_pair_of_axes(library: calc.Library, axes: tuple[str, ...], said: str) -> None:
    with pytest.raises(calc.CalcError) as error:
        frontier_of_systems([calc.load(B, library=library)], axes)
    assert str(error.value).startswith(said)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["frontier", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


def plain(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    status, out, err = run(capsys, *arguments, "--format", "json")
    assert (status, err) == (0, "")
    return json.loads(out)


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    six = (A, B, "gb300-nvl72", "dgx-h100", "hgx-h20", "hgx-h800")
    status, out, err = run(capsys, "price", "flop_rate", "flop_per_hbm_byte", "--systems", *six)
    assert (status, err) == (0, "")
    assert "of 4 systems on the frontier" in out
    assert next(line for line in out.splitlines() if line.startswith("GB300 NVL72")).endswith("behind GB200 NVL72")
    assert "Better: less price; more BF16 throughput; less FLOP per HBM byte." in out
    assert "Neither way of flop_per_hbm_byte is better; less is counted as better." in out
    assert "hgx-h20, hgx-h800" in out
    _, out, _ = run(capsys, "price", "flop_rate", "--format", "csv")
    assert out.splitlines()[0] == "system,price USD,flop_rate FLOP/s,on frontier,dominated by"
    assert "gb300-nvl72,3500000.0,1.8e+17,no,gb200-nvl72" in out
    found = plain(capsys, "power.all_in", "flop_rate", "--systems", A, B, "--set", f"{A}:power.all_in=100 kW")
    assert found["schema"] == "podcalc.frontier/1"
    assert [(axis["quantity"], axis["unit"], axis["better"]) for axis in found["axes"]] == [
        ("power.all_in", "W", "lower"),
        ("flop_rate", "FLOP/s", "higher"),
    ]
    assert [(row["system"], row["on_frontier"], row["dominated_by"]) for row in found["rows"]] == [
        (A, True, []),
        (B, False, [A]),
    ]
    _, out, _ = run(capsys, "price", "power.nodes", "--systems", A)
    assert out.startswith("No system has all of these figures")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("price", "price"), "podcalc: both axes are price; choose other quantities"),
        (("price", "pric"), "podcalc: no quantity 'pric'. Did you mean 'price'?"),
        (("price", "chips", "--systems", A, A), "podcalc: 'cloudmatrix-384' is named twice; name each system once"),
        (
            ("price", "chips", "--systems", "gb200-nvl27"),
            "podcalc: no system 'gb200-nvl27'. Did you mean 'gb200-nvl72'?",
        ),
        (
            ("price", "chips", "--systems", A, "--set", f"{B}:pue=1.2"),
            "podcalc: no system among those compared: 'gb200-",
        ),
    ],
)
def test_what_the_command_refuses(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith(said)
    assert err.count("\n") == 1


def test_announced_systems_are_shown_where_they_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frontier", "chip.power", "chip.hbm.bandwidth", "--format", "json"]) == 0
    assert "vera-rubin-nvl72" not in capsys.readouterr().out
    assert main(["frontier", "chip.power", "chip.hbm.bandwidth"]) == 0
    said = capsys.readouterr().out
    assert "Announced, so not among them unless named by --systems: " in said
    assert main(["frontier", "chip.power", "chip.hbm.bandwidth", "--systems", "vera-rubin-nvl72", "gb200-nvl72"]) == 0
    said = capsys.readouterr().out
    assert "Vera Rubin NVL72" in said
    assert "Announced" not in said


def test_what_is_only_announced_is_on_no_frontier_unless_named(library: calc.Library) -> None:
    promised = calc.announced(library)
    assert {"vera-rubin-nvl72", "atlas-950-superpod"} <= set(promised)
    assert not {"gb200-nvl72", "cloudmatrix-384"} & set(promised)
    memory = ("chip.hbm.capacity", "chip.hbm.bandwidth")
    usual = {point.id for point in frontier(library, *memory)}
    assert not usual & set(promised)
    named = {point.id for point in frontier(library, *memory, named=["vera-rubin-nvl72", "gb200-nvl72"])}
    assert named - usual == {"vera-rubin-nvl72"}
