"""The fewest chips that meet a target, whole runs, and pools for either phase of serving."""

from __future__ import annotations

import json
import math

import pytest

import calc
from calc import cli
from calc.model.evaluate import evaluate
from calc.physics.cost import cost_rate
from calc.physics.reliability import interruption_interval
from calc.spec.architecture import architecture
from calc.studies.disaggregate import disaggregate
from calc.studies.search import Found, search_serving, search_training
from calc.studies.whole_run import WholeRun, whole_run

LIBRARY = calc.library()
DAY = 86400.0


def _asked(*names: str) -> list[tuple[calc.System, calc.Scenario]]:
    pairs = [name.split("@") for name in names]
    return [(calc.load(name, library=LIBRARY), calc.Scenario(precision)) for name, precision in pairs]


def _training(days: float, *names: str, tokens: float = 15.6e12) -> Found:
    return search_training(
        LIBRARY, "llama-3.1-405b", _asked(*names), global_batch=2048, sequence=8192, tokens=tokens, time=days * DAY
    )


def _run(tokens: float = 15.6e12, given: dict[str, str] | None = None) -> WholeRun:
    result = evaluate(calc.load("dgx-h100", library=LIBRARY), calc.Scenario(set=given or {}))
    return whole_run(architecture(LIBRARY, "llama-3.1-405b"), result, 16384, tokens, (200.0, 180.0, 220.0))


def test_interruptions_are_as_often_as_those_published_of_llama_3() -> None:
    # The Llama 3 Herd of Models, table 5: 419 unexpected interruptions in 54 days on 16,384 H100, 35 of them the
    # network's; its effective training time was above 90 %.
    run = _run()
    assert run.interruption_interval == pytest.approx(54 * DAY / (419 - 35), rel=0.01)
    assert 0.90 < run.goodput < 0.97
    assert run.low < run.time < run.high


def test_deepseek_v3_takes_about_the_days_it_took() -> None:
    # DeepSeek-V3 technical report, table 1: pre-training on 14.8T tokens took 2.664 million hours of H800, 2,048 of them.
    found = calc.train(
        "deepseek-v3", "hgx-h800", calc.Scenario("fp8"), chips=2048, global_batch=15360, sequence=4096, tokens=14.8e12
    )
    took = 2.664e6 / 2048 * 3600.0
    assert found.run is not None
    assert found.run.low < took < found.run.high
    assert found.run.time == pytest.approx(took, rel=0.2)


def test_a_run_takes_its_tokens_over_its_rate() -> None:
    run = _run()
    assert run.time == pytest.approx(15.6e12 / (200.0 * 16384 * run.goodput))
    assert run.interruptions == pytest.approx(run.time / run.interruption_interval)
    assert _run(tokens=7.8e12).time == pytest.approx(run.time / 2)


@pytest.mark.parametrize(
    ("setting", "worse"),
    [
        ("chip_interruption_interval", "20000 h"),
        ("restart_time", "60 min"),
        ("checkpoint_bandwidth_per_chip", "10 MB/s"),
        ("straggler_ratio", "1.1"),
    ],
)
def test_worse_facilities_take_longer(setting: str, worse: str) -> None:
    assert _run(given={setting: worse}).time > _run().time * 1.01


def test_optics_that_fail_more_often_cost_the_optical_system_and_not_the_copper_one() -> None:
    often = {"transceiver_interruption_interval": "43800 h"}
    for system, moved in (("cloudmatrix-384", True), ("gb200-nvl72", False)):
        plain, failing = (calc.evaluate(system, calc.Scenario(set=given)) for given in ({}, often))
        changed = failing.get("interruption_interval") != plain.get("interruption_interval")
        assert bool(changed) is moved


def test_energy_and_cost_are_of_the_facility() -> None:
    found = calc.train("llama-3.1-70b", "gb200-nvl72", global_batch=1024, sequence=8192, tokens=1e12)
    system = calc.evaluate("gb200-nvl72")
    assert found.run is not None
    assert found.run.energy is not None
    assert found.run.cost is not None
    assert found.run.energy == pytest.approx(system.get("power.facility") * found.run.time)
    assert found.run.cost == pytest.approx(system.get("cost_rate") * found.run.time)
    lost = found.run.goodput * found.run.cost
    assert lost == pytest.approx(found.cost_per_token * found.run.tokens if found.cost_per_token else None)
    assert calc.train("llama-3.1-70b", "gb200-nvl72", sequence=8192).run is None


