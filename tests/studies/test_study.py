"""Studies: their files, what is refused with its place, and the points they give."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import calc
from calc.cli import main
from calc.studies import points
from calc.studies.points import Plan, Words
from calc.studies.study import Study, check, read_study

A, B = "cloudmatrix-384", "gb200-nvl72"
LIBRARY = calc.library()
TEXT = """\
kind: study
systems: [cloudmatrix-384, gb200-nvl72]
vary:
  pue: {from: 1.05, to: 1.6, steps: 3}
  chip.hbm.bandwidth: {from: 2 TB/s, to: 8 TB/s, steps: 3, scale: log}
quantities: [power.facility, power_per_hbm_bandwidth]
"""


def _rows(study: Study) -> list[dict[str, Any]]:
    plan = Plan(study)
    listed = []
    for number in range(plan.chunks):
        chunk = plan.chunk(number)
        columns = {
            name: [found.words[code] for code in found.codes] if isinstance(found, Words) else found.tolist()
            for name, found in chunk.items()
        }
        assert {len(values) for values in columns.values()} == {plan.rows(number)}
        listed += [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return listed


def test_every_point_is_what_a_scenario_gives() -> None:
    rows = _rows(read_study(TEXT, "s.yaml", LIBRARY))
    assert len(rows) == 18
    for row in rows:
        given = {"pue": row["pue"], "chip.hbm.bandwidth": row["chip.hbm.bandwidth"]}
        alone = calc.evaluate(row["system"], calc.Scenario(set=given), library=LIBRARY)
        for name in ("power.facility", "power_per_hbm_bandwidth"):
            assert row[name] == alone.get(name)
    assert [row["pue"] for row in rows[:9:3]] == pytest.approx([1.05, 1.325, 1.6])
    assert [row["chip.hbm.bandwidth"] for row in rows[:3]] == pytest.approx([2e12, 4e12, 8e12])


@settings(max_examples=25, deadline=None)
@given(
    shape=st.lists(st.integers(2, 7), min_size=1, max_size=4),
    precisions=st.sampled_from([["bf16"], ["bf16", "fp8"], ["bf16", "fp8", "int8"]]),
    most=st.integers(1, 60),
)
def test_chunks_cut_the_same_rows_in_the_same_order(shape: list[int], precisions: list[str], most: int) -> None:
    paths = ("pue", "chip.hbm.bandwidth", "power.all_in", "electricity_price")
    vary: dict[str, Any] = {"precision": precisions}
    vary |= {
        path: {"from": 1.0 + k, "to": 2.0 + k, "steps": size}
        for k, (path, size) in enumerate(zip(paths, shape, strict=False))
    }
    study = Study((A, B), vary, ("power.facility", "flop_rate"))
    whole = _rows(study)
    kept = points.CHUNK
    try:
        points.CHUNK = most
        cut = Plan(study)
        assert sum(map(cut.rows, range(cut.chunks))) == study.points == len(whole)
        assert max(map(cut.rows, range(cut.chunks))) <= max(most, 1)
        again = _rows(study)
    finally:
        points.CHUNK = kept
    assert json.dumps(again) == json.dumps(whole)


def test_tied_axes_move_together() -> None:
    study = Study((), {"system": [A, B], "precision": ["int8", "fp8"]}, ("flop_rate",), tie=(("system", "precision"),))
    rows = _rows(study)
    assert [(row["system"], row["precision"]) for row in rows] == [(A, "int8"), (B, "fp8")]
    assert rows[1]["flop_rate"] == calc.evaluate(B, calc.Scenario("fp8")).get("flop_rate")


def test_a_number_tied_to_a_word_goes_with_it() -> None:
    study = Study((), {"system": [A, B], "pue": [1.1, 1.5]}, ("power.facility",), tie=(("system", "pue"),))
    assert [(row["system"], row["pue"]) for row in _rows(study)] == [(A, 1.1), (B, 1.5)]


def test_ratios_are_to_the_baseline_at_the_same_point() -> None:
    study = Study((A, B), {"chip.hbm.bandwidth": ["2 TB/s", "4 TB/s"]}, ("power_per_hbm_bandwidth",), baseline=B)
    rows = _rows(study)
    for one, other in zip(rows[:2], rows[2:], strict=True):
        assert other["power_per_hbm_bandwidth.ratio"] == 1.0
        assert one["power_per_hbm_bandwidth.ratio"] == one["power_per_hbm_bandwidth"] / other["power_per_hbm_bandwidth"]


def test_what_a_system_has_not_stays_unknown() -> None:
    rows = _rows(Study((A, B), {"precision": ["fp4"]}, ("flop_rate",)))
    assert np.isnan(rows[0]["flop_rate"])
    assert rows[1]["flop_rate"] > 0


def test_a_study_reads_back_what_it_says() -> None:
    study = read_study(TEXT, "s.yaml", LIBRARY)
    assert read_study(study.yaml(), "again.yaml", LIBRARY).plain() == study.plain()
    by_hand = Study((A, B), {"pue": np.linspace(1.0, 1.5, 3)}, ("power.facility",), baseline=B)
    assert read_study(by_hand.yaml(), "again.yaml", LIBRARY).plain() == by_hand.plain()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: study", "kind: stuy", "s.yaml:1:1: kind: 'stuy' is not a study; write 'kind: study'"),
        ("gb200-nvl72", "gb200-nvl27", "s.yaml:2:1: systems: no system 'gb200-nvl27'. Did you mean 'gb200-nvl72'?"),
        ("  pue:", "  puee:", "s.yaml:4:3: vary.puee: no input 'puee'. Did you mean 'pue'?"),
        ("  pue:", "  power_per_flop_rate:", "s.yaml:4:3: vary.power_per_flop_rate: power_per_flop_rate is computed"),
        ("2 TB/s", "2 GB", "s.yaml:5:3: vary.chip.hbm.bandwidth: chip.hbm.bandwidth: '2 GB'"),
        ("1.05", "0.5", "s.yaml:4:3: vary.pue: pue: '0.5' is below 1; a facility draws no less than what it houses"),
        ("1.05", "-1.05", "s.yaml:4:3: vary.pue: pue: '-1.05' is negative or not finite"),
        ("steps: 3}", "steps: 0}", "s.yaml:4:3: vary.pue: pue: '0' steps; give a whole number from 2 up"),
        ("[power.facility,", "[power.facilty,", "s.yaml:6:1: quantities: no quantity 'power.facilty'. Did you mean 'power.facility'?"),
        ("quantities:", "draws: 1000\nquantities:", "s.yaml:6:1: draws: 1000 is not a power of two"),
        ("quantities:", "baseline: nobody\nquantities:", "s.yaml:6:1: baseline: no system 'nobody'"),
        ("quantities:", "tie: [[pue, nodes]]\nquantities:", "s.yaml:6:1: tie: no axis to tie: 'nodes'"),
        ("quantities:", "prefer: [nobody]\nquantities:", "s.yaml:6:1: prefer: no source with a reading of these systems: 'nobody'"),
        ("quantities:", "sweeps: 3\nquantities:", "s.yaml:6:1: sweeps: no such key; did you mean 'seed'?"),
        ("  pue:", "  dgx-h100:pue:", "s.yaml:4:3: vary.dgx-h100:pue: no system of this study: 'dgx-h100'"),
    ],
)  # fmt: skip
def test_faults_have_places(old: str, new: str, said: str) -> None:
    with pytest.raises(calc.SpecError) as error:
        read_study(TEXT.replace(old, new, 1), "s.yaml", LIBRARY)
    assert any(str(fault).startswith(said) for fault in error.value.faults), str(error.value)


def test_every_fault_is_told_at_once() -> None:
    text = (
        TEXT.replace("steps: 3}", "step: 3}", 1)
        .replace("  chip.hbm.bandwidth", "  flop_rate")
        .replace("facility,", "facilty,")
    )
    with pytest.raises(calc.SpecError) as error:
        read_study(text, "s.yaml", LIBRARY)
    said = "\n".join(map(str, error.value.faults))
    for one in (
        "4:3: vary.pue: no key of a range (pue): 'step'",
        "5:3: vary.flop_rate: flop_rate is computed",
        "6:1: quantities: no",
    ):
        assert f"s.yaml:{one}" in said, said


def test_from_python_the_first_fault_is_raised() -> None:
    with pytest.raises(calc.CalcError, match="quantities: is missing; name one or more"):
        check(Study((A,)), LIBRARY)
    with pytest.raises(calc.CalcError, match=r"pue: '1.2' is one value"):
        check(Study((A,), {"pue": 1.2}, ("flop_rate",)), LIBRARY)


def test_editors_have_a_schema_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    import jsonschema

    assert main(["schema", "study"]) == 0
    schema = json.loads(capsys.readouterr().out)
    plain = read_study(TEXT, "s.yaml", LIBRARY).plain()
    jsonschema.validate(plain, schema)
    plain["vary"]["pue"]["stride"] = 2
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain, schema)


def test_there_is_one_to_start_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "study"]) == 0
    text = capsys.readouterr().out
    assert read_study(text, "study.yaml", LIBRARY).points == 2 * 12 * 3 * 3
    whole = (
        text.replace("# precision", "precision")
        .replace("# draws: 1024", "draws: 4")
        .replace("# seed", "seed")
        .replace("# set", "set")
    )
    assert read_study(whole, "study.yaml", LIBRARY).points == 2 * 12 * 3 * 3 * 2 * 4


def test_a_small_study_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sweep", A, B, "--vary", "pue=1.1,1.3", "--quantities", "power.facility", "--baseline", B]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["system", "pue", "power.facility", "[kW]", "power.facility.ratio"]
    assert len(lines) == 5
    assert main([*words, "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["schema"] == "podcalc.sweep-rows/1"
    assert said["rows"][0]["power.facility"] == pytest.approx(1.1 * calc.evaluate(A).get("power.all_in"))
    assert main([*words, "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith("system,pue,power.facility [W],power.facility.ratio\n")


def test_a_file_and_what_is_given_beside_it(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "s.yaml").write_text(TEXT, encoding="utf-8")
    words = [
        "sweep",
        str(tmp_path / "s.yaml"),
        "--vary",
        "pue=1.5,1.6",
        "--set",
        "power.all_in=100 kW",
        "--format",
        "json",
    ]
    assert main(words) == 0
    said = json.loads(capsys.readouterr().out)
    assert [row["power.facility"] for row in said["rows"][:4:3]] == pytest.approx([150e3, 160e3])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sweep", A, "--quantities", "flop_rate", "--vary", "pue=1..2:20000"], "20,000 points are too many to print"),
        (["sweep", A, "--quantities", "flop_rate", "--resume"], "--resume goes with -o FOLDER"),
        (["sweep", A, "--quantities", "flop_rate", "--workers", "2"], "--workers goes with -o FOLDER"),
        (["sweep", A, "--quantities", "flop_rate", "--vary", "pue"], "'pue' is not an axis; write PATH=FROM..TO:STEPS"),
        (["sweep", A], "quantities: is missing; name one or more"),
        (["sweep", "--quantities", "flop_rate"], "systems: is missing; name one or more"),
        (["sweep", A, "--quantities", "flop_rate", "--ask", "tp=8"], "--ask goes with --train MODEL or --serve MODEL"),
        (["sweep", "nowhere.yaml"], "nowhere.yaml"),
    ],
)  # fmt: skip
def test_the_command_line_says_what_is_wrong(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_draws_are_those_of_the_bands() -> None:
    study = Study(
        (A, B), {"precision": ["bf16", "int8"]}, ("power_per_flop_rate", "power.unexplained"), baseline=B, draws=64
    )
    rows = [row for row in _rows(study) if row["system"] == A and row["precision"] == "bf16"]
    assert len(rows) == 64
    assert [row["draw"] for row in rows] == list(range(64))
    for row in rows:
        assert row["power_per_flop_rate.ratio"] > 1.5
    # A part that is drawn leaves the published total where it is.
    assert len({row["power.unexplained"] for row in rows}) == 64
    spread = np.quantile([row["power_per_flop_rate.ratio"] for row in rows], [0.1, 0.9])
    band = calc.bands([A, B], draws=1 << 12, library=LIBRARY).ratios["power_per_flop_rate"][A]
    assert spread == pytest.approx([band.low, band.high], rel=0.05)


def test_a_training_study_searches_what_is_left_out_and_says_why_not() -> None:
    asked = {"model": "llama-3.1-70b", "chips": 512, "pp": 4}
    rows = _rows(Study(("dgx-h100",), {"tp": [3, 8], "chip.hbm.bandwidth": ["2 TB/s", "4 TB/s"]}, train=asked))
    assert [row["reason"] for row in rows] == ["the splits do not multiply to the number of chips"] * 2 + [
        "feasible"
    ] * 2
    assert np.isnan(rows[0]["token_rate_per_chip"])
    best = calc.train(
        "llama-3.1-70b",
        "dgx-h100",
        calc.Scenario(set={"chip.hbm.bandwidth": "2 TB/s"}),
        chips=512,
        fixed={"tp": 8, "pp": 4},
    )
    assert rows[2]["token_rate_per_chip"] == pytest.approx(best.token_rate_per_chip[0], rel=1e-3)
    assert rows[2]["micro_batch"] == best.mappings[0]["micro_batch"]


def test_a_serving_study_keeps_its_limit() -> None:
    asked = {"model": "llama-3.1-70b", "phase": "decode"}
    rows = _rows(Study(("dgx-h100",), {"limit": ["10 ms", "50 ms"]}, scenario=calc.Scenario("fp8"), serve=asked))
    alone = calc.serve("llama-3.1-70b", "dgx-h100", calc.Scenario("fp8"), limit=0.05)
    assert rows[1]["latency"] <= 0.05
    assert rows[1]["token_rate_per_chip"] == pytest.approx(alone.token_rate_per_chip[0], rel=1e-6)
    assert rows[0]["token_rate_per_chip"] < rows[1]["token_rate_per_chip"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--train", "llama-3.1-70bb"], "train.model: no model 'llama-3.1-70bb'. Did you mean 'llama-3.1-70b'?"),
        (["--train", "llama-3.1-70b", "--ask", "tpp=8"], "train.tpp: no key of train: 'tpp'. Did you mean 'tp'?"),
        (["--train", "llama-3.1-70b", "--ask", "pp=x"], "'x' is not a number"),
        (["--train", "llama-3.1-70b", "--ask", "pp"], "--ask 'pp' is not KEY=VALUE; write such as --ask tp=8"),
        (["--train", "llama-3.1-70b", "--vary", "tp=0,8"], "tp is 0; give a whole number from 1 up"),
        (["--train", "llama-3.1-70b", "--vary", "tp=1,8", "--ask", "tp=8"], "tp is given under train as well"),
        (["--train", "llama-3.1-70b", "--vary", "recompute=none,ful"], "no recompute: 'ful'. Did you mean 'full'?"),
        (["--train", "llama-3.1-70b", "--quantities", "mfuu"], "'mfuu'. Did you mean 'mfu'?"),
        (["--serve", "llama-3.1-70b", "--ask", "limit=50"], "'50' has no unit; this value needs a time"),
        (["--serve", "llama-3.1-70b", "--train", "llama-3.1-70b"], "train and serve are both asked for"),
    ],
)  # fmt: skip
def test_what_a_workload_cannot_take_is_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", "dgx-h100", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_the_frontier_of_a_study(capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "sweep",
        "dgx-h100",
        "--train",
        "llama-3.1-70b",
        "--ask",
        "chips=512",
        "--vary",
        "tp=1,2,4,8",
        "--vary",
        "pp=2,4,8",
    ]
    assert main([*words, "--frontier", "token_rate_per_chip,memory", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["points"] == 12 == said["on_frontier"] + said["dominated"] + said["left_out"]
    assert said["better"] == {"token_rate_per_chip": "higher", "memory": "lower"}
    pairs = [(row["token_rate_per_chip"], row["memory"]) for row in said["rows"]]
    assert pairs == sorted(pairs)
    for rate, memory in pairs:
        assert not any(other >= rate and less <= memory and (other, less) != (rate, memory) for other, less in pairs)
    for figures, message in (
        ("mfu", "1 axes and 1 ways"),
        ("mfu,reason", "no number among the results of the study: 'reason'"),
        ("mfu,memroy", "'memroy'. Did you mean 'memory'?"),
    ):
        assert main([*words, "--frontier", figures]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["break-even", "train.mfu", A, B, "pue"], "train.mfu is a result of a workload; name its network with --model"),
        (["break-even", "train.mfuu", A, B, "--model", "llama-3.1-70b"], "'train.mfuu'. Did you mean 'train.mfu'?"),
        (["sensitivity", "train.mfu", A, "--model", "llama-3"], "no model 'llama-3'"),
        (["sensitivity", "train.mfu", A, "--model", "llama-3.1-70b", "--ask", "tpp=1"], "no key of train: 'tpp'"),
        (["frontier", "train.mfu", "serve.latency", "--model", "llama-3.1-70b", "--ask", "x"], "--ask 'x' is not KEY=VALUE"),
    ],
)  # fmt: skip
def test_results_of_workloads_are_asked_for_by_name(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert said in capsys.readouterr().err


def test_results_of_workloads_stand_where_quantities_do(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["serve.token_rate_per_chip", "dgx-h200", "dgx-b200", "chip.hbm.bandwidth", "--model", "llama-3.1-70b"]
    assert main(["break-even", *words, "--precision", "fp8", "--ask", "limit=30 ms", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    value = f"dgx-h200:chip.hbm.bandwidth={said['value']} B/s"
    rates = []
    for system in ("dgx-h200", "dgx-b200"):
        assert main(["sweep", system, "--serve", "llama-3.1-70b", "--precision", "fp8", "--ask", "limit=30 ms", "--set", value,
                     "--quantities", "token_rate_per_chip", "--format", "json"]) == 0  # fmt: skip
        rates.append(json.loads(capsys.readouterr().out)["rows"][0]["token_rate_per_chip"])
    assert rates[0] == pytest.approx(rates[1], rel=1e-3)
