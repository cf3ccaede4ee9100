"""How much of the catalogue is known: counts that add up, nothing without a source, and the command."""

from __future__ import annotations

import json

import pytest

import calc
from calc.cli import main
from calc.studies.coverage import KINDS, coverage


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["coverage", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_no_figure_is_without_a_source(library: calc.Library) -> None:
    assert coverage(library).unsourced == ()


@pytest.mark.parametrize("kind", KINDS)
def test_counts_add_up_by_figure_and_by_spec(library: calc.Library, kind: str) -> None:
    found = coverage(library, kind)
    assert {row.kind for row in found.figures} <= {kind}
    specs = [library.get(kind, spec_id) for spec_id in library.ids(kind)]
    figures = sum(not path.startswith("parts.") for spec in specs for path in spec.figures)
    assert found.total(kind).total == figures
    assert sum(row.total for row in found.specs) == figures
    assert found.total(kind).of == sum(row.of for row in found.specs)
    for row in (*found.figures, *found.specs):
        assert 0 <= row.total <= row.of
        assert row.share == pytest.approx(row.total / row.of)
        assert row.disputed <= row.total


def test_every_chip_counts_its_dies(library: calc.Library) -> None:
    row = next(row for row in calc.coverage("chips", library=library).figures if row.name == "dies")
    assert row.total == row.of == len(library.ids("chip"))
    assert (row.label(), row.label("zh")) == (calc.names.find("chip.dies").en, calc.names.find("chip.dies").zh)


def test_a_throughput_says_format_and_sparsity(library: calc.Library) -> None:
    labels = {row.name: (row.label(), row.label("zh")) for row in coverage(library, "chips").figures}
    assert "BF16" in labels["flop_rate.bf16.dense"][0]
    assert labels["flop_rate.bf16.dense"][0].endswith("dense")
    assert labels["flop_rate.bf16.sparse_2_4"][1].endswith("2:4 稀疏")
    assert len(set(labels.values())) == len(labels)
    assert not any("{" in text for pair in labels.values() for text in pair)


def test_a_spec_of_ones_own_counts(tmp_path, library: calc.Library) -> None:  # type: ignore[no-untyped-def]
    from small import write

    write(tmp_path)
    before, after = coverage(library, "chips"), coverage(calc.library([tmp_path]), "chips")
    assert after.total("chip").total > before.total("chip").total
    row = next(row for row in after.specs if row.name == "maker-chip")
    assert row.known["datasheet"] == 7
    assert row.disputed == 1


@pytest.mark.parametrize("shape", ["table", "json", "csv", "md"])
def test_the_command(capsys: pytest.CaptureFixture[str], shape: str) -> None:
    status, out, _ = run(capsys, "chips", "--format", shape)
    assert status == 0
    assert "hbm.bandwidth" in out
    if shape == "json":
        plain = json.loads(out)
        assert (plain["schema"], plain["unsourced"]) == ("podcalc.coverage/1", [])
        assert plain["totals"][0]["known"] == sum(row["known"] for row in plain["rows"])
    if shape in ("table", "md"):
        assert "No figure is without a source." in out


def test_the_command_for_each_spec_and_for_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert "cloudmatrix-384" in run(capsys, "systems", "--each")[1]
    status, out, err = run(capsys, "chip5")
    assert (status, out) == (2, "")
    assert err == "podcalc: no kind of spec with figures 'chip5'. Did you mean 'chips'?\n"