def test_cost_is_write_off_and_electricity() -> None:
    year = 365.25 * DAY
    assert float(cost_rate(3e6, 5 * year, 0.0, 1.0)) * 5 * year == pytest.approx(3e6)
    assert float(cost_rate(0.0, year, 1e3, 0.1 / 3.6e6)) * 3600 == pytest.approx(0.1)


def test_parts_that_never_fail_do_not_count() -> None:
    assert float(interruption_interval(100, 1e6)) == float(interruption_interval(100, 1e6, 1e9, math.inf))


def test_llama_3_needs_about_the_chips_it_was_trained_on() -> None:
    # 405B parameters on 15.6T tokens took 16,384 H100 for what was close to two months.
    (row,) = _training(60, "dgx-h100@bf16").rows
    assert row.chips == 16384
    run = row.found[0].run  # type: ignore[union-attr]
    assert run is not None
    assert run.time <= 60 * DAY


@pytest.mark.parametrize("name", ["dgx-h100@bf16", "gb200-nvl72@bf16", "cloudmatrix-384@bf16"])
def test_more_time_never_needs_more_chips(name: str) -> None:
    found = [_training(days, name, tokens=2e12).rows[0].chips for days in (10, 20, 60, 365)]
    chips = [count for count in found if count]
    assert len(chips) == len(found)
    assert chips == sorted(chips, reverse=True)


def test_what_is_out_of_reach_is_said_for_its_system_alone() -> None:
    found = _training(60, "dgx-h100@int4", "gb200-nvl72@int8", "dgx-h100@bf16")
    assert [row.chips for row in found.rows] == [None, None, 16384]
    assert found.rows[0].reason.startswith("dgx-h100 has no chip.flop_rate")
    assert "no fitted kernels in int8" in found.rows[1].reason
    (hopeless,) = _training(1e-3, "dgx-h100@bf16").rows
    assert "at their peak it takes 440,000,000" in hopeless.reason


def test_the_shortest_run_is_said_where_interruptions_or_splits_are_in_the_way() -> None:
    (row,) = _training(1.0, "dgx-h100@bf16", tokens=2e12).rows
    assert "ends in 1 days; the shortest run takes" in row.reason


@pytest.mark.parametrize("phase", ["prefill", "decode", "offline", "both"])
def test_more_tokens_never_need_fewer_chips(phase: str) -> None:
    chips = []
    for rate in (1e3, 1e4, 1e5, 1e6):
        found = search_serving(LIBRARY, "llama-3.1-70b", _asked("dgx-h100@fp8"), phase=phase, rate=rate)
        (row,) = found.rows
        assert row.chips is not None
        assert sum(row.pools) == row.chips
        served = {one.phase: one.token_rate_per_chip[0] * pool for one, pool in zip(row.found, row.pools, strict=True)}  # type: ignore[union-attr]
        assert min(served.values()) >= rate * 0.999
        chips.append(row.chips)
    assert chips == sorted(chips)


def test_a_limit_never_needs_fewer_chips() -> None:
    ask = {"phase": "decode", "rate": 1e5}
    loose, tight = (
        search_serving(LIBRARY, "llama-3.1-70b", _asked("dgx-h100@fp8"), limits=limits, **ask)  # type: ignore[arg-type]
        for limits in ({}, {"decode": 0.02})
    )
    assert tight.rows[0].chips >= loose.rows[0].chips  # type: ignore[operator]


def test_pools_keep_up_with_one_another() -> None:
    scenario = calc.Scenario("fp8")
    prefill, decode = (
        calc.serve("deepseek-r1", "gb200-nvl72", scenario, phase=phase) for phase in ("prefill", "decode")
    )
    both = disaggregate(prefill, decode)
    read = both.prefill_share * prefill.token_rate_per_chip[0] / prefill.input_len
    produced = (1 - both.prefill_share) * decode.token_rate_per_chip[0] / decode.output_len
    assert read == pytest.approx(produced) == pytest.approx(both.request_rate_per_chip)
    assert both.low < both.token_rate_per_chip < both.high
    assert both.energy_per_token is not None
    assert decode.energy_per_token is not None
    assert both.energy_per_token > decode.energy_per_token
    # All chips draw the same power, so the energy of a token is that power over the rate of both pools.
    power = calc.evaluate("gb200-nvl72").get("power.all_in_per_chip")
    assert both.energy_per_token == pytest.approx(power / both.token_rate_per_chip)


