"""Training a network on a system: found, bounded, refused in words; and against published runs."""

from __future__ import annotations

import pytest

import calc
from calc.physics.transformer import active_parameters, total_parameters
from calc.spec.architecture import architecture
from calc.studies.accuracy import accuracy
from calc.studies.platforms import platform
from calc.studies.train import Trained, train, training_chip

LIBRARY = calc.library()


def _train(model: str, system: str, **rest: object) -> Trained:
    asked: dict[str, object] = {"global_batch": 1536, "sequence": 2048, **rest}
    return train(LIBRARY, model, calc.load(system, library=LIBRARY), **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("model", LIBRARY.ids("model"))
def test_parameters_come_to_the_published_total(model: str) -> None:
    words = LIBRARY.get("model", model).words
    network = architecture(LIBRARY, model)
    if "total_parameters" in words:
        assert total_parameters(network) == pytest.approx(words["total_parameters"], rel=0.021)
    if "active_parameters" in words:
        # Some makers count the embedding table, some do not.
        table = network.vocabulary * network.hidden
        counts = [active_parameters(network) - table * n for n in (0, 1, 2)]
        assert min(abs(count / words["active_parameters"] - 1) for count in counts) < 0.04


def test_the_whole_space_of_gpt3_is_searched() -> None:
    found = _train("gpt3-175b", "dgx-a100", chips=4096)
    assert found.candidates > 200_000
    assert found.evaluated > 100_000
    assert sum(found.breakdown.values()) == pytest.approx(found.step_time[0], rel=1e-6)
    assert found.token_rate_per_chip[0] == max(found.token_rate_per_chip)
    assert found.token_rate_per_chip[0] == pytest.approx(1536 * 2048 / found.step_time[0] / 4096)
    assert sum(found.memory.values()) <= found.memory_capacity
    assert 0.3 < found.mfu[0] < 0.75
    assert found.low[0] < found.token_rate_per_chip[0] < found.high[0]


def test_what_is_given_is_kept_and_never_faster_than_the_best() -> None:
    best = _train("gpt3-175b", "dgx-a100", chips=1024)
    given = _train("gpt3-175b", "dgx-a100", chips=1024, fixed={"tp": 8, "pp": 8, "recompute": "full"})
    mapping = given.mappings[0]
    assert (mapping["tp"], mapping["pp"], mapping["recompute"]) == (8, 8, "full")
    assert given.step_time[0] >= best.step_time[0]


def test_more_bandwidth_never_makes_the_best_slower() -> None:
    faster = calc.Scenario(set={"chip.hbm.bandwidth": "4 TB/s", "scale_out.link.bandwidth_per_direction": "100 GB/s"})
    assert _train("gpt3-175b", "dgx-a100", chips=1024, scenario=faster).step_time[0] <= (
        _train("gpt3-175b", "dgx-a100", chips=1024).step_time[0] * (1 + 1e-9)
    )


@pytest.mark.parametrize(
    ("model", "system", "rest", "message"),
    [
        ("llama-3.1-405b", "dgx-h100", {}, r"needs .* per chip; 80 GB there; smallest that fits: \d+ chips"),
        ("llama-3.1-405b", "dgx-h100", {"scenario": calc.Scenario(precision="fp4")}, "no dense fp4: it has"),
        ("gpt3", "dgx-a100", {}, r"no model 'gpt3'\. Did you mean 'gpt3-175b'\? \(podcalc list models\)"),
        (
            "gpt3-175b",
            "dgx-a100",
            {"scenario": calc.Scenario(sparse=True)},
            "the kernels are dense; leave --sparse out",
        ),
        ("gpt3-175b", "dgx-a100", {"global_batch": 0}, "batch is 0; give a whole number from 1"),
        ("gpt3-175b", "dgx-a100", {"fixed": {"tp": 0}}, "tp is 0; give a whole number from 1 up"),
        ("gpt3-175b", "dgx-a100", {"fixed": {"recompute": "som"}}, "no recompute: 'som'"),
        ("gpt3-175b", "dgx-a100", {"fixed": {"xp": 2}}, "no part of a mapping 'xp'"),
        ("gpt3-175b", "dgx-a100", {"chips": 64, "fixed": {"tp": 7}}, "no mapping is possible; most often"),
    ],
)
def test_what_cannot_be_is_said(model: str, system: str, rest: dict[str, object], message: str) -> None:
    with pytest.raises(calc.CalcError, match=message):
        _train(model, system, **rest)


def test_published_runs_are_predicted_within_the_target() -> None:
    found = accuracy("training")
    dense, experts = found.kinds["training.dense"], found.kinds["training.moe"]
    assert dense.skipped == experts.skipped == 0
    assert dense.median_ape is not None
    assert dense.p90_ape is not None
    assert dense.median_ape < 0.06
    assert dense.p90_ape < 0.16
    assert experts.median_ape is not None
    assert experts.median_ape < 0.10


def test_a_chip_that_is_its_whole_domain_trains_over_the_network() -> None:
    alone = calc.Scenario(set={"scale_up.domain": 1})
    found = _train("gpt3-175b", "dgx-a100", chips=1024, scenario=alone)
    assert found.token_rate_per_chip[0] < _train("gpt3-175b", "dgx-a100", chips=1024).token_rate_per_chip[0]


def test_what_runs_say_of_a_chip_holds_for_its_systems_too() -> None:
    """Blackwell Ultra's exponentials and clock, in predictions of runs and of systems alike."""
    chip, _ = training_chip(calc.load("gb300-nvl72", library=LIBRARY), calc.Scenario())
    other, _ = training_chip(calc.load("gb200-nvl72", library=LIBRARY), calc.Scenario())
    assert chip.sustained_ratio == platform("gb300").sustained > 1
    assert chip.attention.compute_efficiency == pytest.approx(other.attention.compute_efficiency * 1.3)
