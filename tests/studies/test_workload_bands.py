"""Bands of a workload's rate: of the inputs, of the model, and of both."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import calc
from calc.cli import main
from calc.report_workloads import served, trained
from calc.studies.serve import serve
from calc.studies.train import train
from calc.studies.workload_bands import Bands, bands, model_factors
from calc.studies.workload_outcomes import serving_outcome, training_outcome

LIBRARY = calc.library()
MODEL = "llama-3.1-70b"
SIZE: dict[str, Any] = {"chips": 64, "global_batch": 512, "sequence": 4096}


def _system() -> calc.System:
    return calc.load("gb200-nvl72", library=LIBRARY)


def _drawn(spread: float, count: int = 2048) -> dict[str, Any]:
    draw = np.random.default_rng(3)
    return {
        "chip.flop_rate": 2.5e15 * np.exp(draw.uniform(-spread, spread, count)),
        "chip.hbm.bandwidth": 8e12 * np.exp(draw.uniform(-spread, spread, count)),
    }


def _training(spread: float, **rest: Any) -> Bands:
    outcome = training_outcome(LIBRARY, "token_rate_per_chip", model=MODEL, **SIZE)
    return bands(outcome.points, _system(), drawn=_drawn(spread), count=2048, **rest)


@settings(deadline=None, max_examples=20)
@given(low=st.floats(0.3, 0.99), high=st.floats(1.01, 3.0))
def test_factors_have_the_interval_of_the_model(low: float, high: float) -> None:
    factors = model_factors(low, high, 20_000, 5)
    assert np.quantile(factors, [0.1, 0.5, 0.9]) == pytest.approx([low, 1.0, high], rel=0.05)
    assert np.array_equal(factors, model_factors(low, high, 20_000, 5))


def test_both_are_wider_than_either() -> None:
    found = _training(0.3)
    for one in (found.inputs, found.model):
        assert found.both[0] < one[0] < found.median < one[1] < found.both[1]
    assert found.infeasible == 0
    assert found.moved == ("chip.flop_rate", "chip.hbm.bandwidth")
    assert found == _training(0.3)
    assert found != _training(0.3, seed=1)


def test_what_is_known_exactly_leaves_the_model_alone() -> None:
    found = _training(0.0)
    assert found.inputs[0] == pytest.approx(found.inputs[1]) == pytest.approx(found.median)
    assert found.both == pytest.approx(found.model, rel=0.02)
    best = train(LIBRARY, MODEL, _system(), **SIZE)
    assert found.model == pytest.approx((best.low[0], best.high[0]))
    assert found.median == pytest.approx(best.token_rate_per_chip[0])


def test_draws_that_do_not_fit_are_counted() -> None:
    outcome = serving_outcome(LIBRARY, "token_rate_per_chip", model=MODEL, limit=0.01)
    drawn = {"chip.hbm.bandwidth": np.where(np.arange(1024) < 256, 2e11, 8e12)}
    found = bands(outcome.points, _system(), drawn=drawn, count=1024)
    assert found.infeasible == 0.25
    assert found.inputs[0] == found.inputs[1]
    with pytest.raises(calc.InfeasibleError, match="nothing fits or is fast enough on any of 1,024 draws"):
        bands(outcome.points, _system(), drawn={"chip.hbm.bandwidth": np.full(1024, 2e11)}, count=1024)
    never = serving_outcome(LIBRARY, "token_rate_per_chip", model=MODEL, limit=1e-5)
    with pytest.raises(calc.InfeasibleError, match="gb200-nvl72: nothing fits or is fast enough with the adopted"):
        bands(never.points, _system(), drawn=drawn, count=1024)
    with pytest.raises(calc.CalcError, match="5 draws; give a power of two"):
        bands(outcome.points, _system(), drawn=drawn, count=5)


@pytest.mark.parametrize(
    ("command", "figures"),
    [
        (["train", MODEL, "gb200-nvl72", "--chips", "64", "--batch", "512", "--tp", "4"], "step_time"),
        (["serve", MODEL, "gb200-nvl72", "--tpot", "50"], "batch_per_chip"),
    ],
)
def test_the_command_draws_what_the_rate_rests_on(
    capsys: pytest.CaptureFixture[str], command: list[str], figures: str
) -> None:
    assert main([*command, "--bands", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert figures in said
    band = said["bands"]
    assert band["model"] == pytest.approx([said["low"], said["high"]])
    assert band["both"][0] <= band["inputs"][0] <= band["median"] <= band["inputs"][1] <= band["both"][1]
    assert band["median"] == pytest.approx(said["token_rate_per_chip"], rel=0.15)
    assert not any(path.startswith(("power", "price", "parts")) for path in band["moved"])


def test_bands_are_of_one_phase(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", MODEL, "gb200-nvl72", "--phase", "both", "--bands"]) == 2
    assert "--bands is of prefill or decode, not of both" in capsys.readouterr().err


def test_bands_are_printed_where_they_are_asked_for() -> None:
    found, band = train(LIBRARY, MODEL, _system(), **SIZE), _training(0.3)
    table = trained(found, band)
    assert table.plain["bands"]["both"] == list(band.both)
    said = next(note for note in table.notes if note.startswith("80 % of the best tokens/s per chip lie from "))
    assert "2 figures drawn 2,048 times, seed 0, each with the best mapping" in said
    assert said.endswith("by both.")
    assert "bands" not in trained(found).plain
    fast = serve(LIBRARY, MODEL, _system(), limit=0.05)
    outcome = serving_outcome(LIBRARY, "token_rate_per_chip", model=MODEL, limit=0.05)
    held = bands(outcome.points, _system(), drawn={}, count=1024)
    notes = served(fast, held).notes
    assert any("none of its figures has a range" in note for note in notes)
    assert served(fast, held).plain["bands"]["infeasible"] == 0
