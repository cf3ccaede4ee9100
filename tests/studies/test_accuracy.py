"""Predictions of kernels against measurements."""

from __future__ import annotations

from pathlib import Path

import pytest

import calc
from calc.physics.gemm import gemm_time
from calc.spec.kernels import kernel_fits
from calc.spec.library import built_in
from calc.studies.accuracy import accuracy
from calc.studies.collective import collective_curve


def test_own_sample_is_predicted_whole_and_within_its_target() -> None:
    found = accuracy()
    gemm, collectives = found.kinds["gemm"], found.kinds["collectives"]
    assert gemm.skipped == collectives.skipped == 0
    assert gemm.median_ape is not None
    assert gemm.median_ape < 0.06
    assert collectives.median_ape is not None
    assert collectives.median_ape < 0.05
    for one in found.kinds.values():
        assert one.coverage80 is not None
        assert 0.7 < one.coverage80 < 0.95
    assert set(found.sources) == {p.source for p in found.predictions}


def test_serving_is_predicted_within_its_target() -> None:
    serving = accuracy("serving").kinds["serving"]
    assert serving.skipped == 0
    assert serving.median_ape is not None
    assert serving.median_ape < 0.08
    assert serving.p90_ape is not None
    assert serving.p90_ape < 0.25


def test_a_table_says_its_kind_by_its_columns(tmp_path: Path) -> None:
    text = (built_in() / "measurements" / "gemm.csv").read_text(encoding="utf-8")
    table = tmp_path / "mine.csv"
    table.write_text("\n".join(text.splitlines()[:4]) + "\n", encoding="utf-8")
    assert list(accuracy(runs=table).kinds) == ["gemm"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("r,unheard-of,1,1,1,bf16,3,s", "no chip with fitted kernels: 'unheard-of'"),
        ("r,h100-sxm,1,1,1,fp2,3,s", "no GEMM fit of h100-sxm: 'fp2'"),
        ("r,h100-sxm,0,1,1,bf16,3,s", "m is '0', not above zero"),
        ("r,h100-sxm,1,x,1,bf16,3,s", "n is 'x', not a number"),
        ("r,h100-sxm,1,1,1,bf16,,s", "latency_us is '', not a number"),
    ],
)
def test_a_row_that_cannot_be_predicted_says_why(tmp_path: Path, row: str, reason: str) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("run_id,chip,m,n,k,dtype,latency_us,source\n" + row + "\n", encoding="utf-8")
    (prediction,) = accuracy(runs=table).predictions
    assert reason in prediction.skipped
    assert "skipped" in prediction.to_json()


def test_other_columns_are_refused(tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(calc.CalcError, match="lacks columns; there must be for gemm: run_id, chip, m, n, k"):
        accuracy(runs=table)


PROMISED = {
    "a100-sxm-40gb", "a100-sxm-80gb", "ascend-910c", "b200-sxm", "gb200", "gb300", "h100-sxm", "h20-sxm", "h200-sxm",
    "h800-sxm", "mi300x", "tpu-v5p", "trn2",
}  # fmt: skip


def _fitted() -> list[str]:
    """Ids of the catalogue's chips that kernels were fitted on."""
    return [chip for chip in calc.library().ids("chip") if (built_in() / "kernels" / f"{chip}.yaml").is_file()]


def test_every_fit_is_read_and_every_promised_chip_has_one() -> None:
    assert set(_fitted()) >= PROMISED
    for chip in _fitted():
        fits = kernel_fits(chip)
        fit = fits.gemm("bf16")
        assert float(gemm_time(4096, 4096, 4096, fit.parameters)) > 0
        low, high = fit.interval("many_rows")
        assert low < 1 < high
        assert (fit.confidence == "assumed") == bool(fit.relative), chip


def test_fits_state_the_rates_of_their_chips() -> None:
    library = calc.library()
    for chip in _fitted():
        parameters = kernel_fits(chip).gemm("bf16").parameters
        rate = library.get("chip", chip).figures["flop_rate.bf16.dense"]
        readings = [reading.value for reading in rate.readings]
        assert min(readings) * 0.98 <= parameters.peak_flop_rate <= max(readings) * 1.02, chip


def test_a_curve_is_monotonous_and_approaches_the_link() -> None:
    curve = collective_curve("gb200", "all_gather", 8, ["1 MiB", "64 MiB", "1 GiB", "8 GiB"])
    assert (curve.time[1:] > curve.time[:-1]).all()
    assert (curve.bus_bandwidth < 900e9 * 1.02).all()
    assert curve.bus_bandwidth[-1] > 0.6 * 900e9


def test_ranks_beyond_the_scale_up_domain_are_refused() -> None:
    with pytest.raises(calc.CalcError, match="73 ranks: a scale-up domain of gb200 has 72 at most"):
        collective_curve("gb200", "all_reduce", 73, ["1 MiB"])
