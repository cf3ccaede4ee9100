"""What a change of a spec does: its inputs, every output of what uses it, and the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import calc
from calc.cli import main
from calc.errors import CalcError
from calc.spec.library import built_in
from calc.studies.spec_change import spec_change

H100 = (built_in() / "chips" / "h100-sxm.yaml").read_text(encoding="utf-8")


def edition(folder: Path, text: str, name: str = "h100-sxm.yaml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["diff-spec", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_a_bandwidth_moves_what_rests_on_it_and_nothing_else(tmp_path: Path, library: calc.Library) -> None:
    found = spec_change(edition(tmp_path, H100.replace("3.35 TB/s", "6.7 TB/s")), library=library)
    assert [(one.path, one.ratio) for one in found.inputs] == [("hbm.bandwidth", 2.0)]
    using = {name for name in library.ids("system") if calc.load(name, library=library).chip.id == "h100-sxm"}
    assert set(found.systems) == using
    ratios = {(one.quantity.name, one.ratio) for one in found.effects}
    assert ("hbm.bandwidth", 2.0) in ratios
    assert ("hbm.read_time", 0.5) in ratios
    assert ("flop_per_hbm_byte", 0.5) in ratios
    assert not {name for name, _ in ratios} & {"flop_rate", "power.all_in", "hbm.capacity", "price"}


def test_a_rate_moves_its_own_number_format_only(tmp_path: Path, library: calc.Library) -> None:
    found = spec_change(edition(tmp_path, H100.replace("67 TFLOP/s", "134 TFLOP/s", 1)), library=library)
    assert {one.precision for one in found.effects} == {"fp32 dense"}


@settings(max_examples=10, deadline=None)
@given(st.integers(100, 1400))
def test_there_and_back_is_the_inverse(tmp_path_factory: pytest.TempPathFactory, watts: int) -> None:
    folder = tmp_path_factory.mktemp("edition")
    old, new = (
        edition(folder, H100, "a.yaml"),
        edition(folder, H100.replace("value: 700 W", f"value: {watts} W"), "b.yaml"),
    )
    there, back = spec_change(old, new), spec_change(new, old)
    assert [(one.before, one.after) for one in there.effects] == [(one.after, one.before) for one in back.effects]


def test_two_files_of_ones_own_stand_for_what_the_first_is_named(tmp_path: Path, library: calc.Library) -> None:
    old = edition(tmp_path, H100)
    new = edition(tmp_path, H100.replace("value: 700 W", "value: 350 W"), "changed.yaml")
    found = spec_change(old, new, library=library)
    assert (found.id, found.old, found.new) == ("h100-sxm", "h100-sxm.yaml", new)
    assert {one.ratio for one in found.effects if one.quantity.name == "power.chips"} == {0.5}


def test_a_figure_that_is_left_out_takes_its_outputs_along(tmp_path: Path, library: calc.Library) -> None:
    text = "\n".join(line for line in H100.splitlines() if not line.startswith("power:"))
    found = spec_change(edition(tmp_path, text), library=library)
    assert [(one.path, one.after) for one in found.inputs] == [("power", "")]
    gone = {one.quantity.name for one in found.effects if one.after is None}
    assert "power.chips" in gone


def test_a_maker_is_a_change_and_its_line_is_not(tmp_path: Path, library: calc.Library) -> None:
    moved = H100.replace("\norigin:", "\n# a line above\norigin:")
    assert moved != H100
    assert spec_change(edition(tmp_path, moved), library=library).inputs == ()
    other = H100.replace("company: TSMC, ", "company: Rapidus, ")
    found = spec_change(edition(tmp_path, other), library=library).inputs
    assert found[0].path == "origin.fabricated"
    assert found[0].before.startswith("TSMC, ")
    assert found[0].after.startswith("Rapidus, ")


def test_what_changes_beside_the_value_is_said(tmp_path: Path, library: calc.Library) -> None:
    text = H100.replace(
        '700 W, source: hpctech-h100, at: "TDP, H100 SXM column"', '700 W, source: lockwood-h100, at: "TDP"'
    )
    found = spec_change(edition(tmp_path, text), library=library)
    assert [(one.path, one.why) for one in found.inputs] == [("power", "source hpctech-h100 to lockwood-h100, words")]
    assert found.effects == ()


def test_links_parts_systems_and_regions_too(tmp_path: Path, library: calc.Library) -> None:
    for folder, name, old, new, quantity in (
        ("links", "nvlink-4", "25 GB/s", "50 GB/s", "scale_up.bandwidth_per_direction"),
        ("systems", "dgx-h100", "nodes: {value: 1,", "nodes: {value: 2,", "chips"),
        ("regions", "global", "pue: {value: 1.56", "pue: {value: 1.5", "power.facility"),
    ):
        text = (built_in() / folder / f"{name}.yaml").read_text(encoding="utf-8")
        assert old in text
        found = spec_change(edition(tmp_path, text.replace(old, new), f"{name}.yaml"), library=library)
        assert quantity in {one.quantity.name for one in found.effects}, name


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = edition(tmp_path, H100.replace("3.35 TB/s", "6.7 TB/s"))
    status, out, _ = run(capsys, path)
    assert status == 0
    assert "by as much in 11 other formats" in out
    status, out, _ = run(capsys, path, "--format", "json")
    plain = json.loads(out)
    assert (plain["schema"], plain["kind"], plain["id"]) == ("podcalc.diff/1", "chip", "h100-sxm")
    row = next(row for row in plain["effects"] if row["quantity"] == "hbm.bandwidth")
    assert (row["unit"], row["ratio"]) == ("B/s", 2.0)
    for shape in ("csv", "md"):
        assert "hbm.read_time" in run(capsys, path, "--format", shape)[1]


def test_what_cannot_be_compared(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    same = edition(tmp_path, H100, "h100-sxm.yaml")
    assert "is the same as the catalogue's own; give the edition from before the change first" in run(capsys, same)[2]
    broken = edition(tmp_path, H100.replace("3.35 TB/s", "3.35 TB"))
    status, out, err = run(capsys, broken)
    assert (status, out) == (2, "")
    assert err.startswith(f"{broken}:")
    assert "'3.35 TB' is a size; this value needs a rate such as '8 TB/s'" in err
    stranger = edition(tmp_path, H100, "h101-sxm.yaml")
    assert "no chip to compare" in run(capsys, stranger)[2]
    assert "Did you mean 'h100-sxm'?" in run(capsys, stranger)[2]
    same = edition(tmp_path, H100)
    assert "'gb200-nvl72' is a system and" in run(capsys, "gb200-nvl72", same)[2]
    said = "'h200-sxm' is no file; the changed edition is one, as in: podcalc diff-spec h100-sxm h100-sxm.yaml"
    assert said in run(capsys, "h100-sxm", "h200-sxm")[2]
    assert "nosuch.yaml:1:1: cannot be read: No such file or directory" in run(capsys, "nosuch.yaml")[2]
    with pytest.raises(CalcError, match="is a model; this compares chips, links, parts, systems, regions"):
        spec_change(str(built_in() / "models" / "llama-3.1-70b.yaml"))
