"""The command line as a user meets it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from calc.cli import main

A, B = "cloudmatrix-384", "gb200-nvl72"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        status = main(list(arguments))
    except SystemExit as stop:
        status = int(stop.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


def plain(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    status, out, err = run(capsys, *arguments, "--format", "json")
    assert (status, err) == (0, "")
    return json.loads(out)


def test_compare_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "compare", A, B)
    assert (status, err) == (0, "")
    line = next(line for line in out.splitlines() if line.startswith("BF16 throughput"))
    assert line.split()[-6:] == ["300", "○", "180", "○", "1.66×", "better"] or "1.66×" in line
    assert "dense, peak" in line
    assert "all-in, dense" in out
    assert "one direction" in out


def test_compare_as_json_keeps_its_contract(capsys: pytest.CaptureFixture[str]) -> None:
    found = plain(capsys, "compare", A, B)
    assert found["schema"] == "podcalc.compare/1"
    assert found["baseline"] == B
    assert found["systems"] == [A, B]
    for row in found["rows"]:
        assert {"quantity", "unit", "better", "values", "ratios", "confidence"} <= row.keys()
        assert row["values"].keys() == row["ratios"].keys() == row["confidence"].keys() == {A, B}
        assert row["better"] in ("higher", "lower", None)
    rows = {row["quantity"]: row for row in found["rows"]}
    contract = """chips dies racks transceivers chip.flop_rate chip.hbm.capacity chip.hbm.bandwidth chip.scale_up.bandwidth_per_direction
        chip.scale_out.bandwidth_per_direction flop_rate hbm.capacity hbm.bandwidth scale_up.domain scale_up.bandwidth_per_direction
        scale_out.bandwidth_per_direction scale_up.bisection_bandwidth power.chips power.all_in power.facility power_per_flop_rate
        power_per_hbm_bandwidth power_per_hbm_capacity flop_per_hbm_byte flop_per_scale_up_byte flop_per_scale_out_byte scale_up.power
        scale_up.energy_per_bit price price_per_flop_rate""".split()
    assert set(contract) <= rows.keys()
    assert round(rows["flop_rate"]["ratios"][A], 3) == 1.664
    assert rows["flop_rate"]["values"][B] == 180e15


def test_options_reach_the_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    def ratio(quantity: str, *options: str) -> float:
        rows = {row["quantity"]: row for row in plain(capsys, "compare", A, B, *options)["rows"]}
        return float(rows[quantity]["ratios"][A])

    assert round(ratio("power.all_in", "--prefer", "semianalysis-cm384-2025-04"), 2) == 3.86
    assert round(ratio("power.all_in", "--set", f"{B}:power.all_in=130 kW"), 3) == 4.614
    assert round(ratio("flop_rate", "--per", "chip"), 3) == 0.312
    assert ratio("power.facility", "--set", f"{A}:pue=1.1", "--set", f"{B}:pue=1.2") == pytest.approx(
        599821 * 1.1 / (145000 * 1.2)
    )
    rows = plain(capsys, "compare", A, B, "--baseline", A)["rows"]
    assert round(next(row for row in rows if row["quantity"] == "flop_rate")["ratios"][B], 3) == 0.601
    sparse = {
        row["quantity"]: row
        for row in plain(capsys, "compare", "gb300-nvl72", B, "--precision", "FP4", "--sparse")["rows"]
    }
    assert sparse["flop_rate"]["ratios"]["gb300-nvl72"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    "arguments",
    [
        ("compare", A, B, "dgx-h100"),
        ("why", A, B, "power_per_flop_rate"),
        ("parity", A, "--match", B),
        ("explain", A, "power_per_flop_rate"),
        ("power", A),
        ("inputs", A),
        ("claims", B),
        ("list",),
        ("list", "chips"),
        ("list", "links"),
        ("list", "parts"),
        ("list", "regions"),
        ("list", "sources"),
        ("list", "quantities"),
        ("show", "ascend-910c"),
        ("show", A),
        ("accuracy",),
        ("collective", "gb200", "all_reduce"),
    ],
    ids=" ".join,
)
def test_every_table_in_every_format(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    found = plain(capsys, *arguments)
    assert found["schema"].startswith("podcalc.")
    for kind in ("table", "csv", "md"):
        status, out, err = run(capsys, *arguments, "--format", kind)
        assert (status, err) == (0, "")
        assert out.strip()
        assert "…" not in out
        if kind == "csv":
            rows = list(csv.reader(io.StringIO(out)))
            assert len({len(row) for row in rows}) == 1
        if kind == "md":
            assert any(line.startswith(("|:---", "|---")) for line in out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("compare", "cloudmatrix-348", B), "podcalc: no system 'cloudmatrix-348'. Did you mean 'cloudmatrix-384'? (podcalc list systems)"),
        (("compare", A, B, "--precision", "bf61"), "podcalc: no precision 'bf61'. Did you mean 'bf16'?"),
        (("compare", A, B, "--per", "rak"), "podcalc: no unit to divide by 'rak'. Did you mean 'rack'?"),
        (("compare", A, B, "--baseline", "dgx-h100"), "podcalc: no baseline among the systems compared: 'dgx-h100'."),
        (("compare", A, B, "--set", "pue"), "podcalc: 'pue' is not a setting; write --set 'SYSTEM:path=value'"),
        (("compare", A, B, "--set", "pu=3"), "podcalc: no input 'pu'. Did you mean 'pue'?"),
        (("compare", A, B, "--set", "pue=9**9**9"), "a number is not an expression"),
        (("compare", A, B, "--set", "dgx-a100:pue=1.2"), "podcalc: no system among those compared: 'dgx-a100'."),
        (("compare", A, B, "--prefer", "semianalysis"), "podcalc: no source with a reading of these systems: 'semianalysis'."),
        (("compare", A, B, "--region", "moon"), "podcalc: no region 'moon'."),
        (("compare", A, B, "--specs", "/no/where"), "/no/where:1:1: is not a folder"),
        (("compare",), "podcalc: nothing to compare; name two or more systems (podcalc list systems)"),
        (("explain", A, "power.allin"), "podcalc: no quantity 'power.allin'. Did you mean 'power.all_in'?"),
        (("why", A, B, "flops"), "podcalc: no quantity 'flops'."),
        (("accuracy", "--kind", "gem"), "podcalc: no kind of measurement 'gem'. Did you mean 'gemm'?"),
        (("accuracy", "--runs", "/no/such.csv"), "podcalc: /no/such.csv: cannot be read as a table"),
        (("collective", "gb200", "all_reduc"), "podcalc: no collective operation 'all_reduc'. Did you mean 'all_reduce'?"),
        (("collective", "gb200", "all_reduce", "--ranks", "1"), "podcalc: 1 rank: an operation takes two or more"),
        (("collective", "moon", "all_reduce"), "podcalc: no chip with fitted kernels: 'moon'."),
        (("show", "ascend-910d"), "podcalc: no spec 'ascend-910d'. Did you mean 'ascend-910'?"),
        (("validate", "/no/such.yaml"), "/no/such.yaml:1:1: is not there; give a file or a folder"),
        (("lst",), "podcalc: argument COMMAND: invalid choice: 'lst'"),
        (("list", "chip"), "invalid choice: 'chip'"),
    ],
)  # fmt: skip
def test_bad_input_is_answered_in_words(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    status, out, err = run(capsys, *arguments)
    assert status == 2
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_validate(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, _ = run(capsys, "validate")
    assert status == 0
    assert out.endswith("files, no faults\n")
    (tmp_path / "x.yaml").write_text("kind: chip\n", encoding="utf-8")
    status, out, err = run(capsys, "validate", str(tmp_path))
    assert (status, out) == (2, "")
    assert f"{tmp_path}/x.yaml:1:1: name: is missing" in err
    status, out, err = run(capsys, "validate", str(tmp_path), "--format", "json")
    assert status == 2
    assert json.loads(out)["rows"][0]["line"] == 1


def test_a_broken_folder_is_named_once_and_left_out(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("kind: chip\n", encoding="utf-8")
    status, out, err = run(capsys, "compare", A, B, "--specs", str(tmp_path))
    assert status == 0
    assert "1.66×" in out
    assert err.count("\n") == 1
    assert f"in 1 spec file, left out: podcalc validate {tmp_path}/x.yaml" in err


def test_new_and_schema_print_what_editors_and_people_need(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "new", "chip")[1].startswith("# yaml-language-server: $schema=../.schema/chip.json\n")
    assert json.loads(run(capsys, "schema", "system")[1])["properties"]["chips_per_node"]["description"]


def test_markdown_and_csv_are_safe_for_what_spec_authors_write(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from calc.tables import Table, render

    table = Table(["a"], [["=1+1", "x|y"]], {})
    assert render(table, "csv").splitlines()[1] == "'=1+1,x|y"
    assert "x\\|y" in render(table, "md")


def test_as_a_process() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "calc", "compare", A, "nowhere"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("podcalc: no system 'nowhere'.")
    piped = subprocess.run(
        f"{sys.executable} -m calc list quantities | head -1", shell=True, capture_output=True, text=True, check=False
    )
    assert piped.returncode == 0
    assert piped.stderr == ""
