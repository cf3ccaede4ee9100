"""What an answer hangs on: an analytic function, ends of ranges, shares of the variance, and the sentence."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import write

import calc
from calc import names
from calc.cli import main
from calc.report_ranges import sensitivity as report_sensitivity
from calc.studies.outcomes import QuantityOutcome
from calc.studies.sensitivity import _errors, sobol
from calc.studies.workload_outcomes import training_outcome

A, B = "cloudmatrix-384", "gb200-nvl72"
LIBRARY = calc.library()


def test_indices_of_the_ishigami_function() -> None:
    # Ishigami and Homma (1990): closed forms for a = 7, b = 0.1.
    a, b = 7.0, 0.1

    def ishigami(shares: Any) -> Any:
        x = math.pi * (2.0 * shares - 1.0)
        return np.sin(x[0]) + a * np.sin(x[1]) ** 2 + b * x[2] ** 4 * np.sin(x[0])

    whole = a**2 / 8 + b * math.pi**4 / 5 + b**2 * math.pi**8 / 18 + 0.5
    alone = [0.5 * (1 + b * math.pi**4 / 5) ** 2, a**2 / 8, 0.0]
    third = b**2 * math.pi**8 * 8 / 225
    found = sobol(ishigami, 3)
    assert found.first == pytest.approx(np.array(alone) / whole, abs=0.01)
    together = np.array([alone[0] + third, alone[1], third]) / whole
    assert found.total == pytest.approx(together, abs=0.01)
    # The intervals are narrow enough to mean something, and hold what they should.
    for index, truth, error in (
        (found.first, np.array(alone) / whole, found.first_error), (found.total, together, found.total_error),
    ):  # fmt: skip
        assert np.all(np.abs(index - truth) <= error)
        assert np.all(error < 0.04)


def test_intervals_are_those_of_independent_draws() -> None:
    # Of shares drawn at random the estimates scatter as the intervals say; the sequence of `sobol` does better.
    random, count = np.random.default_rng(0), 1 << 10
    estimates, errors = [], []
    for _ in range(200):
        a, b = random.random((2, 2, count))
        outputs = [2.0 * x[0] + x[1] + x[0] * x[1] for x in (a, b, np.array([b[0], a[1]]), np.array([a[0], b[1]]))]
        mean = np.mean(outputs[:2])
        first = np.array([np.mean((outputs[1] - mean) * (one - outputs[0])) for one in outputs[2:]])
        total = np.array([np.mean((outputs[0] - one) ** 2) / 2.0 for one in outputs[2:]])
        variance = np.var(outputs[:2])
        estimates.append([*(first / variance), *(total / variance)])
        found = _errors(outputs[0], outputs[1], np.array(outputs[2:]), first / variance, total / variance)
        errors.append(np.concatenate(found))
    assert np.mean(errors, axis=0) == pytest.approx(1.96 * np.std(estimates, axis=0), rel=0.2)


def test_a_function_is_evaluated_in_blocks_and_the_blocks_are_put_together() -> None:
    sizes = []

    def kept(shares: Any) -> Any:
        sizes.append(shares.shape[1])
        return shares[0] + 2.0 * shares[1]

    assert sobol(kept, 2, 1 << 17).first == pytest.approx([0.2, 0.8], abs=1e-3)
    assert max(sizes) < 1 << 17
    assert sum(sizes) == 4 << 17


@settings(max_examples=20, deadline=None)
@given(weights=st.lists(st.floats(0.1, 10.0), min_size=2, max_size=6), seed=st.integers(0, 9))
def test_of_a_sum_each_has_its_part_of_the_variance(weights: list[float], seed: int) -> None:
    scale = np.array(weights)
    found = sobol(lambda shares: scale @ shares, len(weights), 1 << 10, seed)
    expected = scale**2 / np.sum(scale**2)
    assert found.first == pytest.approx(expected, abs=0.02)
    assert found.total == pytest.approx(expected, abs=0.02)


def test_of_one_input_and_of_none() -> None:
    assert sobol(lambda shares: shares[0] ** 2, 1).first.tolist() == [1.0]
    assert sobol(lambda shares: 0.0 * shares[0], 1).first.tolist() == [0.0]
    nothing = calc.sensitivity([A, B], "hbm.bandwidth", library=LIBRARY)
    assert (nothing.swings, nothing.shares) == ((), ())
    assert nothing.sentence() == "None of the figures it rests on has a range."


@pytest.mark.parametrize("quantity", ["power_per_flop_rate", "cost_rate", "interruption_interval", "power.unexplained"])
def test_ends_of_the_tornado_are_what_a_spec_with_them_would_give(quantity: str) -> None:
    found = calc.sensitivity([A, B], quantity, library=LIBRARY, draws=1 << 8)
    assert found.adopted == calc.compare([A, B], library=LIBRARY).row(quantity).ratios[A]
    widths = [one.width for one in found.swings]
    assert widths == sorted(widths, reverse=True)
    for share in found.shares:
        assert share.total >= share.first - 0.05
        assert [one for place in share.swings for one in [found.swings[place].source]].count(share.source) == len(
            share.swings
        )
    assert sorted(place for share in found.shares for place in share.swings) == list(range(len(found.swings)))
    if quantity == "power_per_flop_rate":
        for one in found.swings:
            for end, answer in ((one.low, one.at_low), (one.high, one.at_high)):
                scenario = calc.Scenario(set={f"{system}:{one.path}": end for system in one.systems})
                assert calc.compare([A, B], None, scenario, library=LIBRARY).row(quantity).ratios[A] == pytest.approx(
                    answer
                )


def test_the_sentence_names_what_it_hangs_on() -> None:
    found = calc.sensitivity([A, B], "power_per_flop_rate", library=LIBRARY)
    assert found.sentence() == (
        "The ratio hangs on the all-in power of CloudMatrix 384 (63 % of the variance) and the all-in power of"
        " GB200 NVL72 (34 % of the variance)."
    )
    assert found.sentence("zh") == (
        "比值取决于 CloudMatrix 384 的功率（整机）（方差的 63%）、GB200 NVL72 的功率（整机）（方差的 34%）。"
    )
    # Known ranges: the variance of a product of three uniform figures, by its logarithm, is shared as theirs are.
    ends = [(500.0, 650.0), (132.0, 160.0), (752.0, 800.0)]
    parts = np.array([((high - low) / (high + low)) ** 2 for low, high in ends])
    assert [one.first for one in found.shares] == pytest.approx(parts / parts.sum(), abs=0.02)


def test_figures_that_move_together_are_named_together(tmp_path: Path) -> None:
    # Its price and its power are on the word of one analyst.
    library = calc.library([write(tmp_path)])
    found = calc.sensitivity(["maker-system"], "cost_rate", library=library, draws=1 << 8)
    share = next(one for one in found.shares if one.source == "analyst-2026" and len(one.swings) > 1)
    assert {found.swings[place].path for place in share.swings} == {"price", "power.all_in"}
    assert "the price with all-in power of Maker System (" in found.sentence()
    assert "Maker System 的价格和" in found.sentence("zh")


def test_where_a_draw_gives_no_figure_that_is_said() -> None:
    @dataclass(frozen=True)
    class Narrow(QuantityOutcome):
        """Power, of which there is none above 600 kW."""

        def __call__(self, system: calc.System, scenario: calc.Scenario) -> Any:
            values = super().__call__(system, scenario)
            return np.where(values > 6e5, np.nan, values)

    found = calc.sensitivity([A], Narrow(names.find("power.all_in")), library=LIBRARY, draws=1 << 8)
    assert found.sentence() == "Some draws within the ranges give no figure, so the variance cannot be shared out."
    assert found.sentence("zh").startswith("区间之内有些取值得不出结果")
    assert found.to_json()["swings"][0]["at_high"] is None
    assert report_sensitivity(found, 1).rows[0][3:5] == ["500 kW", "–"]


def test_what_is_set_is_not_in_doubt() -> None:
    scenario = calc.Scenario(set={f"{A}:power.all_in": "560 kW"})
    found = calc.sensitivity([A, B], "power_per_flop_rate", scenario, library=LIBRARY, draws=1 << 8)
    assert (found.swings[0].systems, found.swings[0].path) == ((B,), "power.all_in")
    assert (A,) not in [one.systems for one in found.swings if one.path == "power.all_in"]


def test_of_a_workload() -> None:
    mapping = {"tp": 8, "pp": 4, "vp": 1}
    outcome = training_outcome(
        LIBRARY, "cost_per_token", model="llama-3.1-70b", chips=384, global_batch=768, mapping=mapping
    )
    found = calc.sensitivity([A], outcome, library=LIBRARY, draws=1 << 6)
    assert found.adopted > 0
    paths = {one.path for one in found.swings}
    assert {"chip.flop_rate.bf16.dense", "power.all_in", "electricity_price"} <= paths
    by_path = {one.path: one for one in found.swings}
    # More throughput costs less a token, dearer electricity more.
    assert by_path["chip.flop_rate.bf16.dense"].at_high < by_path["chip.flop_rate.bf16.dense"].at_low
    assert by_path["electricity_price"].at_high > by_path["electricity_price"].at_low


def test_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sensitivity", "power_per_flop_rate", A, B]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Power per BF16, CloudMatrix 384 over GB200 NVL72: 2.49× as adopted\n")
    assert "500 – 650 kW     2.07×      2.69×     62 %     63 %  semianalysis-cm384-2026" in out
    assert "Each is right within 1." in out
    assert main(["sensitivity", "hbm.bandwidth", A, B]) == 0
    assert capsys.readouterr().out == (
        "HBM bandwidth, CloudMatrix 384 over GB200 NVL72: 2.13× as adopted\n\n"
        "None of the figures it rests on has a range.\n"
    )
    assert main(["sensitivity", "cost_rate", A, "--top", "2", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["schema"], said["unit"], said["baseline"]) == ("podcalc.sensitivity/1", "USD/s", None)
    assert len(said["swings"]) == 5
    for words, message in (
        (["flop_rat", A], "no quantity 'flop_rat'. Did you mean 'flop_rate'?"),
        (["flop_rate", A, A], "name one system, or two different ones"),
        (["nics", A], "cloudmatrix-384 has no nics:"),
        (["flop_rate", A, "--draws", "100"], "100 draws; give a power of two"),
        (["flop_rate", A, "--seed", "-3"], "a seed of -3; give a whole number from 0 up"),
        (["flop_rate", A, "--top", "0"], "--top is 0; give a whole number from 1 up"),
    ):
        assert main(["sensitivity", *words]) == 2
        assert message in capsys.readouterr().err
