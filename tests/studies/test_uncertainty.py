"""Draws of the figures with a range: once each, together where one source says them, and what they come to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import CHIP, REGION, write

import calc
from calc.cli import main
from calc.model.evaluate import evaluate
from calc.report_ranges import bands as report_bands
from calc.spec.datum import Datum
from calc.studies.uncertainty import Figure, draws, factors, uniforms, with_values
from calc.studies.workload_outcomes import training_outcome

A, B = "cloudmatrix-384", "gb200-nvl72"
LIBRARY = calc.library()
PAIR = [calc.load(one, library=LIBRARY) for one in (A, B)]


def _figure(distribution: str, low: float, value: float, high: float, path: str = "power.all_in") -> Figure:
    datum = Datum(path, value, "W", f"{value} W", "s", "estimated", low=low, high=high, distribution=distribution)
    return Figure(datum, (("a", path),))


@given(
    low=st.floats(1e-3, 1e6), width=st.floats(1.001, 1e3), at=st.floats(0, 1),
    distribution=st.sampled_from(["uniform", "log_uniform", "triangular"]), share=st.floats(0, 1),
)  # fmt: skip
def test_a_draw_lies_in_its_range_and_rises_with_its_share(
    low: float, width: float, at: float, distribution: str, share: float
) -> None:
    high = low * width
    figure = _figure(distribution, low, low + at * (high - low), high)
    drawn = figure.values(np.array([0.0, share, 1.0]))
    assert drawn[0] == pytest.approx(low)
    assert drawn[2] == pytest.approx(high)
    assert np.all(np.diff(drawn) >= -1e-9 * high)


@pytest.mark.parametrize(
    ("distribution", "middle"), [("uniform", 2.5), ("log_uniform", 2.0), ("triangular", 1.0 + 4.5**0.5)]
)
def test_the_median_is_that_of_the_distribution(distribution: str, middle: float) -> None:
    # A triangle from 1 over 4 down to 4: half of it lies below 1 + 3 / sqrt(2).
    figure = _figure(distribution, 1.0, 4.0, 4.0)
    assert float(figure.values(np.array(0.5))) == pytest.approx(middle)


def test_counts_are_drawn_whole_and_alike() -> None:
    figure = _figure("uniform", 1.0, 2.0, 3.0, "nodes")
    drawn = figure.values(uniforms(1, 1 << 12, 0)[0])
    values, times = np.unique(drawn, return_counts=True)
    assert values.tolist() == [1.0, 2.0, 3.0]
    assert times.max() - times.min() <= 2


@pytest.mark.parametrize(
    ("distribution", "shares"),
    [("triangular", [2 / 9, 5 / 9, 2 / 9]), ("log_uniform", np.diff(np.log([1.0, 3.0, 5.0, 7.0])) / np.log(7.0))],
)
def test_counts_keep_their_distribution(distribution: str, shares: Sequence[float]) -> None:
    # Half a unit more at either end, 0.5 to 3.5: a triangle that peaks at 2, and equal steps of the logarithm.
    datum = Datum("nodes", 2.0, "1", "2", "s", "estimated", low=1.0, high=3.0, distribution=distribution)
    drawn = Figure(datum, (("a", "nodes"),)).values(uniforms(1, 1 << 12, 0)[0])
    assert [float(np.mean(drawn == count)) for count in (1, 2, 3)] == pytest.approx(list(shares), abs=0.002)


def test_equal_seeds_give_equal_draws() -> None:
    first, again, other = (draws(PAIR, count=64, seed=seed) for seed in (1, 1, 2))
    for system, paths in first.items():
        for path, values in paths.items():
            assert np.array_equal(values, again[system][path])
            # A count of one or two may come out the same.
            assert len(set(values)) < 8 or not np.array_equal(values, other[system][path])


def test_a_figure_that_two_systems_share_is_drawn_once() -> None:
    drawn = draws(PAIR, count=64)
    assert drawn[A]["pue"] is drawn[B]["pue"]
    # The same system under another name shares every figure: whatever is drawn, the two are level.
    twin = replace(PAIR[0], id="twin")
    found = calc.bands([PAIR[0], twin], "twin")
    for name, bands in found.ratios.items():
        assert bands[A].low == pytest.approx(1.0), name
        assert bands[A].high == pytest.approx(1.0), name


def test_what_one_source_says_of_one_thing_moves_together(tmp_path: Path) -> None:
    chip = CHIP.replace(
        "{value: 4 TB/s, source: maker-2026, confidence: datasheet}",
        "{value: 4 TB/s, source: analyst-2026, confidence: estimated, range: [3 TB/s, 5 TB/s]}",
    ).replace(
        "power: {value: 600 W, source: maker-2026, confidence: datasheet}",
        "power: {value: 600 W, source: analyst-2026, confidence: estimated, range: [500 W, 700 W]}",
    )
    library = calc.library([write(tmp_path, maker_chip=chip)])
    drawn = draws([calc.load("maker-system", library=library)], count=256)["maker-system"]
    assert np.corrcoef(drawn["chip.hbm.bandwidth"], drawn["chip.power"])[0, 1] == pytest.approx(1.0)
    # The same analyst's word on the whole system is another estimate.
    assert abs(np.corrcoef(drawn["power.all_in"], drawn["chip.power"])[0, 1]) < 0.2


def test_a_distribution_is_read_and_checked(tmp_path: Path) -> None:
    ranged = "range: [3 TB/s, 5 TB/s], distribution: {}}}"
    given_as = "{value: 4 TB/s, source: analyst-2026, confidence: estimated, "
    line = "{value: 4 TB/s, source: maker-2026, confidence: datasheet}"
    folder = write(tmp_path, maker_chip=CHIP.replace(line, given_as + ranged.format("triangular")))
    system = calc.load("maker-system", library=calc.library([folder]))
    assert system["chip.hbm.bandwidth"].distribution == "triangular"
    for text, said in (
        (given_as + ranged.format("normal"), "'normal' is not one of the words allowed"),
        (line[:-1] + ", distribution: uniform}", "gives a distribution but no range; add range"),
        (given_as + "range: [0 TB/s, 5 TB/s], distribution: log_uniform}", "'0 TB/s' is zero"),
    ):
        bad = calc.library([write(tmp_path / "bad", maker_chip=CHIP.replace(line, text))])
        assert any(said in str(fault) for fault in bad.faults), (text, bad.faults)


def test_a_ratio_that_starts_at_one_is_not_drawn_below_it(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "regions").mkdir()
    (folder / "regions" / "everywhere.yaml").write_text(REGION.replace("[1.1, 1.9]", "[0.9, 1.9]"), encoding="utf-8")
    faults = [str(fault) for fault in calc.library([folder]).faults]
    assert any("'0.9' is below 1; this ratio starts at 1" in fault for fault in faults), faults


def test_an_interval_of_all_is_refused() -> None:
    with pytest.raises(calc.CalcError, match=r"an interval of 1; give a share above 0 and below 1, such as 0\.8"):
        calc.bands(PAIR, B, interval=1.0)


def test_what_is_set_is_not_drawn_and_what_is_preferred_is() -> None:
    paths = {path for factor in factors(PAIR, calc.Scenario(set={"pue": 1.2, f"{A}:power.all_in": "500 kW"}))
             for figure in factor.figures for _, path in figure.users if _ == A}  # fmt: skip
    assert "pue" not in paths
    assert "power.all_in" not in paths
    older = factors(PAIR, calc.Scenario(prefer=("semianalysis-cm384-2025-04",)))
    assert "semianalysis-cm384-2025-04" in {factor.source for factor in older}


def test_a_published_total_is_drawn_where_a_setting_moves_it() -> None:
    plain, moved = (calc.bands(PAIR, B, calc.Scenario(set=given), draws=1 << 10)
                    for given in ({}, {f"{A}:parts.interconnect.power": "0.0000001 W"}))  # fmt: skip
    before, after = (found.values["power.all_in"][A] for found in (plain, moved))
    # 500 to 650 kW as published, less what the part had: as wide, and lower.
    assert after.high - after.low == pytest.approx(before.high - before.low, rel=0.05)
    assert after.adopted < before.adopted
    assert after.median < before.median
    hangs = calc.sensitivity(PAIR, "power.all_in", moved.comparison.scenario, draws=64)
    assert (hangs.swings[0].systems, hangs.swings[0].path) == ((A,), "power.all_in")


def test_figures_of_a_part_leave_a_published_total_where_it_is() -> None:
    system, plain = PAIR[0], calc.Scenario()
    moved = evaluate(with_values(system, plain, {"chip.power": np.array([500.0, 900.0])}), plain)
    assert moved.get("power.all_in") == 599821.0
    assert np.ptp(moved.array("power.unexplained")) == pytest.approx(400.0 * 384)


@settings(max_examples=10, deadline=None)
@given(per=st.sampled_from(["system", "chip", "rack", "kW"]), interval=st.floats(0.1, 0.99), seed=st.integers(0, 99))
def test_bands_hold_their_median_and_grow_with_their_interval(per: str, interval: float, seed: int) -> None:
    found = calc.bands(PAIR, B, per=per, draws=256, seed=seed, interval=interval)
    wider = calc.bands(PAIR, B, per=per, draws=256, seed=seed, interval=(1.0 + interval) / 2.0)
    for name, systems in found.ratios.items():
        for one, band in systems.items():
            outer = wider.ratios[name][one]
            assert outer.low <= band.low <= band.median <= band.high <= outer.high
            assert band.adopted == found.comparison.row(name).ratios[one]


def test_results_of_a_workload_as_rows() -> None:
    mapping = {"tp": 8, "pp": 4, "vp": 1}
    outcomes = [
        training_outcome(LIBRARY, name, model="llama-3.1-70b", chips=288, global_batch=576, mapping=mapping)
        for name in ("energy_per_token", "cost_per_token")
    ]
    found = calc.bands([A, B], draws=64, outcomes=outcomes, library=LIBRARY)
    assert [row.quantity.name for row in found.comparison.rows] == ["train.energy_per_token", "train.cost_per_token"]
    band = found.values["train.energy_per_token"][A]
    assert band.low < band.adopted < band.high
    assert band.adopted == float(outcomes[0](PAIR[0], calc.Scenario()))
    odds = calc.probability(found, f"{A} train.energy_per_token < 0.1 J")
    assert odds.probability == float(np.mean(found.samples("train.energy_per_token", A) < 0.1))
    joint = found.samples("train.cost_per_token", A) / found.samples("train.cost_per_token", B)
    ratio = found.ratios["train.cost_per_token"][A]
    assert (ratio.low, ratio.high) == pytest.approx(np.quantile(joint, [0.1, 0.9]))
    printed = report_bands(found, [odds])
    assert [row[0] for row in printed.rows] == ["Training, all-in energy per token", "Training, cost per token"]


def test_the_headline_is_as_sure_as_its_sources() -> None:
    # All-in power of 500 to 650 kW over 132 to 160 kW, 752 to 800 TFLOP/s of 384 chips over 2,500 of 72, each uniform
    # and by itself: the share above 2 by plain sampling of four million points is 0.9653.
    found = calc.bands([A, B], draws=1 << 14, library=LIBRARY)
    odds = calc.probability(found, f"{A} power_per_flop_rate > 2x")
    assert odds.probability == pytest.approx(0.9653, abs=0.002)
    said = (
        f"CloudMatrix 384 needs more than twice the power per BF16 of GB200 NVL72: probability {odds.probability:.2f}."
    )
    assert odds.sentence() == said
    assert odds.sentence("zh").startswith("CloudMatrix 384 的每单位 BF16 算力功率高于 GB200 NVL72 的 2 倍：概率 0.9")
    band = found.ratios["power_per_flop_rate"][A]
    assert (band.low, band.median, band.high) == pytest.approx((2.0884, 2.3790, 2.6995), rel=0.01)


@pytest.mark.parametrize(
    ("statement", "probability"),
    [
        ("power.all_in < 500 kW", 0.0),
        ("power.all_in >= 500 kW", 1.0),
        (f"{B} power.all_in < 146 kW", 0.5),
        (f"{A} flop_rate > 1.664x {B}", None),
        (f"{B} flop_rate < 1x {A}", 1.0),
        ("chips <= 384", 1.0),
    ],
)
def test_statements_of_other_kinds(statement: str, probability: float | None) -> None:
    odds = calc.probability(calc.bands(PAIR, B), statement)
    assert 0.0 <= odds.probability <= 1.0
    if probability is not None:
        assert odds.probability == pytest.approx(probability, abs=0.01)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("power.all_in < 700 kW", "The all-in power of CloudMatrix 384 is below 700 kW: probability 1."),
        ("flop_rate >= 1x", "CloudMatrix 384 offers at least the BF16 throughput of GB200 NVL72: probability 1."),
        ("chips <= 1.5x", "CloudMatrix 384 has at most 1.5 times the accelerators of GB200 NVL72: probability 0."),
    ],
)
def test_statements_in_words(statement: str, said: str) -> None:
    assert calc.probability(calc.bands(PAIR, B, draws=64), statement).sentence() == said


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("nonsense", "'nonsense' is not a statement; write such as 'cloudmatrix-384 power_per_flop_rate > 2x'"),
        ("power.all_in < 5 GB", "'5 GB' is a size; this value needs a power"),
        ("dgx-h100 power.all_in < 5 kW", "no system among those compared: 'dgx-h100'"),
        (f"power.all_in < 2x {A}", f"compares {A} with itself; name another system"),
        ("power.al_in < 5 kW", "no row 'power.al_in'. Did you mean 'power.all_in'?"),
        ("nics > 2x", "cloudmatrix-384 has no nics:"),
        ("power.all_in > 1.2.3x", "'1.2.3x' is not a number and a unit"),
        ("power.all_in > 1e400x", "'1e400x'"),
    ],
)
def test_what_is_no_statement_is_refused(statement: str, said: str) -> None:
    with pytest.raises(calc.CalcError) as error:
        calc.probability(calc.bands(PAIR, B, draws=16), statement)
    assert said in str(error.value)


def test_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", A, B, "--bands", "--odds", "power_per_flop_rate > 2x"]) == 0
    out = capsys.readouterr().out
    assert "2.49× (2.09× – 2.69×)" in out
    assert "20 figures with a range were drawn, each once" in out
    assert "CloudMatrix 384 needs more than twice the power per BF16 of GB200 NVL72: probability 0.97." in out
    assert main(["compare", A, B, "--odds", "power_per_flop_rate > 2x", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["schema"] == "podcalc.bands/1"
    assert said["odds"][0]["probability"] == pytest.approx(0.965, abs=0.01)
    assert main(["compare", A, B, "--bands", "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith("quantity,unit,of,system,adopted,median,low,high\n")
    for words, message in (
        (["--bands", "--draws", "1000"], "1000 draws; give a power of two from 2 to 524,288, such as 1,024"),
        (["--bands", "--draws", "1048576"], "1048576 draws; give a power of two from 2 to 524,288"),
        (["--bands", "--seed", "-1"], "a seed of -1; give a whole number from 0 up"),
        (["--bands", "--interval", "100"], "--interval is 100; give a number of per cent above 0 and below 100"),
        (["--bands", "--interval", "nan"], "--interval is nan; give a number of per cent"),
        (["--odds", "x"], "'x' is not a statement"),
    ):
        assert main(["compare", A, B, *words]) == 2
        assert message in capsys.readouterr().err


def test_a_statement_says_what_it_is_divided_by() -> None:
    odds = calc.probability(calc.bands(PAIR, B, per="chip", draws=64), "power.all_in > 1x")
    assert "all-in power per chip of GB200 NVL72" in odds.sentence()
    assert "（每芯片）" in odds.sentence("zh")