def test_offline_is_between_its_phases() -> None:
    scenario = calc.Scenario("fp8")
    ask = {"input_len": 1000, "output_len": 1000}
    offline = calc.serve("llama-3.1-70b", "dgx-h100", scenario, phase="offline", **ask)  # type: ignore[arg-type]
    decode = calc.serve("llama-3.1-70b", "dgx-h100", scenario, **ask)  # type: ignore[arg-type]
    assert 0.3 * decode.token_rate_per_chip[0] < offline.token_rate_per_chip[0] < decode.token_rate_per_chip[0]
    assert sum(offline.memory.values()) <= offline.memory_capacity * 1.01
    with pytest.raises(calc.CalcError, match="by its own rules; leave a limit out"):
        calc.serve("llama-3.1-70b", "dgx-h100", scenario, phase="offline", limit=0.05)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("search llama-3.1-8b dgx-h100@", "names no number format after @"),
        (
            "search llama-3.1-8b dgx-h100 --tokens 4T",
            "--tokens is not of --phase decode; tokens goes with --phase train",
        ),
        (
            "search llama-3.1-8b dgx-h100 --phase train --rate 4",
            "--rate is not of --phase train; rate goes with serving",
        ),
        ("search llama-3.1-8b dgx-h100 --phase train --days 3", "a time needs the tokens to train on"),
        ("search llama-3.1-8b dgx-h100 --rate 0", "--rate is '0'; give a number above zero"),
        ("search llama-3.1-8b dgx-h100 --phase tran", "no phase of serving 'tran'"),
        ("search llama-3.1-8b dgx-h100 --ttft 5", "--ttft is of prefill; decode takes --tpot"),
        (
            "train llama-3.1-8b dgx-h100 --tokens 15x",
            "--tokens is '15x'; give a number above zero, such as 500B or 15.6T",
        ),
        ("train llama-3.1-8b dgx-h100 --tokens 1e30", "give a number from 1 to 1e18"),
        ("serve llama-3.1-8b dgx-h100 --phase offline --tpot 5", "--tpot is of decode; offline takes no limit"),
        ("serve llama-3.1-8b dgx-h100 --phase both --batch-per-chip 5", "--batch-per-chip is of one phase"),
    ],
)
def test_wrong_usage_is_told(arguments: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments.split()) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("train llama-3.1-405b dgx-h100", "needs 818 GB per chip; 80 GB there; smallest that fits: 128 chips"),
        ("serve deepseek-r1 dgx-h100 --precision fp8", "84.9 GB there; smallest that fits: 16 ranks"),
        ("serve llama-3.1-70b dgx-h100 --tpot 0.1", "nothing keeps a time per output token of 0.1 ms; the shortest is"),
    ],
)
def test_that_nothing_fits_is_an_answer(arguments: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments.split()) == 0
    assert said in capsys.readouterr().out
    assert cli.main([*arguments.split(), "--format", "json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["schema"] == f"podcalc.{arguments.split()[0]}/1"
    assert plain["feasible"] == 0
    assert said in plain["reason"]


def test_search_prints_every_form(capsys: pytest.CaptureFixture[str]) -> None:
    ask = (
        "search deepseek-r1 cloudmatrix-384@int8 gb200-nvl72@fp8 dgx-h100@fp8 --phase both --rate 1M --tpot 50".split()
    )
    assert cli.main(ask) == 0
    text = capsys.readouterr().out
    assert "prefill and decode apart: 1e+06 tokens/s" in text
    assert "dgx-h100: deepseek-r1 on dgx-h100: nothing fits" in text
    assert cli.main([*ask, "--format", "json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["schema"] == "podcalc.search/1"
    assert plain["target"] == {"rate": 1e6, "decode_limit": 0.05}
    assert [row["chips"] is None for row in plain["rows"]] == [False, False, True]
    assert plain["rows"][0]["found"][1]["tpot"] <= 0.05
    assert cli.main([*ask, "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("system,precision,chips,systems,power,price,cost_rate")


def test_a_run_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main("train llama-3.1-70b gb200-nvl72 --tokens 15T --batch 1024 --seq 8192".split()) == 0
    text = capsys.readouterr().out
    assert "1.5e+13 tokens take" in text
    assert "MUSD written off and in electricity" in text
    assert "Goodput 9" in text
    assert cli.main("train llama-3.1-70b gb200-nvl72 --tokens 15T --seq 8192 --format json".split()) == 0
    assert json.loads(capsys.readouterr().out)["run"]["tokens"] == 15e12
