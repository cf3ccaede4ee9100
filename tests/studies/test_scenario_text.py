"""A question as a command line, as Python and as a file: the same thrice, and faults with their places."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
from pathlib import Path

import pytest

import calc
from calc.cli import main
from calc.studies.scenario_text import Question, read

A, B = "cloudmatrix-384", "gb200-nvl72"
FULL = Question(
    (A, B, "dgx-h100"),
    A,
    "chip",
    calc.Scenario("fp16", True, {f"{A}:power.all_in": "559 kW", "pue": "1.2"}, ("semianalysis-cm384-2025-04",)),
    "Another edition: 559 kW",
)
QUESTIONS = [Question((A, B)), Question((B, A), B), FULL]


@pytest.mark.parametrize("asked", QUESTIONS)
def test_a_file_is_read_back_as_it_was(asked: Question, library: calc.Library) -> None:
    assert read(asked.yaml(), "scenario.yaml", library) == asked


@pytest.mark.parametrize("asked", QUESTIONS)
def test_command_file_and_python_give_the_same(
    asked: Question, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = shlex.split(asked.command())[1:]
    assert main([*command, "--format", "csv"]) == 0
    said = capsys.readouterr().out
    path = tmp_path / "scenario.yaml"
    path.write_text(asked.yaml(), encoding="utf-8")
    assert main(["compare", "--scenario", str(path), "--format", "csv"]) == 0
    assert capsys.readouterr().out == said
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(asked.python(), {})
    assert "flop_rate" in printed.getvalue()


def test_what_is_given_beside_a_file_wins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(Question((A, B), scenario=calc.Scenario(set={f"{A}:power.all_in": "300 kW"})).yaml())
    command = [
        "compare",
        "--scenario",
        str(path),
        "--set",
        f"{A}:power.all_in=290 kW",
        "--per",
        "chip",
        "--format",
        "json",
    ]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert '"per": "chip"' in said
    assert str(290e3 / 384)[:8] in said
    assert main(["explain", A, "power.all_in", "--scenario", str(path)]) == 0
    assert "300 kW" in capsys.readouterr().out


def test_no_systems_and_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare"]) == 2
    assert capsys.readouterr().err == "podcalc: nothing to compare; name two or more systems (podcalc list systems)\n"
    assert main(["compare", "--scenario", "/no/where.yaml"]) == 2
    assert capsys.readouterr().err.startswith("/no/where.yaml:1:1: cannot be read: No such file")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "s.yaml:1:1: is empty; a scenario starts with 'kind: scenario'"),
        ("- a", "s.yaml:1:1: is not a mapping; a scenario starts with 'kind: scenario'"),
        ("kind: chip\n", "s.yaml:1:1: kind: 'chip' is not a scenario; write 'kind: scenario'"),
        ("systems: [a]\n", "s.yaml:1:1: kind: is missing; write 'kind: scenario'"),
        ("kind: scenario\nsystem: [a]\n", "s.yaml:2:1: system: no such key; did you mean 'systems'?"),
        (
            "kind: scenario\nsystems: [gb200-nvl27]\n",
            "s.yaml:2:11: systems[0]: no system 'gb200-nvl27'. Did you mean 'gb200-nvl72'?",
        ),
        (
            f"kind: scenario\nsystems: [{B}]\nset:\n  power.all_in: 9**9**9 kW\n",
            "s.yaml:4:3: set.power.all_in: '9**9**9 kW' is not a number and a unit",
        ),
        (
            f"kind: scenario\nsystems: [{B}]\nset: {{dgx-h100:pue: 1.2}}\n",
            "s.yaml:3:7: set.dgx-h100:pue: no system among those compared: 'dgx-h100'",
        ),
        (
            f"kind: scenario\nsystems: [{B}]\nprefer: [nobody]\n",
            "s.yaml:3:10: prefer[0]: no source with a reading of these systems: 'nobody'",
        ),
        (
            f"kind: scenario\nsystems: [{B}]\nbaseline: dgx-h100\n",
            "s.yaml:3:1: baseline: no baseline among the systems compared: 'dgx-h100'",
        ),
        (f"kind: scenario\nsystems: [{B}, {B}]\n", "s.yaml:2:1: systems: 'gb200-nvl72' is named twice"),
        (f"kind: scenario\nsystems: [{B}]\nregion: moon\n", "s.yaml:3:1: region: no region 'moon'"),
        (
            f"kind: scenario\nsystems: [{B}]\nprecision: bf61\n",
            "s.yaml:3:1: precision: 'bf61' is not one of the words allowed; did you mean 'bf16'?",
        ),
    ],
)
def test_faults_have_places(text: str, said: str, library: calc.Library) -> None:
    with pytest.raises(calc.SpecError) as error:
        read(text, "s.yaml", library)
    assert any(str(fault).startswith(said) for fault in error.value.faults), str(error.value)


def test_a_scenario_in_another_format_is_refused(library: calc.Library) -> None:
    with pytest.raises(calc.SpecError, match="is not text"):
        read(b"PK\x03\x04zip", "s.yaml", library)


def test_editors_have_a_schema_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "scenario"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["required"] == ["kind", "systems"]
    assert schema["additionalProperties"] is False
