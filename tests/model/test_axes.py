"""Axes: values wherever they are asked for, their texts, ties, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.errors import CalcError
from calc.model.axes import Grid, Range, axis, parse_axis, tied

LOW = st.floats(1e-3, 1e6)
STEPS = st.integers(2, 5000)


@given(low=LOW, ratio=st.floats(1.001, 1e4), steps=STEPS, log=st.booleans())
def test_a_range_rises_from_end_to_end(low: float, ratio: float, steps: int, log: bool) -> None:
    values = Range(low, low * ratio, steps, log).at(np.arange(steps))
    assert values[0] == low
    assert values[-1] == low * ratio
    assert np.all(np.diff(values) >= 0)
    gaps = np.diff(np.log(values) if log else values)
    assert gaps == pytest.approx(np.full(steps - 1, gaps.mean()), rel=1e-3, abs=1e-9 * abs(values[-1]))


@given(low=LOW, ratio=st.floats(1.001, 1e4), steps=STEPS, log=st.booleans(), cut=st.integers(1, 4999))
def test_a_cut_changes_no_bit(low: float, ratio: float, steps: int, log: bool, cut: int) -> None:
    one = Range(low, low * ratio, steps, log)
    cut = min(cut, steps)
    parts = np.concatenate([one.at(np.arange(cut)), one.at(np.arange(cut, steps))])
    assert parts.tobytes() == one.at(np.arange(steps)).tobytes()


def test_a_range_of_a_count_gives_whole_numbers() -> None:
    assert axis("nodes", {"from": 1, "to": 64, "steps": 7, "scale": "log"}).at(np.arange(7))["nodes"].tolist() == [
        1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0,
    ]  # fmt: skip


def test_a_box_broadcasts_to_the_whole_grid() -> None:
    grid = Grid((axis("pue", [1.1, 1.2]), axis("nodes", [1, 2, 3])))
    box = grid.box([(0, 2), (1, 3)])
    assert np.broadcast_shapes(*(values.shape for values in box.values())) == (2, 2)
    assert box["nodes"].ravel().tolist() == [2.0, 3.0]


def test_an_axis_of_more_values_than_memory_costs_nothing() -> None:
    huge = axis("pue", {"from": 1, "to": 2, "steps": 10**15})
    assert len(huge) == 10**15
    assert huge.at(np.array([10**15 - 1]))["pue"].tolist() == [2.0]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("pue", {"from": 1.1, "to": 1.6}, "pue: a range without steps; give from, to and steps"),
        (
            "pue",
            {"from": 1.1, "to": 1.6, "step": 3, "steps": 3},
            "no key of a range (pue): 'step'. Did you mean 'steps'?",
        ),
        ("pue", {"from": 1.6, "to": 1.1, "steps": 3}, "pue: from 1.6 to 1.1 is not a range; give the lower end first"),
        ("pue", {"from": 1.1, "to": 1.6, "steps": "many"}, "pue: 'many' steps; give a whole number from 2 up"),
        ("pue", {"from": 1.1, "to": 1.6, "steps": 1}, "pue: '1' steps; give a whole number from 2 up"),
        ("pue", {"from": 0, "to": 1.6, "steps": 3, "scale": "log"}, "pue: a log scale cannot start at 0"),
        ("pue", {"from": 1, "to": 1.6, "steps": 3, "scale": "lin"}, "no scale (pue): 'lin'. Did you mean 'linear'?"),
        ("nodes", {"from": 1, "to": 8, "steps": 20}, "nodes: 1 to 8 holds 8 whole numbers, not 20"),
        ("nodes", [1.5], "nodes: '1.5' is not a whole number; this is a count"),
        ("pue", 1.2, "pue: '1.2' is one value; list several, or give from, to and steps"),
        ("pue", [], "pue: 0 values; list from 1 to 1,000,000, or give from, to and steps"),
        ("pue", [None], "pue: 'None' is not a number; give a text with its unit"),
        ("pue", [float("nan")], "pue: 'nan' is not a finite number"),
        ("chip.hbm.bandwidth", {"from": "2 GB", "to": "10 GB", "steps": 3}, "chip.hbm.bandwidth: '2 GB'"),
        ("chip.hbm.bandwith", [1], "no quantity 'chip.hbm.bandwith'. Did you mean 'chip.hbm.bandwidth'?"),
    ],
)
def test_what_is_no_axis_is_refused(path: str, value: Any, said: str) -> None:
    with pytest.raises(CalcError) as error:
        axis(path, value)
    assert str(error.value).startswith(said)


@pytest.mark.parametrize(
    "text", ["pue", "pue=", "=1,2", "pue=1..2", "pue=1..2:", "pue=1..2:3:quad", "pue=1,,2", "pue=..2:3"]
)
def test_what_the_command_line_cannot_read_is_refused(text: str) -> None:
    with pytest.raises(CalcError, match="is not an axis; write PATH=FROM"):
        parse_axis(text)


def test_ties_are_checked() -> None:
    axes = [axis("pue", [1.1, 1.2]), axis("nodes", [1, 2, 3])]
    for groups, said in (
        ([["pue", "nodes"]], "tie: pue has 2 values and nodes 3; tied axes have as many values"),
        ([["pue", "racks"]], "no axis to tie: 'racks'. There are: pue, nodes."),
        ([["pue"]], "tie: pue alone; tie two paths or more"),
        ([["pue", "pue"]], "tie: pue is tied twice; name each path once"),
    ):
        with pytest.raises(CalcError) as error:
            tied(axes, groups)
        assert str(error.value) == said
